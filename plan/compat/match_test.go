package compat_test

import (
	"slices"
	"strings"
	"testing"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
)

// TestBranches edits queries with equal branches. The plans are Flink's.
func TestBranches(t *testing.T) {
	for _, c := range []struct {
		old, new  string
		job       compat.Job
		ambiguous int // operators
		mixed     int
	}{
		{"branches-1-2", "branches-1-2", compat.Full, 0, 0},
		// Written in another order: every branch finds its state.
		{"branches-1-2", "branches-2-1", compat.Full, 0, 0},
		{"union-1-2", "union-2-1", compat.Full, 0, 0},
		{"two-sinks", "two-sinks-reordered", compat.Full, 0, 0},
		// One of them changed, the others tell which.
		{"branches-1-2", "branches-1-3", compat.Partial, 0, 1},
		{"branches-2-1", "branches-1-3", compat.Partial, 0, 1},
		{"branches-1-3", "branches-1-2", compat.Partial, 0, 1},
		// All of them changed at once.
		{"branches-1-2", "branches-3-4", compat.Blocked, 2, 0},
		{"branches-1-3", "branches-3-4", compat.Partial, 0, 1}, // one of them is still there
		{"union-1-2", "union-3-4", compat.Blocked, 2, 0},
		{"self-join-1-2", "self-join-3-4", compat.Blocked, 2, 0},
		// The sides of a join change their places, or their filters do.
		{"self-join-1-2", "self-join-2-1", compat.Blocked, 0, 0},
		// Three of them.
		{"branches-1-2-3", "branches-3-1-9", compat.Partial, 0, 1},
		{"branches-1-2-3", "branches-3-8-9", compat.Blocked, 2, 0},
		// Branches that something behind them tells apart.
		{"tagged-1-2", "tagged-3-4", compat.Partial, 0, 2},
		{"tagged-1-2", "tagged-4-3", compat.Partial, 0, 2},
		{"having-1-2", "having-1-2-others", compat.Full, 0, 0},
		// Filters that their sources apply.
		{"pushed-branches-1-2", "pushed-branches-2-1", compat.Full, 0, 0},
		{"pushed-branches-1-2", "pushed-branches-3-4", compat.Blocked, 4, 0},
		// Branches that do not share their source.
		{"unshared-1-2", "unshared-2-1", compat.Full, 0, 0},
		{"unshared-1-2", "unshared-1-3", compat.Partial, 0, 1},
		{"unshared-2-1", "unshared-1-3", compat.Partial, 0, 1},
		{"unshared-1-2", "unshared-3-4", compat.Blocked, 4, 0},
		// Branches to sinks of their own.
		{"apart-1-2", "apart-3-4", compat.Partial, 0, 2},
		{"apart-1-2", "apart-2-1", compat.Blocked, 2, 0},
	} {
		t.Run(c.old+" to "+c.new, func(t *testing.T) {
			old, new := shift(t, read(t, c.old), 100), read(t, c.new)
			v := compat.Judge(old, new)
			count := map[compat.State]int{}
			for _, o := range v.Operators {
				count[o.Verdict]++
			}
			if v.Job != c.job || v.Approvable || count[compat.Ambiguous] != c.ambiguous || count[compat.KeptMixed] != c.mixed {
				t.Fatalf("%s, %v, because of\n%s", v.Job, count, strings.Join(v.Why, "\n"))
			}
			if c.job == compat.Blocked {
				checkBlocked(t, old, v)
				return
			}
			if v.Aligned.Digest() != new.Digest() {
				t.Error("the aligned plan is another plan than the new one")
			}
			follow(t, old, v)
		})
	}
}

// follow checks that an operator that is KEPT has the same filters before it as the one
// whose id it has, so that no state went to another branch.
func follow(t *testing.T, old *plan.Compiled, v compat.Verdict) {
	t.Helper()
	for _, o := range v.Operators {
		if o.Verdict == compat.Kept {
			if was, is := filters(old, *o.OldID), filters(v.Aligned, *o.NewID); !slices.Equal(was, is) {
				t.Errorf("%s %d had the filters %q and has %q", o.Type, *o.OldID, was, is)
			}
		}
	}
}

// filters are the descriptions of all calcs before a node.
func filters(p *plan.Compiled, id int) []string {
	var found []string
	for _, e := range p.Edges() {
		if e.Target == id {
			n, _ := p.Node(e.Source)
			if n.Type == "calc" {
				found = append(found, n.Description)
			}
			found = append(found, filters(p, e.Source)...)
		}
	}
	slices.Sort(found)
	return found
}

// What is AMBIGUOUS names all candidates, and what to do.
func TestAmbiguousNamesCandidates(t *testing.T) {
	v := compat.Judge(read(t, "branches-1-2"), read(t, "branches-3-4"))
	why := strings.Join(v.Why, "\n")
	for _, part := range []string{"(amount > 1)", "(amount > 2)", "(amount > 3)", "(amount > 4)", "change one at a time"} {
		if !strings.Contains(why, part) {
			t.Errorf("%q lacks %q", why, part)
		}
	}
}

// Options and time to live of equal branches do not confuse them.
func TestBranchesWithOptions(t *testing.T) {
	old := read(t, "branches-1-2")
	for name, c := range map[string]struct {
		plan string
		edit []string
		job  compat.Job
	}{
		"another pace of the source":            {"branches-2-1", []string{`"rows-per-second":"10"`, `"rows-per-second":"20"`}, compat.Full},
		"time to live":                          {"branches-2-1", []string{`"ttl":"0 ms"`, `"ttl":"60000 ms"`}, compat.Full},
		"another watermark and nothing else":    {"branches-1-2", []string{`"value":"5000"`, `"value":"7000"`}, compat.Partial},
		"another watermark, in another order":   {"branches-2-1", []string{`"value":"5000"`, `"value":"7000"`}, compat.Partial},
		"into another table":                    {"branches-1-2", []string{"sums", "others"}, compat.Full},
		"into another table, in another order":  {"branches-2-1", []string{"sums", "others"}, compat.Full},
		"into another table, all changed":       {"branches-3-4", []string{"sums", "others"}, compat.Blocked},
		"text that no JSON tells apart, either": {"branches-1-3", []string{"sums", "su\\ud800"}, compat.Blocked},
	} {
		if v := compat.Judge(old, edit(t, c.plan, c.edit...)); v.Job != c.job {
			t.Errorf("%s: %s because of\n%s", name, v.Job, strings.Join(v.Why, "\n"))
		}
	}
}
