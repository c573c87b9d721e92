package compat_test

import (
	"slices"
	"strings"
	"testing"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/savepoint"
)

func shift(t *testing.T, p *plan.Compiled, from int) *plan.Compiled {
	t.Helper()
	shifted, err := plan.Shift(p, from)
	if err != nil {
		t.Fatal(err)
	}
	return shifted
}

// held is what a savepoint of a plan holds.
func heldBy(p *plan.Compiled) *savepoint.Savepoint {
	s := &savepoint.Savepoint{Kind: "savepoint", Version: 6}
	for _, n := range p.Nodes() {
		o := savepoint.Operator{ID: plan.OperatorID(n.UID()), UID: n.UID()}
		if n.Stateful() {
			o.HasState, o.Bytes, o.Kinds = true, 10, []string{savepoint.KindKeyed}
		}
		s.Operators = append(s.Operators, o)
	}
	return s
}

func TestTakenOf(t *testing.T) {
	for _, name := range []string{"sum", "join", "two-sinks", "filter-to-files", "materialized", "copy-files"} {
		for _, other := range []string{"sum", "join", "two-sinks", "filter-to-files", "materialized", "copy-files"} {
			p := shift(t, read(t, name), 4)
			if got := compat.TakenOf(shift(t, read(t, other), 4), heldBy(p)); got != (name == other) {
				t.Errorf("%s: a savepoint of %s: %v", other, name, got)
			}
		}
		if compat.TakenOf(shift(t, read(t, name), 5), heldBy(shift(t, read(t, name), 4))) {
			t.Errorf("%s with other ids", name)
		}
	}
}

func TestAlignTo(t *testing.T) {
	drop := func(suffix string) func(*savepoint.Savepoint) {
		return func(s *savepoint.Savepoint) {
			s.Operators = slices.DeleteFunc(s.Operators, func(o savepoint.Operator) bool { return strings.HasSuffix(o.UID, suffix) })
		}
	}
	nameless := func(s *savepoint.Savepoint) {
		for i := range s.Operators {
			s.Operators[i].UID = ""
		}
	}
	tables := func(s *savepoint.Savepoint) {
		for i, o := range s.Operators {
			if id, ok := strings.CutSuffix(o.UID, "_source"); ok {
				table := "orders"
				if i > 0 {
					table = "files"
				}
				s.Operators[i].Name = "Source: " + table + "[" + id + "]"
			}
		}
	}
	parts := func(s *savepoint.Savepoint) {
		s.Operators[len(s.Operators)-1].UID += ": Writer"
		o := s.Operators[len(s.Operators)-1]
		o.UID = "Sink Committer: " + strings.TrimSuffix(o.UID, ": Writer")
		s.Operators = append(s.Operators, o)
	}
	for name, c := range map[string]struct {
		of, plan string
		from     int
		change   func(*savepoint.Savepoint)
		job      compat.Job
		why      string
	}{
		"the same plan, other ids":       {"sum", "sum", 1000, nil, compat.Full, ""},
		"the very same plan":             {"two-sinks", "two-sinks", 1, nil, compat.Full, ""},
		"another filter":                 {"sum-above-5", "sum-above-6", 1000, nil, compat.Full, ""},
		"without its filter":             {"sum-above-5", "sum", 1000, nil, compat.Full, ""},
		"a file sink":                    {"filter-to-files", "filter-to-files", 1000, nil, compat.Full, ""},
		"a materializer":                 {"materialized", "materialized", 1000, nil, compat.Full, ""},
		"two sources":                    {"join", "join", 1000, nil, compat.Partial, "only their order says which of 2"},
		"two sources, which it names":    {"join", "join", 1000, tables, compat.Full, ""},
		"two sources, the very same ids": {"join", "join", 0, nil, compat.Partial, "only their order"},
		"parts of a sink":                {"sum-keyed", "sum-keyed", 1000, parts, compat.Full, ""},
		"lacks its aggregate":            {"sum", "sum", 1000, drop("_group-aggregate"), compat.Blocked, "the savepoint has 0 operators of the kind group-aggregate, the query 1"},
		"of another query":               {"join", "sum", 1000, nil, compat.Blocked, "the savepoint"},
		"of one that has more":           {"sum", "filter", 1000, nil, compat.Blocked, "_group-aggregate ("},
		"says no names":                  {"sum", "sum", 1000, nameless, compat.Blocked, "0 operators of the kind"},
		"says no names, and the ids fit": {"sum", "sum", 0, nameless, compat.Full, ""},
	} {
		old := read(t, c.of)
		if c.from > 0 {
			old = shift(t, old, c.from)
		}
		s := heldBy(old)
		if c.change != nil {
			c.change(s)
		}
		v := compat.AlignTo(read(t, c.plan), s)
		if v.Job != c.job || !strings.Contains(strings.Join(v.Why, "\n"), c.why) || (v.Aligned == nil) != (c.job == compat.Blocked) {
			t.Errorf("%s: %s because of %q", name, v.Job, v.Why)
			continue
		}
		if v.Aligned == nil {
			continue
		}
		if why := compat.Fits(v.Aligned, v.Aligned, s, false); len(why) > 0 {
			t.Errorf("%s: %q", name, why)
		}
		if v.NextID <= v.Aligned.MaxID() || v.NextID <= old.MaxID() || v.Aligned.Digest() != read(t, c.plan).Digest() {
			t.Errorf("%s: next id %d", name, v.NextID)
		}
	}
}
