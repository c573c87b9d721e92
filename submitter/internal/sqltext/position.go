package sqltext

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// Error is a text that cannot be split, with the place of what is wrong.
type Error struct {
	Line, Column int // from 1; the column in characters
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
}

// lines knows where the lines of a text begin. As for Flink's parser a line ends
// with \n, \r\n or \r.
type lines struct {
	src    string
	starts []int
	// What position answered last: a script may be one line with many statements,
	// so counting goes on from here.
	offset, line, column int
}

func newLines(src string) *lines {
	l := &lines{src: src, starts: []int{0}}
	for i := 0; i < len(src); i++ {
		if src[i] == '\n' || src[i] == '\r' && !strings.HasPrefix(src[i:], "\r\n") {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// position of a byte offset, from 1; the column counts characters.
func (l *lines) position(offset int) (line, column int) {
	line = sort.SearchInts(l.starts, offset+1)
	if line != l.line || offset < l.offset {
		l.offset, l.line, l.column = l.starts[line-1], line, 1
		if line == 1 && offset > 0 && strings.HasPrefix(l.src, byteOrderMark) {
			l.offset = len(byteOrderMark)
		}
	}
	l.column += utf8.RuneCountInString(l.src[l.offset:offset])
	l.offset = offset
	return line, l.column
}

// text of a line, from 1, without its end; "" for a line that does not exist.
func (l *lines) text(line int) string {
	if line < 1 || line > len(l.starts) {
		return ""
	}
	end := len(l.src)
	if line < len(l.starts) {
		end = l.starts[line]
	}
	return strings.TrimRight(l.src[l.starts[line-1]:end], "\r\n")
}
