package sqltext

import (
	"strings"
	"unicode/utf16"
)

// Woven is a statement made of parts of a user's text and of our own words. It knows
// which of its characters are the user's.
type Woven struct {
	text   strings.Builder
	pieces []woven
}

// woven is a piece that begins at an offset of the statement.
type woven struct {
	at   int
	from int // offset in the user's text; -1: our own words
}

// Own adds words of ours.
func (w *Woven) Own(words string) {
	w.pieces = append(w.pieces, woven{w.text.Len(), -1})
	w.text.WriteString(words)
}

// User adds the part [from, to) of the user's text.
func (w *Woven) User(text string, from, to int) {
	if from >= to {
		return
	}
	w.pieces = append(w.pieces, woven{w.text.Len(), from})
	w.text.WriteString(text[from:to])
}

// Add adds another statement's pieces.
func (w *Woven) Add(other *Woven) {
	at := w.text.Len()
	for _, p := range other.pieces {
		w.pieces = append(w.pieces, woven{at + p.at, p.from})
	}
	w.text.WriteString(other.String())
}

// String is the statement.
func (w *Woven) String() string { return w.text.String() }

// Offset maps a position that Flink reports for the statement (lines from 1, columns
// in UTF-16 units from 1) to an offset in the user's text; not ok in words of ours.
func (w *Woven) Offset(line, column int) (offset int, ok bool) {
	at, ok := offsetOf(w.String(), line, column)
	if !ok {
		return 0, false
	}
	for i := len(w.pieces) - 1; i >= 0; i-- {
		if p := w.pieces[i]; p.at <= at {
			return p.from + at - p.at, p.from >= 0
		}
	}
	return 0, false
}

func offsetOf(text string, line, column int) (offset int, ok bool) {
	l := newLines(text)
	if line < 1 || line > len(l.starts) || column < 1 {
		return 0, false
	}
	offset = l.starts[line-1]
	for _, r := range l.text(line) {
		if column -= max(1, utf16.RuneLen(r)); column < 1 {
			return offset, true
		}
		offset += len(string(r))
	}
	return offset, offset < len(text)
}

// At is the position in the script of a byte offset in s.Text.
func (s Statement) At(offset int) (line, column int) {
	return s.Position(newLines(s.Text).position(offset))
}
