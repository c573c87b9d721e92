package sqltext

import (
	"regexp"
	"strings"
	"unicode/utf16"
)

// plainSet is SET key = value without quotes, which Flink takes apart by a
// pattern (SetOperationParseStrategy) and not by its parser.
var plainSet = regexp.MustCompile(`(?is)^SET\s+([^'\s]+)\s*=\s*(?:'([^']*)'|([^;\s]+))$`)

// plainReset is RESET key without quotes.
var plainReset = regexp.MustCompile(`(?is)^RESET\s+([^'\s]+)$`)

// Set gives key and value of a SET statement; not ok for SET alone, which shows
// all options, and for every other statement.
func (s Statement) Set() (key, value string, ok bool) {
	tokens, err := lex(s.Text)
	if err != nil || !words(s.Text, tokens, "SET") {
		return "", "", false
	}
	if len(tokens) == 4 && tokens[1].kind == text && tokens[2].in(s.Text) == "=" && tokens[3].kind == text {
		return unquote(tokens[1].in(s.Text)), unquote(tokens[3].in(s.Text)), true
	}
	m := plainSet.FindStringSubmatch(s.Text)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2] + m[3], true
}

// Reset gives the key of a RESET statement; an empty one resets all options.
func (s Statement) Reset() (key string, ok bool) {
	tokens, err := lex(s.Text)
	if err != nil || !words(s.Text, tokens, "RESET") {
		return "", false
	}
	if len(tokens) == 1 {
		return "", true
	}
	if len(tokens) == 2 && tokens[1].kind == text {
		return unquote(tokens[1].in(s.Text)), true
	}
	m := plainReset.FindStringSubmatch(s.Text)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// AsPlain turns CREATE TEMPORARY TABLE into CREATE TABLE, and the same of a model, so
// that a compiled plan holds it whole. IF NOT EXISTS goes as well: it asks for a temporary table,
// and a plain one may be there. The words are replaced by blanks: every position stays
// what it was. Any other statement is returned unchanged, and not ok.
//
// The caller sees to it that the table's catalog is an in-memory one: elsewhere it
// would outlive the session.
func AsPlain(s Statement) (string, bool) {
	if s.Kind != CreateTemporaryTable && s.Kind != CreateTemporaryModel {
		return s.Text, false
	}
	tokens, err := lex(s.Text)
	if err != nil {
		return s.Text, false
	}
	text := s.Text
	for i, t := range tokens {
		switch {
		case t.is(s.Text, "TEMPORARY"):
			text = blank(text, t)
		case t.is(s.Text, "TABLE"), t.is(s.Text, "MODEL"):
			if words(s.Text, tokens[i+1:], "IF", "NOT", "EXISTS") {
				text = blank(text, tokens[i+1:i+4]...)
			}
			return text, true
		}
	}
	return s.Text, false
}

// CompilePlan writes the COMPILE PLAN statement for an INSERT or a statement set,
// which leaves out EXECUTE, and returns a function that maps a position which the
// gateway reports for it (lines from 1, columns in UTF-16 units, as Flink's
// parser counts) to the position in s.Text, its column in characters.
func CompilePlan(uri string, s Statement) (stmt string, shift func(line, column int) (int, int)) {
	head := "COMPILE PLAN " + Literal(uri) + " FOR"
	body := s.Text
	if tokens, err := lex(s.Text); err == nil {
		switch {
		case words(s.Text, tokens, "EXECUTE"):
			body = blank(body, tokens[0])
		case words(s.Text, tokens, "BEGIN", "STATEMENT", "SET") && len(tokens) > 3:
			head += " STATEMENT SET BEGIN"
			body = blank(body, tokens[0], tokens[1], tokens[2], tokens[3])
		}
	}
	at := newLines(s.Text)
	return head + "\n" + body, func(line, column int) (int, int) {
		if line <= 1 {
			return 1, 1 // in what we wrote ourselves
		}
		return line - 1, characters(at.text(line-1), column)
	}
}

// Position maps a position in s.Text to the one in the script it came from.
func (s Statement) Position(line, column int) (int, int) {
	if line <= 1 {
		return s.Line, s.Column + column - 1
	}
	return s.Line + line - 1, column
}

// blank overwrites tokens, which are ASCII, with blanks.
func blank(src string, tokens ...token) string {
	b := []byte(src)
	for _, t := range tokens {
		copy(b[t.start:t.end], strings.Repeat(" ", t.end-t.start))
	}
	return string(b)
}

// characters turns a column in UTF-16 units into one in characters.
func characters(line string, column int) int {
	n := 1
	for _, r := range line {
		column -= max(1, utf16.RuneLen(r))
		if column < 1 {
			return n
		}
		n++
	}
	return n + max(0, column-1)
}
