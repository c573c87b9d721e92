package compat_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
)

// read returns a plan that a real Flink compiled; plan/record_test.go keeps them.
func read(t *testing.T, name string) *plan.Compiled {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name+".json"))
	if errors.Is(err, os.ErrNotExist) { // of a connector that Flink does not bring
		data, err = os.ReadFile(filepath.Join("testdata", name+".json"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, data)
}

func parse(t *testing.T, data []byte) *plan.Compiled {
	t.Helper()
	p, err := plan.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		old, new string
		job      compat.Job
		why      string // in the verdict's reasons
	}{
		// The same plan, compiled with other ids.
		{"sum", "sum", compat.Full, ""},
		{"two-sinks", "two-sinks", compat.Full, ""},
		// Literals.
		{"filter", "filter-tagged-b", compat.Full, `the literal is "b" instead of "a"`},
		{"filter", "filter-odd-text", compat.Full, "the literal is"},
		{"sum-count-doubled", "sum-count-tripled", compat.Full, "the literal is 3 instead of 2"},
		{"sum-having-5", "sum-having-6", compat.Full, "the literal is 6 instead of 5"},
		{"sum-above-5", "sum-above-6", compat.Partial, "what group-aggregate holds of rows that passed the old one stays in it"},
		{"sum-doubled", "sum-tripled", compat.Blocked, "group-aggregate keeps values that were computed with it"},
		{"over-5", "over-6", compat.Blocked, "part of an operator with state"},
		{"top-3", "top-5", compat.Blocked, "rankRange.end is 5 instead of 3"},
		{"window-1m", "window-2m", compat.Blocked, "PT2M"},
		{"in-1-2", "in-1-3", compat.Partial, "stays in it"},
		{"constant-5", "constant-6", compat.Blocked, "projection.0.operands.0 is 6 instead of 5"},
		{"counted-5", "counted-6", compat.Blocked, "group-aggregate keeps values that were computed with it"},
		{"limit-5", "limit-6", compat.Blocked, "5"},
		{"join", "join-above-6", compat.Partial, "what join holds of rows that passed the old one stays in it"},
		{"join-compared-1", "join-compared-2", compat.Blocked, "part of an operator with state"},
		// Filters and watermarks that a source applies.
		{"pushed-5", "pushed-6", compat.Partial, "planned to read under the old one"},
		{"large-csv-5", "large-csv-6", compat.Full, "the literal is 6 instead of 5"},
		{"large-parquet-5", "large-parquet-6", compat.Partial, "planned to read under the old one"},
		{"kafka-window-5", "kafka-window-7", compat.Partial, "stays in it"},
		{"kafka-window-5", "kafka-window-idle", compat.Partial, "other rows count as late"},
		// Options.
		{"kafka", "kafka-elsewhere", compat.Blocked, "properties.bootstrap.servers is \"b:9092\" instead of \"a:9092\""},
		{"kafka", "kafka-group", compat.Full, "offsets come from the state, not from the group"},
		{"sum", "sum-faster-source", compat.Full, "option rows-per-second is \"20\" instead of \"10\""},
		{"join", "join-watched", compat.Blocked, "would read all of them again"},
		{"join-watched", "join", compat.Full, "option source.monitor-interval is nothing instead of \"10 s\""},
		{"sum", "sum-other-source", compat.Blocked, "scanTableSource.table.identifier"},
		{"copy-files", "copy-files-elsewhere", compat.Blocked, "/tmp/others"},
		// Sinks.
		{"sum", "sum-printed", compat.Full, `options.connector is "print" instead of "blackhole"`},
		{"filter", "filter-to-files", compat.Full, "notes_in_files"},
		{"filter-to-files", "filter", compat.Blocked, "the old sink may keep state"},
		// Anything else.
		{"sum", "max", compat.Blocked, "aggCalls"},
		{"sum", "sum-above-5", compat.Blocked, "condition"},
		{"sum", "sum-having-5", compat.Blocked, "condition"},
		{"sum", "two-sinks", compat.Blocked, "nodes"},
		{"two-sinks", "sum", compat.Blocked, "nodes"},
		{"filter", "join", compat.Blocked, "nodes"},
		{"materialized", "sum-keyed", compat.Blocked, "projection"},
	} {
		t.Run(c.old+" to "+c.new, func(t *testing.T) {
			old, err := plan.Shift(read(t, c.old), 100)
			if err != nil {
				t.Fatal(err)
			}
			new := read(t, c.new)
			v := compat.Judge(old, new)
			if v.Job != c.job || !strings.Contains(strings.Join(v.Why, "\n"), c.why) {
				t.Fatalf("%s because of\n%s\nwant %s and %q", v.Job, strings.Join(v.Why, "\n"), c.job, c.why)
			}
			if v.AllowNonRestored || v.NextID <= old.MaxID() {
				t.Errorf("allowNonRestored %v, nextId %d", v.AllowNonRestored, v.NextID)
			}
			if c.job == compat.Blocked {
				checkBlocked(t, old, v)
			} else {
				checkCarried(t, old, new, v)
			}
		})
	}
}

