package connector

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/state.md anew")

const generated = "<!-- From here on written by: go test ./plan/compat/connector -run TestDocs -update -->\n"

// docs/state.md ends with what the table knows.
func TestDocs(t *testing.T) {
	const file = "../../../docs/state.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, got, ok := strings.Cut(string(data), generated)
	if !ok {
		t.Fatalf("%s has no line %q", file, generated)
	}
	want := document()
	if *update {
		if err := os.WriteFile(file, []byte(before+generated+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("%s is not what the table says; -update writes it", file)
	}
}

func document() string {
	var b strings.Builder
	for _, part := range []struct {
		title string
		rows  []row
		use   Use
	}{{"Sources", table, Source}, {"Sinks", table, Sink}, {"Formats of sources", formats, Source}, {"Formats of sinks", formats, Sink}} {
		fmt.Fprintf(&b, "\n### %s\n| of | effect | options | because |\n|---|---|---|---|\n", part.title)
		for _, r := range part.rows {
			if r.effect != None && r.use == part.use {
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.Join(strings.Fields(r.connectors), ", "), r.effect, options(r), r.means)
			}
		}
	}
	return b.String()
}

func options(r row) string {
	var names []string
	for _, o := range strings.Fields(r.options) {
		o, added := strings.CutSuffix(o, "+")
		name := "`" + o + "`"
		if added {
			name += " where it was not set"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
