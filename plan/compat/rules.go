package compat

import (
	"fmt"
	"slices"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat/connector"
)

// difference is a change with what it means.
type difference struct {
	node      int    // index in the plan
	what      string // the literal is 6 instead of 5
	because   string // what that means, if more can be said
	text      string // all of it, with the node
	blocking  bool
	unsafe    bool // Flink would accept it, and results would be wrong
	ambiguous bool // nothing says which of several equal nodes it is
	asked     bool // blocking, and an approval says that the state fits all the same
	mixed     bool // operators behind it hold what they made under the old value
	here      bool // so does the node itself
	typed     bool // only a type or a position differs, as follows from another difference
}

// runtimeSettings are persisted options that change neither what state an operator
// keeps nor what it means.
var runtimeSettings = map[string]bool{
	"table.exec.mini-batch.size":                 true,
	"table.exec.mini-batch.allow-latency":        true,
	"table.exec.rank.topn-cache-size":            true,
	"table.exec.async-lookup.timeout":            true,
	"table.exec.async-lookup.buffer-capacity":    true,
	"table.exec.sink.not-null-enforcer":          true,
	"table.exec.sink.type-length-enforcer":       true,
	"table.exec.sink.nested-constraint-enforcer": true,
	"table.exec.source.idle-timeout":             true,
}

func (p *pair) compare() {
	for i := range p.oldJSON {
		for _, c := range changes(nil, p.oldJSON[i], p.newJSON[i]) {
			p.judge(i, c)
		}
	}
	if p.match.blind && !p.equal && len(p.texts(true)) == 0 {
		const what = "which node of the old plan is which of the new one"
		p.differences = append(p.differences, difference{what: what, text: notJudged + what, blocking: true})
	}
	if !p.equal && !p.match.swapped() && sameJSON(p.oldJSON, p.newJSON) {
		const what = "the plans differ in text that is not valid Unicode"
		p.differences = append(p.differences, difference{what: what, text: notJudged + what, blocking: true})
	}
}

func isDescription(c change) bool {
	return c.under("description") || c.path[len(c.path)-1] == "comment"
}

// notJudged begins what stands in the way for want of a rule.
const notJudged = "not judged yet: "

// note adds a difference that does not stand in the way. of is what differs.
func (p *pair) note(node int, of string, c change, because string) {
	new, old := c.shows()
	d := difference{node: node, what: fmt.Sprintf("%s is %s instead of %s", of, new, old), because: because}
	d.text = p.old.Nodes()[node].Description + ": " + d.what
	if because != "" {
		d.text += "; " + because
	}
	p.differences = append(p.differences, d)
}

// block adds a difference that stands in the way.
func (p *pair) block(node int, c change, because string) {
	new, old := c.shows()
	d := difference{node: node, what: fmt.Sprintf("%s is %s instead of %s", c.name(), new, old), because: because, blocking: true, typed: isConsequence(c)}
	d.text = notJudged + p.old.Nodes()[node].Description + ": " + d.what
	if because != "" {
		d.text += " (" + because + ")"
	}
	p.differences = append(p.differences, d)
}

// isConsequence recognizes types and positions of columns.
func isConsequence(c change) bool {
	switch c.path[len(c.path)-1] {
	case "inputIndex", "producedType", "type", "sliceEnd", "rowtimeFieldIndex":
		return true
	}
	return c.under("outputType") || c.under("localAggInputRowType")
}

// judge says what one change means.
func (p *pair) judge(node int, c change) {
	switch {
	case isDescription(c):
	case c.literal:
		p.literal(node, c)
	case c.under("scanTableSource", "abilities") && ofWatermark(c):
		p.otherRows(node, c.path[len(c.path)-1], c, "other rows count as late", false)
	case c.under("configuration"):
		p.setting(node, c)
	case c.under("state") && c.path[len(c.path)-1] == "ttl":
		p.note(node, "time to live", c, "")
	case c.under("scanTableSource", "table", "resolvedTable", "options"):
		p.sourceOption(node, c)
	case c.under("dynamicTableSink", "table"):
		p.sinkTable(node, c)
	case p.redefines(node, c):
		// Verdict.Redefined says what that means.
	case p.changelogForSink(node, c):
		p.note(node, c.name(), c, "")
	case p.tail(node) && isResultType(c):
		// The type of a literal that is written out; no state sees it.
	default:
		p.block(node, c, "")
	}
}

