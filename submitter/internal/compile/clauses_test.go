package compile_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/manifest"

	"github.com/google/go-cmp/cmp"
)

// The tables of the test below: the columns a and b in this order, in the other one, and
// with metadata columns behind them, before them and between them.
const clauseTables = `CREATE TABLE src (a INT, b STRING, c BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen', 'number-of-rows' = '9');
CREATE TABLE two (a INT, b STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '9');
CREATE TABLE same (a INT, b STRING) WITH ('connector' = 'blackhole');
CREATE TABLE swapped (b STRING, a INT) WITH ('connector' = 'blackhole');
CREATE TABLE behind (a INT, b STRING, __create_timestamp TIMESTAMP(3), __query_name STRING) WITH ('connector' = 'blackhole');
CREATE TABLE before (__query_name STRING, a INT, __create_timestamp TIMESTAMP(3), b STRING) WITH ('connector' = 'blackhole');
`

// clauses are queries of the columns a and b, one for each form that the outermost
// clauses can have. "stream" and "batch": only there; "!": not with a metadata column or
// in another order of columns.
var clauses = []struct{ only, query string }{
	{"", "SELECT a, b FROM src"},
	{"", "SELECT * FROM two"},
	{"", "SELECT a, b FROM src ORDER BY ts"},
	{"", "SELECT a, b FROM src ORDER BY a"},
	{"", "SELECT a, b FROM src ORDER BY 1 DESC, 2"},
	{"", "SELECT a, UPPER(b) AS b FROM src ORDER BY ABS(a) DESC, b"},
	{"", "SELECT * FROM two ORDER BY 2 NULLS FIRST"},
	{"", "SELECT a, b FROM src ORDER BY a LIMIT 3"},
	{"", "SELECT a, b FROM src ORDER BY 2 OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY"},
	{"", "SELECT a, b FROM src ORDER BY ts LIMIT ALL"},
	{"", "SELECT a, b FROM src ORDER BY ts OFFSET 2 ROWS"},
	{"", "SELECT a, b FROM src LIMIT 3"},
	{"", "SELECT a, b FROM src OFFSET 3 ROWS FETCH FIRST 1 ROW ONLY"},
	{"", "(SELECT a, b FROM src ORDER BY ts)"},
	{"", "((SELECT a, b FROM src)) ORDER BY 1"},
	{"", "SELECT a, b -- the list ends here\nFROM src /* and here, LIMIT 3 */ ORDER BY a -- sorted"},
	{"", "SELECT DISTINCT a, b FROM src"},
	{"", "SELECT DISTINCT a, b FROM src ORDER BY a, 2"},
	{"!", "SELECT DISTINCT a, b FROM src ORDER BY LOWER(b)"},
	{"", "SELECT a, b FROM src UNION ALL SELECT a, b FROM two"},
	{"", "SELECT a, b FROM src UNION ALL SELECT a, b FROM two ORDER BY a"},
	{"", "SELECT a, b FROM src UNION SELECT a, b FROM two ORDER BY LOWER(b), 1"},
	{"", "(SELECT a, b FROM src ORDER BY 1 LIMIT 3) UNION ALL SELECT a, b FROM two"},
	{"", "SELECT a, b FROM src UNION ALL SELECT a, b FROM two LIMIT 3"},
	{"stream", "SELECT a, b FROM src INTERSECT SELECT a, b FROM two ORDER BY a"},
	{"stream", "SELECT a, b FROM src EXCEPT SELECT a, b FROM two"},
	{"", "WITH x AS (SELECT a, b, ts FROM src) SELECT a, b FROM x ORDER BY ts"},
	{"", "WITH x AS (SELECT a, b FROM src), y (a, b) AS (SELECT a, b FROM two) SELECT a, b FROM x UNION ALL SELECT a, b FROM y ORDER BY a DESC"},
	{"", "VALUES (1, 'a'), (2, 'b')"},
	{"", "VALUES (1, 'a'), (2, 'b') ORDER BY 1 DESC"},
	{"", "WITH x AS (SELECT 1) VALUES (1, 'a'), (2, 'b')"},
	{"", "TABLE two"},
	{"", "TABLE two ORDER BY a"},
	{"", "(TABLE two ORDER BY ABS(a))"},
	{"", "SELECT 1 AS a, 'x' AS b"},
	{"", "SELECT a, b FROM src /*+ OPTIONS('number-of-rows' = '3') */ ORDER BY a"},
	{"stream", "SELECT /*+ STATE_TTL('src' = '1d') */ a, MAX(b) AS b FROM src GROUP BY a"},
	{"", "SELECT a, CAST(COUNT(*) AS STRING) AS b FROM src GROUP BY a HAVING COUNT(*) > 1 ORDER BY COUNT(*) DESC"},
	{"stream", "SELECT CAST(COUNT(*) AS INT) AS a, b FROM TABLE(TUMBLE(TABLE src, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY b, window_start, window_end, window_time ORDER BY window_time"},
	{"stream", "SELECT a, b FROM src MATCH_RECOGNIZE (PARTITION BY a ORDER BY ts MEASURES LAST(x.b) AS b PATTERN (x y) DEFINE x AS x.c > 1) ORDER BY a"},
	{"", "SELECT a, b FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY a ORDER BY ts) AS n FROM src) WHERE n = 1 ORDER BY a"},
	{"", "SELECT src.a, two.b FROM src JOIN two ON src.a IS NOT DISTINCT FROM two.a ORDER BY 1"},
	{"", "SELECT a, CASE WHEN a IS DISTINCT FROM 1 THEN TRIM(BOTH 'x' FROM b) END AS b FROM src ORDER BY EXTRACT(DAY FROM ts)"},
}

