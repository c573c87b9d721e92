package charts

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// examples are the blocks of YAML of a document that begin with a line.
func examples(t *testing.T, file, firstLine string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range yamlBlock.FindAllStringSubmatch(string(data), -1) {
		if strings.HasPrefix(m[1], firstLine+"\n") {
			all = append(all, m[1])
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s has no example that begins with %s", file, firstLine)
	}
	return all
}

// TestExamples: what the documents show can be rendered, and Kubernetes has its fields.
func TestExamples(t *testing.T) {
	for chart, firstLine := range map[string]string{"flink-sql-platform": "# platform.yaml", "flink-sql-job": "# orders.yaml"} {
		for _, example := range examples(t, filepath.Join(chart, "README.md"), firstLine) {
			file := filepath.Join(t.TempDir(), "values.yaml")
			if err := os.WriteFile(file, []byte(example), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := render(t, "orders", chart, "-f", file)
			if err != nil {
				t.Errorf("%s: %s", chart, out)
			}
		}
	}
	for document, firstLine := range map[string]string{"../docs/helm.md": "apiVersion: batch/v1", "../docs/kubernetes.md": "apiVersion: rbac.authorization.k8s.io/v1"} {
		for _, objects := range examples(t, document, firstLine) {
			strict(t, objects)
		}
	}
}
