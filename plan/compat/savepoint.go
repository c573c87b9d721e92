package compat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/savepoint"
)

// ruleSavepoint is for what the savepoint says against the plans.
const ruleSavepoint = "savepoint"

// Against checks a verdict a second time, against what a savepoint or checkpoint of
// the old plan really holds. It fills in how much state every operator has, and
//   - a kept operator that keeps keyed state, of which the savepoint has no trace, is
//     UNKNOWN: Flink would start it empty in silence;
//   - state of an operator that neither plan explains is UNKNOWN;
//   - in-flight data of an operator that the new plan lacks is DROPPED;
//   - AllowNonRestored is set exactly if something in the savepoint has no operator in
//     the new plan, in Flink's sense: an empty handle counts.
//
// An UNKNOWN with state makes the job BLOCKED. old is the plan as it was deployed.
func (v Verdict) Against(old *plan.Compiled, s *savepoint.Savepoint) Verdict {
	c := check{old: old, aligned: v.Aligned, savepoint: s}
	operators := slices.Clone(v.Operators)
	for i := range operators {
		c.operator(&operators[i])
	}
	v.Why = slices.Clone(v.Why)
	left := c.left()
	for _, o := range left {
		if o.Verdict != "" {
			operators = append(operators, o)
			v.Why = append(v.Why, o.Why...)
		}
	}
	v.Operators = operators
	if v.Aligned == nil {
		return v
	}
	v.AllowNonRestored = len(left) > 0
	for _, o := range operators {
		switch {
		case o.Verdict == Unknown && !o.carried():
			v.Job, v.Approvable, v.Aligned, v.Brief = Blocked, false, nil, nil
		case o.Verdict == Dropped && v.Job == Full:
			v.Job = Partial
		}
		if o.Verdict == Unknown && !o.carried() && o.OldID != nil {
			v.Why = append(v.Why, o.Why...)
		}
	}
	if v.Aligned == nil {
		v.AllowNonRestored = false
	}
	return v
}

// Fits says what stands in the way of starting launched from a savepoint that was
// taken of old: what Flink would refuse, and what it would start empty though the
// plans have it in common. Nothing stands in the way if it returns nothing.
func Fits(old, launched *plan.Compiled, s *savepoint.Savepoint, allowNonRestored bool) []string {
	c := check{old: old, aligned: launched, savepoint: s}
	var why []string
	for _, n := range launched.Nodes() {
		if m, ok := node(old, n.ID); ok && n.Operator() && m.UID() == n.UID() && len(c.of(m)) == 0 {
			why = append(why, c.missing(m))
		}
	}
	if allowNonRestored {
		return why
	}
	for _, o := range s.Operators {
		if o.HasState && !covers(launched, o) {
			why = append(why, fmt.Sprintf("the savepoint holds state of operator %s, which the plan does not have, and to leave it was not approved", title(o)))
		}
	}
	return why
}

// check is two plans beside a savepoint.
type check struct {
	old, aligned *plan.Compiled // aligned: nil for a job that cannot be started with its state
	savepoint    *savepoint.Savepoint
}

// operator adds to a verdict what the savepoint holds of the operator.
func (c check) operator(o *Operator) {
	if o.OldID == nil {
		return
	}
	n, ok := node(c.old, *o.OldID)
	if !ok {
		return
	}
	held := c.of(n)
	var bytes int64
	some := false
	for _, h := range held {
		bytes += h.Bytes
		some = some || h.HasState
		for name := range h.States {
			o.States = append(slices.Clone(o.States), name)
		}
	}
	slices.Sort(o.States)
	o.States = slices.Compact(o.States)
	o.Bytes = &bytes
	kept := o.carried()
	switch {
	case len(held) == 0 && kept && n.Operator():
		o.Verdict, o.Rule, o.NewID = Unknown, ruleSavepoint, nil
		o.Why = append(slices.Clone(o.Why), c.missing(n))
		o.Brief = "the savepoint does not know it, so it would start empty"
	case !some && kept:
		const none = "the savepoint holds no state of it"
		o.Why = append(slices.Clone(o.Why), none)
		if o.Brief == "" {
			o.Brief = none
		}
	}
}