// TestClauses: a SELECT with target-table is the INSERT of that SELECT: the same plan
// where nothing is added, and one that differs in the added columns only where metadata
// columns are, in both modes.
func TestClauses(t *testing.T) {
	type pair struct {
		name          string
		insert, query int // indexes of inputs
		same          bool
	}
	var inputs []compile.Input
	add := func(mode, target, sql string) int {
		yaml := map[string]any{"name": "clauses", "sql": sql, "table-definitions": []string{"tables.sql"},
			"flinkProperties": map[string]string{"execution.runtime-mode": mode, "__table.exec.sort.non-temporal.enabled__": "true", "table.optimizer.dynamic-filtering.enabled": "false",
				"table.optimizer.multiple-input-enabled": "false", "table.exec.disabled-operators": "SortMergeJoin", "table.optimizer.adaptive-broadcast-join.strategy": "none", "table.optimizer.skewed-join-optimization.strategy": "none"}}
		if target != "" {
			yaml["target-table"], yaml["columns"] = target, manifest.ByName
			if strings.Contains(sql, "VALUES") {
				yaml["columns"] = manifest.ByPosition
			}
		}
		text, err := json.Marshal(yaml)
		if err != nil {
			t.Fatal(err)
		}
		job, _ := write(t, string(text), map[string]string{"tables.sql": clauseTables})
		inputs = append(inputs, compile.Input{Job: job, Meta: meta})
		return len(inputs) - 1
	}
	var pairs []pair
	refused := map[int]bool{}
	for _, mode := range []string{"streaming", "batch"} {
		for i, c := range clauses {
			targets := []string{"same", "behind"}
			switch sorted := strings.Contains(c.query, "ORDER BY"); {
			case mode == "batch" && (!sorted || c.only == "stream"):
				continue
			case mode == "batch":
				targets = []string{"behind"}
			case sorted && i%2 == 0 || strings.Contains(c.query, "VALUES"):
				targets = append(targets, "before")
			case sorted:
				targets = append(targets, "swapped")
			}
			insert := add(mode, "", "INSERT INTO same (a, b) "+c.query)
			for _, target := range targets {
				query := add(mode, target, c.query)
				refused[query] = c.only == "!" && target != "same"
				pairs = append(pairs, pair{mode + " into " + target + ": " + c.query, insert, query, target == "same"})
			}
		}
	}
	results, errs := compiler(t, compile.Options{Handover: compile.File}).All(t.Context(), inputs, 4, nil)
	for _, p := range pairs {
		if refused[p.query] {
			if errs[p.query] == nil || !strings.Contains(errs[p.query].Error(), ": sql: the ORDER BY of a SELECT DISTINCT") {
				t.Errorf("%s: %v", p.name, errs[p.query])
			}
			continue
		}
		if errs[p.insert] != nil || errs[p.query] != nil {
			t.Errorf("%s: INSERT %v, SELECT %v", p.name, errs[p.insert], errs[p.query])
			continue
		}
		want, got := skeleton(t, results[p.insert].Plan), skeleton(t, results[p.query].Plan)
		if p.same {
			want, got = []string{whole(results[p.insert].Plan)}, []string{whole(results[p.query].Plan)}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", p.name, diff)
		}
	}
}

