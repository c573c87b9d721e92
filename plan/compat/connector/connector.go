// Package connector knows what the options of a table mean for the state of a job
// that reads or writes it. What it knows is data: the rows of table. What no row
// speaks of is Unknown, whatever it is called.
package connector

import (
	"slices"
	"strings"
	"sync"
)

// Use is what a job does with a table.
type Use string

// A job reads a source and writes a sink.
const (
	Source Use = "source"
	Sink   Use = "sink"
)

// Effect is what another value of an option does to state that was made under the
// old one.
type Effect string

const (
	// Unknown: no row speaks of the option.
	Unknown Effect = ""
	// None: it has no say in what the state holds or what becomes of it.
	None Effect = "no effect"
	// Safe: the state holds, and Means says what the new value does.
	Safe Effect = "safe"
	// Rows: the positions hold, but other rows are read from there, or rows are read
	// in another way. Operators keep what they made of the rows from before.
	Rows Effect = "other rows"
	// Ask: whether the state holds depends on something outside of the plan.
	Ask Effect = "ask"
	// Elsewhere: it names another place, and the state belongs to the old one.
	Elsewhere Effect = "elsewhere"
)

// Fact is what is known about an option.
type Fact struct {
	Effect Effect
	// Means says in words what the effect is; empty where there is none.
	Means string
}

// row is one fact about some options of some connectors.
type row struct {
	connectors string // names, separated by spaces
	use        Use
	effect     Effect
	means      string
	// options are names, separated by spaces. One * may stand for one or more characters.
	// A + at the end: the row speaks of the option only where it was not set before.
	options string
}

// Entry is what the table says of one option; in Option, x stands for what may be anything.
type Entry struct {
	Connector string
	Use       Use
	Option    string
	Added     bool // it speaks of an option that was not set before
	Fact
}

// Connectors lists the table's rows, option by option.
func Connectors() []Entry { return entries(table) }

// Formats lists what is known of the options of formats, whose name is Connector.
func Formats() []Entry { return entries(formats) }

func entries(rows []row) []Entry {
	var list []Entry
	for _, r := range rows {
		for _, name := range strings.Fields(r.connectors) {
			for _, option := range strings.Fields(r.options) {
				option, added := strings.CutSuffix(option, "+")
				list = append(list, Entry{name, r.use, strings.Replace(option, "*", "x", 1), added, Fact{r.effect, r.means}})
			}
		}
	}
	return list
}

// Known reports whether the table knows a connector in that use.
func Known(connector string, use Use) bool {
	_, ok := ofConnectors()[whose{connector, use}]
	return ok
}

// Of says what is known about an option of a table. tables are the options of the
// table before and after: they say which formats it has.
func Of(connector string, use Use, option string, tables ...map[string]string) Fact {
	if !Known(connector, use) {
		return Fact{}
	}
	own := ofConnectors()[whose{connector, use}]
	if f, ok := own.named[option+"+"]; ok && added(option, tables) {
		return f
	}
	if f, ok := own.find(option); ok {
		return f
	}
	if format, detail := formatOf(option, tables); format != "" {
		f, _ := ofFormats()[whose{format, use}].find(detail)
		return f
	}
	if f, ok := ofConnectors()[whose{every, use}].find(option); ok {
		return f
	}
	// One table may be read by one job and written by another, so it may have options
	// that only the other use reads.
	if !belongsTo(other[use], option) {
		return Fact{}
	}
	for _, name := range []string{connector, every} {
		if _, ok := ofConnectors()[whose{name, other[use]}].find(option); ok {
			return Fact{Effect: None}
		}
	}
	return Fact{}
}

var other = map[Use]Use{Source: Sink, Sink: Source}

// only begins the names of options that only one use reads.
var only = map[Use]string{
	Source: "scan. source. lookup. properties. pulsar.source. pulsar.consumer.",
	Sink:   "sink. auto-compaction compaction. partition.time-extractor. properties. pulsar.sink. pulsar.producer.",
}

func belongsTo(use Use, option string) bool {
	for _, begin := range strings.Fields(only[use]) {
		if strings.HasPrefix(option, begin) {
			return true
		}
	}
	return false
}

// whose is a connector or format in one of its uses.
type whose struct {
	name string
	use  Use
}

