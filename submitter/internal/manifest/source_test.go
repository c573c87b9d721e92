package manifest

import (
	"context"
	"strings"
	"testing"
)

// Every manifest here has markers «n» in its text; the position of each marker in
// the loaded text must be that of the marker in the file.
func TestPositionsInsideTexts(t *testing.T) {
	tests := map[string]string{
		"literal":        "name: a\nsql: |\n\n  INSERT INTO «1»\n    SELECT «2»\n\n  , ä«3»\n",
		"literal keep":   "name: a\nsql: |+2\n    INSERT INTO «1»\n  x «2»\n\n",
		"literal tail":   "name: a\nsql: |- # why\n  INSERT INTO «1»\n  x «2»",
		"folded":         "name: a\nsql: >-\n  INSERT INTO «1»\n  x «2»\n\n\n  y «3»\n    more\n\n    «4»\n  z «5»\n",
		"folded leading": "name: a\nsql: >\n\n\n   INSERT INTO\n   x «1»\n    y\n   «2»\n",
		"plain":          "name: a\nsql: INSERT INTO «1»\n  x «2»\n\n  y «3» # comment\n",
		"single":         "name: a\nsql: 'INSERT INTO ''«1»\n   x'' «2»\n\n  y «3»'\n",
		"double":         "name: a\nsql: \"INSERT \\\"INTO\\t«1»\n   x\\\"\\n «2» \\\n   y «3»\\\\\\u00e4\"\n",
		"CRLF":           "name: a\r\nsql: |\r\n  INSERT INTO «1»\r\n  x «2»\r\n",
		"anchor":         "name: a\nsql: &q |\n  INSERT INTO «1»\n  x «2»\n",
		"flow":           "{name: a, sql: 'INSERT INTO «1» x «2»'}\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			var r report
			file := parseYAML("f.yaml", []byte(text), &r)
			if len(file.roots) != 1 {
				t.Fatal(r.problems)
			}
			s := file.source(file.roots[0].Content[3])
			checkMarkers(t, text, s, s.Text)
		})
	}
}

// checkMarkers compares where the markers of text are with where s says they are.
func checkMarkers(t *testing.T, text string, s Source, in string) {
	t.Helper()
	if !strings.Contains(in, "«1»") {
		t.Fatalf("no marker in %q", in)
	}
	for _, marker := range []string{"«1»", "«2»", "«3»", "«4»", "«5»"} {
		offset := strings.Index(in, marker)
		if offset < 0 {
			continue
		}
		before := Position{Line: 1, Column: 1}.after(in[:offset])
		got := s.Position(before.Line, before.Column)
		want := Position{File: "f.yaml", Line: 1, Column: 1}.after(text[:strings.Index(text, marker)])
		if got != want {
			t.Errorf("%s: got %s, want %s", marker, got, want)
		}
	}
}

func TestPositionsBehindVariables(t *testing.T) {
	text := "name: a\nsql: |\n  INSERT INTO ${TABLE} «1»\n  $${x} ${LINES} «2» ${secret:S} «3»\n"
	var r report
	file := parseYAML("f.yaml", []byte(text), &r)
	x := expander{report: &r, variables: map[string]string{"TABLE": "a_long_name", "LINES": "a\nb\nc"}, env: func(string) (string, bool) { return "", false }}
	s := x.expand(file.source(file.roots[0].Content[3]))
	want := "INSERT INTO a_long_name «1»\n${x} a\nb\nc «2» ${secret:S} «3»\n"
	if s.Text != want || len(r.problems) > 0 {
		t.Fatalf("%q, %v", s.Text, r.problems)
	}
	checkMarkers(t, text, s, s.Text)
	// Inside a variable's value every position is the variable's.
	if got := s.Position(3, 1).String(); got != "f.yaml:4:9" {
		t.Errorf("inside a value: %s", got)
	}
	if got := s.Position(99, 99).String(); !strings.HasPrefix(got, "f.yaml:") {
		t.Errorf("beyond the end: %s", got)
	}
}

func TestWhereFallsBackToEnclosingKeys(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.yaml", goodManifest+"upgrade:\n  drain: true\ntable-definitions: []\n")
	set, err := Load(context.Background(), Options{Paths: []string{"a.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"name": "a.yaml:1:1", "upgrade.drain": "a.yaml:4:3", "upgrade.approve": "a.yaml:3:1",
		"table-definitions[3]": "a.yaml:5:1", "nothing": "a.yaml:1", "": "a.yaml:1",
	} {
		if got := set.Jobs[0].Where(key).String(); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}
