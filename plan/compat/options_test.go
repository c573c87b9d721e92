package compat_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/compat/connector"
)

// withTable is a recorded plan whose source or sink has other options.
func withTable(t *testing.T, name, was string, options map[string]string) *plan.Compiled {
	t.Helper()
	data, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	return edit(t, name, was, string(data))
}

const (
	datagen = `{"connector":"datagen","rows-per-second":"10"}`
	files   = `{"connector":"filesystem","format":"csv","path":"/tmp/notes"}`
)

// asSource is a sum over a table with these options, asCopy a filter of one that keeps
// nothing, asSink a filter into one.
func asSource(t *testing.T, options map[string]string) *plan.Compiled {
	return withTable(t, "sum", datagen, options)
}

func asCopy(t *testing.T, options map[string]string) *plan.Compiled {
	return withTable(t, "filter", datagen, options)
}

func asSink(t *testing.T, options map[string]string) *plan.Compiled {
	return withTable(t, "filter-to-files", files, options)
}

// changed is a table before and after one of its options changed.
func changed(e connector.Entry, format bool) (old, new map[string]string) {
	old, new = map[string]string{"connector": e.Connector}, map[string]string{"connector": e.Connector}
	option := e.Option
	if format {
		old = map[string]string{"connector": "kafka", "format": e.Connector}
		new = map[string]string{"connector": "kafka", "format": e.Connector}
		option = e.Connector + "." + option
	} else if e.Connector == "*" {
		old["connector"], new["connector"] = "filesystem", "filesystem"
	}
	old[option], new[option] = "a", "b"
	if e.Added {
		delete(old, option)
	}
	if option == "format" || option == "value.format" {
		old[option], new[option] = "json", "csv"
	}
	return old, new
}

// rows are the rows of a table of one use, with one option for each connector; that all
// options of a row are like the first is tested with the table.
func rows(entries []connector.Entry, use connector.Use) []connector.Entry {
	seen := map[connector.Entry]bool{}
	var list []connector.Entry
	for _, e := range entries {
		row := e
		row.Option = ""
		if e.Use == use && !seen[row] {
			seen[row] = true
			list = append(list, e)
		}
	}
	return list
}

// TestEveryRowOfSources: what the table says of an option is what becomes of the state.
func TestEveryRowOfSources(t *testing.T) {
	for _, formats := range []bool{false, true} {
		entries := connector.Connectors()
		if formats {
			entries = connector.Formats()
		}
		for _, e := range rows(entries, connector.Source) {
			old, new := changed(e, formats)
			retracts := connector.MayRetract(old)
			job, aggregate, approvable := compat.Full, compat.Kept, false
			switch {
			case e.Effect == connector.Elsewhere:
				job, aggregate = compat.Blocked, compat.Unknown
			case e.Effect == connector.Ask, e.Effect == connector.Rows && retracts:
				job, aggregate, approvable = compat.Blocked, compat.Unknown, true
			case e.Effect == connector.Rows:
				job, aggregate = compat.Partial, compat.KeptMixed
			}
			what := fmt.Sprintf("%s, %s", e.Connector, e.Option)
			v := compat.Judge(asSource(t, old), asSource(t, new))
			expect(t, what, v, job, approvable, "group-aggregate", aggregate)
			source := compat.Kept
			switch {
			case e.Effect == connector.Elsewhere:
				source = compat.Unsafe
			case approvable:
				source = compat.Unknown
			}
			expect(t, what, v, job, approvable, "table-source-scan", source)
			told(t, what, v, e)
			// Without an operator with state other rows are no matter.
			if e.Effect == connector.Rows {
				expect(t, what+" without state", compat.Judge(asCopy(t, old), asCopy(t, new)), compat.Full, false, "table-source-scan", compat.Kept)
			}
		}
	}
}

// TestEveryRowOfSinks: only a sink that keeps something of a place holds on to it.
func TestEveryRowOfSinks(t *testing.T) {
	for _, formats := range []bool{false, true} {
		entries := connector.Connectors()
		if formats {
			entries = connector.Formats()
		}
		for _, e := range rows(entries, connector.Sink) {
			for _, guarantee := range []string{"", "exactly-once"} {
				old, new := changed(e, formats)
				if guarantee != "" && !strings.Contains(old["connector"], "kafka") {
					continue
				}
				if e.Option == "sink.delivery-guarantee" {
					old[e.Option], new[e.Option] = guarantee, "none"
				} else if strings.Contains(old["connector"], "kafka") {
					old["sink.delivery-guarantee"], new["sink.delivery-guarantee"] = guarantee, guarantee
				}
				keeps := connector.KeepsState(old)
				job, sink, approvable := compat.Full, compat.Kept, false
				switch {
				case e.Effect == connector.Elsewhere && keeps:
					job, sink = compat.Blocked, compat.Unsafe
				case e.Effect == connector.Ask && keeps:
					job, sink, approvable = compat.Blocked, compat.Unknown, true
				}
				what := fmt.Sprintf("%s, %s, %q", e.Connector, e.Option, guarantee)
				v := compat.Judge(asSink(t, old), asSink(t, new))
				expect(t, what, v, job, approvable, "sink", sink)
				if keeps || e.Effect == connector.Safe {
					told(t, what, v, e)
				}
			}
		}
	}
}

