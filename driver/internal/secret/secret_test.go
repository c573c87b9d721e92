package secret

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGet(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"FILE": "from file\r\n", "BOTH": "file", "EMPTY": "", "BIG": strings.Repeat("x", maxSecretBytes+1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := Store{Dir: dir, Lookup: func(name string) (string, bool) {
		v, ok := map[string]string{"BOTH": "environment", "SET": ""}[name]
		return v, ok
	}}
	for name, want := range map[string]string{"FILE": "from file", "BOTH": "environment", "EMPTY": "", "SET": ""} {
		if got, err := s.Get(name); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	var missing *MissingError
	for _, name := range []string{"NONE", "../FILE", "", "..", "a/b"} {
		if _, err := s.Get(name); !errors.As(err, &missing) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := s.Get("BIG"); err == nil || errors.As(err, &missing) || len(err.Error()) > 1000 {
		t.Errorf("BIG: %v", err)
	}
	if _, err := s.GetAll([]string{"A", "FILE", "B", "A"}); err == nil || !strings.Contains(err.Error(), "A, B") {
		t.Errorf("%v", err)
	}
}

func TestMasked(t *testing.T) {
	for key, want := range map[string]bool{"s3.secret-key": true, "X.PASSWORD": true, "a.jaas.config": true, "pipeline.name": false, "s3.access-key": false} {
		if Masked(key) != want {
			t.Errorf("%s: %v", key, !want)
		}
	}
}

func TestPrivateDir(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/tmp", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := PrivateDir(filepath.Join(dir, "link"), false); err == nil {
		t.Error("a link is accepted")
	}
	if err := PrivateDir("/var/tmp/driver-secret-test", true); !errors.Is(err, ErrNotInMemory) {
		t.Errorf("%v", err)
	}
	os.Remove("/var/tmp/driver-secret-test")
	path := filepath.Join(dir, "a", "b")
	if err := PrivateDir(path, false); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v", info.Mode())
	}
}

func FuzzFill(f *testing.F) {
	f.Add(`{"a":"${secret:X} and ${resource:Y}"}`, "se\"cr\\et\n")
	f.Add(`["${secret:X}"]`, "\x00\u2028<>&")
	f.Fuzz(func(t *testing.T, doc, value string) {
		v := Values{Secrets: map[string]string{"X": value}, Resources: map[string]string{"Y": "/p"}}
		out, err := v.JSON([]byte(doc))
		if err != nil {
			return
		}
		if json.Valid([]byte(doc)) && !json.Valid(out) {
			t.Errorf("%q became %q", doc, out)
		}
		_, _ = v.Text(doc)
	})
}