// checkCarried: every operator goes on with its state, in the job's verdict's way.
func checkCarried(t *testing.T, old, new *plan.Compiled, v compat.Verdict) {
	t.Helper()
	if v.Aligned.Digest() != new.Digest() {
		t.Error("the aligned plan is another plan than the new one")
	}
	for i, n := range v.Aligned.Nodes() {
		if n.ID != old.Nodes()[i].ID {
			t.Errorf("%s has the id %d, not the old plan's %d", n.Type, n.ID, old.Nodes()[i].ID)
		}
	}
	mixed := 0
	for _, o := range v.Operators {
		if o.Verdict == compat.KeptMixed {
			mixed++
		} else if o.Verdict != compat.Kept {
			t.Errorf("%+v", o)
		}
		if *o.OldID != *o.NewID || len(o.OperatorID) != 32 {
			t.Errorf("%+v", o)
		}
	}
	if (mixed > 0) != (v.Job == compat.Partial) {
		t.Errorf("%s with %d mixed operators", v.Job, mixed)
	}
}

func checkBlocked(t *testing.T, old *plan.Compiled, v compat.Verdict) {
	t.Helper()
	if (v.Aligned != nil) != v.Approvable || len(v.Why) == 0 {
		t.Errorf("%+v", v)
	}
	for _, o := range v.Operators {
		if o.Verdict == compat.Unknown {
			if o.OldID == nil || len(o.Why) == 0 {
				t.Errorf("%+v", o)
			}
		}
	}
	if old.HasState() && len(v.Operators) == 0 {
		t.Error("the old plan has state, but no operator is listed")
	}
}

// What an operator cannot see does not count against it.
func TestWhyIsGivenWhereItMatters(t *testing.T) {
	v := compat.Judge(read(t, "sum-having-5"), read(t, "sum-having-6"))
	if len(v.Operators) != 1 || v.Operators[0].Rule != "same" || v.Operators[0].Why != nil {
		t.Errorf("a filter behind the aggregate: %+v", v.Operators)
	}
	v = compat.Judge(read(t, "sum-above-5"), read(t, "sum-above-6"))
	if len(v.Operators) != 1 || v.Operators[0].Rule != "mixed" || len(v.Operators[0].Why) != 1 {
		t.Errorf("a filter before the aggregate: %+v", v.Operators)
	}
}

// edit changes a plan as text; each old text has to be there.
func edit(t *testing.T, name string, oldnew ...string) *plan.Compiled {
	t.Helper()
	text := string(read(t, name).Bytes())
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(text, oldnew[i]) {
			t.Fatalf("%s has no %s", name, oldnew[i])
		}
		text = strings.ReplaceAll(text, oldnew[i], oldnew[i+1])
	}
	return parse(t, []byte(text))
}

