package sqltext

// File is a file that a statement has Flink load: the jar of ADD JAR, and what stands
// behind USING in CREATE FUNCTION.
type File struct {
	Path string
	// Offset and End of the literal in the statement's text, its quotes included.
	Offset, End int
}

// Files lists the files that a statement names, in order. In a function's resources
// every word that can stand before a path counts, also those that Flink's grammar
// does not know yet.
func (s Statement) Files() []File {
	tokens, err := lex(s.Text)
	if err != nil {
		return nil
	}
	switch s.Kind {
	case AddJar:
		return files(s.Text, tokens[1:])
	case CreateFunction, CreateTemporaryFunction, CreateTemporarySystemFunction:
		for i, t := range tokens {
			if t.is(s.Text, "USING") {
				return files(s.Text, tokens[i+1:])
			}
		}
	}
	return nil
}

// files reads KEYWORD '…', KEYWORD '…' until something else comes.
func files(src string, tokens []token) []File {
	var found []File
	for i := 0; i+1 < len(tokens); i += 3 {
		kind, path := tokens[i], tokens[i+1]
		if kind.kind != word || path.kind != text {
			break
		}
		found = append(found, File{Path: unquote(path.in(src)), Offset: path.start, End: path.end})
		if i+2 == len(tokens) || tokens[i+2].in(src) != "," {
			break
		}
	}
	return found
}

// RemovesJar reports whether a statement is REMOVE JAR, which Flink's SQL Gateway
// refuses.
func (s Statement) RemovesJar() bool {
	tokens, err := lex(s.Text)
	return err == nil && words(s.Text, tokens, "REMOVE", "JAR")
}
