package secret

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestGet(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"FILE": "from file\r\n", "BOTH": "file", "EMPTY": "", "BIG": strings.Repeat("x", maxSecretBytes+1), "BINARY_FILE": "k\xff\xfe"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := Store{Dir: dir, Lookup: func(name string) (string, bool) {
		v, ok := map[string]string{"BOTH": "environment", "SET": "", "BINARY": "caf\xe9"}[name]
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
	for _, name := range []string{"BINARY", "BINARY_FILE"} {
		if got, err := s.GetAll([]string{"FILE", name}); !errors.Is(err, ErrNotText) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "caf") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := s.GetAll([]string{"A", "FILE", "B", "A"}); err == nil || !strings.Contains(err.Error(), "A, B") {
		t.Errorf("%v", err)
	}
}

func TestPrivateDir(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/tmp", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := PrivateDir(filepath.Join(dir, "link"), false); err == nil {
		t.Error("a link is accepted")
	}
	onDisk := filepath.Join("/var/tmp", "driver-secret-test-"+strconv.Itoa(os.Getpid()))
	if _, err := PrivateDir(filepath.Join(onDisk, "a"), true); !errors.Is(err, ErrNotInMemory) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(onDisk); err == nil {
		t.Error("what was refused is still there")
	}
	path := filepath.Join(dir, "a", "b")
	made, err := PrivateDir(path, false)
	if err != nil || len(made) != 2 || made[0] != filepath.Dir(path) || made[1] != path {
		t.Fatalf("%v, %v", made, err)
	}
	if made, err := PrivateDir(path, false); err != nil || made != nil {
		t.Errorf("it was there: %v, %v", made, err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestPlan(t *testing.T) {
	v := Values{Secrets: map[string]string{"X": `a"b\c` + "\n"}, Resources: map[string]string{"Y": "/p"}}
	const scan = `{"nodes":[{"t":{"resolvedTable":{"options":{"p":"u:${secret:X}@${resource:Y}","q":"${secret:X}"}}},"description":"hints=[${secret:X}, ${resource:Y}]"}]}`
	const want = `{"nodes":[{"t":{"resolvedTable":{"options":{"p":"u:a\"b\\c\n@/p","q":"a\"b\\c\n"}}},"description":"hints=[${secret:X}, /p]"}]}`
	if got, err := v.Plan([]byte(scan)); err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	for doc, says := range map[string]string{
		`{"nodes":[{"projection":[{"value":"${secret:X}"}]}]}`:                   "nodes.0.projection.0.value",
		`{"nodes":[{"t":{"resolvedTable":{"comment":"${secret:X}"}}}]}`:          "comment",
		`{"nodes":[{"t":{"resolvedTable":{"options":{"${secret:X}":"x"}}}}]}`:    "only options of tables",
		`{"nodes":[{"t":{"resolvedTable":{"options":{"p":"${secret:NO}"}}}}]}`:   "${secret:NO}",
		`{"nodes":[{"t":{"resolvedTable":{"options":{"p":"${resource:NO}"}}}}]}`: "${resource:NO}",
		`{"nodes":["${secret:X}"`: "compiled plan",
	} {
		if got, err := v.Plan([]byte(doc)); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), `a"b`) {
			t.Errorf("%s: %s, %v", doc, got, err)
		}
	}
}

func FuzzFill(f *testing.F) {
	f.Add(`{"resolvedTable":{"options":{"a":"${secret:X} and ${resource:Y}"}}}`, "se\"cr\\et\n")
	f.Add(`["${resource:Y}"]`, "\x00\u2028<>&")
	f.Fuzz(func(t *testing.T, doc, value string) {
		v := Values{Secrets: map[string]string{"X": value}, Resources: map[string]string{"Y": "/p"}}
		_, _ = v.Text(doc)
		out, err := v.Plan([]byte(doc))
		if err == nil && json.Valid([]byte(doc)) && !json.Valid(out) {
			t.Errorf("%q became %q", doc, out)
		}
	})
}
