package sqltext

import (
	"strings"
	"testing"
	"unicode/utf16"
)

// TestWoven: wherever the user's characters go in the statement, what is reported there
// is found where the user wrote it.
func TestWoven(t *testing.T) {
	const script = "SET 'a' = 'b';\n  SELECT a, '😀é' AS b\r\nFROM t\rORDER BY 2"
	statements, err := Split(script)
	if err != nil {
		t.Fatal(err)
	}
	s := statements[1]
	cut := strings.Index(s.Text, "\r\nFROM")
	end := strings.Index(s.Text, "2")
	w := &Woven{}
	w.Own("INSERT INTO x\n")
	w.User(s.Text, 0, cut)
	w.Own(", 1,\n'😀'")
	w.User(s.Text, cut, end)
	w.Own("`b`")
	if w.User(s.Text, end+1, len(s.Text)); strings.Contains(w.String(), "2") {
		t.Fatal(w.String())
	}
	for _, word := range []string{"SELECT", "a,", "AS b", "FROM", "t\r", "ORDER", "BY"} {
		at := strings.Index(w.String(), word)
		line, column := 1, 1
		for _, r := range strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(w.String()[:at]) {
			if column += utf16.RuneLen(r); r == '\n' {
				line, column = line+1, 1
			}
		}
		offset, ok := w.Offset(line, column)
		if !ok || !strings.HasPrefix(s.Text[offset:], word) {
			t.Errorf("%q at %d:%d: offset %d, %v", word, line, column, offset, ok)
			continue
		}
		line, column = s.At(offset)
		if got := newLines(script).starts[line-1]; !strings.HasPrefix(string([]rune(script[got:])[column-1:]), word) {
			t.Errorf("%q is said to be at %d:%d", word, line, column)
		}
	}
	for _, ours := range [][2]int{{1, 1}, {1, 8}, {3, 2}, {0, 0}, {9, 1}, {1, 99}, {3, 99}} {
		if offset, ok := w.Offset(ours[0], ours[1]); ok && ours[1] != 99 {
			t.Errorf("%v is the user's %d", ours, offset)
		}
	}
}
