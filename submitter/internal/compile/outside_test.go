package compile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/manifest"
)

// outsideDDL is every form of Flink's grammar that changes an object of a catalog, or
// the data behind a table. %s stands before the names of objects in its database.
var outsideDDL = []string{
	"CREATE TABLE %sn (a INT)",
	"CREATE TABLE IF NOT EXISTS %sn (a INT) COMMENT 'DROP TEMPORARY TABLE'",
	"create /* TEMPORARY */ table %s`n` LIKE %[1]st",
	"CREATE VIEW %sn AS SELECT k FROM %[1]st",
	"CREATE FUNCTION %sn AS 'org.example.F' LANGUAGE JAVA",
	"CREATE MODEL %sn INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai')",
	"DROP TABLE %st",
	"DROP TABLE IF EXISTS %st",
	"drop -- TEMPORARY\n   table %st",
	"DROP VIEW %sw",
	"DROP FUNCTION %sg",
	"ALTER TABLE %st RENAME TO n",
	"ALTER TABLE %st RENAME v TO n",
	"ALTER TABLE IF EXISTS %st SET ('snapshot.num-retained.max' = '11')",
	"ALTER TABLE %st RESET ('bucket')",
	"ALTER TABLE %st ADD n INT",
	"ALTER TABLE %st ADD (n INT COMMENT 'x' FIRST, m STRING)",
	"ALTER TABLE %st ADD PARTITION (k = '1')",
	"ALTER TABLE %st MODIFY v STRING COMMENT 'temporary'",
	"ALTER TABLE %st DROP v",
	"ALTER TABLE %st DROP (v)",
	"ALTER TABLE %st DROP PRIMARY KEY",
	"ALTER TABLE %st DROP PARTITION (k = '1')",
	"ALTER TABLE %st DROP WATERMARK",
	"ALTER TABLE %st ADD DISTRIBUTION BY HASH(k) INTO 2 BUCKETS",
	"ALTER VIEW %sw RENAME TO n",
	"ALTER VIEW %sw AS SELECT v FROM %[1]st",
	"ALTER FUNCTION %sg AS 'org.example.H'",
	"ALTER MODEL %sm SET ('a' = 'b')",
	"ALTER MATERIALIZED TABLE %st SUSPEND",
	"DROP MATERIALIZED TABLE %st",
	"TRUNCATE TABLE %st",
	"ANALYZE TABLE %st COMPUTE STATISTICS",
	"ANALYZE TABLE %st COMPUTE STATISTICS FOR ALL COLUMNS",
	"ANALYZE TABLE %st PARTITION (k) COMPUTE STATISTICS FOR COLUMNS v",
}

// databaseDDL are those about databases of the catalog p. %s stands for the one that it has.
var databaseDDL = []string{
	"CREATE DATABASE p.n",
	"CREATE DATABASE IF NOT EXISTS p.n COMMENT 'x' WITH ('a' = 'b')",
	"DROP DATABASE p.%s",
	"DROP DATABASE IF EXISTS p.%s CASCADE",
	"ALTER DATABASE p.%s SET ('a' = 'b')",
}

// TestCompilingChangesNothingOutside is for a catalog of files; TestPostgresCatalog has
// the same for one over a server.
func TestCompilingChangesNothingOutside(t *testing.T) {
	w := newPaimonWorld(t)
	before := w.snapshot(t)
	w.refuseEach(t)
	w.lookAtAll(t)
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Error(diff)
	}
}

// refuseEach compiles a job for each statement that changes the catalog.
func (w *outsideWorld) refuseEach(t *testing.T) {
	var inputs []compile.Input
	for _, s := range outsideDDL {
		inputs = append(inputs, w.job(t, "refuse", fmt.Sprintf(s, "p."+w.database+".")))
	}
	for _, s := range databaseDDL {
		inputs = append(inputs, w.job(t, "refuse", strings.ReplaceAll(s, "%s", w.database)))
	}
	_, errs := w.compiler.All(t.Context(), inputs, 4, nil)
	for i, err := range errs {
		var refused *compile.Error
		if !errors.As(err, &refused) || refused.At.Line < 6 || refused.Class != "" {
			t.Errorf("%s: %v", inputs[i].Job.SQL.Text, err)
		}
	}
}

