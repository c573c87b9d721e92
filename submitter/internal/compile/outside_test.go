package compile_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/submitter/internal/compile"
)

// outsideWorld is a Paimon catalog of files, which has tables, but neither views nor functions.
type outsideWorld struct {
	compiler  *compile.Compiler
	resources []compile.Resource
	warehouse string
}

func newOutsideWorld(t *testing.T) *outsideWorld {
	w := &outsideWorld{compiler: compiler(t, compile.Options{}), warehouse: t.TempDir()}
	for i, jar := range flinktest.Paimon(t) {
		w.resources = append(w.resources, compile.Resource{Name: fmt.Sprint(i), Jar: true, URI: "file://" + jar})
	}
	w.change(t, w.job(t, "apply",
		"CREATE TABLE IF NOT EXISTS p.`default`.t (k INT, v STRING, PRIMARY KEY (k) NOT ENFORCED)",
		"CREATE TABLE IF NOT EXISTS p.`default`.u (k INT)"))
	return w
}

// job is a job whose script has these statements, in the manifest's mode catalog-ddl.
func (w *outsideWorld) job(t *testing.T, mode string, statements ...string) compile.Input {
	t.Helper()
	script := fmt.Sprintf("  CREATE CATALOG p WITH ('type' = 'paimon', 'warehouse' = 'file://%s');\n", w.warehouse)
	for _, s := range statements {
		script += "  " + s + ";\n"
	}
	job, _ := write(t, "name: orders\ntable-definitions: [tables.sql]\ncatalog-ddl: "+mode+"\nsql: |\n"+script+"  INSERT INTO dst SELECT a, b FROM src;\n", nil)
	return compile.Input{Job: job, Meta: meta, Resources: w.resources, Made: map[string]bool{}}
}

// change makes the changes of a job that are still to be made, and returns what they were.
func (w *outsideWorld) change(t *testing.T, in compile.Input) []string {
	t.Helper()
	look, err := w.compiler.Compile(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	err = w.compiler.ChangeCatalogs(t.Context(), in, func(c compile.CatalogChange, run func() error) error {
		made = append(made, c.What())
		return run()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range look.ChangesSeen { // as the record says after that
		in.Made[c.ID] = true
	}
	return made
}

// snapshot is every file and directory of the warehouse with the digest of its content.
func (w *outsideWorld) snapshot(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(w.warehouse, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			found[path] = "directory"
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
	"TRUNCATE TABLE %st",
	"ANALYZE TABLE %st COMPUTE STATISTICS",
	"ANALYZE TABLE %st COMPUTE STATISTICS FOR ALL COLUMNS",
	"ANALYZE TABLE %st PARTITION (k) COMPUTE STATISTICS FOR COLUMNS v",
}

// databaseDDL are those about databases of the catalog p.
var databaseDDL = []string{
	"CREATE DATABASE p.n",
	"CREATE DATABASE IF NOT EXISTS p.n COMMENT 'x' WITH ('a' = 'b')",
	"DROP DATABASE p.`default`",
	"DROP DATABASE IF EXISTS p.`default` CASCADE",
	"ALTER DATABASE p.`default` SET ('a' = 'b')",
}

func TestCompilingChangesNothingOutside(t *testing.T) {
	w := newOutsideWorld(t)
	before := w.snapshot(t)
	var statements []string
	for _, s := range outsideDDL {
		statements = append(statements, fmt.Sprintf(s, "p.`default`."))
	}
	statements = append(statements, databaseDDL...)
	var inputs []compile.Input
	for _, s := range statements {
		inputs = append(inputs, w.job(t, "refuse", s))
	}
	_, errs := w.compiler.All(t.Context(), inputs, 4, nil)
	for i, err := range errs {
		var refused *compile.Error
		if !errors.As(err, &refused) || refused.At.Line < 6 {
			t.Errorf("%s: %v", inputs[i].Job.SQL.Text, err)
		}
	}
	// All in one script that apply would run: nothing is run for a look at it.
	// The same by names that the current catalog and database complete.
	for use, prefix := range map[string]string{"SHOW CATALOGS": "p.`default`.", "USE CATALOG p": "", "USE p.`default`": "`default`."} {
		all := []string{use}
		if use == "SHOW CATALOGS" {
			all = nil
		}
		for _, s := range outsideDDL {
			if !strings.HasPrefix(s, "DROP VIEW") && !strings.HasPrefix(s, "DROP FUNCTION") { // there are none
				all = append(all, fmt.Sprintf(s, prefix))
			}
		}
		result, err := w.compiler.Compile(t.Context(), w.job(t, "apply", all...))
		if err != nil || len(result.Changes) != len(outsideDDL)-2 || result.Unknown == "" {
			t.Errorf("%s: %d changes, unknown %q, %v", use, len(result.Changes), result.Unknown, err)
		}
	}
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Error(diff)
	}
}

func TestOpeningACatalogLeavesNoTrace(t *testing.T) {
	w := &outsideWorld{compiler: compiler(t, compile.Options{}), warehouse: t.TempDir()}
	for i, jar := range flinktest.Paimon(t) {
		w.resources = append(w.resources, compile.Resource{Name: fmt.Sprint(i), Jar: true, URI: "file://" + jar})
	}
	if _, err := w.compiler.Compile(t.Context(), w.job(t, "refuse")); err != nil {
		t.Fatal(err)
	}
	if found := w.snapshot(t); len(found) != 1 {
		t.Errorf("an empty warehouse has %v", found)
	}
}

func TestCatalogChangesAreMadeOnce(t *testing.T) {
	w := newOutsideWorld(t)
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
	w := newOutsideWorld(t)
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