// expect checks the verdict on the job, and on an operator where it is listed.
func expect(t *testing.T, what string, v compat.Verdict, job compat.Job, approvable bool, operator string, state compat.State) {
	t.Helper()
	if v.Job != job || v.Approvable != approvable || (v.Aligned == nil) != (job == compat.Blocked && !approvable) {
		t.Errorf("%s: %s, approvable %v, want %s, %v, because of\n%s", what, v.Job, v.Approvable, job, approvable, strings.Join(v.Why, "\n"))
	}
	for _, o := range v.Operators {
		if o.Type == operator && o.Verdict != state {
			t.Errorf("%s: %s is %s, want %s", what, operator, o.Verdict, state)
		}
		if (o.NewID == nil) != (v.Aligned == nil && o.Verdict != compat.Kept && o.Verdict != compat.KeptMixed) {
			t.Errorf("%s: %s, %s, has the new id %v", what, o.Type, o.Verdict, o.NewID)
		}
	}
}

// told checks that the reasons name the option and what it means.
func told(t *testing.T, what string, v compat.Verdict, e connector.Entry) {
	t.Helper()
	why := strings.Join(v.Why, "\n")
	if !strings.Contains(why, e.Option) || !strings.Contains(why, e.Means) {
		t.Errorf("%s: %q", what, why)
	}
}

// Options and connectors that nobody knows are in the way, are named, and can be
// approved.
func TestUnknownOptions(t *testing.T) {
	kafka := map[string]string{"connector": "kafka", "format": "json", "topic": "t"}
	with := func(options map[string]string, more ...string) map[string]string {
		all := map[string]string{}
		for k, v := range options {
			all[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	faker := map[string]string{"connector": "faker"}
	for name, c := range map[string]struct{ old, new map[string]string }{
		"changed":          {with(kafka, "no.such", "1"), with(kafka, "no.such", "2")},
		"added":            {kafka, with(kafka, "no.such", "2")},
		"removed":          {with(kafka, "no.such", "1"), kafka},
		"passed through":   {kafka, with(kafka, "properties.no.such", "2")},
		"of a format":      {kafka, with(kafka, "json.no.such", "2")},
		"of no format":     {kafka, with(kafka, "csv.no.such", "2")},
		"of the value":     {with(kafka, "value.format", "json"), with(kafka, "value.format", "json", "value.json.no.such", "2")},
		"of a connector":   {faker, with(faker, "no.such", "2")},
		"even a plain one": {faker, with(faker, "scan.parallelism", "2", "no.such", "x")},
	} {
		for use, build := range map[string]func(*testing.T, map[string]string) *plan.Compiled{"source": asSource, "sink": asSink} {
			v := compat.Judge(build(t, c.old), build(t, c.new))
			if v.Job != compat.Blocked || !v.Approvable || v.Aligned == nil || !strings.Contains(strings.Join(v.Why, "\n"), "no.such") {
				t.Errorf("%s of a %s: %+v", name, use, v)
			}
		}
	}
	// What is not known is no excuse for what is.
	v := compat.Judge(asSource(t, kafka), asSource(t, with(kafka, "no.such", "1", "topic", "u")))
	if v.Job != compat.Blocked || v.Approvable || v.Aligned != nil {
		t.Errorf("an unknown option and another topic: %+v", v)
	}
}

// Another connector is another source, whatever its options are.
func TestOtherConnector(t *testing.T) {
	kafka := map[string]string{"connector": "kafka", "topic": "t"}
	for _, other := range []map[string]string{{"connector": "pulsar", "topics": "t"}, {"connector": "upsert-kafka", "topic": "t"}, {}, {"topic": "t"}} {
		if v := compat.Judge(asSource(t, kafka), asSource(t, other)); v.Job != compat.Blocked || v.Approvable {
			t.Errorf("%v: %+v", other, v)
		}
		if v := compat.Judge(asSource(t, other), asSource(t, kafka)); v.Job != compat.Blocked || v.Approvable {
			t.Errorf("from %v: %+v", other, v)
		}
	}
}

// One cluster may have several addresses, and the plan does not say so.
func TestServersOfKafka(t *testing.T) {
	table := func(servers string) map[string]string {
		return map[string]string{"connector": "kafka", "format": "json", "properties.bootstrap.servers": servers, "topic": "orders"}
	}
	v := compat.Judge(asSource(t, table("a:9092")), asSource(t, table("b:9092")))
	if v.Job != compat.Blocked || !v.Approvable {
		t.Fatalf("%+v", v)
	}
	for _, o := range v.Operators {
		if o.Verdict != compat.Unknown || o.Rule != "asked" || !strings.Contains(o.Why[0], "properties.bootstrap.servers") {
			t.Errorf("%+v", o)
		}
	}
}

// A row of a table that only one of two branches reads does not touch the other.
func TestOnlyWhatIsBehindIsMixed(t *testing.T) {
	table := func(charset string) string {
		return `{"connector":"kafka","csv.null-literal":"` + charset + `","format":"csv"}`
	}
	const was = `{"connector":"filesystem","format":"csv","path":"/tmp/customers"}`
	v := compat.Judge(edit(t, "join", was, table("a")), edit(t, "join", was, table("b")))
	if v.Job != compat.Partial {
		t.Fatalf("%+v", v)
	}
	for _, o := range v.Operators {
		if want := map[bool]compat.State{true: compat.KeptMixed, false: compat.Kept}[o.Type == "join"]; o.Verdict != want {
			t.Errorf("%+v", o)
		}
	}
}