// lookAtAll compiles all of the statements in one script that apply would run, by full
// names, and by names that the current catalog and database complete.
func (w *outsideWorld) lookAtAll(t *testing.T) {
	var inputs []compile.Input
	for use, prefix := range map[string]string{"": "p." + w.database + ".", "USE CATALOG p": "", "USE p." + w.database: w.database + "."} {
		var all []string
		if use != "" {
			all = append(all, use)
		}
		for _, s := range outsideDDL {
			if !strings.HasPrefix(s, "DROP VIEW") && !strings.HasPrefix(s, "DROP FUNCTION") { // there are none
				all = append(all, fmt.Sprintf(s, prefix))
			}
		}
		inputs = append(inputs, w.job(t, "apply", all...))
	}
	results, errs := w.compiler.All(t.Context(), inputs, len(inputs), nil)
	for i, result := range results {
		if errs[i] != nil || len(result.Changes) != len(outsideDDL)-2 || result.Unknown == "" {
			t.Errorf("%s: %d changes, unknown %q, %v", inputs[i].Job.SQL.Text, len(result.Changes), result.Unknown, errs[i])
		}
	}
}

func TestOpeningACatalogLeavesNoTrace(t *testing.T) {
	w := emptyPaimon(t)
	if _, err := w.compiler.Compile(t.Context(), w.job(t, "refuse")); err != nil {
		t.Fatal(err)
	}
	if found := w.snapshot(t); len(found) != 1 {
		t.Errorf("an empty warehouse has %v", found)
	}
}

