package compat

import (
	"slices"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat/connector"
)

// Flink restores a sink's state under the same node id wherever the sink now writes
// to. What the state speaks of stays where it was: the open part file of a directory
// (org.apache.flink.streaming.api.functions.sink.filesystem.Bucket, whose path is in its
// state), the open transactions of a Kafka cluster (KafkaWriterState), the rows that a
// materializer wrote. So of a sink that keeps state
//   - an option that says where it writes to is UNSAFE, or UNKNOWN where it may only be
//     another name of the same place;
//   - options that are known to have no say in its state are not in the way.
//
// A sink without state writes to the new place from then on, which is told. Options
// that are not known are in the way of every sink.

// sinkTable judges a change of what a sink writes to.
func (p *pair) sinkTable(node int, c change) {
	n := p.old.Nodes()[node]
	sink := p.sink(n.ID)
	keeps := connector.KeepsState(sink.Options)
	inTable := []string{"dynamicTableSink", "table"}
	switch {
	case c.under(append(inTable, "resolvedTable", "schema")...) && n.Materializes():
		p.block(node, c, "the sink keeps rows of that schema in its state")
	case c.under(append(inTable, "resolvedTable", "partitionKeys")...) && keeps:
		p.block(node, c, "the sink keeps what is open of the old partitions in its state")
	case c.under(append(inTable, "identifier")...) && keeps && sink.Connector() == "":
		p.unsafe(node, "the table", c, "the plan does not say what the old one was, and what the sink keeps in its state may belong to it")
	case c.under(append(inTable, "resolvedTable", "options")...):
		p.sinkOption(node, sink, strings.Join(c.path[4:], "."), c)
	default:
		p.note(node, strings.Join(c.path[2:], "."), c, "")
	}
}

func (p *pair) sinkOption(node int, sink plan.Table, option string, c change) {
	n := p.old.Nodes()[node]
	keeps := connector.KeepsState(sink.Options)
	is := tableOptions(p.newJSON[node], "dynamicTableSink")
	other := option == "" || is["connector"] != sink.Connector()
	switch {
	case other && (n.Stateful() || keeps):
		p.block(node, c, "the old sink may keep state")
		return
	case other: // all options are those of another connector
		p.note(node, strings.Join(c.path[2:], "."), c, "")
		return
	}
	what := "option " + option
	f := connector.Of(sink.Connector(), connector.Sink, option, sink.Options, is)
	elsewhere := f.Effect == connector.Elsewhere || f.Effect == connector.Ask
	switch {
	case f.Effect == connector.Unknown:
		p.ask(node, what, c, notKnown(option, sink.Connector(), connector.Sink))
	case f.Effect == connector.Elsewhere && keeps:
		p.unsafe(node, what, c, f.Means)
	case f.Effect == connector.Ask && keeps:
		p.ask(node, what, c, f.Means)
	case f.Effect == connector.Elsewhere && n.Materializes():
		p.unsafe(node, what, c, materialized)
	case f.Effect == connector.Ask && n.Materializes():
		p.ask(node, what, c, materialized)
	case elsewhere:
		p.note(node, what, c, "rows are written there from then on; the sink keeps nothing in state")
	default:
		p.note(node, what, c, f.Means)
	}
}

const materialized = "the sink keeps the rows that it wrote there in its state, and would not write them elsewhere"

// sink is the table that a node of the old plan writes to.
func (p *pair) sink(id int) plan.Table {
	sinks := p.old.Sinks()
	if i := slices.IndexFunc(sinks, func(t plan.Table) bool { return t.Node == id }); i >= 0 {
		return sinks[i]
	}
	return plan.Table{}
}
