package sqltext

// Mention is a placeholder in a statement, outside its comments.
type Mention struct {
	Placeholder
	// Option is the key of the table option in whose value it stands: in WITH (…) of
	// a table definition, or in an OPTIONS(…) hint. InOption is false elsewhere.
	Option   string
	InOption bool
	// InHint: the option is a hint's.
	InHint bool
}

// Mentions lists the placeholders of a statement, in order. Their offsets are in
// s.Text. A text that cannot be read has none.
func (s Statement) Mentions() []Mention {
	placeholders := Placeholders(s.Text)
	if len(placeholders) == 0 {
		return nil
	}
	tokens, err := lex(s.Text)
	if err != nil {
		return nil
	}
	options := s.optionValues(tokens)
	var found []Mention
	i := 0
	for _, p := range placeholders {
		for i < len(tokens) && tokens[i].end <= p.Offset {
			i++
		}
		if i == len(tokens) || p.End <= tokens[i].start {
			continue // in a comment
		}
		m := Mention{Placeholder: p}
		if o, ok := options[i]; ok {
			m.Option, m.InOption, m.InHint = o.key, true, o.hint
		}
		found = append(found, m)
	}
	return found
}

type optionValue struct {
	key  string
	hint bool
}

// optionValues finds the values of table options, by the indexes of their tokens.
func (s Statement) optionValues(tokens []token) map[int]optionValue {
	defines := s.Kind == CreateTable || s.Kind == CreateTemporaryTable || s.Kind == CreateModel || s.Kind == CreateTemporaryModel || s.Kind == CreateCatalog
	found := map[int]optionValue{}
	depth, hint := 0, false
	for i := 0; i < len(tokens); i++ {
		switch tokens[i].in(s.Text) {
		case "/*+":
			hint = true
		case "*/":
			hint = false
		case "(":
			depth++
		case ")":
			depth--
		}
		// A column's TIMESTAMP WITH LOCAL TIME ZONE and a query's WITH name AS (…) are
		// no lists of options.
		with := defines && depth == 0 && tokens[i].is(s.Text, "WITH")
		if (with || hint && tokens[i].is(s.Text, "OPTIONS")) && i+1 < len(tokens) && tokens[i+1].in(s.Text) == "(" {
			i = s.optionList(tokens, i+2, hint, found)
		}
	}
	return found
}

// optionList reads 'key' = 'value', … from token i on, and returns the index of the
// last token that belongs to it.
func (s Statement) optionList(tokens []token, i int, hint bool, found map[int]optionValue) int {
	for ; i+2 < len(tokens); i += 4 {
		key, equals, value := tokens[i], tokens[i+1], tokens[i+2]
		if key.kind != text || equals.in(s.Text) != "=" || value.kind != text {
			return i - 1
		}
		found[i+2] = optionValue{unquote(key.in(s.Text)), hint}
		if i+3 == len(tokens) || tokens[i+3].in(s.Text) != "," {
			return i + 3
		}
	}
	return i - 1
}
