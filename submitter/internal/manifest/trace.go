package manifest

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// trace reads a scalar once more, from the file's lines, to learn where each part
// of its text stands. It follows YAML 1.2, chapters 7.3 and 8.1, as far as people
// use them; the text it finds must be the library's, else it gives up and returns
// nil. An empty text has no pieces, but is not nil.
func (f *yamlFile) trace(n *yaml.Node) []piece {
	if n.Column > maxTracedColumn {
		return nil
	}
	t := tracer{file: f, line: n.Line, column: n.Column, pieces: []piece{}}
	t.rest = skipCharacters(f.line(n.Line), n.Column-1)
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		t.block(n.Style&yaml.LiteralStyle != 0)
		if strings.TrimRight(t.text.String(), "\n") != strings.TrimRight(n.Value, "\n") {
			return nil
		}
		return t.pieces
	}
	t.flow(n)
	if t.text.String() != n.Value {
		return nil
	}
	return t.pieces
}

// maxTracedColumn keeps a file of one endless line from costing quadratic time.
const maxTracedColumn = 10_000

// tracer walks through the lines of one scalar.
type tracer struct {
	file   *yamlFile
	line   int
	column int    // of rest, in characters
	rest   string // of the line
	text   strings.Builder
	pieces []piece
}

// here begins a piece at the beginning of rest.
func (t *tracer) here() {
	t.pieces = append(t.pieces, piece{
		offset: t.text.Len(),
		at:     Position{File: t.file.name, Line: t.line, Column: t.column},
	})
}

// take moves the first n bytes of rest into the text.
func (t *tracer) take(n int) {
	t.text.WriteString(t.rest[:n])
	t.skip(n)
}

func (t *tracer) skip(n int) {
	t.column += utf8.RuneCountInString(t.rest[:n])
	t.rest = t.rest[n:]
}

// skipBlanks skips what is indentation to YAML.
func (t *tracer) skipBlanks() {
	t.skip(len(t.rest) - len(strings.TrimLeft(t.rest, " \t")))
}

func (t *tracer) nextLine() bool {
	if t.line >= len(t.file.lines) {
		return false
	}
	t.line++
	t.rest, t.column = t.file.line(t.line), 1
	return true
}

// block reads a | or > scalar. Trailing line breaks are left to the caller.
func (t *tracer) block(literal bool) {
	explicit := 0
	for _, c := range t.rest[min(1, len(t.rest)):] {
		if c >= '1' && c <= '9' {
			explicit = int(c - '0')
		} else if c != '+' && c != '-' {
			break
		}
	}
	indent := t.blockIndent(explicit)
	breaks := 0      // line breaks since the last line with text
	started := false // there was a line with text
	afterIndented := false
	for t.nextLine() {
		blanks := len(t.rest) - len(strings.TrimLeft(t.rest, " "))
		if blanks == len(t.rest) && blanks <= indent {
			breaks++
			continue
		}
		if blanks < indent {
			return
		}
		t.skip(indent)
		indented := strings.HasPrefix(t.rest, " ") || strings.HasPrefix(t.rest, "\t")
		switch {
		case literal, !started, afterIndented, indented:
			t.text.WriteString(strings.Repeat("\n", breaks))
		case breaks == 1:
			t.text.WriteByte(' ')
		default:
			t.text.WriteString(strings.Repeat("\n", breaks-1))
		}
		t.here()
		t.take(len(t.rest))
		started, afterIndented, breaks = true, indented, 1
	}
}

// blockIndent is the indentation of a block scalar's text: that of its first line
// which is not empty, or what its header says.
func (t *tracer) blockIndent(explicit int) int {
	if explicit > 0 {
		return explicit // right for a top-level key; elsewhere the text will not match
	}
	for n := t.line + 1; n <= len(t.file.lines); n++ {
		line := t.file.line(n)
		if trimmed := strings.TrimLeft(line, " "); trimmed != "" {
			return len(line) - len(trimmed)
		}
	}
	return 0
}

// flow reads a plain or quoted scalar, whose lines are folded.
func (t *tracer) flow(n *yaml.Node) {
	quote := byte(0)
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		if t.rest == "" {
			return
		}
		quote = t.rest[0]
		t.skip(1)
	}
	t.here()
	for {
		if quote == 0 && t.text.Len() >= len(n.Value) {
			return
		}
		switch {
		case t.rest == "" || quote == 0 && strings.HasPrefix(n.Value[t.text.Len():], "\n"):
			if !t.fold(true) {
				return
			}
		case quote == '\'' && strings.HasPrefix(t.rest, "''"):
			t.take(1)
			t.skip(1)
			t.here()
		case quote != 0 && t.rest[0] == quote:
			return
		case quote == '"' && t.rest[0] == '\\':
			if !t.escape() {
				return
			}
		case isBlank(t.rest[0]):
			n := len(t.rest) - len(strings.TrimLeft(t.rest, " \t"))
			if n == len(t.rest) {
				t.skip(n) // white space before a line break is folded away
			} else {
				t.take(n)
			}
		default:
			_, size := utf8.DecodeRuneInString(t.rest)
			t.take(size)
		}
		if t.text.Len() > len(n.Value) {
			return
		}
	}
}

// fold goes on to the next line with text: one break is a blank, n+1 are n breaks.
func (t *tracer) fold(blank bool) bool {
	breaks := 0
	for {
		if !t.nextLine() {
			return false
		}
		breaks++
		t.skipBlanks()
		if t.rest != "" {
			break
		}
	}
	if breaks > 1 {
		t.text.WriteString(strings.Repeat("\n", breaks-1))
	} else if blank {
		t.text.WriteByte(' ')
	}
	t.here()
	return true
}

// escapes of double-quoted scalars that stand for one fixed character.
var escapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f",
	'r': "\r", 'e': "\x1b", ' ': " ", '"': `"`, '/': "/", '\\': `\`,
}

// numericEscapes are followed by that many hex digits.
var numericEscapes = map[byte]int{'x': 2, 'u': 4, 'U': 8}

// escape reads what begins with a backslash.
func (t *tracer) escape() bool {
	if t.rest == `\` {
		return t.fold(false)
	}
	text, ok := escapes[t.rest[1]]
	size := 2
	if digits := numericEscapes[t.rest[1]]; digits > 0 && len(t.rest) >= 2+digits {
		code, err := strconv.ParseUint(t.rest[2:2+digits], 16, 32)
		text, ok, size = string(rune(code)), err == nil, 2+digits
	}
	if !ok {
		return false
	}
	t.text.WriteString(text)
	t.skip(size)
	t.here()
	return true
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// skipCharacters drops the first n characters.
func skipCharacters(s string, n int) string {
	for ; n > 0 && s != ""; n-- {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return s
}
