package e2e

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/e2e/flinktest"
)

// contents is every file below a directory, with the digest of what is in it.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		found[path] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestCatalogOfFiles writes a table of a Paimon catalog, looks at scripts that would
// drop it, which changes nothing, and has apply drop it once.
func TestCatalogOfFiles(t *testing.T) {
	w := newGuest(t)
	warehouse := filepath.Join(w.dir, "warehouse")
	resources := "resources:\n"
	for _, jar := range flinktest.Paimon(t) {
		resources += "  - {jar: " + jar + "}\n"
	}
	const open = "  CREATE CATALOG c WITH ('type' = 'paimon', 'warehouse' = 'file://%s');\n  USE CATALOG c;\n"
	manifest := func(name, mode, description, script string) {
		w.write(name+".yaml", "name: "+name+"\ndescription: "+description+"\ncatalog-ddl: "+mode+"\n"+resources+
			"sql: |\n"+fmt.Sprintf(open, warehouse)+script)
	}
	const table = "  CREATE TABLE IF NOT EXISTS words (word STRING PRIMARY KEY NOT ENFORCED, cnt BIGINT);\n"
	manifest("fill", "apply", "x", table+`
  CREATE TEMPORARY TABLE source (word STRING) WITH ('connector' = 'datagen', 'fields.word.length' = '1', 'number-of-rows' = '50');
  CREATE TABLE default_catalog.default_database.words WITH ('connector' = 'paimon') LIKE words;
  INSERT INTO default_catalog.default_database.words SELECT word, COUNT(*) FROM source GROUP BY word;
`)
	if r := w.must("diff", "fill.yaml"); !strings.Contains(r.stdout, "fill: change-catalog") || len(contents(t, warehouse)) > 0 {
		t.Fatalf("%s%v", r.stdout, contents(t, warehouse))
	}
	w.must("apply", "fill.yaml")
	w.eventually("the table is filled", func() bool { return w.status()["fill"].Status == "FINISHED" })
	full := contents(t, warehouse)
	if len(full) < 5 {
		t.Fatalf("the table has %v", full)
	}

	drop := "  DROP TABLE IF EXISTS words;\n" + table + `
  CREATE TEMPORARY TABLE printed (word STRING, cnt BIGINT) WITH ('connector' = 'print');
  INSERT INTO printed SELECT word, cnt FROM words;
`
	manifest("drop", "refuse", "x", drop)
	for _, look := range [][]string{{"diff"}, {"compile"}, {"apply", "--dry-run"}, {"apply"}} {
		if r := w.run(append(look, "drop.yaml")...); r.code == 0 || !strings.Contains(r.stderr, "DROP TABLE `c`.`default`.`words`") {
			t.Errorf("%v: exit %d\n%s%s", look, r.code, r.stdout, r.stderr)
		}
	}
	manifest("drop", "apply", "x", drop)
	for _, look := range [][]string{{"diff"}, {"compile"}, {"apply", "--dry-run"}, {"diff"}} {
		r := w.run(append(look, "drop.yaml")...)
		if !strings.Contains(r.stdout+r.stderr, "DROP TABLE `c`.`default`.`words`") {
			t.Errorf("%v: exit %d\n%s%s", look, r.code, r.stdout, r.stderr)
		}
	}
	if diff := cmp.Diff(full, contents(t, warehouse)); diff != "" {
		t.Fatalf("a look has changed the catalog: %s", diff)
	}

	w.must("apply", "drop.yaml")
	made := contents(t, warehouse)
	if len(made) != 1 { // its schema
		t.Fatalf("after DROP and CREATE: %v", made)
	}
	manifest("drop", "apply", "another", drop)
	if r := w.must("apply", "drop.yaml"); strings.Contains(r.stdout+r.stderr, "DROP TABLE") {
		t.Errorf("dropped once more:\n%s%s", r.stdout, r.stderr)
	}
	if diff := cmp.Diff(made, contents(t, warehouse)); diff != "" {
		t.Errorf("the second apply has changed the catalog: %s", diff)
	}
	if r := w.must("history", "drop"); !strings.Contains(r.stdout, "change-catalog") {
		t.Errorf("history:\n%s", r.stdout)
	}
}
