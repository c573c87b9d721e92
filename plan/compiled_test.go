package plan_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"flink-sql-driver/plan"
)

func TestParseRefuses(t *testing.T) {
	const node = `{"id":1,"type":"stream-exec-calc_1"}`
	wrap := func(nodes, edges string) string {
		return `{"flinkVersion":"2.3","nodes":[` + nodes + `],"edges":[` + edges + `]}`
	}
	for name, c := range map[string]struct{ text, want string }{
		"nothing":              {"", "it is empty"},
		"spaces":               {" \n ", "it is empty"},
		"binary":               {"\x00\x01\x02\xff", "not UTF-8"},
		"smile":                {":)\n\x05", "line 1, column 1"},
		"html":                 {"<html>", "line 1, column 1: invalid character '<'"},
		"a second value":       {wrap(node, "") + "{}", "after top-level value"},
		"a comment":            {"// hi\n" + wrap(node, ""), "line 1, column 1"},
		"a list":               {"[]", "not a JSON object"},
		"an empty object":      {"{}", "flinkVersion"},
		"a foreign field":      {`{"flinkVersion":"2.3","nodes":[` + node + `],"edges":[],"extra":1}`, `"extra"`},
		"a field twice":        {`{"flinkVersion":"2.3","nodes":[` + node + `],"nodes":[],"edges":[]}`, `"nodes" stands twice`},
		"a field twice inside": {wrap(`{"id":1,"i\u0064":2,"type":"stream-exec-calc_1"}`, ""), `"id" stands twice`},
		"no version":           {`{"nodes":[` + node + `],"edges":[]}`, "flinkVersion"},
		"an odd version":       {`{"flinkVersion":"new","nodes":[` + node + `],"edges":[]}`, "flinkVersion"},
		"no nodes":             {`{"flinkVersion":"2.3","edges":[]}`, "no nodes"},
		"empty nodes":          {wrap("", ""), "no nodes"},
		"nodes of no list":     {`{"flinkVersion":"2.3","nodes":{},"edges":[]}`, "no nodes"},
		"no edges":             {`{"flinkVersion":"2.3","nodes":[` + node + `]}`, "no edges"},
		"a node that is none":  {wrap(`7`, ""), "node number 1: its id is missing"},
		"no id":                {wrap(`{"type":"stream-exec-calc_1"}`, ""), "its id is missing"},
		"an id of text":        {wrap(`{"id":"1","type":"stream-exec-calc_1"}`, ""), "its id is not a number"},
		"an id of a fraction":  {wrap(`{"id":1.0,"type":"stream-exec-calc_1"}`, ""), "its id is 1.0, not a whole number"},
		"an id too big":        {wrap(`{"id":2147483648,"type":"stream-exec-calc_1"}`, ""), "its id is 2147483648, not a whole number"},
		"an id without end":    {wrap(`{"id":`+strings.Repeat("9", 500)+`,"type":"stream-exec-calc_1"}`, ""), "9…, not a whole number"},
		"no type":              {wrap(`{"id":1}`, ""), `its type ""`},
		"an odd type":          {wrap(`{"id":1,"type":"calc"}`, ""), `its type "calc"`},
		"an id twice":          {wrap(node+","+node, ""), "the node id 1 is not unique"},
		"a dangling edge":      {wrap(node, `{"source":1,"target":2}`), "leads to node 2, which is not there"},
		"an edge without end":  {wrap(node, `{"source":1}`), "its target is missing"},
		"an edge that is none": {wrap(node, `null`), "its source is missing"},
		"description":          {wrap(`{"id":1,"type":"stream-exec-calc_1","description":{}}`, ""), "its description is not text"},
		"state":                {wrap(`{"id":1,"type":"stream-exec-calc_1","state":{}}`, ""), "its state is not a list"},
		"state without index":  {wrap(`{"id":1,"type":"stream-exec-calc_1","state":[{}]}`, ""), "the index of its state is missing"},
		"too deep":             {wrap(`{"id":1,"type":"stream-exec-calc_1","x":`+strings.Repeat("[", 2000)+strings.Repeat("]", 2000)+`}`, ""), "nested more than 1000 deep"},
		"much too deep":        {strings.Repeat("[", 1<<20), "exceeded max depth"},
	} {
		p, err := plan.Parse([]byte(c.text))
		if err == nil {
			t.Errorf("%s: it was taken: %s", name, p.Bytes())
		} else if !strings.HasPrefix(err.Error(), "compiled plan: ") || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 250 {
			t.Errorf("%s: %v\nwant %q in it", name, err, c.want)
		}
	}
	if _, err := plan.Parse(bytes.Repeat([]byte(" "), plan.MaxSize+1)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a huge plan: %v", err)
	}
}