func TestCatalogChangesAreMadeOnce(t *testing.T) {
	w := newPaimonWorld(t)
	in := w.job(t, "apply",
		"DROP TABLE IF EXISTS p.`default`.n",
		"CREATE TABLE p.`default`.n (a INT)",
		"ALTER TABLE p.`default`.n ADD b INT",
		"ALTER TABLE p.`default`.t SET ('snapshot.num-retained.max' = '11')",
		"ALTER TABLE p.`default`.t SET ('snapshot.num-retained.max' = '11')",
		"DROP TABLE p.`default`.u")
	want := []string{
		"CREATE TABLE `p`.`default`.`n`", "ALTER TABLE `p`.`default`.`n`",
		"ALTER TABLE `p`.`default`.`t`", "ALTER TABLE `p`.`default`.`t`", "DROP TABLE `p`.`default`.`u`",
	}
	if diff := cmp.Diff(want, w.change(t, in)); diff != "" {
		t.Error(diff)
	}
	before := w.snapshot(t)
	if made := w.change(t, in); len(made) > 0 {
		t.Errorf("made once more: %v", made)
	}
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsThereDecidesAboutCreate(t *testing.T) {
	w := newPaimonWorld(t)
	for _, tt := range []struct {
		statement string
		pending   int
		warning   string
		refused   bool
	}{
		{statement: "CREATE TABLE IF NOT EXISTS p.`default`.t (k INT, v STRING, PRIMARY KEY (k) NOT ENFORCED)"},
		{statement: "CREATE TABLE IF NOT EXISTS p.`default`.t (k INT, v INT, PRIMARY KEY (k) NOT ENFORCED)", warning: "column v is STRING, not INT"},
		{statement: "CREATE TABLE IF NOT EXISTS p.`default`.t (k INT, PRIMARY KEY (k) NOT ENFORCED)", warning: "it has the column v"},
		{statement: "CREATE TABLE IF NOT EXISTS p.`default`.t (k INT, v STRING, PRIMARY KEY (k) NOT ENFORCED) WITH ('bucket' = '3')", warning: "its option 'bucket' is another"},
		{statement: "CREATE DATABASE IF NOT EXISTS p.`default`"},
		{statement: "DROP TABLE IF EXISTS p.`default`.nope"},
		{statement: "DROP TABLE IF EXISTS p.nope.nope"},
		{statement: "DROP DATABASE IF EXISTS p.nope CASCADE"},
		{statement: "CREATE TABLE p.`default`.t (k INT)", refused: true},
		{statement: "DROP TABLE p.`default`.nope", refused: true},
		{statement: "CREATE TABLE IF NOT EXISTS p.`default`.T (k INT)", pending: 1},
		{statement: "CREATE TABLE IF NOT EXISTS p.nope.t (k INT)", pending: 1},
		{statement: "DROP TABLE p.`default`.t;\n  CREATE TABLE IF NOT EXISTS p.`default`.t (k INT)", pending: 2},
		{statement: "DROP DATABASE p.`default` CASCADE;\n  CREATE TABLE IF NOT EXISTS p.`default`.t (k INT)", pending: 2},
		// These live in the session.
		{statement: "CREATE TEMPORARY VIEW p.`default`.x AS SELECT 1"},
		{statement: "CREATE TEMPORARY TABLE p.`default`.t (k INT) WITH ('connector' = 'datagen');\n  DROP TEMPORARY TABLE p.`default`.t"},
		{statement: "DROP TEMPORARY FUNCTION IF EXISTS p.`default`.g"},
		{statement: "CREATE CATALOG m COMMENT 'x' WITH ('type' = 'generic_in_memory');\n  CREATE TABLE m.`default`.t (a INT);\n  DROP TABLE m.`default`.t;\n  DROP CATALOG m"},
	} {
		result, err := w.compiler.Compile(t.Context(), w.job(t, "apply", tt.statement))
		var refused *compile.Error
		switch {
		case tt.refused != errors.As(err, &refused), err != nil && !tt.refused:
			t.Errorf("%s: %v", tt.statement, err)
		case len(result.Changes) != tt.pending:
			t.Errorf("%s: %v is pending", tt.statement, result.Changes)
		case tt.warning == "" && len(result.Warnings) > 0, tt.warning != "" && !slices.ContainsFunc(result.Warnings, func(s string) bool { return strings.Contains(s, tt.warning) }):
			t.Errorf("%s: warnings %q", tt.statement, result.Warnings)
		}
	}
}

// neverSent are the forms that no script may have before its query: they start jobs or
// procedures, or change rows.
var neverSent = []string{
	"CREATE TABLE p.d.n AS SELECT k FROM p.d.t",
	"CREATE TABLE IF NOT EXISTS p.d.n WITH ('a' = 'b') AS SELECT k FROM p.d.t",
	"CREATE OR REPLACE TABLE p.d.t AS SELECT k FROM p.d.u",
	"REPLACE TABLE p.d.t AS SELECT k FROM p.d.u",
	"CREATE MATERIALIZED TABLE p.d.n FRESHNESS = INTERVAL '1' DAY AS SELECT k FROM p.d.t",
	"INSERT INTO p.d.u VALUES (7)",
	"EXECUTE INSERT INTO p.d.u VALUES (7)",
	"EXECUTE STATEMENT SET BEGIN INSERT INTO p.d.u VALUES (7); END",
	"COMPILE AND EXECUTE PLAN 'file:///tmp/never' FOR INSERT INTO p.d.u VALUES (7)",
	"DELETE FROM p.d.t",
	"UPDATE p.d.t SET v = 'x'",
	"CALL p.sys.compact('p.d.t')",
}

func TestScriptsCannotHoldWhatStartsSomething(t *testing.T) {
	for _, s := range neverSent {
		file := filepath.Join(t.TempDir(), "orders.yaml")
		script := "name: orders\ncatalog-ddl: apply\nsql: |\n  " + s + ";\n  INSERT INTO dst SELECT a, b FROM src;\n"
		if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := manifest.Load(t.Context(), manifest.Options{Paths: []string{file}}); err == nil || !strings.Contains(err.Error(), file+":") {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// TestCatalogStoreOfTheGateway: where the gateway keeps catalogs, to create one changes
// something outside. The cluster does not have that store, so it creates the catalog in
// any case.
func TestCatalogStoreOfTheGateway(t *testing.T) {
	store := t.TempDir()
	files := func() int {
		entries, err := os.ReadDir(store)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	c := compiler(t, compile.Options{})
	input := func(mode string) compile.Input {
		job, _ := write(t, "name: orders\ntable-definitions: [tables.sql]\ncatalog-ddl: "+mode+"\nflinkProperties: {table.catalog-store.kind: file, table.catalog-store.file.path: 'file://"+store+"'}\nsql: |\n  CREATE CATALOG IF NOT EXISTS m WITH ('type' = 'generic_in_memory');\n  INSERT INTO dst SELECT a, b FROM src;\n", nil)
		return compile.Input{Job: job, Meta: meta}
	}
	var refused *compile.Error
	if _, err := c.Compile(t.Context(), input("refuse")); !errors.As(err, &refused) {
		t.Errorf("refuse: %v", err)
	}
	r, err := c.Compile(t.Context(), input("apply"))
	if err != nil || len(r.Changes) != 1 || files() != 0 {
		t.Fatalf("%v, %+v, %d files", err, r.Changes, files())
	}
	err = c.ChangeCatalogs(t.Context(), input("apply"), func(_ compile.CatalogChange, run func() error) error { return run() })
	if err != nil || files() != 1 {
		t.Fatalf("%v, %d files", err, files())
	}
	r, err = c.Compile(t.Context(), input("refuse"))
	if err != nil || len(r.Changes) > 0 || len(r.Init) != 1 {
		t.Errorf("afterwards: %v, %+v, init %q", err, r.Changes, r.Init)
	}
}
