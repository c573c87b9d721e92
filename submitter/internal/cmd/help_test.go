package cmd_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/submitter/internal/cmd"
)

// verbs asks the program for its commands, as a shell does to complete them.
func verbs(t *testing.T, above ...string) [][]string {
	t.Helper()
	if slices.Equal(above, []string{"completion"}) {
		return nil // what may follow are shells
	}
	var all [][]string
	for _, name := range strings.Fields(run(t, append(above, "--generate-bash-completion")...)) {
		if strings.HasPrefix(name, "-") || strings.HasPrefix(name, ":") {
			continue
		}
		path := append(append([]string(nil), above...), name)
		all = append(append(all, path), verbs(t, path...)...)
	}
	return all
}

// run is a command that succeeds and has nothing to say on stderr.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := cmd.Run(context.Background(), args, strings.NewReader(""), &out, &errs); code != 0 || errs.Len() > 0 {
		t.Fatalf("%q: exit %d, stderr %q", args, code, errs.String())
	}
	return out.String()
}

func TestHelp(t *testing.T) {
	for _, v := range append([][]string{nil}, verbs(t)...) {
		name := strings.Join(append([]string{"submitter"}, v...), "-")
		t.Run(name, func(t *testing.T) {
			got := run(t, append(v, "--help")...)
			golden(t, filepath.Join("testdata", "help", name+".txt"), got)
			if short := run(t, append(v, "-h", "anything")...); short != got {
				t.Error("-h with an argument prints something else than --help")
			}
			if word := run(t, append([]string{"help"}, v...)...); word != got {
				t.Error("the word help prints something else than --help")
			}
		})
	}
}

// Every verb that does something shows how it is called and what it exits with.
func TestHelpHasExamplesAndExitCodes(t *testing.T) {
	for _, v := range append([][]string{nil}, verbs(t)...) {
		name := strings.Join(append([]string{"submitter"}, v...), " ")
		help := run(t, append(v, "--help")...)
		if strings.Contains(help, "\nCOMMANDS:") && len(v) > 0 {
			continue // its commands have them
		}
		if !strings.Contains(help, "\n      "+name+" ") && !strings.Contains(help, "\n      "+name+"\n") && !strings.Contains(help, "("+name+" ") {
			t.Errorf("%s --help has no example", name)
		}
		if !strings.Contains(help, "Exit codes:") {
			t.Errorf("%s --help does not say what it exits with", name)
		}
	}
}

// Every verb but those whose product is text or a plan can print JSON.
func TestEveryReportCanBeJSON(t *testing.T) {
	others := map[string]bool{"logs": true, "local down": true, "plan canonical": true, "plan align": true, "schema": true, "completion": true}
	for _, v := range verbs(t) {
		name := strings.Join(v, " ")
		help := run(t, append(v, "--help")...)
		if !strings.Contains(help, "\nCOMMANDS:") && strings.Contains(help, "--output value") == others[name] {
			t.Errorf("%s: -o json is there: %v", name, others[name])
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; go test -update writes it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update accepts it):\n%s", file, diff)
	}
}
