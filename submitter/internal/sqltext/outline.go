package sqltext

import (
	"slices"
	"strconv"
	"strings"
)

// Shape is what the body of a query is: what stands before ORDER BY, LIMIT, OFFSET
// and FETCH, without the parentheses around it and the WITH before it.
type Shape int

// The shapes. They decide what the keys of an ORDER BY may name (Calcite's
// SqlValidatorImpl.performUnconditionalRewrites).
const (
	// Unknown is a body with an ORDER BY or LIMIT of its own, in parentheses.
	Unknown Shape = iota
	// Plain is one SELECT: a key may name any column of its tables.
	Plain
	// Distinct is one SELECT DISTINCT: a key must stand in its select list.
	Distinct
	// Combined is a set operation, VALUES or TABLE t: a key names columns of the result.
	Combined
)

// Outline says where the outermost clauses of a query stand, as byte offsets in its
// text.
type Outline struct {
	// Body is the query without the WITH before it, the parentheses around all of it,
	// and its outermost ORDER BY, LIMIT, OFFSET and FETCH.
	Body [2]int
	// Close counts the parentheses that close behind the query.
	Close int
	Shape Shape
	// ListEnd is where the select list of a Plain body ends.
	ListEnd int
	// Sorted: the rows come in the order of Keys. Inside of another query such an ORDER
	// BY has no effect, because it limits nothing.
	Sorted bool
	Keys   []SortKey
}

// SortKey is one key of the outermost ORDER BY.
type SortKey struct {
	// Span is the key without ASC, DESC and NULLS.
	Span    [2]int
	Ordinal int    // n of ORDER BY n; 0: it is none
	Name    string // of ORDER BY name; empty: it is something else
}

// OutlineOf finds the outermost clauses of a query; not ok for other statements and
// for a text that cannot be read.
func OutlineOf(query string) (o Outline, ok bool) {
	tokens, err := lex(query)
	if err != nil {
		return o, false
	}
	q := clauses{query, tokens}
	if words(query, tokens, "EXECUTE") {
		q.tokens = tokens[1:]
	}
	q, _ = q.inner()
	if len(q.tokens) == 0 || !q.balanced() {
		return o, false
	}
	body, tail := q.cut()
	if len(body.tokens) == 0 {
		return o, false
	}
	o.Body = body.span()
	for _, t := range tokens {
		if t.start >= q.span()[1] {
			o.Close++
		}
	}
	o.Shape, o.ListEnd = body.shape()
	o.Sorted, o.Keys = tail.order()
	return o, true
}

// SelectOnly is a query without the EXECUTE that may stand before it. The word is
// replaced by blanks: every position stays what it was.
func SelectOnly(query string) string {
	if tokens, err := lex(query); err == nil && words(query, tokens, "EXECUTE") {
		return blank(query, tokens[0])
	}
	return query
}

// clauses is a query, or a part of one.
type clauses struct {
	src    string
	tokens []token
}

func (q clauses) part(from, to int) clauses { return clauses{q.src, q.tokens[from:to]} }

func (q clauses) span() [2]int {
	return [2]int{q.tokens[0].start, q.tokens[len(q.tokens)-1].end}
}

// is reports whether the token i is one of some keywords.
func (q clauses) is(i int, keywords ...string) bool {
	return i >= 0 && i < len(q.tokens) && slices.ContainsFunc(keywords, func(k string) bool { return q.tokens[i].is(q.src, k) })
}

// outer lists the tokens that stand outside of all brackets, by index; a pair of
// brackets is its opening one.
func (q clauses) outer() []int {
	var found []int
	depth := 0
	for i, t := range q.tokens {
		switch t.in(q.src) {
		case ")", "]", "}", "*/":
			depth--
			continue
		}
		if depth == 0 {
			found = append(found, i)
		}
		switch t.in(q.src) {
		case "(", "[", "{", "/*+":
			depth++
		}
	}
	return found
}

func (q clauses) balanced() bool {
	depth := 0
	for _, t := range q.tokens {
		switch t.in(q.src) {
		case "(", "[", "{", "/*+":
			depth++
		case ")", "]", "}", "*/":
			depth--
		}
		if depth < 0 {
			return false
		}
	}
	return depth == 0
}

