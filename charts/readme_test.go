package charts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The part of a README between these lines is made from values.yaml.
const (
	begin = "<!-- values: made by go test ./charts -update -->\n"
	end   = "<!-- end of values -->\n"
)

func TestReadme(t *testing.T) {
	for _, chart := range names {
		t.Run(chart, func(t *testing.T) {
			file := filepath.Join(chart, "README.md")
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before, rest, ok := strings.Cut(string(data), begin)
			_, after, closed := strings.Cut(rest, end)
			if !ok || !closed {
				t.Fatalf("%s lacks the lines %s%s", file, begin, end)
			}
			golden(t, file, before+begin+table(t, valuesOf(t, chart))+end+after)
		})
	}
}

func table(t *testing.T, values []value) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| value | default | meaning |\n|---|---|---|\n")
	rows(t, &b, values)
	return b.String()
}

func rows(t *testing.T, b *strings.Builder, values []value) {
	t.Helper()
	for _, v := range values {
		if v.children != nil {
			rows(t, b, v.children)
			continue
		}
		var plain any
		if err := v.node.Decode(&plain); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("| `" + v.path + "` | `" + string(data) + "` | " + strings.ReplaceAll(v.comment, "|", `\|`) + " |\n")
	}
}
