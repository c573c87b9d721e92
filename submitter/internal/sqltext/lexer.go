package sqltext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what the lexer tells apart. White space and comments are no
// tokens.
type tokenKind int

const (
	word       tokenKind = iota // keyword or plain identifier
	backQuoted                  // `…`
	text                        // '…', with its prefix: E'…', U&'…', _utf8'…', N'…', X'…'
	doubleText                  // "…": no SQL in Flink, but its script splitter knows it
	number
	semicolon
	symbol // operators, brackets, /*+ and */ of a hint, everything unknown
)

// token is a piece of src[start:end].
type token struct {
	kind       tokenKind
	start, end int
}

func (t token) in(src string) string { return src[t.start:t.end] }

// is reports whether the token is the given keyword, in upper case.
func (t token) is(src, keyword string) bool {
	return t.kind == word && strings.EqualFold(t.in(src), keyword)
}

// lexError says what is wrong at a byte offset.
type lexError struct {
	offset  int
	message string
}

// lex reads src as Flink's parser does (Calcite 1.36 with Lex.JAVA): comments
// are --, // and /* */, which do not nest; back-quoted names end on their line; a
// hint's inside is ordinary SQL. It is more lenient than Flink where that does
// not matter for splitting: an unknown character is a symbol.
func lex(src string) ([]token, *lexError) {
	var tokens []token
	for i := 0; i < len(src); {
		next, ok, err := skipSpace(src, i)
		if err != nil {
			return tokens, err
		}
		if ok {
			i = next
			continue
		}
		t, err := scan(src, i)
		if err != nil {
			return tokens, err
		}
		tokens = append(tokens, t)
		i = t.end
	}
	return tokens, nil
}

// skipSpace skips one character of white space or one comment at i.
func skipSpace(src string, i int) (next int, ok bool, err *lexError) {
	rest := src[i:]
	switch {
	case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"):
		if n := strings.IndexAny(rest, "\r\n"); n >= 0 {
			return i + n, true, nil
		}
		return len(src), true, nil
	case strings.HasPrefix(rest, "/*") && !strings.HasPrefix(rest, "/*+"):
		body := len("/*")
		// Calcite's /** swallows the character after it: /***/ is not closed.
		if strings.HasPrefix(rest, "/**") && len(rest) > 3 && rest[3] != '/' {
			body = 4
		}
		n := strings.Index(rest[body:], "*/")
		if n < 0 {
			return 0, false, &lexError{i, "this comment is not closed by */"}
		}
		return i + body + n + len("*/"), true, nil
	}
	if strings.IndexByte(space, src[i]) < 0 {
		return i, false, nil
	}
	return i + 1, true, nil
}

// space is what Flink's parser takes for white space.
const space = " \t\n\r\f"

// scan reads the one token that begins at i.
func scan(src string, i int) (token, *lexError) {
	r, size := utf8.DecodeRuneInString(src[i:])
	switch {
	case r == ';':
		return token{semicolon, i, i + 1}, nil
	case r == '\'':
		return scanText(src, i, i, false)
	case r == '"':
		n := strings.IndexByte(src[i+1:], '"')
		if n < 0 {
			return token{}, &lexError{i, `this text is not closed by "`}
		}
		return token{doubleText, i, i + n + 2}, nil
	case r == '`':
		return scanBackQuoted(src, i)
	case r >= '0' && r <= '9':
		return token{number, i, endOfNumber(src, i)}, nil
	case isWordRune(r):
		return scanWord(src, i)
	case unicode.IsSpace(r), strings.HasPrefix(src[i:], byteOrderMark):
		return token{}, &lexError{i, fmt.Sprintf("%U is no white space in SQL; replace it by a blank", r)}
	}
	for _, op := range operators {
		if strings.HasPrefix(src[i:], op) {
			return token{symbol, i, i + len(op)}, nil
		}
	}
	return token{symbol, i, i + size}, nil
}

// operators of more than one character; the first match wins.
var operators = []string{"/*+", "*/", "<=", ">=", "<>", "!=", "||", "=>", "->", "::"}

func isWordRune(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// scanWord reads a word, or the text that the word is a prefix of.
func scanWord(src string, i int) (token, *lexError) {
	end := i
	for end < len(src) {
		r, size := utf8.DecodeRuneInString(src[end:])
		if !isWordRune(r) {
			break
		}
		end += size
	}
	prefix := strings.ToUpper(src[i:end])
	rest := src[end:]
	switch {
	case prefix == "U" && strings.HasPrefix(rest, "&'"):
		return scanText(src, i, end+1, false)
	case !strings.HasPrefix(rest, "'"):
	case prefix == "E":
		return scanText(src, i, end, true)
	case prefix == "N", prefix == "X", strings.HasPrefix(prefix, "_"):
		return scanText(src, i, end, false)
	}
	return token{word, i, end}, nil
}

// scanText reads a text whose opening quote is at open; two quotes are one, and
// with escapes a backslash takes the next character with it.
func scanText(src string, start, open int, escapes bool) (token, *lexError) {
	for i := open + 1; i < len(src); i++ {
		switch {
		case escapes && src[i] == '\\':
			i++
		case src[i] != '\'':
		case strings.HasPrefix(src[i:], "''"):
			i++
		default:
			return token{text, start, i + 1}, nil
		}
	}
	return token{}, &lexError{start, "this text is not closed by '"}
}

func scanBackQuoted(src string, start int) (token, *lexError) {
	for i := start + 1; i < len(src); i++ {
		switch {
		case src[i] == '\n', src[i] == '\r':
			return token{}, &lexError{start, "this name is not closed by ` on its line"}
		case src[i] != '`':
		case strings.HasPrefix(src[i:], "``"):
			i++
		default:
			return token{backQuoted, start, i + 1}, nil
		}
	}
	return token{}, &lexError{start, "this name is not closed by `"}
}

func endOfNumber(src string, i int) int {
	for ; i < len(src); i++ {
		c := src[i]
		exponent := (c == '+' || c == '-') && (src[i-1] == 'e' || src[i-1] == 'E')
		if !exponent && c != '.' && c != '_' && !isDigitOrLetter(c) {
			break
		}
	}
	return i
}

func isDigitOrLetter(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