func TestEditedPlans(t *testing.T) {
	for name, c := range map[string]struct {
		plan string
		edit []string
		job  compat.Job
	}{
		"time to live":                        {"sum", []string{`"ttl":"0 ms"`, `"ttl":"3600000 ms"`}, compat.Full},
		"name of the state":                   {"sum", []string{`groupAggregateState`, `other`}, compat.Blocked},
		"mini-batch size":                     {"sum", []string{`"table.exec.mini-batch.size":"-1"`, `"table.exec.mini-batch.size":"10"`}, compat.Full},
		"mini-batch":                          {"sum", []string{`"table.exec.mini-batch.enabled":"false"`, `"table.exec.mini-batch.enabled":"true"`}, compat.Blocked},
		"uid format":                          {"sum", []string{`"table.exec.mini-batch.size":"-1"`, `"table.exec.mini-batch.size":"-1","table.exec.uid.format":"x<id>"`}, compat.Blocked},
		"Flink version":                       {"sum", []string{`"flinkVersion":"2.3"`, `"flinkVersion":"2.4"`}, compat.Blocked},
		"description":                         {"sum", []string{`"description":"Calc(`, `"description":"Other(`}, compat.Full},
		"watermark delay":                     {"window-1m", []string{`"value":"5000"`, `"value":"7000"`, `INTERVAL '5' SECOND`, `INTERVAL '7' SECOND`}, compat.Partial},
		"node version":                        {"sum", []string{`group-aggregate_1`, `group-aggregate_2`}, compat.Blocked},
		"edge":                                {"sum", []string{`"type":"HASH"`, `"type":"HASH","x":1`}, compat.Blocked},
		"key":                                 {"sum", []string{`"grouping":[0]`, `"grouping":[1]`}, compat.Blocked},
		"source comment":                      {"sum", []string{`"identifier":"` + "`default_catalog`.`default_database`.`orders`" + `","resolvedTable":{`, `"identifier":"` + "`default_catalog`.`default_database`.`orders`" + `","resolvedTable":{"comment":"x",`}, compat.Full},
		"key of materializer":                 {"materialized", []string{`"columns":["customer"]`, `"columns":["orders"]`}, compat.Blocked},
		"sink's own setting":                  {"materialized", []string{`"connector":"print"`, `"connector":"print","print-identifier":"x"`}, compat.Full},
		"a literal that a materializer keeps": {"materialized", []string{`"value":10`, `"value":100`}, compat.Blocked},
		"a literal of a longer type":          {"filter", []string{`"type":"CHAR(1) NOT NULL","value":"a"`, `"type":"CHAR(3) NOT NULL","value":"abc"`, "`EXPR$2` CHAR(1)", "`EXPR$2` CHAR(3)"}, compat.Full},
	} {
		old := read(t, c.plan)
		v := compat.Judge(old, edit(t, c.plan, c.edit...))
		if v.Job != c.job {
			t.Errorf("%s: %s because of\n%s", name, v.Job, strings.Join(v.Why, "\n"))
		}
	}
}

// A filter between two operators with state must not change: the second one would
// never see the retraction of what the first one sent through the old filter.
func TestFilterBetweenOperatorsBlocks(t *testing.T) {
	const text = `{"flinkVersion":"2.3","nodes":[
		{"id":1,"type":"stream-exec-table-source-scan_2","scanTableSource":{"table":{"resolvedTable":{"options":{"connector":"datagen"}}}}},
		{"id":2,"type":"stream-exec-group-aggregate_1","description":"first"},
		{"id":3,"type":"stream-exec-calc_1","description":"filter","condition":{"operands":[{"kind":"LITERAL","value":5}]}},
		{"id":4,"type":"stream-exec-group-aggregate_1","description":"second"},
		{"id":5,"type":"stream-exec-sink_2"}],
		"edges":[{"source":1,"target":2},{"source":2,"target":3},{"source":3,"target":4},{"source":4,"target":5}]}`
	old, new := parse(t, []byte(text)), parse(t, []byte(strings.Replace(text, `"value":5`, `"value":6`, 1)))
	if v := compat.Judge(old, new); v.Job != compat.Blocked || !strings.Contains(v.Why[0], "retractions") {
		t.Errorf("%+v", v)
	}
	// The first aggregate does not see it.
	for _, o := range compat.Judge(old, new).Operators {
		if *o.OldID == 2 && o.Verdict != compat.Kept {
			t.Errorf("%+v", o)
		}
	}
}

func TestJSON(t *testing.T) {
	data, err := json.Marshal(compat.Judge(read(t, "sum"), read(t, "sum")))
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"job", "operators", "allowNonRestoredState", "nextId"} {
		if _, ok := v[field]; !ok {
			t.Errorf("%s is missing in %s", field, data)
		}
	}
}

