package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"flink-sql-driver/plan"
)

func TestMentions(t *testing.T) {
	const doc = `{"flinkVersion":"2.3", "nodes":[{"id":1,"scanTableSource":{"table":{"resolvedTable":
		{"schema":{"columns":[{"name":"a","comment":"${secret:COMMENT}"}]},"options":{"p": "u:${secret:A}@${secret:B}","q":"1","${secret:KEY}":"x"},"comment":"${secret:TABLE}"}}},
		"options":{"p":"${secret:OTHER}"}, "description":"hints=[p=${secret:A}]"},
		{"id":2,"projection":[{"kind":"LITERAL","value":"${secret:LITERAL}"},{"description":"${secret:DEEP}"}]}],"edges":[]}`
	const table = "nodes.0.scanTableSource.table.resolvedTable."
	want := map[string]string{
		"COMMENT " + table + "schema.columns.0.comment": "elsewhere", "A " + table + "options.p": "option", "B " + table + "options.p": "option",
		"KEY " + table + "options.${secret:KEY}": "elsewhere", "TABLE " + table + "comment": "elsewhere", "OTHER nodes.0.options.p": "elsewhere",
		"A nodes.0.description": "description", "LITERAL nodes.1.projection.0.value": "elsewhere", "DEEP nodes.1.projection.1.description": "elsewhere",
	}
	mentions, err := plan.Mentions([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range mentions {
		got[m.Name+" "+m.Path] = map[plan.Place]string{plan.Elsewhere: "elsewhere", plan.InOption: "option", plan.InDescription: "description"}[m.Place]
		if text := doc[m.Start:m.End]; text != "${secret:"+m.Name+"}" {
			t.Errorf("%s: it is at %q", m.Name, text)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if err := plan.StraySecrets(mentions); err == nil || !strings.Contains(err.Error(), "COMMENT stands at "+table+"schema") {
		t.Errorf("%v", err)
	}
}

func FuzzMentions(f *testing.F) {
	f.Add(`{"a":[{"b":"${secret:X}"}`)
	f.Add(`["${secret:X}"]x`)
	f.Add(strings.Repeat("[", 2000) + `"${secret:X}"`)
	f.Fuzz(func(t *testing.T, doc string) {
		mentions, _ := plan.Mentions([]byte(doc))
		for _, m := range mentions {
			if doc[m.Start:m.End] != "${secret:"+m.Name+"}" {
				t.Errorf("%q: %+v", doc, m)
			}
		}
	})
}
