package flinkconf

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

func TestMarshalAndRead(t *testing.T) {
	options := map[string]string{
		"a.b": "plain", "$internal.x": "1", "quotes": `"x" 'y' \z`, "lines": "a\nb\t\x01", "unicode": "é日本🎉", "yes": "no", "html": "<&>", "colon": "a: b # c", "empty": "", "sep": "\u2028",
	}
	data, err := Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := yaml.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	for k, v := range options {
		if back[k] != v {
			t.Errorf("%s = %#v, want %q", k, back[k], v)
		}
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(string(data)+"nested:\n  list: [a, 'b c']\n  number: 1600\n  off:\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	options["nested.list"], options["nested.number"] = `["a","b c"]`, "1600"
	if diff := cmp.Diff(options, read); diff != "" {
		t.Error(diff)
	}
	if _, err := Marshal(map[string]string{"a": "\xff"}); err == nil {
		t.Error("an option that is no text was written")
	}
}