// listener is an id that Flink makes up for every scan in batch mode.
var listener = regexp.MustCompile(`"dynamicFilteringDataListenerID":"[^"]*"`)

func whole(p *plan.Compiled) string { return listener.ReplaceAllString(string(p.Canonical()), "") }

// telling is what of a node's description does not depend on the columns behind it.
var telling = regexp.MustCompile(`\b(orderBy|offset|fetch|joinType|all|rankRange)=\[[^\]]*\]`)

// nameless is a column that Flink names by its position.
var nameless = regexp.MustCompile(`EXPR\$\d+|\$f\d+`)

// skeleton is what a plan does to the rows: its nodes without those that only compute
// columns, and how they are ordered and limited.
func skeleton(t *testing.T, p *plan.Compiled) []string {
	t.Helper()
	var parsed struct {
		Nodes []struct{ Type, Description string }
	}
	if err := json.Unmarshal(p.Canonical(), &parsed); err != nil {
		t.Fatal(err)
	}
	var nodes []string
	for _, n := range parsed.Nodes {
		if !strings.Contains(n.Type, "-exec-calc_") {
			nodes = append(nodes, n.Type+" "+nameless.ReplaceAllString(strings.Join(telling.FindAllString(n.Description, -1), " "), "EXPR"))
		}
	}
	return nodes
}

// TestRowsComeSorted runs what was compiled: the rows of a batch job are in the order
// that its SELECT asks for.
func TestRowsComeSorted(t *testing.T) {
	in := t.TempDir()
	if err := os.WriteFile(filepath.Join(in, "a.csv"), []byte("3,c\n1,e\n2,d\n9,a\n5,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	session, err := client(t, shared.Get(t).URL).Open(t.Context(), "sorted", map[string]string{
		"execution.target": "local", "execution.runtime-mode": "batch", "table.dml-sync": "true", "parallelism.default": "2"})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	c := compiler(t, compile.Options{Handover: compile.File})
	for query, want := range map[string]string{
		"SELECT id, dt FROM bsrc ORDER BY id":                                    "1,2,3,5,9",
		"SELECT dt, id FROM bsrc ORDER BY 1":                                     "9,5,3,2,1",
		"(SELECT id, dt FROM bsrc UNION ALL SELECT id, dt FROM bsrc) ORDER BY 2": "9,9,5,5,3,3,2,2,1,1",
	} {
		for _, more := range []string{"", ", __query_name STRING, __create_timestamp TIMESTAMP(3)"} {
			out := t.TempDir()
			job, dir := write(t, "name: sorted\ntarget-table: bsnk\ntable-definitions: [tables.sql]\nflinkProperties: {execution.runtime-mode: batch}\nsql: |\n  "+query+"\n", map[string]string{
				"tables.sql": fmt.Sprintf("CREATE TABLE bsrc (id INT, dt STRING) WITH ('connector'='filesystem','path'='file://%s','format'='csv');\n"+
					"CREATE TABLE bsnk (id INT, dt STRING%s) WITH ('connector'='filesystem','path'='file://%s','format'='csv');\n", in, more, out)})
			r := mustCompile(t, c, compile.Input{Job: job, Meta: meta})
			file := filepath.Join(dir, "plan.json")
			if err := os.WriteFile(file, r.Raw, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := session.Execute(t.Context(), "EXECUTE PLAN 'file://"+file+"'", nil); err != nil {
				t.Fatal(err)
			}
			if got := firstColumn(t, out); got != want {
				t.Errorf("%s (table with%s): rows %s, want %s", query, more, got, want)
			}
		}
	}
}

func firstColumn(t *testing.T, dir string) string {
	t.Helper()
	var ids []string
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			id, _, _ := strings.Cut(line, ",")
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, ",")
}
