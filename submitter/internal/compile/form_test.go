package compile

import (
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/manifest"

	"github.com/google/go-cmp/cmp"
)

// TestInsert: a query of the columns a and b, written to tables that have them in this
// order, in the other one (swapped), and with a metadata column (meta, and first: before
// the others).
func TestInsert(t *testing.T) {
	a, b := column{"a", "INT", ""}, column{"b", "STRING", ""}
	m := column{"__query_version", "INT", ""}
	targets := map[string][]column{
		"same": {a, b}, "swapped": {b, a}, "meta": {a, b, m}, "first": {m, a, b}, "header": {{"h", "INT", "METADATA"}, a, b},
	}
	const lit = "CAST(7 AS INT)"
	for _, tt := range []struct{ target, query, conflict, want string }{
		{"same", "SELECT a, b FROM t ORDER BY 1", "", "INSERT INTO `t` (`a`, `b`)\nSELECT a, b FROM t ORDER BY 1"},
		{"same", "SELECT DISTINCT a, b FROM t ORDER BY a + 1", "", "INSERT INTO `t` (`a`, `b`)\nSELECT DISTINCT a, b FROM t ORDER BY a + 1"},
		{"same", "TABLE t CROSS JOIN u", "nothing", "INSERT INTO `t` (`a`, `b`)\n(\nTABLE t CROSS JOIN u\n) ON CONFLICT DO NOTHING"},
		{"swapped", "SELECT a, b FROM t", "", "INSERT INTO `t` (`b`, `a`)\nSELECT `b`, `a` FROM (\nSELECT a, b FROM t\n)"},
		{"swapped", "SELECT a, b FROM t ORDER BY 1 DESC, LOWER(b), 9", "", "INSERT INTO `t` (`a`, `b`)\nSELECT a, b FROM t ORDER BY `a` DESC, LOWER(b), 9"},
		{"header", "SELECT a, b FROM t ORDER BY 1", "", "INSERT INTO `t` (`a`, `b`)\nSELECT a, b FROM t ORDER BY `a`"},
		{"meta", "SELECT a, b FROM t", "error", "INSERT INTO `t` (`a`, `b`, `__query_version`)\n(\nSELECT `a`, `b`, " + lit + " FROM (\nSELECT a, b FROM t\n)\n) ON CONFLICT DO ERROR"},
		{"meta", "SELECT a, b FROM t ORDER BY a LIMIT 3", "", "INSERT INTO `t` (`a`, `b`, `__query_version`)\nSELECT `a`, `b`, " + lit + " FROM (\nSELECT a, b FROM t ORDER BY a LIMIT 3\n)"},
		{"meta", "SELECT a, b -- b\nFROM t ORDER BY 1, ts", "", "INSERT INTO `t` (`a`, `b`, `__query_version`)\nSELECT a, b, " + lit + " -- b\nFROM t ORDER BY 1, ts"},
		{"first", "SELECT a, b FROM t ORDER BY 1, ts", "", "INSERT INTO `t` (`a`, `b`, `__query_version`)\nSELECT a, b, " + lit + " FROM t ORDER BY `a`, ts"},
		{"meta", "(WITH x AS (VALUES (1)) SELECT a, b FROM x ORDER BY ts)", "deduplicate", "INSERT INTO `t` (`a`, `b`, `__query_version`)\n(\n(WITH x AS (VALUES (1)) SELECT a, b, " + lit + " FROM x ORDER BY ts)\n) ON CONFLICT DO DEDUPLICATE"},
		{"first", "WITH x AS (SELECT 1) SELECT a, b FROM x UNION SELECT a, b FROM y -- c\nORDER BY 2, a + 1 OFFSET 3", "",
			"INSERT INTO `t` (`__query_version`, `a`, `b`)\nWITH x AS (SELECT 1) SELECT " + lit + ", `a`, `b` FROM (\nSELECT a, b FROM x UNION SELECT a, b FROM y\n) -- c\nORDER BY `b`, a + 1 OFFSET 3"},
		{"meta", "SELECT DISTINCT a, b FROM t ORDER BY b", "", "INSERT INTO `t` (`a`, `b`, `__query_version`)\nSELECT `a`, `b`, " + lit + " FROM (\nSELECT DISTINCT a, b FROM t\n) ORDER BY b"},
		{"meta", "SELECT DISTINCT a, b FROM t ORDER BY b, LOWER(b)", "", "refused at LOWER(b)"},
		{"swapped", "(SELECT a, b FROM t LIMIT 3) ORDER BY b", "", "refused at b"},
	} {
		in := Input{Job: &manifest.Job{TargetTable: "t"}}
		in.Meta.QueryVersion = 7
		assigned, err := match(in, []column{a, b}, targets[tt.target])
		if err != nil {
			t.Fatal(err)
		}
		w, refused := assigned.insert("`t`", tt.query, tt.conflict)
		got := ""
		if refused != nil {
			got = "refused at " + tt.query[refused.offset:]
		} else {
			got = w.String()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.query, diff)
		}
	}
	nameless := []column{{"EXPR$0", "INT", ""}, b}
	assigned, err := match(Input{Job: &manifest.Job{TargetTable: "t"}}, nameless, targets["header"])
	if err != nil {
		t.Fatal(err)
	}
	if _, refused := assigned.insert("`t`", "SELECT a + 1, b FROM t ORDER BY 1", ""); refused == nil || !strings.Contains(refused.cause, "AS") {
		t.Errorf("got %+v", refused)
	}
}