func (c check) missing(n plan.Node) string {
	return fmt.Sprintf("%s: the savepoint has no operator %s (%s), so it would start empty: was the savepoint taken of another plan?", n.Description, n.UID(), plan.OperatorID(n.UID()))
}

// left are the operators whose state the new plan has no place for. Those with a
// verdict are not among the plans' stateful operators.
func (c check) left() []Operator {
	var left []Operator
	for _, o := range c.savepoint.Operators {
		if !o.HasState || c.aligned != nil && covers(c.aligned, o) {
			continue
		}
		bytes := o.Bytes
		l := Operator{Type: o.Name, Name: short(firstOf(o.Name, o.UID, o.ID), maxName), Transformation: o.UID, OperatorID: o.ID, Bytes: &bytes, Rule: ruleSavepoint}
		switch n, explained := explainer(c.old, o); {
		case !explained:
			l.Verdict, l.Brief = Unknown, "neither plan explains it"
			l.Why = []string{fmt.Sprintf("the savepoint holds %d bytes of state of operator %s, which neither plan explains", o.Bytes, title(o))}
		case n.Stateful() || c.aligned == nil:
			// The verdict on the plans speaks of it.
		case o.Bytes > 0:
			l.Type, l.Transformation, l.OldID = n.Type, n.Transformation(), &n.ID
			l.Verdict, l.Name, l.Brief = Dropped, shortName(n), "data in flight, which a checkpoint holds and a savepoint does not"
			l.Why = []string{fmt.Sprintf("the savepoint holds %d bytes of data in flight before %s, which the new plan does not have; a savepoint holds none", o.Bytes, n.Description)}
		}
		left = append(left, l)
	}
	return left
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func title(o savepoint.Operator) string {
	for _, name := range []string{o.UID, o.Name} {
		if name != "" {
			return fmt.Sprintf("%s (%s)", name, o.ID)
		}
	}
	return o.ID
}

// of lists what the savepoint holds of a node.
func (c check) of(n plan.Node) []savepoint.Operator {
	var held []savepoint.Operator
	for _, o := range c.savepoint.Operators {
		if explains(n, o) {
			held = append(held, o)
		}
	}
	return held
}

func node(p *plan.Compiled, id int) (plan.Node, bool) {
	for _, n := range p.Nodes() {
		if n.ID == id {
			return n, true
		}
	}
	return plan.Node{}, false
}

func covers(p *plan.Compiled, o savepoint.Operator) bool {
	_, ok := explainer(p, o)
	return ok
}

func explainer(p *plan.Compiled, o savepoint.Operator) (plan.Node, bool) {
	for _, n := range p.Nodes() {
		if explains(n, o) {
			return n, true
		}
	}
	return plan.Node{}, false
}

// parts are transformations that a node may have besides the one that is named
// after it: those of sinks, and of file sinks.
var parts = []string{
	"source", "sink", "upsert-materialize", "constraint-validator", "partitioner", "timestamp-inserter", "row-kind-setter",
	"streaming-writer", "compact-coordinator", "compact-operator", "partition-committer",
}

// explains reports whether an operator of a savepoint belongs to a node. Since
// format 5 it says its uid, which begins with the node's id; before, only ids are
// there to compare. The uids of a sink's parts are derived from the sink's
// (SinkTransformationTranslator).
func explains(n plan.Node, o savepoint.Operator) bool {
	uid := n.UID()
	prefix := strconv.Itoa(n.ID) + "_"
	usual := strings.HasPrefix(uid, prefix) // table.exec.uid.format was not changed
	if o.UID != "" {
		of := strings.TrimPrefix(o.UID, "Sink Committer: ")
		if global, ok := strings.CutSuffix(of, " Global Committer"); ok {
			of = strings.TrimPrefix(global, "Sink ")
		}
		return of == uid || strings.HasPrefix(of, uid+": ") || usual && strings.HasPrefix(of, prefix)
	}
	candidates := []string{uid, "Sink Committer: " + uid, "Sink " + uid + " Global Committer"}
	if usual {
		for _, p := range parts {
			candidates = append(candidates, prefix+p, "Sink Committer: "+prefix+p)
		}
	}
	return slices.ContainsFunc(candidates, func(u string) bool { return plan.OperatorID(u) == o.ID })
}
