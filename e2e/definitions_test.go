package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/e2e/flinktest"
)

// maskJar is a jar of a function that turns every text into a mark, one that turns it
// into another one, and one that fails.
func maskJar(t *testing.T, mark string) string {
	t.Helper()
	const head = "package flights;\nimport org.apache.flink.table.functions.ScalarFunction;\n"
	jar, err := os.ReadFile(flinktest.Jar(t, map[string]string{
		"Mask.java":  head + `public class Mask extends ScalarFunction { public String eval(String s) { return "` + mark + `"; } }`,
		"Other.java": head + `public class Other extends ScalarFunction { public String eval(String s) { return "` + mark + ` of another"; } }`,
		"Fails.java": head + `public class Fails extends ScalarFunction { public String eval(String s) { throw new IllegalStateException("it fails"); } }`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	return string(jar)
}

// TestDefinitions changes what a plan only names: the content of a function's jar, one
// of two with the same file name, and the function's class. Apply deploys each, a
// restart deploys nothing new, and what is rolled back runs what it ran before.
func TestDefinitions(t *testing.T) {
	w := newGuest(t)
	out := filepath.Join(w.dir, "out")
	manifest := func(class string) string {
		return `name: masked
sql: |
  ADD JAR 'file://${env:PWD}/lib/my.jar';
  CREATE FUNCTION same AS 'flights.Same';
  CREATE TEMPORARY FUNCTION mask AS 'flights.` + class + `' USING JAR '${env:PWD}/my.jar';
  CREATE TABLE src (s STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '20', 'fields.s.length' = '3');
  CREATE TABLE snk (s STRING, m STRING) WITH ('connector' = 'filesystem', 'path' = 'file://${env:PWD}/out', 'format' = 'csv');
  INSERT INTO snk SELECT same(s), mask(s) FROM src;
flinkProperties:
  execution.checkpointing.interval: 500 ms
  restart-strategy.type: none
`
	}
	marks := func() map[string]int {
		n := map[string]int{}
		for _, r := range rows(t, out) {
			n[r[1]]++
		}
		return n
	}
	// more waits for rows of a mark that were not there yet.
	more := func(mark string) {
		t.Helper()
		had := marks()[mark]
		w.eventually("new rows are "+mark, func() bool { return marks()[mark] > had })
	}

	same, err := os.ReadFile(flinktest.Jar(t, map[string]string{
		"Same.java": "package flights;\npublic class Same extends org.apache.flink.table.functions.ScalarFunction { public String eval(String s) { return s; } }",
	}))
	if err != nil {
		t.Fatal(err)
	}
	w.write("lib/my.jar", string(same))
	w.write("my.jar", maskJar(t, "one"))
	w.write("masked.yaml", manifest("Mask"))
	w.must("apply", "masked.yaml")
	more("one")

	w.write("my.jar", maskJar(t, "two"))
	w.must("restart", "masked")
	more("one")
	if n := marks()["two"]; n > 0 {
		t.Errorf("the restart ran the file on disk: %d rows", n)
	}
	if r := w.must("diff", "masked.yaml"); !strings.Contains(r.stdout, "masked: upgrade") || !strings.Contains(r.stdout, "CREATE TEMPORARY FUNCTION mask flights.Mask my-2.jar ") {
		t.Errorf("diff of another jar:\n%s", r.stdout)
	}
	w.write("masked.yaml", manifest("Other"))
	if r := w.must("apply", "masked.yaml"); !strings.Contains(r.stdout, "→ flights.Other my-2.jar ") || !strings.Contains(r.stdout, "masked: upgrade → committed") {
		t.Errorf("another class:\n%s", r.stdout)
	}
	more("two of another")

	w.write("masked.yaml", manifest("Fails"))
	if r := w.run("apply", "masked.yaml"); r.code != 1 || !strings.Contains(r.stdout, "masked: upgrade → rolled-back") {
		t.Errorf("a class that fails: exit %d\n%s", r.code, r.stdout)
	}
	more("two of another")
	w.write("masked.yaml", manifest("Other"))
	if r := w.run("diff", "masked.yaml", "--exit-code"); r.code != 0 {
		t.Errorf("diff afterwards: exit %d\n%s", r.code, r.stdout)
	}
}
