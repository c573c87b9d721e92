// Package charts tests the Helm charts: what they render, and that what is generated
// from their values is up to date. `go test ./charts -update` writes that anew.
package charts

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

var update = flag.Bool("update", false, "write README.md, values.schema.json and golden files anew")

var names = []string{"flink-sql-platform", "flink-sql-job"}

// value is one value of a chart, with its comment.
type value struct {
	key      string // its own name
	path     string // with dots
	comment  string
	node     *yaml.Node
	children []value // of a mapping that is not empty
}

// valuesOf reads a chart's values.yaml. Every value has to have a comment, which is what
// README and schema are made from.
func valuesOf(t *testing.T, chart string) []value {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return children(t, document.Content[0], "")
}

func children(t *testing.T, mapping *yaml.Node, above string) []value {
	t.Helper()
	var all []value
	for i := 0; i < len(mapping.Content); i += 2 {
		key, node := mapping.Content[i], mapping.Content[i+1]
		v := value{key: key.Value, path: above + key.Value, node: node, comment: text(key.HeadComment)}
		// A mapping in one line is one value.
		if node.Kind == yaml.MappingNode && node.Style != yaml.FlowStyle && v.comment == "" {
			v.children = children(t, node, v.path+".")
		} else if v.comment == "" {
			t.Errorf("values.yaml:%d: %s has no comment", key.Line, v.path)
		}
		all = append(all, v)
	}
	return all
}

func text(comment string) string {
	var lines []string
	for line := range strings.Lines(comment) {
		lines = append(lines, strings.TrimSpace(strings.TrimPrefix(line, "#")))
	}
	return strings.Join(lines, " ")
}

// golden compares with a file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; go test ./charts -update writes it", err)
	}
	if string(want) != got {
		t.Errorf("%s is not up to date; go test ./charts -update writes it\n%s", file, firstDifference(string(want), got))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			return "from line " + strings.Join(append(g[min(i, len(g)):min(i+5, len(g))], "instead of"), "\n") + "\n" + strings.Join(w[min(i, len(w)):min(i+5, len(w))], "\n")
		}
	}
	return ""
}
