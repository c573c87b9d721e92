package sqltext

import (
	"fmt"
	"strings"
)

// Quote writes an identifier in back-quotes.
func Quote(ident string) string {
	return "`" + strings.ReplaceAll(ident, "`", "``") + "`"
}

// QuotePath writes a qualified name, each part in back-quotes.
func QuotePath(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = Quote(p)
	}
	return strings.Join(quoted, ".")
}

// Literal writes a string literal.
func Literal(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// unquote reads a literal that Literal could have written.
func unquote(literal string) string {
	_, rest, _ := strings.Cut(literal, "'")
	return strings.ReplaceAll(strings.TrimSuffix(rest, "'"), "''", "'")
}

// Path takes a qualified name apart: "`a`.b" is a and b. Plain parts are kept as
// they are; Flink's names tell upper and lower case apart.
func Path(name string) ([]string, error) {
	tokens, err := lex(name)
	if err != nil {
		return nil, fmt.Errorf("name %s: %s", name, err.message)
	}
	var parts []string
	for i, t := range tokens {
		s := t.in(name)
		switch {
		case i%2 == 1 && s == ".":
		case i%2 == 0 && t.kind == backQuoted && len(s) > 2:
			parts = append(parts, strings.ReplaceAll(s[1:len(s)-1], "``", "`"))
		case i%2 == 0 && t.kind == word:
			parts = append(parts, s)
		default:
			return nil, malformed(name)
		}
	}
	if len(tokens)%2 == 0 {
		return nil, malformed(name)
	}
	return parts, nil
}

func malformed(name string) error {
	return fmt.Errorf("%q is not a qualified name; write it as `catalog`.`database`.`table`, with back-quotes around each part", name)
}

// CreatedPath gives the name of what a CREATE TABLE or CREATE VIEW statement
// creates; not ok for other statements.
func CreatedPath(s Statement) (parts []string, ok bool) {
	d, ok := s.DDL()
	if !ok || d.Verb != VerbCreate && d.Verb != VerbReplace || d.Object != ObjectTable && d.Object != ObjectView {
		return nil, false
	}
	return d.Path, true
}
