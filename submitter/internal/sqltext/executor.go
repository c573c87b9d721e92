package sqltext

const disagreement = "Flink's parser and its script splitter read the text before this point differently; " +
	`write '' for a quote inside a text, -- for a comment, and no */ inside a hint`

// agree compares where the tokens have semicolons with where Flink's splitter
// would see them. If the two differ, it returns the first offset at which they
// do. A statement at the end counts as if a semicolon followed it, as one will
// when it is sent as part of a script.
func agree(src string, tokens []token) (offset int, ok bool) {
	var want []int
	end := 0
	for _, t := range tokens {
		if t.kind == semicolon {
			want = append(want, t.start)
		}
		end = t.end
	}
	s := splitter{src: src[:end]}
	for _, w := range want {
		if got := s.next(); got != w {
			return min(got, w), false
		}
	}
	if got := s.next(); got != end || s.state != normal {
		return got, false
	}
	return 0, true
}

// splitState is what ScriptExecutor knows while it reads characters.
type splitState int

const (
	normal splitState = iota
	inText
	inDoubleText
	inName
	inLineComment
	inBlockComment
)

// splitter finds semicolons as ScriptExecutor.ResultIterator does: character by
// character, knowing neither // nor prefixes nor hints.
type splitter struct {
	src   string
	at    int
	state splitState
	last  byte
}

// next is the offset of the next semicolon outside quotes and comments, or the
// length of the text.
func (s *splitter) next() int {
	for s.at < len(s.src) {
		c := s.src[s.at]
		s.at++
		if c == ';' && s.state == normal {
			s.last = c
			return s.at - 1
		}
		s.state = s.after(c)
		s.last = c
	}
	return len(s.src)
}

func (s *splitter) after(c byte) splitState {
	quote := func(inside splitState) splitState {
		switch s.state {
		case inside:
			return normal
		case normal:
			return inside
		}
		return s.state
	}
	switch {
	case c == '\'':
		return quote(inText)
	case c == '"':
		return quote(inDoubleText)
	case c == '`':
		return quote(inName)
	case c == '-' && s.last == '-' && s.state == normal:
		return inLineComment
	case c == '\n' && s.state == inLineComment:
		return normal
	case c == '*' && s.last == '/' && s.state == normal:
		return inBlockComment
	case c == '/' && s.last == '*' && s.state == inBlockComment:
		return normal
	}
	return s.state
}
