package manifest

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Source is a text with the places its parts came from, so that a position inside
// the text can be turned into one in a file: exactly for files and block scalars,
// also folded ones, and for quoted and plain scalars; where a variable was filled
// in, it is the variable's place.
type Source struct {
	Text   string
	At     Position // of the first character of Text
	pieces []piece  // in order of their offsets; none: Text stands at At as it is
}

// piece says where the text from offset on stands.
type piece struct {
	offset int // in Text, bytes
	at     Position
	// fixed: what follows does not stand in the file as it is (a variable's value,
	// a text that could not be traced), so every position in it is at.
	fixed bool
}

// NewSource makes the source of a whole file.
func NewSource(file, text string) Source {
	return Source{Text: text, At: Position{File: file, Line: 1, Column: 1}}
}

// Position turns a line and a column of the text, both from 1, the column in
// characters, into a place in a file. What lies beyond the text is its end.
func (s Source) Position(line, column int) Position {
	offset := 0
	for ; line > 1; line-- {
		_, size := cutLine(s.Text[offset:])
		if offset+size == len(s.Text) && !endsLine(s.Text) {
			break
		}
		offset += size
	}
	content, _ := cutLine(s.Text[offset:])
	for ; column > 1 && len(content) > 0; column-- {
		_, size := utf8.DecodeRuneInString(content)
		offset += size
		content = content[size:]
	}
	return s.position(offset)
}

// position is the place of a byte of Text.
func (s Source) position(offset int) Position {
	p := s.pieceAt(offset)
	if p.fixed {
		return p.at
	}
	return p.at.after(s.Text[p.offset:offset])
}

// after is the position behind a text that begins at p.
func (p Position) after(text string) Position {
	for {
		content, size := cutLine(text)
		if size == len(content) {
			p.Column += utf8.RuneCountInString(content)
			return p
		}
		p.Line++
		p.Column = 1
		text = text[size:]
	}
}

func (s Source) pieceAt(offset int) piece {
	i := sort.Search(len(s.pieces), func(i int) bool { return s.pieces[i].offset > offset })
	if i == 0 {
		return piece{at: s.At}
	}
	return s.pieces[i-1]
}

// cutLine gives the first line without its end, and its size with it. A line ends
// with \n, \r\n or \r.
func cutLine(s string) (content string, size int) {
	i := strings.IndexAny(s, "\r\n")
	switch {
	case i < 0:
		return s, len(s)
	case strings.HasPrefix(s[i:], "\r\n"):
		return s[:i], i + 2
	}
	return s[:i], i + 1
}

func endsLine(s string) bool { return strings.HasSuffix(s, "\n") || strings.HasSuffix(s, "\r") }

// builder puts a Source together from parts of another, which come in order.
type builder struct {
	from   Source
	text   strings.Builder
	pieces []piece
	// The place that was found last and the next piece of from: a text of a
	// megabyte with a variable in every word must not be counted through each time.
	offset int
	at     Position
	fixed  bool
	next   int
}

func newBuilder(from Source) *builder {
	return &builder{from: from, at: from.At}
}

// advance goes to an offset of from.
func (b *builder) advance(offset int) {
	for b.next < len(b.from.pieces) && b.from.pieces[b.next].offset <= offset {
		p := b.from.pieces[b.next]
		b.offset, b.at, b.fixed = p.offset, p.at, p.fixed
		b.next++
	}
	if !b.fixed {
		b.at = b.at.after(b.from.Text[b.offset:offset])
	}
	b.offset = offset
}

// keep copies from.Text[start:end] with its places.
func (b *builder) keep(start, end int) {
	if start >= end {
		return
	}
	b.advance(start)
	b.pieces = append(b.pieces, piece{b.text.Len(), b.at, b.fixed})
	for _, p := range b.from.pieces[b.next:] {
		if p.offset >= end {
			break
		}
		p.offset += b.text.Len() - start
		b.pieces = append(b.pieces, p)
	}
	b.text.WriteString(b.from.Text[start:end])
}

// put writes a text that stands for what was at offset.
func (b *builder) put(text string, offset int) {
	b.advance(offset)
	b.pieces = append(b.pieces, piece{b.text.Len(), b.at, true})
	b.text.WriteString(text)
}

func (b *builder) source() Source {
	return Source{Text: b.text.String(), At: b.from.At, pieces: b.pieces}
}
