package compat

import (
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/plan"
)

// difference is a change with what it means.
type difference struct {
	node     int    // index in the plan
	what     string // the literal is 6 instead of 5
	because  string // what that means, if more can be said
	text     string // all of it, with the node
	blocking bool
	unsafe   bool // Flink would accept it, and results would be wrong
	typed    bool // only a type or a position differs, as follows from another difference
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

// sourceIdentity are the options by which a source says what it reads. Under the
// same node id Flink would go on with the positions in something else.
var sourceIdentity = map[string]bool{
	"connector": true, "path": true, "topic": true, "topic-pattern": true, "stream": true, "stream.arn": true,
	"queue": true, "subscription": true, "url": true, "hostname": true, "port": true, "hosts": true,
	"database-name": true, "schema-name": true, "table-name": true, "database": true, "collection": true, "slot.name": true,
}

func (p *pair) compare() {
	for i := range p.oldJSON {
		for _, c := range changes(nil, p.oldJSON[i], p.newJSON[i]) {
			p.judge(i, c)
		}
	}
	if !p.equal && sameJSON(p.oldJSON, p.newJSON) {
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
	keepsUp := p.operatorAmong(p.before[node]) // rows may be retracted here
	feeds := p.operatorAmong(p.after[node])
	switch {
	case n.Operator():
		p.block(node, c, "the literal is part of an operator with state")
	case feeds == "":
		p.note(node, "the literal", c, "")
	case !chooses(c):
		p.block(node, c, feeds+" keeps values that were computed with it")
	case keepsUp != "" || p.updating(node):
		p.block(node, c, feeds+" would miss retractions of rows that passed the old filter")
	default:
		p.note(node, "the literal", c, "what "+feeds+" holds of rows that passed the old one stays in it")
	}
}

// chooses reports whether a literal only has a say in which rows go on, and when.
func chooses(c change) bool {
	return c.under("condition") || c.under("watermarkExpr") || c.under("scanTableSource", "abilities") ||
		c.under("scanTableSource", "table", "resolvedTable", "schema", "watermarkSpecs")
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

// changeLogs are formats whose rows take back earlier ones.
var changeLogs = map[string]bool{
	"debezium-json": true, "debezium-avro-confluent": true, "canal-json": true, "maxwell-json": true, "ogg-json": true,
}

// updating reports whether rows that come to the node may be taken back by their
// source, as far as the source's options tell; one without options may.
func (p *pair) updating(node int) bool {
	for _, t := range p.old.Sources() {
		source := slices.IndexFunc(p.old.Nodes(), func(n plan.Node) bool { return n.ID == t.Node })
		if source != node && !slices.Contains(p.before[node], source) {
			continue
		}
		connector := t.Connector()
		if connector == "" || strings.HasSuffix(connector, "-cdc") || changeLogs[t.Options["format"]] || changeLogs[t.Options["value.format"]] {
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

func (p *pair) sourceOption(node int, c change) {
	option := strings.Join(c.path[4:], ".")
	if option == "" || sourceIdentity[option] {
		p.block(node, c, "the source would go on with positions in something else")
		return
	}
	p.note(node, "option "+option, c, "")
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

func (p *pair) texts() []string {
	var texts []string
	for _, d := range p.differences {
		texts = append(texts, d.text)
	}
	return texts
}

func (p *pair) blocking() []string {
	var texts []string
	for _, d := range p.differences {
		if d.blocking {
			texts = append(texts, d.text)
		}
	}
	return texts
}
