package compile_test

import (
	"errors"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/compile"
)

// TestTemporaryTables compiles scripts of which Flink's own client says the same: the
// first column of the source that the query reads tells which table that is.
func TestTemporaryTables(t *testing.T) {
	const with = " WITH ('connector' = 'datagen')"
	for _, tt := range []struct {
		name, script, reads string
		refused             bool
	}{
		{name: "hides a plain table", script: "CREATE TEMPORARY TABLE src (x INT, b STRING)" + with + "; INSERT INTO dst SELECT x, b FROM src", reads: "x"},
		{name: "hides, and is dropped", script: "CREATE TEMPORARY TABLE src (x INT)" + with + "; DROP TEMPORARY TABLE src; INSERT INTO dst SELECT a, b FROM src", reads: "a"},
		{name: "made anew", script: "CREATE TEMPORARY TABLE s (x INT)" + with + "; drop /* plain */ temporary table if exists `s`; CREATE TEMPORARY TABLE s (y INT, b STRING)" + with + "; INSERT INTO dst SELECT y, b FROM s", reads: "y"},
		{name: "dropped before there is one", script: "DROP TEMPORARY TABLE IF EXISTS s; CREATE TEMPORARY TABLE s (y INT, b STRING)" + with + "; INSERT INTO dst SELECT y, b FROM s", reads: "y"},
		{name: "IF NOT EXISTS hides all the same", script: "CREATE TEMPORARY TABLE IF NOT EXISTS src (x INT, b STRING)" + with + "; INSERT INTO dst SELECT x, b FROM src", reads: "x"},
		{name: "IF NOT EXISTS keeps the first", script: "CREATE TEMPORARY TABLE s (x INT, b STRING)" + with + "; CREATE TEMPORARY TABLE IF NOT EXISTS s (y INT)" + with + "; INSERT INTO dst SELECT x, b FROM s", reads: "x"},
		{name: "a plain table beneath", script: "CREATE TEMPORARY TABLE s (x INT, b STRING)" + with + "; CREATE TABLE s (y INT, b STRING)" + with + "; INSERT INTO dst SELECT x, b FROM s", reads: "x"},
		{name: "a plain table beneath, shown", script: "CREATE TEMPORARY TABLE s (x INT, b STRING)" + with + "; CREATE TABLE s (y INT, b STRING)" + with + "; DROP TEMPORARY TABLE s; INSERT INTO dst SELECT y, b FROM s", reads: "y"},
		{name: "hides a view", script: "CREATE VIEW v AS SELECT a, b FROM src; CREATE TEMPORARY TABLE v (x INT, b STRING)" + with + "; INSERT INTO dst SELECT x, b FROM v", reads: "x"},
		{name: "hides a view, shown", script: "CREATE VIEW v AS SELECT a, b FROM src; CREATE TEMPORARY TABLE v (x INT, b STRING)" + with + "; DROP TEMPORARY TABLE v; INSERT INTO dst SELECT a, b FROM v", reads: "a"},
		{name: "beneath a view's query", script: "CREATE TEMPORARY VIEW v AS SELECT a, b FROM src; CREATE TEMPORARY TABLE src (a INT, b STRING, z INT)" + with + "; INSERT INTO dst SELECT a, b FROM v", reads: "a"},
		{name: "like what it hides", script: "CREATE TEMPORARY TABLE src LIKE src; INSERT INTO dst SELECT a, b FROM src", reads: "a", refused: true},
		{name: "in a catalog of the session", script: "CREATE CATALOG mem COMMENT 'x' WITH ('type' = 'generic_in_memory'); USE CATALOG mem; CREATE TEMPORARY TABLE src (x INT, b STRING)" + with + "; INSERT INTO default_catalog.default_database.dst SELECT x, b FROM src", reads: "x"},
		{name: "twice", script: "CREATE TEMPORARY TABLE s (x INT)" + with + "; CREATE TEMPORARY TABLE s (x INT)" + with + "; INSERT INTO dst SELECT x, 'b' FROM s", refused: true},
		{name: "dropped twice", script: "CREATE TEMPORARY TABLE s (x INT)" + with + "; DROP TEMPORARY TABLE s; DROP TEMPORARY TABLE s; INSERT INTO dst SELECT a, b FROM src", refused: true},
		{name: "dropped as a plain one", script: "CREATE TEMPORARY TABLE s (x INT)" + with + "; DROP TABLE s; INSERT INTO dst SELECT a, b FROM src", refused: true},
		{name: "altered as a plain one", script: "CREATE TEMPORARY TABLE s (x INT)" + with + "; ALTER TABLE s RENAME TO r; INSERT INTO dst SELECT a, b FROM src", refused: true},
		{name: "under a temporary view", script: "CREATE TEMPORARY VIEW s AS SELECT 1; CREATE TEMPORARY TABLE s (x INT)" + with + "; INSERT INTO dst SELECT a, b FROM src", refused: true},
		{name: "named like keywords", script: "CREATE TABLE model (x INT, b STRING)" + with + "; ALTER TABLE model SET ('rows-per-second' = '3'); ALTER TABLE model RENAME TO `catalog`; DROP TABLE IF EXISTS `FUNCTION`; INSERT INTO dst SELECT x, b FROM `catalog`", reads: "x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job, _ := write(t, "name: orders\ntable-definitions: [tables.sql]\nsql: |\n  "+strings.ReplaceAll(tt.script, "; ", ";\n  ")+";\n", nil)
			r, err := compiler(t, compile.Options{}).Compile(t.Context(), compile.Input{Job: job, Meta: meta})
			var refused *compile.Error
			switch {
			case tt.refused && !errors.As(err, &refused):
				t.Fatalf("got %v", err)
			case tt.refused:
				return
			case err != nil:
				t.Fatal(err)
			}
			if first := firstOfSource(string(r.Raw)); first != tt.reads {
				t.Errorf("it reads a table that begins with %s", first)
			}
			if len(r.Init) > 0 && !strings.Contains(tt.script, "CREATE CATALOG") {
				t.Errorf("init %q", r.Init)
			}
		})
	}
}

