package sqltext

import (
	"strings"
	"testing"
)

// TestOutline: what stands between the marks is the body, ^ is where the select list
// ends.
func TestOutline(t *testing.T) {
	for _, tt := range []struct {
		query  string
		shape  Shape
		sorted bool
		keys   string
	}{
		{"«SELECT a, b^ FROM t»", Plain, false, ""},
		{"«SELECT 1, 'FROM'^»", Plain, false, ""},
		{"«select a^ from t» order by a", Plain, true, "a"},
		{"«SELECT a^ FROM t» ORDER BY 1, b DESC, `c``d` ASC NULLS LAST, t.e, UPPER(f), g NULLS FIRST", Plain, true, "1|b|c`d|-|-|g"},
		{"«SELECT a^ FROM t» ORDER BY a LIMIT 3", Plain, false, "a"},
		{"«SELECT a^ FROM t» ORDER BY a LIMIT ALL", Plain, true, "a"},
		{"«SELECT a^ FROM t» ORDER BY a OFFSET 2 ROWS", Plain, true, "a"},
		{"«SELECT a^ FROM t» ORDER BY a OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY", Plain, false, "a"},
		{"«SELECT a^ FROM t» LIMIT 3", Plain, false, ""},
		{"«SELECT a^ FROM t» OFFSET 3", Plain, false, ""},
		{"«SELECT a^ -- order by b\nFROM t» /* limit 3 */\n-- FROM x\nORDER BY ts", Plain, true, "ts"},
		{"«SELECT EXTRACT(DAY FROM ts), TRIM(BOTH 'x' FROM b), a IS NOT DISTINCT FROM b^ FROM t» ORDER BY a", Plain, true, "a"},
		{"«SELECT a IS DISTINCT FROM b AS `from`^ FROM t»", Plain, false, ""},
		{"«SELECT a MULTISET UNION b AS m^ FROM t» ORDER BY a", Plain, true, "a"},
		{"«SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b LIMIT 3)^ FROM t»", Plain, false, ""},
		{"«SELECT ARRAY[a, b], (SELECT 1 FROM x UNION SELECT 2 FROM y)^ FROM t WHERE a IN (SELECT 1 UNION SELECT 2)» ORDER BY a", Plain, true, "a"},
		{"«SELECT /*+ STATE_TTL('t'='1d') */ a^ FROM t /*+ OPTIONS('x'='ORDER BY') */» ORDER BY a", Plain, true, "a"},
		{"«SELECT ALL a^ FROM t»", Plain, false, ""},
		{"«SELECT DISTINCT a FROM t» ORDER BY a", Distinct, true, "a"},
		{"«SELECT /*+ h(t) */ DISTINCT a FROM t»", Distinct, false, ""},
		{"«SELECT COUNT(DISTINCT a)^ FROM t»", Plain, false, ""},
		{"«SELECT a FROM t UNION ALL SELECT a FROM u» ORDER BY a", Combined, true, "a"},
		{"«SELECT a FROM t EXCEPT (SELECT a FROM u ORDER BY a LIMIT 3)»", Combined, false, ""},
		{"«(SELECT a FROM t) INTERSECT (SELECT a FROM u)» ORDER BY a + 1", Combined, true, "-"},
		{"«VALUES (1, 'a'), (2, 'b')» ORDER BY 2 DESC", Combined, true, "2"},
		{"«TABLE t» ORDER BY a", Combined, true, "a"},
		{"WITH x AS (SELECT a FROM t), y (b) AS (SELECT a FROM x ORDER BY a) «SELECT a^ FROM x» ORDER BY a", Plain, true, "a"},
		{"WITH x AS (SELECT 1) «SELECT a FROM x UNION SELECT a FROM y» ORDER BY a", Combined, true, "a"},
		{"WITH `as` AS (SELECT 1) «VALUES (1)»", Combined, false, ""},
		{"(«SELECT a^ FROM t» ORDER BY a)", Plain, true, "a"},
		{"((WITH x AS (SELECT 1) («SELECT a^ FROM t» ORDER BY a)))", Plain, true, "a"},
		{"«(SELECT a^ FROM t)» ORDER BY a", Plain, true, "a"},
		{"«((SELECT DISTINCT a FROM t))» ORDER BY a", Distinct, true, "a"},
		{"«(WITH x AS (SELECT 1) SELECT a^ FROM x)» ORDER BY a", Plain, true, "a"},
		{"«(SELECT a FROM t LIMIT 3)» ORDER BY a", Unknown, true, "a"},
		{"«(SELECT a FROM t ORDER BY a)» LIMIT 3", Unknown, false, ""},
		{"EXECUTE «SELECT a^ FROM t» ORDER BY a", Plain, true, "a"},
		{"«SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY a ORDER BY ts MEASURES LAST(A.b) AS b PATTERN (A+) DEFINE A AS A.b > 1)»", Plain, false, ""},
		{"«SELECT a^ FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY a HAVING COUNT(*) > 1 WINDOW w AS (ORDER BY a)» ORDER BY 1", Plain, true, "1"},
	} {
		query := strings.NewReplacer("«", "", "»", "", "^", "").Replace(tt.query)
		o, ok := OutlineOf(query)
		if !ok {
			t.Errorf("%s: no outline", query)
			continue
		}
		if o.Shape != tt.shape || o.Sorted != tt.sorted || keys(o) != tt.keys {
			t.Errorf("%s: shape %d, sorted %v, keys %s", query, o.Shape, o.Sorted, keys(o))
		}
		if after := query[o.Body[1]:]; strings.Count(after, ")")-strings.Count(after, "(") != o.Close {
			t.Errorf("%s: %d parentheses close behind it", query, o.Close)
		}
		marked := query[:o.Body[0]] + "«" + query[o.Body[0]:o.Body[1]] + "»" + query[o.Body[1]:]
		if o.Shape == Plain && strings.Contains(tt.query, "^") {
			marked = query[:o.Body[0]] + "«" + query[o.Body[0]:o.ListEnd] + "^" + query[o.ListEnd:o.Body[1]] + "»" + query[o.Body[1]:]
		}
		if marked != tt.query {
			t.Errorf("got  %s\nwant %s", marked, tt.query)
		}
	}
	for _, none := range []string{"", "(", ")", "SELECT a) FROM t", "WITH x AS (SELECT 1)", "ORDER BY a", "SELECT 'a"} {
		if o, ok := OutlineOf(none); ok {
			t.Errorf("%q: %+v", none, o)
		}
	}
}

func keys(o Outline) string {
	var all []string
	for _, k := range o.Keys {
		switch {
		case k.Ordinal > 0:
			all = append(all, string(rune('0'+k.Ordinal)))
		case k.Name != "":
			all = append(all, k.Name)
		default:
			all = append(all, "-")
		}
	}
	return strings.Join(all, "|")
}

func FuzzOutline(f *testing.F) {
	for _, q := range []string{"SELECT a FROM t ORDER BY a, 2 LIMIT ALL", "WITH x AS (VALUES (1)) (TABLE x)", "((SELECT DISTINCT a UNION b)) ORDER BY"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		o, ok := OutlineOf(query)
		if !ok {
			return
		}
		if o.Body[0] >= o.Body[1] || o.Body[1] > len(query) || o.Shape == Plain && (o.ListEnd <= o.Body[0] || o.ListEnd > o.Body[1]) {
			t.Errorf("%q: %+v", query, o)
		}
		for _, k := range o.Keys {
			if k.Span[0] < o.Body[1] || k.Span[1] > len(query) || k.Span[0] >= k.Span[1] {
				t.Errorf("%q: key %+v", query, k)
			}
		}
	})
}
