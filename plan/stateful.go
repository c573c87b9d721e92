package plan

// statelessTypes are the nodes that keep nothing from one row to the next. Every other type counts as stateful, also one that is not known, so
// that no state is overlooked.
var statelessTypes = map[string]bool{
	"calc": true, "python-calc": true,
	"correlate": true, "python-correlate": true,
	"expand": true, "exchange": true, "union": true, "values": true,
	"watermark-assigner": true, "mini-batch-assigner": true, "drop-update-before": true,
	"local-group-aggregate": true, "local-window-aggregate": true,
}

// statelessSources keep no position: a restart simply goes on.
var statelessSources = map[string]bool{"datagen": true}

// statelessSinks keep nothing and need no checkpoint to publish what they wrote.
var statelessSinks = map[string]bool{"print": true, "blackhole": true}

// Stateful reports whether the node keeps state that a restore would bring back:
// an operator with state of its own, a source with positions (all but datagen's
// random fields), a sink that materializes or whose connector may keep something
// (all but print and blackhole).
func (n Node) Stateful() bool {
	switch n.Type {
	case "table-source-scan":
		t, _ := n.table("scanTableSource")
		return !statelessSources[t.Connector()] || hasSequence(t)
	case "sink":
		t, _ := n.table("dynamicTableSink")
		return !statelessSinks[t.Connector()] || n.Materializes()
	case "window-table-function":
		return n.json.path("windowing", "window", "type").text() == "SessionWindow"
	}
	return !statelessTypes[n.Type]
}

// Operator reports whether the node is a stateful operator proper: it keeps more
// than a source's positions or what a sink has yet to publish.
func (n Node) Operator() bool {
	if n.Type == "sink" {
		return n.Materializes()
	}
	return !n.isSource() && n.Stateful()
}

// Materializes reports whether a sink keeps the rows that it wrote, to bring
// changes into the order of its primary key (SinkUpsertMaterializer).
func (n Node) Materializes() bool {
	v := n.json.get("requireUpsertMaterialize")
	return n.Type == "sink" && v != nil && string(v.raw) == "true"
}

// HasState reports whether running the plan anew from nothing would lose or
// repeat anything, so that its checkpoints are worth taking: any node is
// stateful. Only plans that lead from random data to print or blackhole, through
// nothing but projections and filters, are not.
func (c *Compiled) HasState() bool {
	for _, n := range c.nodes {
		if n.Stateful() {
			return true
		}
	}
	return false
}