// firstOfSource is the name of the first column of the first table of a plan.
func firstOfSource(raw string) string {
	_, rest, _ := strings.Cut(raw, `"columns"`)
	_, rest, _ = strings.Cut(rest, `"name"`)
	parts := strings.SplitN(rest, `"`, 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[1]
}

// TestTemporaryTablesOfAnOutsideCatalog has them as source, as sink and hiding one of
// the catalog's own; the plan has them whole, and the catalog stays as it was.
func TestTemporaryTablesOfAnOutsideCatalog(t *testing.T) {
	w := newPaimonWorld(t)
	before := w.snapshot(t)
	for _, tt := range []struct{ name, script, source, sink, want string }{
		{"a source", "USE CATALOG p;\n  CREATE TEMPORARY TABLE s (x INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'datagen');\n  INSERT INTO default_catalog.default_database.dst SELECT x, 'b' FROM s",
			"`default_catalog`.`default_database`.`p.default.s`", "`default_catalog`.`default_database`.`dst`", `"watermarkSpecs"`},
		{"a sink", "CREATE TEMPORARY TABLE p.`default`.o (k INT NOT NULL, v ROW<a INT, b STRING>, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'print', 'print-identifier' = '${secret:X}');\n  INSERT INTO p.`default`.o SELECT a, CAST(NULL AS ROW<a INT, b STRING>) FROM src",
			"`default_catalog`.`default_database`.`src`", "`default_catalog`.`default_database`.`p.default.o`", `${secret:X}`},
		{"hiding one of the catalog's", "USE CATALOG p;\n  CREATE TEMPORARY TABLE t LIKE default_catalog.default_database.dst2 (OVERWRITING OPTIONS);\n  DROP TEMPORARY TABLE t;\n  CREATE TEMPORARY TABLE t (x INT) WITH ('connector' = 'datagen');\n  INSERT INTO default_catalog.default_database.dst SELECT x, 'b' FROM t",
			"`default_catalog`.`default_database`.`p.default.t`", "`default_catalog`.`default_database`.`dst`", `"x"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := w.compiler.Compile(t.Context(), w.script(t, "refuse", tt.script))
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Plan.Sources()[0]; got.Identifier != tt.source || got.Connector() != "datagen" {
				t.Errorf("source %+v", got)
			}
			if got := r.Plan.Sinks()[0]; got.Identifier != tt.sink || got.Connector() == "" {
				t.Errorf("sink %+v", got)
			}
			if !strings.Contains(string(r.Raw), tt.want) {
				t.Errorf("no %s in %s", tt.want, r.Raw)
			}
		})
	}
	if after := w.snapshot(t); len(after) != len(before) {
		t.Errorf("before %v, after %v", before, after)
	}
}

// TestHintsForTemporaryTablesOfAnOutsideCatalog: Flink would have merged their options.
func TestHintsForTemporaryTablesOfAnOutsideCatalog(t *testing.T) {
	w := newPaimonWorld(t)
	for _, query := range []string{
		"INSERT INTO default_catalog.default_database.dst SELECT x, 'b' FROM s /*+ OPTIONS('rows-per-second' = '7') */",
		"INSERT INTO o /*+ OPTIONS('print-identifier' = 'z') */ SELECT x FROM s",
	} {
		r, err := w.compiler.Compile(t.Context(), w.script(t, "refuse", "USE CATALOG p",
			"CREATE TEMPORARY TABLE s (x INT) WITH ('connector' = 'datagen')", "CREATE TEMPORARY TABLE o (x INT) WITH ('connector' = 'print')", query))
		if err == nil || !strings.Contains(err.Error(), "OPTIONS hint") {
			t.Errorf("%s: %v %s", query, err, r.Raw)
		}
	}
}

// TestSinkWithoutConnector is about a sink that compiles and cannot run.
func TestSinkWithoutConnector(t *testing.T) {
	w := newPaimonWorld(t)
	for i, query := range []string{
		"INSERT INTO p.`default`.t SELECT a, b FROM src",
		"EXECUTE STATEMENT SET BEGIN\n  INSERT INTO dst SELECT a, b FROM src;\n  INSERT INTO p.`default`.t SELECT a, b FROM src;\n  END",
	} {
		_, err := w.compiler.Compile(t.Context(), w.script(t, "refuse", query))
		var refused *compile.Error
		if !errors.As(err, &refused) || !strings.Contains(refused.Cause, "LIKE `p`.`default`.`t`") || refused.At.Line != 6 {
			t.Errorf("%d: got %v", i, err)
		}
	}
	// The way out that it names.
	r, err := w.compiler.Compile(t.Context(), w.script(t, "refuse", "CREATE TABLE t WITH ('connector' = 'paimon') LIKE p.`default`.t", "INSERT INTO t SELECT a, b FROM src"))
	if err != nil || r.Plan.Sinks()[0].Options["path"] == "" {
		t.Errorf("%v, %v", r.Plan, err)
	}
}

// TestTemporaryTableComesBackWhole compares a temporary table's plan by each way back.
func TestTemporaryTableComesBackWhole(t *testing.T) {
	w := newPaimonWorld(t)
	in := w.script(t, "refuse", "CREATE TEMPORARY TABLE p.`default`.s (x INT) WITH ('connector' = 'datagen')", "INSERT INTO dst SELECT x, 'b' FROM p.`default`.s")
	var plans []string
	for _, way := range []compile.Handover{compile.File, compile.Query} {
		r, err := compiler(t, compile.Options{Handover: way}).Compile(t.Context(), in)
		if err != nil {
			t.Fatal(way, err)
		}
		plans = append(plans, r.Plan.Digest())
	}
	if plans[0] != plans[1] {
		t.Errorf("plans differ: %v", plans)
	}
}
