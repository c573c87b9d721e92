package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/e2e/flinktest"
)

// udfJar is a jar of two functions: shout adds mark to a text, whisper makes it
// small.
func udfJar(t *testing.T, mark string) []byte {
	t.Helper()
	const head = "package flights;\nimport org.apache.flink.table.functions.ScalarFunction;\n"
	jar, err := os.ReadFile(flinktest.Jar(t, map[string]string{
		"Shout.java":   head + `public class Shout extends ScalarFunction { public String eval(String s) { return s + "` + mark + `"; } }`,
		"Whisper.java": head + `public class Whisper extends ScalarFunction { public String eval(String s) { return s.toLowerCase(); } }`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	return jar
}

// TestUDF ships a jar with functions, one declared in a table definition and one
// in the script, and then another jar under the same name.
func TestUDF(t *testing.T) {
	w := newGuest(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), 2)
	w.write("udf.jar", string(udfJar(t, "!")))
	w.write("tables.sql", countTables+"CREATE TEMPORARY FUNCTION shout AS 'flights.Shout';\n"+
		"CREATE TABLE loud (carrier STRING, origin STRING) WITH ('connector' = 'filesystem', 'path' = 'file://${env:PWD}/out', 'format' = 'csv');\n")
	w.write("loud.yaml", `name: loud
sql: |
  CREATE FUNCTION whisper AS 'flights.Whisper';
  INSERT INTO loud SELECT shout(carrier), whisper(origin) FROM flights
table-definitions: [tables.sql]
resources:
  - jar: udf.jar
flinkProperties:
  execution.checkpointing.interval: 500 ms
`)
	f.piece(0)
	w.must("apply", "loud.yaml")
	out := filepath.Join(w.dir, "out")
	half := len(f.rows) / 2
	w.eventually("the first half is there", func() bool { return len(rows(t, out)) == half })

	w.write("udf.jar", string(udfJar(t, "?")))
	if r := w.run("diff", "loud.yaml", "--exit-code"); r.code != 6 || !strings.Contains(r.stdout, "resources") {
		t.Errorf("diff of another jar: exit %d, want 6 and resources\n%s", r.code, r.stdout)
	}
	if r := w.must("apply", "loud.yaml"); !strings.Contains(r.stdout, "loud: upgrade → committed") {
		t.Errorf("another jar:\n%s", r.stdout)
	}
	f.piece(1)
	w.eventually("all are there", func() bool { return len(rows(t, out)) == len(f.rows) })
	marks := make(map[string]int)
	for _, r := range rows(t, out) {
		marks[r[0][len(r[0])-1:]]++
		if r[1] != strings.ToLower(r[1]) {
			t.Fatalf("%q is not small", r)
		}
	}
	if marks["!"] != half || marks["?"] != len(f.rows)-half {
		t.Errorf("%v, want %d of the first jar and %d of the second", marks, half, len(f.rows)-half)
	}
}
