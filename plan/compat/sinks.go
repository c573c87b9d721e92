package compat

import (
	"slices"
	"strings"

	"flink-sql-driver/plan"
)

// Flink restores a sink's state under the same node id wherever the sink now writes
// to. What the state speaks of stays where it was: the open part file of a directory
// (org.apache.flink.streaming.api.functions.sink.filesystem.Bucket, whose path is in its
// state), the open transactions of a Kafka cluster (KafkaWriterState), the rows that a
// materializer wrote. So of a sink that keeps state
//   - an option that says where it writes to is UNSAFE;
//   - options that are known to have no say in its state are not in the way;
//   - any other is not judged.

// sinksWithoutState write all they have before a checkpoint is complete.
var sinksWithoutState = map[string]bool{
	"print": true, "blackhole": true, "jdbc": true, "mongodb": true,
	"elasticsearch": true, "elasticsearch-6": true, "elasticsearch-7": true, "elasticsearch-8": true,
	"opensearch": true, "opensearch-1": true, "opensearch-2": true, "hbase-1.4": true, "hbase-2.2": true, "hbase-2.6": true,
}

// sinkIdentity are the options by which a sink says where it writes to, besides those
// that sources use for that.
var sinkIdentity = map[string]bool{
	"properties.bootstrap.servers": true, "sink.transactional-id-prefix": true, "transactional-id-prefix": true,
	"index": true, "index-name": true, "topics": true, "uri": true, "endpoint": true, "aws.region": true, "aws.endpoint": true, "bucket": true,
}

// harmless begins the options of sinks that have no say in what is in their state, by
// connector; those of the empty one are every connector's (AsyncSinkConnectorOptions
// among them).
var harmless = map[string][]string{
	"": {"sink.parallelism", "sink.buffer-flush.", "sink.batch.", "sink.requests.", "sink.flush-buffer.", "scan.", "lookup.", "source."},
	"filesystem": {
		"sink.rolling-policy.", "partition.time-extractor.", "compaction.file-size", "compaction.parallelism",
		"sink.partition-commit.delay", "sink.partition-commit.watermark-time-zone", "sink.partition-commit.success-file.name", "sink.partition-commit.policy.class",
	},
	"kafka":        {"properties.", "sink.partitioner"},
	"upsert-kafka": {"properties.", "sink.partitioner"},
}

// keepsState reports whether a sink has anything in its state that belongs to what it
// writes to, besides the rows of a materializer. A connector that is not known may.
func keepsState(sink plan.Table) bool {
	switch connector := sink.Connector(); connector {
	case "kafka", "upsert-kafka":
		return strings.EqualFold(sink.Options["sink.delivery-guarantee"], "exactly-once")
	default:
		return !sinksWithoutState[connector]
	}
}

// isHarmless reports whether an option of a sink that keeps state has no say in that.
// The details of a format have none: rows are written one by one.
func isHarmless(sink plan.Table, option string) bool {
	for _, key := range []string{"format", "key.format", "value.format"} {
		detail := strings.TrimSuffix(key, "format") + sink.Options[key] + "."
		if sink.Options[key] != "" && (strings.HasPrefix(option, detail) || strings.HasPrefix(option, sink.Options[key]+".")) {
			return true
		}
	}
	return slices.ContainsFunc(slices.Concat(harmless[""], harmless[sink.Connector()]), func(begins string) bool {
		return option == begins || strings.HasSuffix(begins, ".") && strings.HasPrefix(option, begins) || strings.HasPrefix(option, begins+".")
	})
}

// sinkTable judges a change of what a sink writes to.
func (p *pair) sinkTable(node int, c change) {
	n := p.old.Nodes()[node]
	sink := p.sink(n.ID)
	keeps := keepsState(sink)
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
	keeps := keepsState(sink)
	identity := sinkIdentity[option] || sourceIdentity[option]
	what := "option " + option
	switch {
	case (option == "" || option == "connector") && (n.Stateful() || keeps):
		p.block(node, c, "the old sink may keep state")
	case identity && keeps && sink.Connector() == "filesystem":
		p.unsafe(node, what, c, "a file that is open in the old directory is in the sink's state, and Flink would go on writing to that one")
	case identity && keeps:
		p.unsafe(node, what, c, "what the sink keeps in its state belongs to what it wrote to before, and Flink would go on with that")
	case identity && n.Materializes():
		p.unsafe(node, what, c, "the sink keeps the rows that it wrote there in its state, and would not write them elsewhere")
	case !keeps || isHarmless(sink, option):
		p.note(node, strings.Join(c.path[2:], "."), c, "")
	default:
		p.block(node, c, "the sink keeps state, and whether that depends on this option is not known")
	}
}

// sink is the table that a node of the old plan writes to.
func (p *pair) sink(id int) plan.Table {
	sinks := p.old.Sinks()
	if i := slices.IndexFunc(sinks, func(t plan.Table) bool { return t.Node == id }); i >= 0 {
		return sinks[i]
	}
	return plan.Table{}
}

// unsafe adds a difference that Flink would accept, with wrong results. of is what
// differs.
func (p *pair) unsafe(node int, of string, c change, because string) {
	p.note(node, of, c, because)
	d := &p.differences[len(p.differences)-1]
	d.blocking, d.unsafe = true, true
}
