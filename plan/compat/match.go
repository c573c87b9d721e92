package compat

import (
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/plan"
)

// Flink writes the nodes of a plan in the order of the query. Where a query has several
// equal branches, the place of a node does not say which of them it belongs to: they may
// have been written in another order, or changed all at once. match finds out for each
// node of the old plan which node of the new one it is.
//
// Nodes can be confused with each other that are equal but for what Judge allows to
// change (literals, options, time to live), with equal nodes before them, on their way to
// the same sinks. Of those, two are taken for each other
//   - that have the same literals and options, and so have the nodes before them, and
//     behind them if there are several;
//   - that have the same literals;
//   - that have the same literals and have them behind them, such as a text that names
//     the branch, or have at least those behind them;
//   - that are the only ones left.
//
// Each of these counts only where no other node fits as well. What is left after that
// is AMBIGUOUS: nothing says which state belongs to which branch.
type match struct {
	newOf     []int   // for each old node the new one, by index
	ambiguous [][]int // for each old node those that it can be confused with, and itself
	blind     bool    // the nodes do not have the same shapes
}

// matchNodes pairs the nodes of two plans with as many nodes. Where they do not have
// the same shapes, each node is paired with the one in its place.
func matchNodes(old, new *side) *match {
	m := &match{newOf: make([]int, len(old.nodes)), ambiguous: make([][]int, len(old.nodes))}
	for i := range m.newOf {
		m.newOf[i] = i
	}
	was, is := old.classes(true), new.classes(true)
	if !sameSizes(was, is) { // a sink may have been replaced
		was, is = old.classes(false), new.classes(false)
	}
	if m.blind = !sameSizes(was, is) || old.unreadable || new.unreadable; m.blind {
		return m
	}
	old.describe(was)
	new.describe(is)
	for class, nodes := range was {
		m.pair(old, new, nodes, is[class])
	}
	m.findExchanged(old, new)
	return m
}

func sameSizes(was, is map[string][]int) bool {
	for class, nodes := range was {
		if len(is[class]) != len(nodes) {
			return false
		}
	}
	return true
}

// pair pairs nodes that can be confused with each other.
func (m *match) pair(old, new *side, was, is []int) {
	for _, by := range []func(*side) []string{
		func(s *side) []string { return s.whole },
		func(s *side) []string { return s.exact },
		func(s *side) []string { return s.values },
		func(s *side) []string { return s.onward },
		func(s *side) []string { return s.behind },
		func(s *side) []string { return s.class },
	} {
		was, is = m.alike(old, new, by, was, is)
	}
	for i, n := range was {
		m.newOf[n], m.ambiguous[n] = is[i], was
	}
}

// alike pairs the nodes that only one node of the other plan is like, and twins, which
// it makes no difference to confuse. It returns the others.
func (m *match) alike(old, new *side, by func(*side) []string, was, is []int) (leftOld, leftNew []int) {
	a, b := grouped(by(old), was), grouped(by(new), is)
	paired := map[int]bool{}
	for _, n := range was {
		like := by(old)[n]
		mine, theirs := a[like], b[like]
		if len(mine) != len(theirs) || len(mine) > 1 && !(twins(old, mine) && twins(new, theirs)) {
			leftOld = append(leftOld, n)
			continue
		}
		m.newOf[n] = theirs[slices.Index(mine, n)]
		paired[m.newOf[n]] = true
	}
	for _, n := range is {
		if !paired[n] {
			leftNew = append(leftNew, n)
		}
	}
	return leftOld, leftNew
}

func grouped(by []string, nodes []int) map[string][]int {
	groups := map[string][]int{}
	for _, n := range nodes {
		groups[by[n]] = append(groups[by[n]], n)
	}
	return groups
}

// twins reports whether nodes do not differ in anything, nor does what is before them.
func twins(s *side, nodes []int) bool {
	return !slices.ContainsFunc(nodes, func(n int) bool { return s.exact[n] != s.exact[nodes[0]] })
}

// findExchanged finds branches to different sinks that took over each other's literals:
// whether the literals or the sinks were exchanged is not known.
func (m *match) findExchanged(old, new *side) {
	for i := range old.nodes {
		for k := range old.nodes {
			n := m.newOf[k]
			if i != k && old.alone[i] == new.alone[n] && old.alone[i] != new.alone[m.newOf[i]] && old.alone[k] != new.alone[n] {
				m.ambiguous[i] = []int{min(i, k), max(i, k)}
				m.ambiguous[k] = m.ambiguous[i]
			}
		}
	}
}

// swapped reports whether nodes have changed their places.
func (m *match) swapped() bool {
	for i, n := range m.newOf {
		if i != n {
			return true
		}
	}
	return false
}

// connected reports whether the edges of both plans are the same.
func (m *match) connected(old, new *side) bool {
	for i, n := range m.newOf {
		was, is := slices.Clone(old.inputs[i]), slices.Clone(new.inputs[n])
		for j := range was {
			was[j].from = m.newOf[was[j].from]
		}
		if old.isUnion(i) {
			order := func(a, b input) int { return a.from - b.from }
			slices.SortFunc(was, order)
			slices.SortFunc(is, order)
		}
		if !slices.Equal(was, is) {
			return false
		}
	}
	return true
}

// ambiguities says of every stateful node that can be confused with others that it
// stands in the way.
func (p *pair) ambiguities() {
	for i, n := range p.old.Nodes() {
		alike := p.match.ambiguous[i]
		if alike == nil || !n.Stateful() {
			continue
		}
		var was, is []string
		for _, k := range alike {
			at := p.changedBefore(k)
			was, is = append(was, filterOf(p.old.Nodes()[at])), append(is, filterOf(p.newNodes[at]))
		}
		d := difference{node: i, blocking: true, ambiguous: true}
		d.what = fmt.Sprintf("which of %d equal operators changed from %s to %s is not known", len(alike), strings.Join(was, ", "), strings.Join(is, ", "))
		d.because = "change one at a time"
		d.text = n.Description + ": " + d.what + "; " + d.because
		p.differences = append(p.differences, d)
	}
}

// filterOf is the filter of a node, or all that Flink says of it.
func filterOf(n plan.Node) string {
	of := clauses(n.Description)
	for _, key := range []string{"where", "filter"} {
		if len(of[key]) > 0 {
			return strings.Join(of[key], " ")
		}
	}
	return n.Description
}

// changedBefore is the nearest node before one, or that itself, that differs.
func (p *pair) changedBefore(node int) int {
	for _, i := range append([]int{node}, p.before[node]...) {
		if slices.ContainsFunc(p.differences, func(d difference) bool { return d.node == i && !d.ambiguous }) {
			return i
		}
	}
	return node
}