// literal judges a constant.
func (p *pair) literal(node int, c change) {
	n := p.old.Nodes()[node]
	feeds := p.operatorAmong(p.after[node])
	pushed := n.Stateful() && pushedFilter(c) && connector.PlansByFilter(tableOptions(p.oldJSON[node], "scanTableSource"))
	switch {
	case n.Operator():
		p.block(node, c, "the literal is part of an operator with state")
	case feeds == "" && !pushed:
		p.note(node, "the literal", c, "")
	case feeds == "":
		p.mix(node, "the literal", c, pushedStays)
		p.last().here = true
	case !chooses(c):
		p.block(node, c, feeds+" keeps values that were computed with it")
	case p.operatorAmong(p.before[node]) != "" || p.updating(node):
		p.block(node, c, feeds+" would miss retractions of rows that passed the old filter")
	default:
		because := "what " + feeds + " holds of rows that passed the old one stays in it"
		if pushed {
			because += ", and " + pushedStays
		}
		p.mix(node, "the literal", c, because)
		p.last().here = pushed
	}
}

const pushedStays = "what the source has planned to read under the old one stays in its state"

// chooses reports whether a literal only has a say in which rows go on, and when.
func chooses(c change) bool {
	return c.under("condition") || c.under("watermarkExpr") || c.under("scanTableSource", "abilities") ||
		c.under("scanTableSource", "table", "resolvedTable", "schema", "watermarkSpecs")
}

// pushedFilter reports whether a change is in a filter that a source applies.
func pushedFilter(c change) bool {
	return c.under("scanTableSource", "abilities") && slices.Contains(c.path, "predicates")
}

// ofWatermark reports whether a change is in when a source sends its watermarks.
func ofWatermark(c change) bool {
	return slices.Contains(c.path, "watermarkParams") || slices.Contains(c.path, "idleTimeoutMillis")
}

// mix adds a difference that does not stand in the way of operators behind it, but
// what they hold was made under the old value.
func (p *pair) mix(node int, of string, c change, because string) {
	p.note(node, of, c, because)
	p.last().mixed = true
}

func (p *pair) last() *difference { return &p.differences[len(p.differences)-1] }

// ask adds a difference that stands in the way until somebody who knows approves it.
func (p *pair) ask(node int, of string, c change, because string) {
	p.note(node, of, c, because)
	p.last().blocking, p.last().asked = true, true
}

// unsafe adds a difference that Flink would accept, with wrong results. of is what
// differs.
func (p *pair) unsafe(node int, of string, c change, because string) {
	p.note(node, of, c, because)
	p.last().blocking, p.last().unsafe = true, true
}

// operatorAmong returns the type of a stateful operator among nodes, empty if there
// is none.
func (p *pair) operatorAmong(nodes []int) string {
	for _, i := range nodes {
		if n := p.old.Nodes()[i]; n.Operator() {
			return n.Type
		}
	}
	return ""
}

// updating reports whether rows that come to the node may be taken back by their
// source, as far as the source's options tell.
func (p *pair) updating(node int) bool {
	for _, t := range p.old.Sources() {
		source := slices.IndexFunc(p.old.Nodes(), func(n plan.Node) bool { return n.ID == t.Node })
		if (source == node || slices.Contains(p.before[node], source)) && connector.MayRetract(t.Options) {
			return true
		}
	}
	return false
}

func (p *pair) setting(node int, c change) {
	if len(c.path) == 2 && runtimeSettings[c.path[1]] {
		p.note(node, c.path[1], c, "")
		return
	}
	p.block(node, c, "")
}

// tail reports whether no state lies at or behind a node.
func (p *pair) tail(node int) bool {
	return !p.old.Nodes()[node].Operator() && p.operatorAmong(p.after[node]) == ""
}

// isResultType recognizes the type of a node's rows or of an expression.
func isResultType(c change) bool {
	if c.under("outputType") {
		return true
	}
	return c.under("projection") && c.path[len(c.path)-1] == "type"
}

// changelogForSink recognizes what another sink alone changes: whether updates are
// sent with the rows that they replace. An aggregate's state does not depend on it.
func (p *pair) changelogForSink(node int, c change) bool {
	n := p.old.Nodes()[node]
	switch n.Type {
	case "group-aggregate", "global-group-aggregate":
		return c.under("generateUpdateBefore") && p.operatorAmong(p.after[node]) == ""
	case "sink":
		return c.under("inputChangelogMode") && !n.Materializes()
	}
	return false
}

// texts are the differences in words; only those that stand in the way, if so asked.
func (p *pair) texts(blocking bool) []string {
	var texts []string
	for _, d := range p.differences {
		if d.blocking || !blocking {
			texts = append(texts, d.text)
		}
	}
	return texts
}
