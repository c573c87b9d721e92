package connector_test

import (
	"os"
	"strings"
	"testing"

	"flink-sql-driver/plan/compat/connector"
)

var uses = []connector.Use{connector.Source, connector.Sink}

// Every row is found, and none hides another.
func TestRows(t *testing.T) {
	for _, e := range connector.Connectors() {
		name := e.Connector
		if name == "*" {
			name = "filesystem"
		}
		table := map[string]string{e.Option: "x"}
		if e.Added {
			table = map[string]string{}
		}
		if got := connector.Of(name, e.Use, e.Option, table); got != e.Fact {
			t.Errorf("%s, %s, %s: %+v, the row says %+v", e.Connector, e.Use, e.Option, got, e.Fact)
		}
	}
	for _, e := range connector.Formats() {
		for prefix, table := range map[string]map[string]string{
			"":       {"connector": "kafka", "format": e.Connector},
			"key.":   {"connector": "kafka", "key.format": e.Connector},
			"value.": {"connector": "kafka", "value.format": e.Connector},
		} {
			option := prefix + e.Connector + "." + e.Option
			if got := connector.Of("kafka", e.Use, option, table); got != e.Fact {
				t.Errorf("%s, %s: %+v, the row says %+v", e.Use, option, got, e.Fact)
			}
			if got := connector.Of("kafka", e.Use, option, map[string]string{}, table); got != e.Fact {
				t.Errorf("%s, %s of the new table alone: %+v", e.Use, option, got)
			}
			if got := connector.Of("kafka", e.Use, option, map[string]string{"format": "another"}); got.Effect != connector.Unknown {
				t.Errorf("%s, %s of a table without that format: %+v", e.Use, option, got)
			}
		}
	}
}

// What an effect means is said, in words that follow "is X instead of Y".
func TestMeanings(t *testing.T) {
	for _, e := range append(connector.Connectors(), connector.Formats()...) {
		if (e.Means == "") != (e.Effect == connector.None) || strings.HasSuffix(e.Means, ".") {
			t.Errorf("%s, %s, %s is %q, which means %q", e.Connector, e.Use, e.Option, e.Effect, e.Means)
		}
		if e.Effect == connector.Rows && e.Use == connector.Sink {
			t.Errorf("a sink reads no rows: %s, %s", e.Connector, e.Option)
		}
	}
}

// What no row speaks of is unknown, however it is spelled.
func TestUnknown(t *testing.T) {
	for _, e := range connector.Connectors() {
		if e.Connector == "*" || strings.Contains(e.Option, "x") {
			continue
		}
		for _, option := range []string{"", "no-such-option", "sink.no-such-option", "scan.no-such-option", "properties.no-such-option", e.Option + ".more", e.Option + "s", "x." + e.Option, strings.ToUpper(e.Option)} {
			if e.Connector == "jdbc" && strings.HasPrefix(option, "properties.") {
				continue // those of a driver, which are all asked for
			}
			if got := connector.Of(e.Connector, e.Use, option); got.Effect != connector.Unknown && !isRow(e.Connector, option) {
				t.Errorf("%s, %s, %q: %+v", e.Connector, e.Use, option, got)
			}
		}
	}
	for _, option := range []string{"topic", "path", "scan.parallelism", "sink.parallelism", "connector"} {
		for _, use := range uses {
			for _, name := range []string{"", "faker", "Kafka", "*"} {
				if got := connector.Of(name, use, option); name != "*" && got.Effect != connector.Unknown {
					t.Errorf("%q of connector %q: %+v", option, name, got)
				}
			}
		}
	}
}

func isRow(name, option string) bool {
	for _, e := range connector.Connectors() {
		if (e.Connector == name || e.Connector == "*") && e.Option == option {
			return true
		}
	}
	return false
}

// Nothing that names a place is harmless, in either use.
func TestPlaces(t *testing.T) {
	for name, options := range map[string]string{
		"kafka": "topic topic-pattern properties.bootstrap.servers", "upsert-kafka": "topic properties.bootstrap.servers",
		"filesystem": "path", "jdbc": "url table-name", "kinesis": "stream stream.arn aws.region aws.endpoint", "kinesis-legacy": "stream aws.endpoint",
		"pulsar": "topics service-url", "paimon": "path branch",
	} {
		for _, option := range strings.Fields(options) {
			for _, use := range uses {
				if f := connector.Of(name, use, option); f.Effect != connector.Elsewhere && f.Effect != connector.Ask {
					t.Errorf("%s, %s, %s: %+v", name, use, option, f)
				}
			}
		}
	}
	for name, options := range map[string]string{
		"mysql-cdc": "hostname port database-name table-name server-id", "postgres-cdc": "hostname port database-name schema-name table-name slot.name",
		"oracle-cdc": "hostname port url database-name schema-name table-name", "sqlserver-cdc": "hostname port database-name table-name",
		"mongodb-cdc": "hosts scheme database collection", "db2-cdc": "hostname port database-name table-name", "tidb-cdc": "pd-addresses database-name table-name",
		"vitess-cdc": "hostname port keyspace table-name", "oceanbase-cdc": "hostname port tenant-name database-name table-name table-list",
		"dynamic-kafka": "stream-ids stream-pattern metadata-service", "datagen": "fields.n.kind",
	} {
		for _, option := range strings.Fields(options) {
			if f := connector.Of(name, connector.Source, option); f.Effect != connector.Elsewhere && f.Effect != connector.Ask {
				t.Errorf("%s, %s: %+v", name, option, f)
			}
		}
	}
}

