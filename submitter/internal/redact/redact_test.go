package redact

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHide(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "FILE"), []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Secrets{Dirs: []string{filepath.Join(dir, "nowhere"), dir}, Lookup: func(name string) (string, bool) {
		v, ok := map[string]string{"PW": `a"b'c d<`, "PART": "word", "WHOLE": "word-and-more", "SHORT": "abc", "EMPTY": ""}[name]
		return v, ok
	}}
	names := []string{"PW", "PART", "WHOLE", "SHORT", "EMPTY", "FILE", "NONE", "../FILE", "x/../FILE"}
	for text, want := range map[string]string{
		`file:///proc/1/a"b'c d</x`:     "file:///proc/1/${secret:PW}/x",
		`{"p":"a\"b'c d<"}`:             `{"p":"${secret:PW}"}`,
		`{"p":"a\"b'c d\u003c"}`:        `{"p":"${secret:PW}"}`,
		`'p' = 'a"b''c d<'`:             `'p' = '${secret:PW}'`,
		`?p=a%22b%27c+d%3C`:             `?p=${secret:PW}`,
		`/a%22b%27c%20d%3C/`:            `/${secret:PW}/`,
		"word word-and-more abc":        "${secret:PART} ${secret:WHOLE} abc",
		"from-file":                     "${secret:FILE}",
		"nothing is said of any secret": "nothing is said of any secret",
		"":                              "",
	} {
		if got := s.Hide(names, text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if got := (Secrets{}).Hide(names, "word"); got != "word" {
		t.Error(got)
	}
}

func TestWriter(t *testing.T) {
	var out strings.Builder
	s := Secrets{Lookup: func(string) (string, bool) { return "hush", true }}
	w := s.Writer([]string{"S"}, &out)
	for _, piece := range []string{"a hu", "sh b\nnext", " hush\nlast hu", "sh"} {
		if n, err := io.WriteString(w, piece); err != nil || n != len(piece) {
			t.Fatal(n, err)
		}
	}
	if want := "a ${secret:S} b\nnext ${secret:S}\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
	if err := w.Close(); err != nil || !strings.HasSuffix(out.String(), "last ${secret:S}") {
		t.Errorf("%q, %v", out.String(), err)
	}
}
