package compat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/savepoint"
)

// ruleUID is for operators that carry on what the savepoint names like them.
const ruleUID = "uid"

// TakenOf reports whether a savepoint or checkpoint can be one of a plan, by the ids of
// its operators: all that it tells of is explained by the plan, and the plan has no
// more. It tells of all operators, also of those without state.
func TakenOf(p *plan.Compiled, s *savepoint.Savepoint) bool {
	named := true // all operators have uids
	for _, o := range s.Operators {
		named = named && o.UID != ""
		n, ok := explainer(p, o)
		if !ok && (o.HasState || o.UID != "") || weighs(o) && !n.Stateful() && o.UID != "" && o.UID != n.UID() {
			return false
		}
	}
	c := check{old: p, savepoint: s}
	for _, n := range p.Nodes() {
		held := c.of(n)
		switch {
		case n.Type == "sink" && !n.Operator(): // a connector may have parts without a uid
			if named && len(held) == 0 {
				return false
			}
		case n.Stateful() && !slices.ContainsFunc(held, func(o savepoint.Operator) bool { return o.UID == "" || o.UID == n.UID() }):
			return false
		}
	}
	return true
}

// weighs reports whether an operator has state of its own, with something in it.
func weighs(o savepoint.Operator) bool {
	return o.HasState && o.Bytes > 0 && !slices.Equal(o.Kinds, []string{savepoint.KindChannel})
}

// AlignTo gives a plan the ids under which a savepoint holds the state of its operators,
// where it is not known of which plan that was taken. Since format 5 a savepoint says
// what its operators are, 3_group-aggregate. Those of one kind are taken for those of the
// plan in their order, if there are as many: FULL where there is one of each, since then
// there is nothing to confuse; PARTIAL where there are more, since nothing but their
// order says which is which, unless it names their tables. What the state means is not compared. The job is BLOCKED
// where they do not correspond.
func AlignTo(p *plan.Compiled, s *savepoint.Savepoint) Verdict {
	v := Verdict{Job: Full, NextID: p.MaxID() + 1}
	ids := map[int]int{}
	if TakenOf(p, s) {
		for _, n := range p.Nodes() {
			ids[n.ID] = n.ID
		}
	} else {
		ids = v.pairByKind(p, s)
	}
	if v.Job == Blocked {
		return v
	}
	aligned, err := p.Renumber(ids)
	if err != nil {
		return Verdict{Job: Blocked, NextID: v.NextID, Why: []string{err.Error()}}
	}
	for _, o := range s.Operators {
		if !o.HasState || covers(aligned, o) {
			continue
		}
		if weighs(o) {
			return Verdict{Job: Blocked, NextID: v.NextID, Why: []string{fmt.Sprintf("the savepoint holds state of operator %s, which the query does not have", title(o))}}
		}
		v.AllowNonRestored = true
	}
	v.Aligned, v.NextID = aligned, aligned.MaxID()+1
	v.describe(aligned, s)
	return v
}

// pairByKind finds the ids in the savepoint of the plan's operators.
func (v *Verdict) pairByKind(p *plan.Compiled, s *savepoint.Savepoint) map[int]int {
	held, highest := heldByKind(s)
	wanted := map[string][]plan.Node{}
	var kinds []string
	for _, n := range p.Nodes() {
		kind := n.Transformation()
		if wanted[kind] == nil {
			kinds = append(kinds, kind)
		}
		wanted[kind] = append(wanted[kind], n)
	}
	ids := map[int]int{}
	for _, kind := range kinds {
		nodes, there := wanted[kind], held[kind]
		optional := !slices.ContainsFunc(nodes, func(n plan.Node) bool { return n.Stateful() && (n.Type != "sink" || n.Operator()) })
		switch {
		case len(nodes) == len(there):
			for i, n := range nodes {
				ids[n.ID] = there[i]
			}
		case !optional || len(there) > 0 && nodes[0].Stateful():
			v.Job = Blocked
			v.Why = append(v.Why, fmt.Sprintf("the savepoint has %d operators of the kind %s, the query %d", len(there), kind, len(nodes)))
		}
	}
	next := max(highest, p.MaxID()) + 1
	for _, n := range p.Nodes() {
		if _, ok := ids[n.ID]; !ok {
			ids[n.ID] = next
			next++
		}
	}
	return ids
}

// heldByKind lists the node ids that a savepoint tells of, in ascending order, by what
// follows them in the uid, and the highest one.
func heldByKind(s *savepoint.Savepoint) (ids map[string][]int, highest int) {
	ids = map[string][]int{}
	for _, o := range s.Operators {
		uid := strings.TrimPrefix(strings.TrimPrefix(o.UID, "Sink Committer: "), "Sink ")
		uid = strings.TrimSuffix(uid, " Global Committer")
		uid, _, _ = strings.Cut(uid, ": ")
		number, kind, ok := strings.Cut(uid, "_")
		id, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		highest = max(highest, id)
		if !slices.Contains(ids[kind], id) {
			ids[kind] = append(ids[kind], id)
		}
	}
	for _, list := range ids {
		slices.Sort(list)
	}
	return ids, highest
}

// describe lists the plan's operators with state. Of several of one kind, only the
// order says which is which, unless their tables' names do.
func (v *Verdict) describe(aligned *plan.Compiled, s *savepoint.Savepoint) {
	c := check{old: aligned, savepoint: s}
	count := map[string]int{}
	for _, n := range aligned.Nodes() {
		count[n.Transformation()]++
	}
	for _, n := range aligned.Nodes() {
		if !n.Stateful() {
			continue
		}
		o := operator(n, Kept, ruleUID)
		o.OldID, o.NewID = &n.ID, &n.ID
		if many := count[n.Transformation()]; many > 1 && !c.namesTable(n) {
			o.Verdict = KeptMixed
			o.Brief = fmt.Sprintf("only their order says which of %d in the savepoint it is", many)
			o.Why = []string{n.Description + ": " + o.Brief}
			v.Job = Partial
			v.Why = append(v.Why, o.Why...)
		}
		v.Operators = append(v.Operators, o)
	}
}

// namesTable reports whether the savepoint calls a source or sink after its table:
// "Source: orders[1]", "sums[5]: Writer".
func (c check) namesTable(n plan.Node) bool {
	return slices.ContainsFunc(c.of(n), func(o savepoint.Operator) bool {
		name, _, ok := strings.Cut(strings.TrimPrefix(o.Name, "Source: "), "[")
		return ok && name == n.TableName()
	})
}