// inner is what is left without the parentheses around all of it and without WITH.
func (q clauses) inner() (rest clauses, parenthesized bool) {
	for {
		outer := q.outer()
		switch {
		case len(outer) == 1 && q.tokens[0].in(q.src) == "(" && len(q.tokens) > 2:
			q, parenthesized = q.part(1, len(q.tokens)-1), true
		case q.is(0, "WITH"):
			q = q.part(q.afterWith(outer), len(q.tokens))
		default:
			return q, parenthesized
		}
	}
}

// afterWith is the token after a WITH's last query: the one that follows AS (…) with no
// comma.
func (q clauses) afterWith(outer []int) int {
	for k := 1; k+2 < len(outer); k++ {
		if q.is(outer[k], "AS") && q.tokens[outer[k+1]].in(q.src) == "(" && q.tokens[outer[k+2]].in(q.src) != "," {
			return outer[k+2]
		}
	}
	return len(q.tokens)
}

// cut separates the outermost ORDER BY, LIMIT, OFFSET and FETCH, which are reserved
// words and so never names.
func (q clauses) cut() (body, tail clauses) {
	for _, i := range q.outer() {
		if q.is(i, "ORDER", "LIMIT", "OFFSET", "FETCH") {
			return q.part(0, i), q.part(i, len(q.tokens))
		}
	}
	return q, q.part(len(q.tokens), len(q.tokens))
}

// setOperators combine queries. After MULTISET they combine values.
var setOperators = []string{"UNION", "INTERSECT", "EXCEPT", "MINUS"}

func (q clauses) shape() (shape Shape, listEnd int) {
	q, parenthesized := q.inner()
	body, tail := q.cut()
	if parenthesized && len(tail.tokens) > 0 || len(body.tokens) == 0 {
		return Unknown, 0
	}
	outer := body.outer()
	for _, i := range outer {
		if body.is(i, setOperators...) && !body.is(i-1, "MULTISET") {
			return Combined, 0
		}
	}
	switch {
	case body.is(0, "VALUES", "TABLE"):
		return Combined, 0
	case !body.is(0, "SELECT"):
		return Unknown, 0
	}
	for _, i := range outer[1:] {
		if body.tokens[i].in(body.src) == "/*+" || body.is(i, "STREAM") {
			continue // before the list
		}
		if body.is(i, "DISTINCT") {
			return Distinct, 0
		}
		break
	}
	for _, i := range outer {
		if body.is(i, "FROM") && !body.is(i-1, "DISTINCT") { // a IS DISTINCT FROM b
			return Plain, body.tokens[i-1].end
		}
	}
	return Plain, body.span()[1] // SELECT 1
}

// order reads the tail of a query. An ORDER BY with a limit is one part of what the
// query selects, wherever the query stands; without one it says how the rows come.
func (q clauses) order() (sorted bool, keys []SortKey) {
	outer := q.outer()
	if !words(q.src, q.tokens, "ORDER", "BY") {
		return false, nil
	}
	sorted, end := true, len(q.tokens)
	for k, i := range outer {
		if !q.is(i, "LIMIT", "OFFSET", "FETCH") {
			continue
		}
		end = min(end, i)
		all := k+1 < len(outer) && q.is(outer[k+1], "ALL")
		if q.is(i, "FETCH") || q.is(i, "LIMIT") && !all {
			sorted = false
		}
	}
	from := 2
	for _, i := range append(outer, end) {
		if i > from && i <= end && (i == end || q.tokens[i].in(q.src) == ",") {
			keys = append(keys, q.part(from, i).key())
			from = i + 1
		}
	}
	return sorted, keys
}

func (q clauses) key() SortKey {
	n := len(q.tokens)
	if n > 2 && q.is(n-2, "NULLS") && q.is(n-1, "FIRST", "LAST") {
		n -= 2
	}
	if n > 1 && q.is(n-1, "ASC", "DESC") {
		n--
	}
	q = q.part(0, n)
	k := SortKey{Span: q.span()}
	if n > 1 {
		return k
	}
	switch t := q.tokens[0]; t.kind {
	case number:
		k.Ordinal, _ = strconv.Atoi(t.in(q.src)) // 1.5 is no ordinal, and stays 0
	case word:
		k.Name = t.in(q.src)
	case backQuoted:
		s := t.in(q.src)
		k.Name = strings.ReplaceAll(s[1:len(s)-1], "``", "`")
	}
	return k
}
