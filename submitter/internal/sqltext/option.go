package sqltext

import "slices"

// Option is one 'key' = 'value' of a statement, as WITH and SET have them.
type Option struct {
	Key, Value string
	// Line and Column of the value in the statement's text, from 1; see
	// Statement.Position.
	Line, Column int
}

// Options lists the options of a statement, in their order. A text that cannot be
// read has none.
func (s Statement) Options() []Option {
	tokens, err := lex(s.Text)
	if err != nil {
		return nil
	}
	at := newLines(s.Text)
	var found []Option
	for i := 2; i < len(tokens); i++ {
		key, equals, value := tokens[i-2], tokens[i-1], tokens[i]
		if key.kind != text || equals.in(s.Text) != "=" || value.kind != text {
			continue
		}
		o := Option{Key: unquote(key.in(s.Text)), Value: unquote(value.in(s.Text))}
		o.Line, o.Column = at.position(value.start)
		found = append(found, o)
	}
	return found
}

// WithOption is the statement's text with an option set in its list, which ends the
// statement; the text itself where it has no such list.
func (s Statement) WithOption(o Option) string {
	tokens, err := lex(s.Text)
	if err != nil || len(tokens) == 0 || tokens[len(tokens)-1].in(s.Text) != ")" {
		return s.Text
	}
	if slices.ContainsFunc(s.Options(), func(there Option) bool { return there.Key == o.Key }) {
		return s.Text
	}
	end := tokens[len(tokens)-1].start
	return s.Text[:end] + ", " + Literal(o.Key) + " = " + Literal(o.Value) + s.Text[end:]
}

// Has reports whether a keyword stands in the statement, outside texts, quoted
// names and comments.
func (s Statement) Has(keyword string) bool {
	tokens, err := lex(s.Text)
	if err != nil {
		return false
	}
	for _, t := range tokens {
		if t.is(s.Text, keyword) {
			return true
		}
	}
	return false
}
