package sqltext

import "strings"

const (
	writeSet = "write EXECUTE STATEMENT SET BEGIN INSERT INTO …; INSERT INTO …; END;"
	noBegin  = "STATEMENT SET is followed by BEGIN, and this is not; " + writeSet
	cutSet   = "a ; stands inside the opening of this statement set; " + writeSet
)

// opening checks the words with which a statement set begins, wherever a semicolon
// stands among them. The blame is the set's first word: what follows is a consequence.
// end is the first semicolon.
func opening(src string, tokens []token, end int) *lexError {
	fail := func(message string) *lexError { return &lexError{tokens[0].start, message} }
	at, found := statementSet(src, tokens[:end])
	switch {
	case found && at > 0 && tokens[at-1].is(src, "BEGIN"):
		if at > 1 {
			return fail("BEGIN STATEMENT SET stands alone; " + writeSet)
		}
		if at+2 != end {
			return fail("a ; is missing after BEGIN STATEMENT SET; write it, or " + strings.TrimPrefix(writeSet, "write "))
		}
	case found && at+2 == end:
		if first(tokens, end).is(src, "BEGIN") {
			return fail(cutSet)
		}
		return fail(noBegin)
	case found && !tokens[at+2].is(src, "BEGIN"):
		return fail(noBegin)
	case found && at+3 == end:
		return fail(cutSet)
	case tokens[end-1].is(src, "STATEMENT") && first(tokens, end).is(src, "SET"), end == 1 && tokens[0].is(src, "EXECUTE"):
		return fail(cutSet)
	case tokens[0].is(src, "BEGIN"):
		if end == 1 && first(tokens, end).is(src, "STATEMENT") {
			return fail(cutSet)
		}
		return fail("BEGIN alone begins no statement set; " + writeSet)
	}
	return nil
}

// statementSet is the index of the words STATEMENT SET. STATEMENT is reserved in Flink,
// so they can stand nowhere else.
func statementSet(src string, tokens []token) (int, bool) {
	for i := range tokens {
		if words(src, tokens[i:], "STATEMENT", "SET") {
			return i, true
		}
	}
	return 0, false
}

// first is the first token from i on that is no semicolon; an empty one if there is none.
func first(tokens []token, i int) token {
	for ; i < len(tokens); i++ {
		if tokens[i].kind != semicolon {
			return tokens[i]
		}
	}
	return token{kind: symbol}
}

// Inner are the statements of a statement set, with their offsets in s.Text; nil for
// every other statement.
func (s Statement) Inner() []Statement {
	if s.Kind != StatementSet {
		return nil
	}
	tokens, err := lex(s.Text)
	if err != nil {
		return nil
	}
	begin, ok := setBegin(s.Text, tokens[:next(tokens, 0)])
	if !ok {
		return nil
	}
	at := newLines(s.Text)
	var found []Statement
	for rest := tokens[min(begin, len(tokens)):]; len(rest) > 0; {
		n := next(rest, 0)
		if n == 1 && rest[0].is(s.Text, "END") {
			break
		}
		if n > 0 {
			found = append(found, newStatement(s.Text, at, rest[:n]))
		}
		rest = rest[min(n+1, len(rest)):]
	}
	return found
}
