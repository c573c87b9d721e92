package sqltext

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestDDL(t *testing.T) {
	for _, tt := range []struct {
		src  string
		want DDL
	}{
		{"CREATE TABLE t (a INT)", DDL{Verb: VerbCreate, Object: ObjectTable, Path: []string{"t"}}},
		{"create temporary table if not exists a.`b``c` . d LIKE x.y", DDL{Verb: VerbCreate, Object: ObjectTable, Temporary: true, IfNotExists: true, Path: []string{"a", "b`c", "d"}}},
		{"CREATE /* TEMPORARY */ -- SYSTEM\n VIEW `TEMPORARY` AS SELECT 1", DDL{Verb: VerbCreate, Object: ObjectView, Path: []string{"TEMPORARY"}}},
		{"CREATE TEMPORARY SYSTEM FUNCTION IF NOT EXISTS f AS 'x'", DDL{Verb: VerbCreate, Object: ObjectFunction, Temporary: true, System: true, IfNotExists: true, Path: []string{"f"}}},
		{"CREATE OR REPLACE TABLE t AS SELECT 1", DDL{Verb: VerbReplace, Object: ObjectTable, Path: []string{"t"}}},
		{"REPLACE TABLE t AS SELECT 1", DDL{Verb: VerbReplace, Object: ObjectTable, Path: []string{"t"}}},
		{"CREATE OR ALTER MATERIALIZED TABLE c.d.t AS SELECT 1", DDL{Verb: VerbReplace, Object: ObjectMaterializedTable, Path: []string{"c", "d", "t"}}},
		{"CREATE CATALOG IF NOT EXISTS c COMMENT 'x' WITH ('a'='b')", DDL{Verb: VerbCreate, Object: ObjectCatalog, IfNotExists: true, Path: []string{"c"}}},
		{"DROP DATABASE IF EXISTS c.d CASCADE", DDL{Verb: VerbDrop, Object: ObjectDatabase, IfExists: true, Path: []string{"c", "d"}}},
		{"DROP TEMPORARY SYSTEM CONNECTION k", DDL{Verb: VerbDrop, Object: ObjectConnection, Temporary: true, System: true, Path: []string{"k"}}},
		{"ALTER TABLE IF EXISTS model RENAME TO x", DDL{Verb: VerbAlter, Object: ObjectTable, IfExists: true, Path: []string{"model"}}},
		{"ALTER MODEL `table` SET ('a'='b')", DDL{Verb: VerbAlter, Object: ObjectModel, Path: []string{"table"}}},
		{"ALTER TEMPORARY SYSTEM FUNCTION IF EXISTS f AS 'x'", DDL{Verb: VerbAlter, Object: ObjectFunction, Temporary: true, System: true, IfExists: true, Path: []string{"f"}}},
		{"TRUNCATE TABLE a.b", DDL{Verb: VerbTruncate, Object: ObjectTable, Path: []string{"a", "b"}}},
		{"ANALYZE TABLE t PARTITION (x) COMPUTE STATISTICS", DDL{Verb: VerbAnalyze, Object: ObjectTable, Path: []string{"t"}}},
	} {
		s := only(t, tt.src)
		got, ok := s.DDL()
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(DDL{}, "NameStart", "NameEnd")); !ok || diff != "" {
			t.Errorf("%s: %v %s", tt.src, ok, diff)
			continue
		}
		if path, err := Path(s.Text[got.NameStart:got.NameEnd]); err != nil || !cmp.Equal(path, got.Path) {
			t.Errorf("%s: the name stands at %q", tt.src, s.Text[got.NameStart:got.NameEnd])
		}
	}
	for _, src := range []string{"SELECT 1", "CREATE", "CREATE TABLE", "DROP TABLE IF EXISTS", "CREATE TABLE 'x' (a INT)", "CREATE TABLE a..b (a INT)", "SHOW CREATE TABLE t", "USE CATALOG c", "EXPLAIN DROP TABLE t", "CREATE TABLE a.1b (a INT)"} {
		if got, ok := only(t, src).DDL(); ok {
			t.Errorf("%s: %+v", src, got)
		}
	}
}

func TestUsed(t *testing.T) {
	for _, tt := range []struct {
		src, catalog string
		database     []string
		ok           bool
	}{
		{"USE CATALOG `a b`", "a b", nil, true},
		{"use /* CATALOG */ d", "", []string{"d"}, true},
		{"USE c . d", "", []string{"c", "d"}, true},
		{"USE a.b.c", "", nil, false},
		{"USE CATALOG a.b", "", nil, false},
		{"USE MODULES core", "", nil, false},
		{"USE", "", nil, false},
	} {
		catalog, database, ok := only(t, tt.src).Used()
		if ok != tt.ok || ok && (catalog != tt.catalog || !cmp.Equal(database, tt.database)) {
			t.Errorf("%s: %q, %q, %v", tt.src, catalog, database, ok)
		}
	}
}

func TestWithOption(t *testing.T) {
	o := Option{Key: "x", Value: "it's"}
	for src, want := range map[string]string{
		"CREATE CATALOG c WITH ('type' = 'p')":               "CREATE CATALOG c WITH ('type' = 'p', 'x' = 'it''s')",
		"CREATE CATALOG c WITH ('type' = 'p' /* ) */ ) ":     "CREATE CATALOG c WITH ('type' = 'p' /* ) */ , 'x' = 'it''s')",
		"CREATE CATALOG c WITH ('type' = 'p', 'x' = 'mine')": "CREATE CATALOG c WITH ('type' = 'p', 'x' = 'mine')",
		"CREATE CATALOG c": "CREATE CATALOG c",
	} {
		if got := only(t, src).WithOption(o); got != want {
			t.Errorf("%s: got %s", src, got)
		}
	}
}