func TestParseRefusesAPlanThatIsCutOff(t *testing.T) {
	whole, err := os.ReadFile("testdata/join.json")
	if err != nil {
		t.Fatal(err)
	}
	whole = bytes.TrimSpace(whole)
	for n := range whole {
		if _, err := plan.Parse(whole[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were taken", n, len(whole))
		}
	}
}

func TestCanonicalForm(t *testing.T) {
	const written = "\ufeff" + `{
	  "flinkVersion" : "2.3",
	  "nodes" : [ {"type":"stream-exec-calc_1", "id":70, "b":1.0E-5, "a":123456789012345678901234567890, "é":"<&>\u00e9é\/\u2028😀\ud83d", "\u0041":-0, "Z":null},
	              {"id":-5,"type":"stream-exec-sink_2","list":[ ],"empty":{ }, "nested" : { "z" : [1 , true, false], "id" : 70 }} ],
	  "edges" : [ {"target":-5, "source":70, "shuffle":{"type":"FORWARD"}} ]
	}`
	const canonical = `{"edges":[{"shuffle":{"type":"FORWARD"},"source":1,"target":2}],"flinkVersion":"2.3","nodes":[` +
		`{"\u0041":-0,"Z":null,"a":123456789012345678901234567890,"b":1.0E-5,"id":1,"type":"stream-exec-calc_1","é":"<&>\u00e9é\/\u2028😀\ud83d"},` +
		`{"empty":{},"id":2,"list":[],"nested":{"id":70,"z":[1,true,false]},"type":"stream-exec-sink_2"}]}`
	p := parse(t, []byte(written))
	if got := string(p.Canonical()); got != canonical {
		t.Errorf("canonical is\n%s\nwant\n%s", got, canonical)
	}
	own := strings.NewReplacer(`"id":1,`, `"id":70,`, `"id":2,`, `"id":-5,`, `"source":1`, `"source":70`, `"target":2`, `"target":-5`).Replace(canonical)
	if got := string(p.Bytes()); got != own {
		t.Errorf("bytes are\n%s\nwant\n%s", got, own)
	}
}

func TestCanonicalIsIdempotentAndIgnoresIds(t *testing.T) {
	for _, file := range recordedFiles(t) {
		p := parseFile(t, file)
		canonical := p.Canonical()
		if again := parse(t, canonical).Canonical(); !bytes.Equal(again, canonical) {
			t.Errorf("%s: canonical of canonical is\n%s", file, again)
		}
		ids := map[int]int{}
		for i, id := range rand.Perm(len(p.Nodes())) {
			ids[p.Nodes()[i].ID] = id - 3
		}
		renumbered, err := p.Renumber(ids)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(renumbered.Canonical(), canonical) || renumbered.Digest() != p.Digest() {
			t.Errorf("%s: other ids make another canonical form", file)
		}
		if bytes.Equal(renumbered.Bytes(), p.Bytes()) {
			t.Errorf("%s: it was not renumbered", file)
		}
		if again := parse(t, renumbered.Bytes()); !bytes.Equal(again.Bytes(), renumbered.Bytes()) {
			t.Errorf("%s: what was renumbered does not read back", file)
		}
	}
}

func TestRenumberRefuses(t *testing.T) {
	p := parse(t, []byte(`{"flinkVersion":"2.3","nodes":[{"id":1,"type":"stream-exec-calc_1"},{"id":2,"type":"stream-exec-sink_2"}],"edges":[]}`))
	for _, ids := range []map[int]int{nil, {1: 1}, {1: 5, 2: 5}, {1: 1 << 31, 2: 1}} {
		if got, err := p.Renumber(ids); err == nil {
			t.Errorf("%v: %s", ids, got.Bytes())
		}
	}
}

func TestAccessors(t *testing.T) {
	p := parseFile(t, "testdata/materialized.json")
	if p.FlinkVersion() != "2.3" {
		t.Errorf("Flink version %q", p.FlinkVersion())
	}
	var types []string
	var states []plan.State
	for _, n := range p.Nodes() {
		types = append(types, n.Type)
		states = append(states, n.States...)
		if again, ok := p.Node(n.ID); !ok || again.Description != n.Description || n.Description == "" || n.ID > p.MaxID() {
			t.Errorf("node %d: %+v", n.ID, again)
		}
	}
	if got, want := strings.Join(types, " "), "table-source-scan watermark-assigner calc exchange group-aggregate calc sink"; got != want {
		t.Errorf("types %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(states), "[{0 groupAggregateState 0 ms} {0 sinkMaterializeState 0 ms}]"; got != want {
		t.Errorf("states %s, want %s", got, want)
	}
	if len(p.Edges()) != 6 || p.Edges()[0].Source != p.Nodes()[0].ID || p.Edges()[5].Target != p.MaxID() {
		t.Errorf("edges %+v", p.Edges())
	}
	source, sink := p.Sources(), p.Sinks()
	if len(source) != 1 || source[0].Identifier != "`default_catalog`.`default_database`.`orders`" || source[0].Connector() != "datagen" ||
		source[0].Options["rows-per-second"] != "10" || source[0].Node != p.Nodes()[0].ID {
		t.Errorf("sources %+v", source)
	}
	if len(sink) != 1 || sink[0].Identifier != "`default_catalog`.`default_database`.`sums_by_customer`" || sink[0].Connector() != "print" {
		t.Errorf("sinks %+v", sink)
	}
	if _, ok := p.Node(1 << 20); ok {
		t.Error("a node that is not there")
	}
}

func TestStateAndBounds(t *testing.T) {
	for name, want := range map[string]struct {
		state, bounded bool
		operators      string
	}{
		"filter":          {false, false, ""},
		"filter-to-files": {true, false, ""}, // the file sink publishes on checkpoints
		"sum":             {true, false, "group-aggregate"},
		"materialized":    {true, false, "group-aggregate sink"},
		"sum-keyed":       {true, false, "group-aggregate"},
		"window-1m":       {true, false, "global-window-aggregate"},
		"session":         {true, false, "window-table-function"},
		"tumble-rows":     {false, false, ""},
		"join":            {true, false, "join"},
		"top-3":           {true, false, "rank"},
		"over-5":          {true, false, "over-aggregate"},
		"copy-files":      {true, true, ""},
		"values":          {false, true, ""},
	} {
		p := parseFile(t, "testdata/"+name+".json")
		var operators []string
		for _, n := range p.Nodes() {
			if n.Operator() {
				operators = append(operators, n.Type)
			}
		}
		if p.HasState() != want.state || p.Bounded() != want.bounded || strings.Join(operators, " ") != want.operators {
			t.Errorf("%s: state %v, bounded %v, operators %q; want %+v", name, p.HasState(), p.Bounded(), operators, want)
		}
	}
}

func TestBoundedConnectors(t *testing.T) {
	for options, want := range map[string]bool{
		`"connector":"kafka"`: false,
		`"connector":"kafka","scan.bounded.mode":"latest-offset"`:               true,
		`"connector":"kafka","scan.bounded.mode":"unbounded"`:                   false,
		`"connector":"filesystem","path":"/x"`:                                  true,
		`"connector":"filesystem","path":"/x","source.monitor-interval":"1 s"`:  false,
		`"connector":"datagen"`:                                                 false,
		`"connector":"datagen","number-of-rows":"5"`:                            true,
		`"connector":"datagen","fields.a.kind":"sequence","fields.a.start":"1"`: true,
		`"connector":"mysql-cdc"`:                                               false,
		``:                                                                      false,
	} {
		p := parse(t, []byte(`{"flinkVersion":"2.3","nodes":[{"id":1,"type":"stream-exec-table-source-scan_2","scanTableSource":{"table":{"resolvedTable":{"options":{`+
			options+`}}}}}],"edges":[]}`))
		if p.Bounded() != want {
			t.Errorf("%s: bounded %v", options, p.Bounded())
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range []string{"values"} {
		data, err := os.ReadFile("testdata/" + file + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"flinkVersion":"2.3","nodes":[{"id":1,"type":"stream-exec-calc_1","x":"\ud800"}],"edges":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := plan.Parse(slices.Clone(data))
		if err != nil {
			return
		}
		canonical := p.Canonical()
		q, err := plan.Parse(canonical)
		if err != nil {
			t.Fatalf("canonical form does not read back: %v\n%s", err, canonical)
		}
		if !bytes.Equal(q.Canonical(), canonical) || !bytes.Equal(q.Bytes(), canonical) {
			t.Fatalf("not idempotent:\n%s\n%s", canonical, q.Canonical())
		}
		p.HasState()
		p.Bounded()
		p.Sources()
		p.Sinks()
	})
}