// supported are the options that factories name, by connector or format and use.
func supported(t *testing.T) map[[2]string][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/supported.txt")
	if err != nil {
		t.Fatal(err)
	}
	lists := map[[2]string][]string{}
	for line := range strings.Lines(string(data)) {
		head, options, ok := strings.Cut(line, ": ")
		name, use, of := strings.Cut(head, " ")
		if ok && of && !strings.HasPrefix(line, "#") {
			lists[[2]string{name, use}] = strings.Fields(strings.ReplaceAll(options, "#", "x"))
		}
	}
	return lists
}

// Whatever a connector's factory takes is in the table.
func TestSupportedOptions(t *testing.T) {
	lists := supported(t)
	if len(lists) < 30 {
		t.Fatalf("%d lists", len(lists))
	}
	for of, options := range lists {
		for _, option := range options {
			for _, use := range uses {
				var f connector.Fact
				switch {
				case of[1] == "format":
					f = connector.Of("filesystem", use, of[0]+"."+option, map[string]string{"format": of[0]})
				case of[1] != string(use):
					continue
				default:
					f = connector.Of(of[0], use, option)
				}
				if f.Effect == connector.Unknown {
					t.Errorf("%s, %s: %s is not in the table", of[0], use, option)
				}
			}
		}
	}
}

// A table that one job reads and another writes has options of both. Those that only
// the other use reads have no effect, but only if they are known.
func TestOptionsOfTheOtherUse(t *testing.T) {
	for _, c := range []struct {
		connector string
		use       connector.Use
		option    string
		want      connector.Effect
	}{
		{"kafka", connector.Source, "sink.transactional-id-prefix", connector.None},
		{"kafka", connector.Source, "properties.acks", connector.None},
		{"kafka", connector.Sink, "scan.startup.mode", connector.None},
		{"kafka", connector.Sink, "properties.group.id", connector.None},
		{"kafka", connector.Source, "sink.parallelism", connector.None},
		{"kafka", connector.Sink, "scan.parallelism", connector.None},
		{"kafka", connector.Source, "sink.no-such-option", connector.Unknown},
		{"kafka", connector.Sink, "stream-ids", connector.Unknown},
		{"filesystem", connector.Source, "sink.rolling-policy.file-size", connector.None},
		{"filesystem", connector.Sink, "source.monitor-interval", connector.None},
		{"paimon", connector.Source, "precommit-compact", connector.Unknown},
		{"mysql-cdc", connector.Source, "sink.buffer-flush.interval", connector.Unknown},
	} {
		if got := connector.Of(c.connector, c.use, c.option); got.Effect != c.want {
			t.Errorf("%s, %s, %s: %+v", c.connector, c.use, c.option, got)
		}
	}
}

func TestKeepsState(t *testing.T) {
	for options, keeps := range map[string]bool{
		"kafka": false, "kafka exactly-once": true, "kafka EXACTLY-ONCE": true, "upsert-kafka exactly-once": true, "upsert-kafka at-least-once": false,
		"print": false, "jdbc": false, "filesystem": true, "kinesis": true, "paimon": true, "": true, "newest": true,
	} {
		name, guarantee, _ := strings.Cut(options, " ")
		if got := connector.KeepsState(map[string]string{"connector": name, "sink.delivery-guarantee": guarantee}); got != keeps {
			t.Errorf("%q: %v", options, got)
		}
	}
	if !connector.KeepsState(map[string]string{"connector": "kafka", "sink.semantic": "exactly-once"}) {
		t.Error("the former name of the delivery guarantee")
	}
}

func TestPlansByFilter(t *testing.T) {
	for options, plans := range map[string]bool{"filesystem csv": false, "filesystem json": false, "filesystem orc": true, "filesystem parquet": true, "filesystem newest": true, "jdbc": true, "paimon": true, "": true} {
		name, format, _ := strings.Cut(options, " ")
		if got := connector.PlansByFilter(map[string]string{"connector": name, "format": format}); got != plans {
			t.Errorf("%q: %v", options, got)
		}
	}
}

func TestMayRetract(t *testing.T) {
	for options, may := range map[string]bool{
		"kafka json": false, "kafka debezium-json": true, "kafka newest": true, "upsert-kafka json": true, "mysql-cdc": true, "paimon": true,
		"filesystem orc": false, "datagen": false, "": true, "faker": true,
	} {
		name, format, _ := strings.Cut(options, " ")
		for _, key := range []string{"format", "value.format"} {
			if got := connector.MayRetract(map[string]string{"connector": name, key: format}); got != may {
				t.Errorf("%q as %s: %v", options, key, got)
			}
		}
	}
}
