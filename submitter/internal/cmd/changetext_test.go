package cmd

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// departures are plans of examples/quickstart/departures-per-hour.yaml and of changes
// of it, as Flink compiled them.
func departures(t *testing.T, variant string) *plan.Compiled {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "changes", "departures"+variant+".json"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// blockedBy is a job that a change of its query would stop from keeping its state.
func blockedBy(v compat.Verdict) *apply.Assessment {
	release := &journal.Release{Digest: "d", Inputs: change.Inputs{change.PartSQL: "old"}, Stateful: true}
	s := &apply.Assessment{
		Job:    &manifest.Job{Name: "departures-per-hour", State: manifest.Running},
		Inputs: change.Inputs{change.PartSQL: "new"},
		Comparison: &change.Comparison{
			Class: change.Query, Verdict: v.Job, Operators: v.Operators, Why: v.Why, Brief: v.Brief, ApprovalID: "3f9c0a12d4e5", Approvable: v.Approvable,
			Items: []change.Item{{What: "sql", Effect: "another query"}},
		},
	}
	record := &journal.Entry{Name: s.Job.Name, State: "running", ManifestState: "running", Phase: journal.Committed, Release: release, Good: release, Launch: &journal.LaunchRef{Number: 1}}
	s.Facts.Record = record
	s.Facts.Seen.Condition = "running"
	s.Decision = change.Decide(s.Job, s.Inputs, s.Facts, s.Comparison, change.Policy{})
	return s
}

// Blocked changes of a real job are told in words, in few lines that fit a screen.
func TestBlockedText(t *testing.T) {
	old := departures(t, "")
	for _, variant := range []string{"-distinct", "-delay-plus", "-distance"} {
		v := compat.Judge(old, departures(t, variant))
		s := blockedBy(v)
		if s.Decision.Kind != change.Blocked {
			t.Fatalf("%s: %+v", variant, s.Decision)
		}
		var b strings.Builder
		r := changeReport{Jobs: []jobChange{changeOf(s)}}
		if err := r.text(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, "departures"+variant, b.String())
		for _, line := range strings.Split(b.String(), "\n") {
			if utf8.RuneCountInString(line) > maxWidth {
				t.Errorf("%s: %q", variant, line)
			}
		}
		for name, text := range map[string]string{"-o json": asText(t, func(b *strings.Builder) error { return printJSON(b, r) }),
			"-v": asText(t, func(b *strings.Builder) error { r.verbose = true; return r.text(b) })} {
			for _, want := range []string{"Calc(select=[", "not judged yet", "undo the change"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %s lacks %q", variant, name, want)
				}
			}
			if seen := map[string]bool{}; name == "-v" {
				for _, line := range strings.Split(text, "\n") {
					if strings.Contains(line, "not judged yet") && seen[strings.TrimSpace(line)] {
						t.Errorf("%s, -v says twice: %s", variant, line)
					}
					seen[strings.TrimSpace(line)] = true
				}
			}
			if strings.Contains(text, `\u003c`) {
				t.Errorf("%s, %s has escapes", variant, name)
			}
		}
	}
}

// What an approval lets through names its id, in text and as JSON.
func TestApprovalText(t *testing.T) {
	for _, c := range []struct{ golden, old, new string }{
		{"mixed", "testdata/sum-above-5", "testdata/sum-above-6"},
		{"servers", "compat/testdata/kafka", "compat/testdata/kafka-elsewhere"},
	} {
		var plans []*plan.Compiled
		for _, name := range []string{c.old, c.new} {
			data, err := os.ReadFile(filepath.Join("..", "..", "..", "plan", name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			p, err := plan.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			plans = append(plans, p)
		}
		j := changeOf(blockedBy(compat.Judge(plans[0], plans[1])))
		if j.Action != change.Blocked || j.Approval != "3f9c0a12d4e5" {
			t.Errorf("%s: %+v", c.golden, j)
		}
		golden(t, c.golden, asText(t, func(b *strings.Builder) error { return changeReport{Jobs: []jobChange{j}}.text(b) }))
	}
}

func asText(t *testing.T, f func(*strings.Builder) error) string {
	t.Helper()
	var b strings.Builder
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "changes", name+".golden")
	if flag.Lookup("update").Value.String() == "true" { // main_test.go
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
}

// However large a plan is, its text is bounded.
func TestChangeTextIsBounded(t *testing.T) {
	var j jobChange
	for range 1000 {
		j.brief = append(j.brief, strings.Repeat("word ", 1000))
		j.Operators = append(j.Operators, compat.Operator{Verdict: compat.Unknown, Name: "join(a)", Brief: strings.Repeat("unbroken", 1000)})
	}
	var b strings.Builder
	j.reasons(&b, false)
	lines := strings.Split(b.String(), "\n")
	if len(lines) > 80 {
		t.Errorf("%d lines", len(lines))
	}
	for _, l := range lines {
		if utf8.RuneCountInString(l) > maxWidth {
			t.Errorf("%d columns", utf8.RuneCountInString(l))
		}
	}
}

// A deployment that was cut off is named as that, before and after.
func TestContinued(t *testing.T) {
	from := &journal.Entry{Action: journal.Upgrade, Phase: journal.Stopped}
	end := &journal.Entry{Action: journal.Upgrade, Phase: journal.Committed, Launch: &journal.LaunchRef{Number: 2}}
	s := &apply.Assessment{Job: &manifest.Job{Name: "orders"}, Decision: change.Decision{Kind: change.Nothing, Reason: "no change"}}
	s.Facts.Record = from
	s.Unfinished = true
	before := changeOf(s)
	s.Unfinished = false
	w := &work{continued: map[string]continued{"orders": {from: from, end: end}}}
	after := w.changeOf(s)
	s.Decision = change.Decision{Kind: change.Suspend, Reason: "it is to be suspended"}
	and := w.changeOf(s)
	got := asText(t, func(b *strings.Builder) error { return changeReport{Jobs: []jobChange{before, after, and}}.text(b) })
	const want = `orders: continue (its upgrade was cut off at phase stopped; apply continues it first)
orders: continue → committed (its upgrade was cut off at phase stopped)
orders: suspend (it is to be suspended)
  warning: its upgrade was cut off at phase stopped and was continued first: committed
`
	if got != want || after.Launch != 2 {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