// TestSinkOptions: where a sink writes to must not change under its state.
func TestSinkOptions(t *testing.T) {
	files := []string{"filter-to-files", `"connector":"filesystem","format":"csv","path":"/tmp/notes"`}
	kafka := func(guarantee string) string {
		return `"connector":"kafka","format":"json","properties.bootstrap.servers":"a:9092","sink.delivery-guarantee":"` + guarantee + `","sink.transactional-id-prefix":"p","topic":"notes"`
	}
	const other = `"connector":"newest","format":"json","sink.mode":"a","url":"x"`
	for name, c := range map[string]struct {
		options  string // of the old sink; empty: files
		old, new string
		operator compat.State
		why      string
	}{
		"directory":          {"", `/tmp/notes`, `/tmp/others`, compat.Unsafe, `option path is "/tmp/others" instead of "/tmp/notes"; a file that is open in the old directory is in the sink's state, and Flink would go on writing to that one`},
		"format":             {"", `"csv"`, `"raw"`, compat.Unknown, "may go on in the new format"},
		"unknown option":     {"", `"path"`, `"new-option":"x","path"`, compat.Unknown, "new-option"},
		"commit trigger":     {"", `"path"`, `"path":"/tmp/notes","sink.partition-commit.trigger":"process-time","x"`, compat.Unknown, "sink.partition-commit.trigger"},
		"rolling policy":     {"", `"path"`, `"sink.rolling-policy.rollover-interval":"1 min","path"`, compat.Kept, ""},
		"parallelism":        {"", `"path"`, `"sink.parallelism":"2","path"`, compat.Kept, ""},
		"format detail":      {"", `"path"`, `"csv.field-delimiter":";","path"`, compat.Kept, ""},
		"success file":       {"", `"path"`, `"sink.partition-commit.success-file.name":"x","path"`, compat.Kept, ""},
		"policy class":       {"", `"path"`, `"sink.partition-commit.policy.class.parameters":"x","path"`, compat.Kept, ""},
		"policy kind":        {"", `"path"`, `"sink.partition-commit.policy.kind":"success-file","path"`, compat.Unknown, "policy.kind"},
		"topic, exactly":     {kafka("exactly-once"), `"topic":"notes"`, `"topic":"others"`, compat.Unsafe, "belong to the old topic"},
		"servers, exactly":   {kafka("exactly-once"), `a:9092`, `b:9092`, compat.Unknown, "bootstrap.servers"},
		"prefix, exactly":    {kafka("exactly-once"), `"sink.transactional-id-prefix":"p"`, `"sink.transactional-id-prefix":"q"`, compat.Unsafe, "prefix"},
		"guarantee, exactly": {kafka("exactly-once"), `exactly-once`, `at-least-once`, compat.Unknown, "guarantee"},
		"password, exactly":  {kafka("exactly-once"), `"topic"`, `"properties.sasl.jaas.config":"${secret:X}","topic"`, compat.Kept, ""},
		"topic, at least":    {kafka("at-least-once"), `"topic":"notes"`, `"topic":"others"`, compat.Kept, ""},
		"guarantee":          {kafka("at-least-once"), `at-least-once`, `exactly-once`, compat.Kept, ""},
		"unknown connector":  {other, `"sink.mode":"a"`, `"sink.mode":"b"`, compat.Unknown, "not known"},
		"its place":          {other, `"url":"x"`, `"url":"y"`, compat.Unknown, "url"},
		"its buffer":         {other, `"url"`, `"sink.buffer-flush.interval":"1 s","url"`, compat.Unknown, "sink.buffer-flush.interval"},
		"jdbc":               {`"connector":"jdbc","table-name":"a","url":"x"`, `"table-name":"a"`, `"table-name":"b"`, compat.Kept, ""},
		"not in the plan":    {`"x":"y"`, "`notes_in_files`", "`others`", compat.Unsafe, "the plan does not say what the old one was"},
	} {
		options := c.options
		if options == "" {
			options = files[1]
		}
		old := edit(t, files[0], files[1], options)
		new := edit(t, files[0], files[1], options, c.old, c.new)
		v := compat.Judge(old, new)
		sink := v.Operators[len(v.Operators)-1]
		if sink.Verdict != c.operator || (v.Job == compat.Full) != (c.operator == compat.Kept) || !strings.Contains(strings.Join(sink.Why, "\n"), c.why) {
			t.Errorf("%s: %s, %+v", name, v.Job, sink)
		}
	}
	const table = `"connector":"jdbc","table-name":"a","url":"x"`
	old := edit(t, "materialized", `"connector":"print"`, table)
	if v := compat.Judge(old, edit(t, "materialized", `"connector":"print"`, strings.Replace(table, `"a"`, `"b"`, 1))); v.Job != compat.Blocked {
		t.Errorf("a materializer's rows: %+v", v)
	}
}
