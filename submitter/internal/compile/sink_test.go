package compile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/manifest"
)

const sinkTables = `CREATE TABLE a (k INT, v BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '9');
CREATE TABLE b (k INT, w BIGINT) WITH ('connector' = 'datagen');
CREATE TABLE o (k INT, s BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
CREATE TABLE om (k INT, s BIGINT, __query_name STRING, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
CREATE TABLE plain (k INT, s BIGINT) WITH ('connector' = 'print');
CREATE TABLE before (__query_version INT, k INT, __query_name STRING, s BIGINT) WITH ('connector' = 'print');
`

func sinkJob(t *testing.T, yaml string) compile.Input {
	t.Helper()
	job, _ := write(t, "name: sink\ntable-definitions: [tables.sql]\n"+yaml, map[string]string{"tables.sql": sinkTables})
	return compile.Input{Job: job, Meta: meta}
}

// TestOnConflict: the key is the INSERT's clause, for every query that can be without it.
func TestOnConflict(t *testing.T) {
	c := compiler(t, compile.Options{})
	for i, query := range []string{
		"SELECT x.k, x.v + y.w AS s FROM a x LEFT JOIN b y ON x.k = y.k",
		"SELECT a.k, SUM(b.w) AS s FROM a CROSS JOIN b GROUP BY a.k, a.v",
		"SELECT a.k, a.v AS s FROM b NATURAL JOIN a",
		"SELECT k, v AS s FROM a UNION SELECT k, w FROM b",
		"WITH x AS (SELECT k, w AS s FROM b) SELECT * FROM x ORDER BY k LIMIT 3",
	} {
		ways := []string{manifest.Deduplicate}
		if i == 0 {
			ways = append(ways, manifest.Fail, manifest.Ignore)
		}
		for _, way := range ways {
			wanted := sinkJob(t, fmt.Sprintf("sql: |\n  INSERT INTO o (k, s) (%s) ON CONFLICT DO %s\n", query, way))
			got := sinkJob(t, fmt.Sprintf("target-table: o\non-conflict: %s\nsql: |\n  %s\n", way, query))
			want, refused := c.Compile(t.Context(), wanted)
			r, err := c.Compile(t.Context(), got)
			if refused != nil { // Flink has its rules for ERROR and NOTHING
				var e *compile.Error
				if !errors.As(err, &e) || e.Key != "on-conflict" || e.At.Line != 4 {
					t.Errorf("%s, %s: %v, and of the INSERT: %v", way, query, err, refused)
				}
				continue
			}
			if err != nil || r.Plan.Digest() != want.Plan.Digest() {
				t.Errorf("%s, %s: %v, or another plan than the INSERT's", way, query, err)
			}
		}
	}
	r := mustCompile(t, c, sinkJob(t, "target-table: om\non-conflict: deduplicate\nsql: SELECT x.k, y.w AS s FROM a x LEFT JOIN b y ON x.k = y.k\n"))
	if !strings.Contains(string(r.Raw), "DEDUPLICATE") || !strings.Contains(string(r.Raw), "'sink'") {
		t.Error("the plan holds no ON CONFLICT, or no metadata column")
	}
	for yaml, want := range map[string]struct {
		key  string
		line int
		part string
	}{
		"target-table: o\nsql: SELECT x.k, y.w AS s FROM a x LEFT JOIN b y ON x.k = y.k\n":        {"target-table", 3, "`on-conflict: deduplicate`"},
		"target-table: plain\non-conflict: nothing\nsql: SELECT k, v AS s FROM a\n":               {"on-conflict", 4, "only allowed for upsert sinks"},
		"target-table: plain\non-conflict: nothing\nsql: |\n  SELECT k,\n   nope AS s FROM a\n":   {"sql", 7, "Column 'nope' not found"},
		"target-table: plain\nsql: |\n  SELECT k,\n   v AS s FROM a\n  ORDER BY\n    v":           {"sql", 8, "time attribute"},
		"sql: |\n  SET 'a' = 'b'; INSERT INTO plain SELECT k, v FROM a ORDER BY v":                {"sql", 4, "time attribute"},
		"target-table: plain\ncolumns: by-position\nsql: SELECT k FROM a\n":                       {"columns", 4, "the query has 1 ('k')"},
		"target-table: plain\nsql: SELECT v AS s, k AS x FROM a\n":                                {"target-table", 3, "by position s → k, x → s"},
		"target-table: before\nsql: |\n  SELECT k, v + 1 FROM a\n  ORDER BY\n    k, 2\n":          {"sql", 7, "name the column with AS"},
		"target-table: before\nsql: |\n  SELECT DISTINCT k, v AS s FROM a\n  ORDER BY k, v + 1\n": {"sql", 6, "SELECT DISTINCT"},
		"target-table: before\nsql: |\n  (SELECT k, v AS s FROM a LIMIT 3)\n  ORDER BY k\n":       {"sql", 5, ""},
		"target-table: plain\nsql: |\n  SELECT k, k FROM a\n":                                     {"sql", 5, "with AS"},
		"target-table: plain\nsql: |\n  EXECUTE SELECT k, nope FROM a\n":                          {"sql", 5, "Column 'nope' not found"},
	} {
		_, err := c.Compile(t.Context(), sinkJob(t, yaml))
		var e *compile.Error
		if !errors.As(err, &e) || e.Key != want.key || e.At.Line != want.line || !strings.Contains(e.Cause, want.part) {
			t.Errorf("%s: got %v", yaml, err)
		}
	}
}

// TestByPosition: a query whose columns have other names than the table's, as people have
// them who insert by position.
func TestByPosition(t *testing.T) {
	c := compiler(t, compile.Options{})
	for yaml, want := range map[string]string{
		"target-table: plain\nsql: SELECT k, v FROM a\n":                                                               "by position: v → s",
		"target-table: plain\nsql: SELECT k + 1, MAX(v) FROM a GROUP BY k\n":                                           "by position: EXPR$0 → k, EXPR$1 → s",
		"target-table: before\nflinkProperties: {execution.runtime-mode: batch}\nsql: SELECT k, v FROM a ORDER BY k\n": "by position: v → s",
		"target-table: before\nsql: VALUES (1, 2)\n":                                                                   "by position: EXPR$0 → k, EXPR$1 → s",
		"target-table: plain\nsql: EXECUTE SELECT v AS s, k FROM a\n":                                                  "by name",
		"target-table: plain\ncolumns: by-position\nsql: SELECT k, v AS s FROM a\n":                                    "by position",
	} {
		r := mustCompile(t, c, sinkJob(t, yaml))
		if r.Assignment == nil || r.Assignment.String() != want {
			t.Errorf("%s: %v", yaml, r.Assignment)
		}
	}
	if r := mustCompile(t, c, sinkJob(t, "sql: INSERT INTO plain SELECT k, v FROM a\n")); r.Assignment != nil {
		t.Errorf("a script: %v", r.Assignment)
	}
}
