package compat_test

import (
	"slices"
	"strings"
	"testing"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/savepoint"
)

// heldBytes is what every stateful operator holds in takenOf.
const heldBytes = 100

// takenOf is what a savepoint of a plan holds: all operators, as Flink lists them,
// the stateful ones with state.
func takenOf(p *plan.Compiled) *savepoint.Savepoint {
	s := &savepoint.Savepoint{Version: 6, Kind: "savepoint"}
	for _, n := range p.Nodes() {
		o := savepoint.Operator{ID: plan.OperatorID(n.UID()), UID: n.UID(), Name: n.Type, States: map[string]savepoint.State{}}
		if n.Stateful() {
			o.HasState, o.Bytes = true, heldBytes
		}
		if n.Type == "table-source-scan" {
			o.States["SourceReaderState"] = savepoint.State{Kind: "split"}
		}
		s.Operators = append(s.Operators, o)
	}
	return s
}

// of finds the operators of one node type.
func of(s *savepoint.Savepoint, kind string) *savepoint.Operator {
	i := slices.IndexFunc(s.Operators, func(o savepoint.Operator) bool { return o.Name == kind })
	return &s.Operators[i]
}

func foreign(s *savepoint.Savepoint, uid string, bytes int64, state bool) {
	s.Operators = append(s.Operators, savepoint.Operator{ID: plan.OperatorID(uid), UID: uid, HasState: state, Bytes: bytes})
}

func TestAgainst(t *testing.T) {
	const aggregate = "group-aggregate"
	for name, c := range map[string]struct {
		old, new string
		edit     func(*savepoint.Savepoint)
		job      compat.Job
		why      string
	}{
		"fits":               {"sum-having-5", "sum-having-6", func(*savepoint.Savepoint) {}, compat.Full, ""},
		"mixed":              {"sum-above-5", "sum-above-6", func(*savepoint.Savepoint) {}, compat.Partial, "stays in it"},
		"mixed, missing":     {"sum-above-5", "sum-above-6", func(s *savepoint.Savepoint) { of(s, aggregate).UID, of(s, aggregate).ID = "99_x", "00" }, compat.Blocked, "it would start empty"},
		"no state yet":       {"sum", "sum", func(s *savepoint.Savepoint) { of(s, aggregate).HasState = false }, compat.Full, ""},
		"missing":            {"sum", "sum", func(s *savepoint.Savepoint) { of(s, aggregate).UID, of(s, aggregate).ID = "99_x", "00" }, compat.Blocked, "it would start empty"},
		"unexplained":        {"sum", "sum", func(s *savepoint.Savepoint) { foreign(s, "99_join", 7, true) }, compat.Blocked, "7 bytes of state of operator 99_join"},
		"unexplained, no id": {"sum", "sum", func(s *savepoint.Savepoint) { foreign(s, "", 7, true) }, compat.Blocked, "neither plan explains"},
		"foreign, no state":  {"sum", "sum", func(s *savepoint.Savepoint) { foreign(s, "99_join", 0, false) }, compat.Full, ""},
		"of another plan":    {"sum", "sum", func(s *savepoint.Savepoint) { *s = *takenOf(read(t, "join")) }, compat.Blocked, "neither plan explains"},
		"before format 5": {"join-watched", "join", func(s *savepoint.Savepoint) {
			for i := range s.Operators {
				s.Operators[i].UID = ""
			}
		}, compat.Full, ""},
		"committers": {"filter-to-files", "filter-to-files", func(s *savepoint.Savepoint) {
			of(s, "sink").UID = strings.Replace(of(s, "sink").UID, "streaming-writer", "compact-operator", 1)
		}, compat.Full, ""},
		"blocked anyway": {"sum", "max", func(*savepoint.Savepoint) {}, compat.Blocked, "aggCalls"},
	} {
		t.Run(name, func(t *testing.T) {
			old := read(t, c.old)
			s := takenOf(old)
			c.edit(s)
			before := compat.Judge(old, read(t, c.new))
			v := before.Against(old, s)
			if v.Job != c.job || !strings.Contains(strings.Join(v.Why, "\n"), c.why) || (v.Aligned == nil) != (c.job == compat.Blocked) || v.AllowNonRestored {
				t.Errorf("%s, allowNonRestored %v, because of\n%s", v.Job, v.AllowNonRestored, strings.Join(v.Why, "\n"))
			}
			for i, o := range v.Operators {
				if o.OldID != nil && o.Bytes == nil {
					t.Errorf("no bytes: %+v", o)
				}
				if c.edit != nil && name == "fits" && (*o.Bytes != heldBytes || o.Verdict != compat.Kept) {
					t.Errorf("%+v", o)
				}
				if i < len(before.Operators) && before.Operators[i].Bytes != nil {
					t.Error("the verdict itself was changed")
				}
			}
			if fits := compat.Fits(old, old, s, false); (fits == nil) != (c.job != compat.Blocked || name == "blocked anyway") {
				t.Errorf("fits: %q", fits)
			}
		})
	}
}

