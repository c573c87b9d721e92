package sqltext

// Swallowed finds an INSERT or a statement set inside another statement, where it can
// only stand because the semicolon before it was forgotten. The offset is in s.Text.
func (s Statement) Swallowed() (offset int, ok bool) {
	tokens, err := lex(s.Text)
	if err != nil {
		return 0, false
	}
	depth := 0
	for i, t := range tokens {
		switch rest := tokens[i:]; {
		case t.in(s.Text) == "(":
			depth++
		case t.in(s.Text) == ")":
			depth--
		case i == 0 || depth != 0:
		case words(s.Text, rest, "INSERT", "INTO"), words(s.Text, rest, "INSERT", "OVERWRITE"), words(s.Text, rest, "EXECUTE", "STATEMENT", "SET"):
			return t.start, true
		}
	}
	return 0, false
}
