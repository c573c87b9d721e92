package sqltext

import (
	"fmt"
	"strings"
)

// Defect is what is wrong with an INSERT at a byte offset of its text.
type Defect struct {
	Offset          int
	Message, Remedy string
}

// queries are the words that a query begins with.
var queries = []string{"SELECT", "WITH", "VALUES", "TABLE"}

const insertSyntax = "write INSERT INTO t SELECT …, INSERT INTO t VALUES (…) or INSERT INTO t TABLE s"

// InsertDefect says what an INSERT lacks, or the first INSERT of a statement set; not ok
// if it has a table and a query. Flink would only say that the text ends.
func (s Statement) InsertDefect() (d Defect, ok bool) {
	tokens, err := lex(s.Text)
	if err != nil {
		return d, false
	}
	rest := clauses{s.Text, tokens}
	for len(rest.tokens) > 0 {
		i := 0
		for i < len(rest.tokens) && rest.tokens[i].kind != semicolon {
			i++
		}
		one := rest.part(0, i)
		for len(one.tokens) > 0 && one.is(0, "EXECUTE", "STATEMENT", "SET", "BEGIN") {
			one = one.part(1, len(one.tokens))
		}
		if one.is(0, "INSERT") {
			if d, bad := one.insertDefect(); bad {
				return d, true
			}
		}
		rest = rest.part(min(i+1, len(rest.tokens)), len(rest.tokens))
	}
	return d, false
}

func (q clauses) insertDefect() (d Defect, bad bool) {
	if !q.is(1, "INTO", "OVERWRITE") {
		return q.lacks(1, "INSERT needs INTO or OVERWRITE before its table")
	}
	end := q.afterName(2)
	if end == 2 {
		return q.lacks(2, q.words(0, 2)+" needs the name of a table")
	}
	table := q.words(2, end)
	rest := q.part(end, len(q.tokens))
	for {
		outer := rest.outer()
		switch {
		case len(outer) == 0:
			return q.lacks(len(q.tokens), fmt.Sprintf("INSERT INTO %s has nothing to insert: a query is missing after it", table))
		case rest.is(0, queries...) && len(outer) == 1:
			return rest.lacks(1, fmt.Sprintf("INSERT INTO %s ends after %s", table, strings.ToUpper(rest.words(0, 1))))
		case rest.is(0, queries...):
			return d, false
		case rest.is(0, "PARTITION") && len(outer) > 1 && rest.tokens[outer[1]].in(q.src) == "(":
			rest = rest.from(outer, 2)
		case rest.tokens[0].in(q.src) == "/*+", rest.tokens[0].in(q.src) == "(" && !rest.part(1, len(rest.tokens)).isQuery():
			rest = rest.from(outer, 1) // a hint, a list of columns
		case rest.tokens[0].in(q.src) == "(":
			return d, false
		case rest.tokens[0].kind == backQuoted, rest.tokens[0].kind == word && len(outer) == 1:
			return Defect{rest.tokens[0].start, fmt.Sprintf("INSERT INTO %s needs a query, and '%s' is none", table, rest.words(0, 1)),
				"write TABLE " + rest.words(0, len(rest.tokens)) + " for all of a table's rows"}, true
		default:
			return d, false // Flink says what it is
		}
	}
}

// isQuery reports whether a query begins here, in parentheses or not.
func (q clauses) isQuery() bool {
	for len(q.tokens) > 0 && q.tokens[0].in(q.src) == "(" {
		q = q.part(1, len(q.tokens))
	}
	return q.is(0, queries...)
}

// from is what stands behind the first n outer tokens.
func (q clauses) from(outer []int, n int) clauses {
	if n >= len(outer) {
		return q.part(len(q.tokens), len(q.tokens))
	}
	return q.part(outer[n], len(q.tokens))
}

// afterName is the token after the qualified name that begins at i; i if there is none.
func (q clauses) afterName(i int) int {
	isName := func(i int) bool {
		return i < len(q.tokens) && (q.tokens[i].kind == word || q.tokens[i].kind == backQuoted) && !q.is(i, queries...)
	}
	if !isName(i) {
		return i
	}
	for i++; i+1 < len(q.tokens) && q.tokens[i].in(q.src) == "." && isName(i+1); i += 2 {
	}
	return i
}

// words is the text of some tokens, as it was written.
func (q clauses) words(from, to int) string {
	return q.src[q.tokens[from].start:q.tokens[to-1].end]
}

// lacks is a defect at the token i, or where the text ends.
func (q clauses) lacks(i int, message string) (Defect, bool) {
	offset := q.tokens[len(q.tokens)-1].start
	if i < len(q.tokens) {
		offset = q.tokens[i].start
	}
	return Defect{offset, message, insertSyntax}, true
}

// OnConflict finds the ON CONFLICT at the end of a query, which belongs to an INSERT.
func (s Statement) OnConflict() (offset int, ok bool) {
	tokens, err := lex(s.Text)
	if err != nil {
		return 0, false
	}
	q := clauses{s.Text, tokens}
	for _, i := range q.outer() {
		if words(s.Text, tokens[i:], "ON", "CONFLICT", "DO") {
			return tokens[i].start, true
		}
	}
	return 0, false
}
