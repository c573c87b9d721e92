// Package sqltext splits Flink SQL scripts into statements, says what kind each
// one is and where it stands. It is a lexer; it knows nothing of what SQL means.
//
// It reads tokens as Flink's parser does and splits where Flink's own script
// splitter does (ScriptExecutor of the SQL Gateway, FLIP-480). Where those two
// disagree, for instance on a semicolon after E'it\'s', the text is refused with
// the place and a remedy, since Flink itself would run something else than what
// stands there.
package sqltext

import "strings"

const byteOrderMark = "\ufeff"

// Statement is one statement of a script.
type Statement struct {
	// Text is the statement as it stands in the script, byte by byte, without what
	// surrounds it: white space, comments, the closing semicolon. A statement set
	// written as BEGIN STATEMENT SET; …; END is one statement.
	Text         string
	Offset       int // of Text in the script, in bytes
	Line, Column int // of Text in the script, from 1; the column in characters
	Kind         Kind
}

// Split cuts a script into its statements. Empty statements are left out. Every
// error is an *Error.
func Split(src string) ([]Statement, error) {
	at := newLines(src)
	fail := func(offset int, message string) error {
		line, column := at.position(offset)
		return &Error{Line: line, Column: column, Message: message}
	}
	skipped := len(src) - len(strings.TrimPrefix(src, byteOrderMark))
	tokens, lexErr := lex(src[skipped:])
	if lexErr != nil {
		return nil, fail(lexErr.offset+skipped, lexErr.message)
	}
	for i := range tokens {
		tokens[i].start += skipped
		tokens[i].end += skipped
	}
	if offset, ok := agree(src, tokens); !ok {
		return nil, fail(offset, disagreement)
	}

	var found []Statement
	for len(tokens) > 0 {
		if tokens[0].kind == semicolon {
			tokens = tokens[1:]
			continue
		}
		n, err := length(src, tokens)
		if err != nil {
			return nil, fail(err.offset, err.message)
		}
		found = append(found, newStatement(src, at, tokens[:n]))
		tokens = tokens[n:]
	}
	return found, nil
}

func newStatement(src string, at *lines, tokens []token) Statement {
	start, end := tokens[0].start, tokens[len(tokens)-1].end
	line, column := at.position(start)
	return Statement{
		Text:   src[start:end],
		Offset: start,
		Line:   line,
		Column: column,
		Kind:   classify(src, tokens),
	}
}

// length counts the tokens of the first statement: those before the next
// semicolon, or before the one after END for a statement set.
func length(src string, tokens []token) (int, *lexError) {
	end := next(tokens, 0)
	if err := opening(src, tokens, end); err != nil {
		return 0, err
	}
	begin, isSet := setBegin(src, tokens[:end])
	if !isSet {
		if tokens[0].is(src, "END") {
			return 0, &lexError{tokens[0].start, "END without BEGIN STATEMENT SET or STATEMENT SET BEGIN"}
		}
		return end, nil
	}
	for i := begin; i < len(tokens); i++ {
		// END closes a set only where a statement could begin; elsewhere it is CASE's.
		if (i == begin || tokens[i-1].kind == semicolon) && tokens[i].is(src, "END") {
			return next(tokens, i), nil
		}
	}
	return 0, &lexError{tokens[0].start, "this statement set is not closed by END"}
}

// next is the index of the first semicolon from i on, or the number of tokens.
func next(tokens []token, i int) int {
	for i < len(tokens) && tokens[i].kind != semicolon {
		i++
	}
	return i
}

// setBegin finds the index of the first token inside a statement set. STATEMENT
// is reserved in Flink, so the words can stand nowhere else.
func setBegin(src string, tokens []token) (int, bool) {
	for i := 0; i+3 <= len(tokens); i++ {
		if words(src, tokens[i:], "STATEMENT", "SET", "BEGIN") {
			return i + 3, true
		}
	}
	if len(tokens) == 3 && words(src, tokens, "BEGIN", "STATEMENT", "SET") {
		return 4, true // 3 is the semicolon
	}
	return 0, false
}

// words reports whether the tokens begin with these keywords.
func words(src string, tokens []token, keywords ...string) bool {
	if len(tokens) < len(keywords) {
		return false
	}
	for i, k := range keywords {
		if !tokens[i].is(src, k) {
			return false
		}
	}
	return true
}

// Significant reduces a text to its tokens, one blank between them: white space
// and comments are gone, hints and case are kept. Two texts that differ in
// nothing else are equal under it. A text that cannot be read is returned as it
// is.
func Significant(src string) string {
	src = strings.TrimPrefix(src, byteOrderMark)
	tokens, err := lex(src)
	if err != nil {
		return src
	}
	var b strings.Builder
	for i, t := range tokens {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.in(src))
	}
	return b.String()
}

// LineComments finds the -- and // comments of a text, each from its first
// character to the end of its line, as byte offsets.
func LineComments(src string) [][2]int {
	var found [][2]int
	for i := 0; i < len(src); {
		next, ok, err := skipSpace(src, i)
		if err != nil {
			return found
		}
		if !ok {
			t, err := scan(src, i)
			if err != nil {
				return found
			}
			next = t.end
		} else if c := src[i]; (c == '-' || c == '/') && src[i+1] == c {
			found = append(found, [2]int{i, next})
		}
		i = next
	}
	return found
}
