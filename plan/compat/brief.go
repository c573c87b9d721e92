package compat

import (
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/plan"
)

// brief says for every node that has no line of its own as an operator in what it
// differs: in what stands in the way, or in what does not.
func (p *pair) brief(blocking bool) []string {
	var lines []string
	for i, n := range p.old.Nodes() {
		if n.Stateful() || p.newNodes[i].Stateful() {
			continue
		}
		what := p.differs(i, blocking)
		if line := shortName(n) + ": " + what; what != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// briefOf says in one line why an operator has its verdict.
func (p *pair) briefOf(node int, blocked bool) string {
	if own := p.differs(node, blocked); own != "" {
		return own
	}
	for _, i := range p.before[node] { // the nearest first
		what := p.differs(i, blocked)
		switch name := shortName(p.old.Nodes()[i]); {
		case what == "":
		case blocked:
			return "its rows come from " + name + ", which differs"
		default:
			return "of " + name + ", " + what
		}
	}
	if blocked {
		return p.technical(node)
	}
	return ""
}

// differs says in what a node differs, empty if it does not, or only in what
// follows from another node's difference.
func (p *pair) differs(node int, blocking bool) string {
	what, because, more, exact := "", "", 0, false
	for _, d := range p.differences {
		if d.node != node || d.blocking != blocking || d.typed {
			continue
		}
		exact = exact || d.asked || d.unsafe || d.ambiguous
		if what == "" {
			what = d.what
		} else {
			more++
		}
		if because == "" {
			because = d.because
		}
	}
	described := described(p.old.Nodes()[node].Description, p.newNodes[node].Description)
	switch {
	case what == "" && (!blocking || described == "" || !p.blocks(node)):
		return ""
	case blocking && described != "" && !exact:
		what = described
	case more > 0:
		what += fmt.Sprintf(" (and %d more)", more)
	}
	if because != "" {
		what += ": " + because
	}
	return what
}

// blocks reports whether any difference of the node stands in the way.
func (p *pair) blocks(node int) bool {
	for _, d := range p.differences {
		if d.node == node && d.blocking {
			return true
		}
	}
	return false
}

// technical is for an operator that sees nothing but types and positions differ.
func (p *pair) technical(node int) string {
	for _, d := range p.differences {
		if d.blocking && d.node == node {
			return d.what
		}
	}
	return "columns that reach it have other types or places"
}

// shapes says which kinds of nodes one of two plans has more of.
func shapes(old, new []plan.Node) string {
	count := map[string]int{}
	var order []string
	add := func(n plan.Node, by int) {
		if _, ok := count[n.Type]; !ok {
			order = append(order, n.Type)
		}
		count[n.Type] += by
	}
	for _, n := range old {
		add(n, -1)
	}
	for _, n := range new {
		add(n, 1)
	}
	var more, less []string
	for _, t := range order {
		switch c := count[t]; {
		case c > 0:
			more = append(more, times(c, t))
		case c < 0:
			less = append(less, times(-c, t))
		}
	}
	text := fmt.Sprintf("the new plan has %d nodes, the old one %d", len(new), len(old))
	if len(more) > 0 {
		text += "; more: " + strings.Join(more, ", ")
	}
	if len(less) > 0 {
		text += "; less: " + strings.Join(less, ", ")
	}
	return text
}

func times(n int, what string) string {
	if n == 1 {
		return what
	}
	return fmt.Sprintf("%d × %s", n, what)
}