// What only a user can approve stays approvable if the savepoint has it all, and only then.
func TestAgainstWhatIsAsked(t *testing.T) {
	const table = `"connector":"kafka","format":"json","properties.bootstrap.servers":"a:9092","topic":"orders"`
	old := edit(t, "sum", `"connector":"datagen","rows-per-second":"10"`, table)
	new := edit(t, "sum", `"connector":"datagen","rows-per-second":"10"`, strings.Replace(table, "a:9092", "b:9092", 1))
	s := takenOf(old)
	v := compat.Judge(old, new).Against(old, s)
	if v.Job != compat.Blocked || !v.Approvable || v.Aligned == nil || v.AllowNonRestored || *v.Operators[0].Bytes != heldBytes {
		t.Errorf("%+v", v)
	}
	foreign(s, "7_calc", 0, true) // an empty handle
	if v := compat.Judge(old, new).Against(old, s); v.Approvable {
		t.Errorf("state of an operator that nobody knows: %+v", v)
	}
	s = takenOf(old)
	of(s, "group-aggregate").UID, of(s, "group-aggregate").ID = "99_x", "00"
	if v := compat.Judge(old, new).Against(old, s); v.Job != compat.Blocked || v.Approvable || v.Aligned != nil {
		t.Errorf("an operator that would start empty: %+v", v)
	}
}

func TestAgainstFillsIn(t *testing.T) {
	old := read(t, "join-watched")
	v := compat.Judge(old, read(t, "join-watched")).Against(old, takenOf(old))
	sources := 0
	for _, o := range v.Operators {
		if o.Type == "table-source-scan" && slices.Equal(o.States, []string{"SourceReaderState"}) && *o.Bytes == heldBytes {
			sources++
		}
	}
	if sources == 0 {
		t.Errorf("%+v", v.Operators)
	}
}

// TestAgainstWhatIsDropped: the new plan has other operators throughout.
func TestAgainstWhatIsDropped(t *testing.T) {
	old := read(t, "sum")
	const far = 100
	other, err := plan.Shift(old, far)
	if err != nil {
		t.Fatal(err)
	}
	dropped := func() compat.Verdict {
		v := compat.Verdict{Job: compat.Full, Aligned: other}
		for _, n := range old.Nodes() {
			if n.Stateful() {
				v.Operators = append(v.Operators, compat.Operator{Verdict: compat.Dropped, Type: n.Type, OldID: &n.ID})
			}
		}
		return v
	}
	s := takenOf(old)
	v := dropped().Against(old, s)
	if !v.AllowNonRestored || v.Job != compat.Partial || v.Aligned == nil {
		t.Errorf("%+v", v)
	}
	if fits := compat.Fits(old, other, s, false); len(fits) == 0 || !strings.Contains(fits[0], "was not approved") {
		t.Errorf("%q", fits)
	}
	if fits := compat.Fits(old, other, s, true); fits != nil {
		t.Errorf("%q", fits)
	}
	for i := range s.Operators {
		s.Operators[i].HasState = false
	}
	if v := dropped().Against(old, s); v.AllowNonRestored {
		t.Error("nothing is there to be left")
	}
	// A checkpoint: an empty handle of a stateless operator counts for Flink, and what
	// was in flight is lost.
	calc := of(s, "calc")
	calc.HasState = true
	v = dropped().Against(old, s)
	if !v.AllowNonRestored || len(v.Operators) != len(dropped().Operators) {
		t.Errorf("an empty handle: %+v", v)
	}
	calc.Bytes = 5
	v = dropped().Against(old, s)
	if last := v.Operators[len(v.Operators)-1]; last.Verdict != compat.Dropped || last.Type != "calc" || !strings.Contains(strings.Join(v.Why, ""), "in flight") {
		t.Errorf("in flight: %+v", v)
	}
}