// facts are the options of one connector, by name; of those with a * the first that
// fits counts.
type facts struct {
	named    map[string]Fact
	patterns []pattern
}

type pattern struct {
	begin, end string
	fact       Fact
}

var (
	ofConnectors = sync.OnceValue(func() map[whose]*facts { return index(table) })
	ofFormats    = sync.OnceValue(func() map[whose]*facts { return index(formats) })
)

func index(rows []row) map[whose]*facts {
	all := map[whose]*facts{}
	for _, r := range rows {
		for _, name := range strings.Fields(r.connectors) {
			of := whose{name, r.use}
			if all[of] == nil {
				all[of] = &facts{named: map[string]Fact{}}
			}
			for _, option := range strings.Fields(r.options) {
				all[of].add(option, Fact{r.effect, r.means})
			}
		}
	}
	return all
}

func (f *facts) add(option string, fact Fact) {
	if begin, end, wild := strings.Cut(option, "*"); wild {
		f.patterns = append(f.patterns, pattern{begin, end, fact})
	} else if _, ok := f.named[option]; !ok {
		f.named[option] = fact
	}
}

func (f *facts) find(option string) (Fact, bool) {
	if f == nil {
		return Fact{}, false
	}
	if fact, ok := f.named[option]; ok {
		return fact, true
	}
	for _, p := range f.patterns {
		if len(option) > len(p.begin)+len(p.end) && strings.HasPrefix(option, p.begin) && strings.HasSuffix(option, p.end) {
			return p.fact, true
		}
	}
	return Fact{}, false
}

func contains(names, name string) bool { return slices.Contains(strings.Fields(names), name) }

// added reports whether the first of some tables does not have an option.
func added(option string, tables []map[string]string) bool {
	if len(tables) == 0 {
		return false
	}
	_, had := tables[0][option]
	return !had
}

// formatKeys are the options that name a format.
var formatKeys = []string{"format", "key.format", "value.format"}

// formatOf splits an option of a format, value.json.ignore-parse-errors, into the
// format and its own name for the option.
func formatOf(option string, tables []map[string]string) (format, detail string) {
	for _, options := range tables {
		for _, key := range formatKeys {
			name := options[key]
			detail, ok := strings.CutPrefix(option, strings.TrimSuffix(key, "format")+name+".")
			if name != "" && ok {
				return name, detail
			}
		}
	}
	return "", ""
}

// stateless are sinks that have written all they were given before a checkpoint is
// complete, so that none of it is in their state.
const stateless = `print blackhole jdbc mongodb elasticsearch elasticsearch-6 elasticsearch-7 elasticsearch-8
	opensearch opensearch-1 opensearch-2 hbase-1.4 hbase-2.2 hbase-2.6`

// KeepsState reports whether a sink has anything in its state that belongs to what it
// writes to. A connector that is not known may.
func KeepsState(options map[string]string) bool {
	switch connector := options["connector"]; connector {
	case "kafka", "upsert-kafka":
		return strings.EqualFold(options["sink.delivery-guarantee"], "exactly-once") || strings.EqualFold(options["sink.semantic"], "exactly-once")
	default:
		return !contains(stateless, connector)
	}
}

// appendOnly are connectors and formats whose rows are never taken back.
const (
	appendOnly        = "kafka dynamic-kafka filesystem datagen jdbc kinesis kinesis-legacy pulsar"
	appendOnlyFormats = "json csv avro avro-confluent raw protobuf parquet orc"
)

// readWhole are formats of files whose readers take no notice of a filter: all rows are
// read, and filtered afterwards.
const readWhole = "csv json raw avro protobuf debezium-json canal-json maxwell-json ogg-json"

// PlansByFilter reports whether what a source has in its state may depend on a filter
// that Flink's planner has given it.
func PlansByFilter(options map[string]string) bool {
	return options["connector"] != "filesystem" || !contains(readWhole, options["format"])
}

// MayRetract reports whether a source may take back rows that it has sent. One that
// is not known to send rows only once may.
func MayRetract(options map[string]string) bool {
	if !contains(appendOnly, options["connector"]) {
		return true
	}
	for _, key := range []string{"format", "value.format"} {
		if f := options[key]; f != "" && !contains(appendOnlyFormats, f) {
			return true
		}
	}
	return false
}
