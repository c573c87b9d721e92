package compile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/compile"
)

// TestStatementFiles compiles with jars that statements name by their paths, two of
// them of one name: the gateway loads what the job ships, and what the cluster is to run
// names that, not the paths.
func TestStatementFiles(t *testing.T) {
	dir := t.TempDir()
	class := func(name string) string {
		return "package example;\npublic class " + name + " extends org.apache.flink.table.functions.ScalarFunction { public String eval(String s) { return s; } }"
	}
	for path, name := range map[string]string{"a/udf.jar": "A", "b/udf.jar": "B", "c.jar": "C"} {
		data, err := os.ReadFile(flinktest.Jar(t, map[string]string{name + ".java": class(name)}))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, path), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	job, _ := write(t, strings.ReplaceAll(`name: orders
table-definitions: [tables.sql]
sql: |
  add jar 'file://DIR/c.jar'; -- C is on the class path
  CREATE TEMPORARY FUNCTION a AS 'example.A' USING JAR 'DIR/a/udf.jar';
  create temporary system function if not exists b as 'example.B' language java using /* two */ jar 'DIR/b/udf.jar', JAR 'DIR/a/udf.jar';
  CREATE FUNCTION c AS 'example.C';
  CREATE FUNCTION d AS 'example.A' USING ARTIFACT 'file:DIR/a/udf.jar';
  INSERT INTO dst SELECT a, d(c(b(a(b)))) FROM src;
`, "DIR", dir), nil)
	in := compile.Input{Job: job, Meta: meta}
	for _, r := range job.Resources {
		in.Resources = append(in.Resources, compile.Resource{Name: r.Name, Jar: r.Kind == release.KindJar, URI: "file://" + r.From})
	}
	r := mustCompile(t, compiler(t, compile.Options{}), in)
	for _, want := range []string{
		"add jar '${resource:c.jar}'", "USING JAR '${resource:udf.jar}'", "using /* two */ jar '${resource:udf-2.jar}', JAR '${resource:udf.jar}'", "USING ARTIFACT '${resource:udf.jar}'",
	} {
		if !strings.Contains(strings.Join(r.Init, "\n"), want) {
			t.Errorf("no %s in\n%s", want, strings.Join(r.Init, "\n"))
		}
	}
	if strings.Contains(strings.Join(r.Init, "\n"), dir) {
		t.Errorf("paths of this machine: %q", r.Init)
	}
	if len(job.Resources) != 3 {
		t.Errorf("%+v", job.Resources)
	}
}
