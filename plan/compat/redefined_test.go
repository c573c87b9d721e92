package compat_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
)

var (
	mask       = compat.Redefined{Kind: compat.RedefinedFunction, Path: []string{"mask"}, Says: "mask is another"}
	maskAll    = compat.Redefined{Kind: compat.RedefinedSystemFunction, Path: []string{"MASK_ALL"}, Says: "mask_all is another"}
	total      = compat.Redefined{Kind: compat.RedefinedFunction, Path: []string{"total"}, Says: "total is another"}
	parts      = compat.Redefined{Kind: compat.RedefinedFunction, Path: []string{"default_database", "Parts"}, Says: "parts is another"}
	longer     = compat.Redefined{Kind: compat.RedefinedFunction, Path: []string{"default_catalog", "default_database", "longer"}, Says: "longer is another"}
	later      = compat.Redefined{Kind: compat.RedefinedFunction, Path: []string{"later"}, Says: "later is another"}
	gather     = compat.Redefined{Kind: compat.RedefinedFunction, Path: []string{"gather"}, Says: "gather is another"}
	anyOne     = compat.Redefined{Kind: compat.RedefinedFunction, Says: "the class path is another"}
	fromModule = compat.Redefined{Kind: compat.RedefinedModule, Says: "the module is another"}
	labels     = compat.Redefined{Kind: compat.RedefinedModel, Path: []string{"labels"}, Says: "labels is another"}
	catalog    = compat.Redefined{Kind: compat.RedefinedCatalog, Path: []string{"default_catalog"}, Says: "the catalog is another"}
	otherOne   = compat.Redefined{Kind: compat.RedefinedCatalog, Path: []string{"pg"}, Says: "pg is another"}
	ordersOnly = compat.Redefined{Kind: compat.RedefinedTable, Path: []string{"orders"}, Says: "orders is another"}
	statement  = compat.Redefined{Kind: compat.RedefinedAnything, Says: "a statement is another"}
)

// TestRedefined judges plans that stay the same while what they name does not.
func TestRedefined(t *testing.T) {
	for _, c := range []struct {
		plan string
		what compat.Redefined
		want map[string]compat.State // by type; what is not here is kept
	}{
		// A function before, in and behind what has state.
		{"functions/mask-printed", mask, nil},
		{"functions/mask-to-files", mask, nil},
		{"functions/mask-behind", mask, nil},
		{"functions/mask-as-key", mask, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		{"functions/mask-as-filter", mask, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		{"functions/mask-as-argument", mask, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		{"functions/mask-as-join-key", mask, map[string]compat.State{"join": compat.KeptMixed}},
		{"functions/mask-of-changes", mask, map[string]compat.State{"group-aggregate": compat.Unknown}},
		{"functions/longer-in-join", longer, map[string]compat.State{"join": compat.Unknown}},
		{"functions/parts-printed", parts, nil},
		{"functions/parts-counted", parts, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		{"functions/mask-in-pattern", mask, map[string]compat.State{"match": compat.Unknown}},
		{"functions/gather", gather, map[string]compat.State{"process-table-function": compat.Unknown}},
		// Rows that wait for an answer are no state.
		{"functions/later-printed", later, nil},
		{"functions/later-counted", later, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		// An aggregate function.
		{"functions/total", total, map[string]compat.State{"group-aggregate": compat.Unknown}},
		{"functions/total-in-window", total, map[string]compat.State{"global-window-aggregate": compat.Unknown}},
		{"functions/total-over", total, map[string]compat.State{"over-aggregate": compat.Unknown}},
		// System functions are no functions of a catalog.
		{"functions/mask-all-as-key", maskAll, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		{"functions/mask-all-as-key", fromModule, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		{"functions/mask-as-key", fromModule, nil},
		{"functions/mask-all-as-key", mask, nil},
		// Others that the plan does not name.
		{"functions/mask-as-key", total, nil},
		{"functions/mask-as-key", labels, nil},
		{"functions/mask-as-key", otherOne, nil},
		{"sum", anyOne, nil},
		{"sum", mask, nil},
		// The class path may hold any function.
		{"functions/mask-as-key", anyOne, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		{"functions/kept-mask-as-key", anyOne, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		{"functions/total", anyOne, map[string]compat.State{"group-aggregate": compat.Unknown}},
		// Models.
		{"functions/labels-printed", labels, nil},
		{"functions/labels-counted", fromModule, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		{"functions/labels-counted", labels, map[string]compat.State{"group-aggregate": compat.KeptMixed}},
		// Tables and catalogs.
		{"sum", catalog, map[string]compat.State{"group-aggregate": compat.Unknown}},
		{"sum", ordersOnly, map[string]compat.State{"group-aggregate": compat.Unknown}},
		{"filter", catalog, nil},
		{"copy-files", catalog, map[string]compat.State{"table-source-scan": compat.Unknown}},
		{"filter-to-files", catalog, map[string]compat.State{"sink": compat.Unknown}},
		{"filter-to-files", ordersOnly, nil},
		{"functions/mask-printed", catalog, nil},
		// What is not understood may be anything.
		{"sum", statement, map[string]compat.State{"group-aggregate": compat.Unknown}},
		{"filter", statement, nil},
	} {
		t.Run(c.plan+" with "+c.what.Says, func(t *testing.T) {
			old, err := plan.Shift(read(t, c.plan), 100)
			if err != nil {
				t.Fatal(err)
			}
			new := read(t, c.plan)
			v := compat.Judge(old, new).Redefined(old, new, []compat.Redefined{c.what})
			got := map[string]compat.State{}
			for _, o := range v.Operators {
				if o.Verdict == compat.Kept {
					continue
				}
				got[o.Type] = o.Verdict
				if !strings.Contains(strings.Join(o.Why, "\n"), c.what.Says) || o.Brief == "" || (o.Verdict == compat.Unknown) != (o.NewID == nil) {
					t.Errorf("%+v", o)
				}
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
			want := compat.Full
			for _, s := range c.want {
				if want = compat.Partial; s == compat.Unknown {
					want = compat.Blocked
				}
			}
			if v.Job != want || (v.Aligned == nil) != (want == compat.Blocked) || v.Reached() != (want != compat.Full) || v.AllowNonRestored {
				t.Errorf("%s, aligned %v, reached %v; want %s", v.Job, v.Aligned != nil, v.Reached(), want)
			}
		})
	}
}

// A function between two operators reaches the second one alone, which would miss what
// the first one takes back.
func TestRedefinedBetween(t *testing.T) {
	p := read(t, "functions/mask-between")
	v := compat.Judge(p, p).Redefined(p, p, []compat.Redefined{mask})
	var states []compat.State
	for _, o := range v.Operators {
		states = append(states, o.Verdict)
	}
	if !slices.Equal(states, []compat.State{compat.Kept, compat.Unknown}) || v.Job != compat.Blocked {
		t.Errorf("%v, %s", states, v.Job)
	}
}

// The worst of several counts, in whatever order they come.
func TestRedefinedSeveral(t *testing.T) {
	p := read(t, "functions/total")
	note := compat.Redefined{Kind: compat.RedefinedTable, Path: []string{"sums"}, Says: "the sink's table is another"}
	for _, list := range [][]compat.Redefined{{note, total}, {total, note}, {mask, anyOne}} {
		if v := compat.Judge(p, p).Redefined(p, p, list); v.Job != compat.Blocked {
			t.Errorf("%v: %s", list, v.Job)
		}
	}
	if v := compat.Judge(p, p).Redefined(p, p, nil); v.Job != compat.Full || v.Reached() {
		t.Errorf("nothing: %+v", v)
	}
	mixed := read(t, "functions/mask-as-key")
	v := compat.Judge(mixed, mixed).Redefined(mixed, mixed, []compat.Redefined{mask})
	if again := v.Redefined(mixed, mixed, []compat.Redefined{anyOne}); len(again.Why) != len(v.Why) || again.Job != compat.Partial {
		t.Errorf("said twice: %q", again.Why)
	}
}

// What a plan holds of a permanent function or model is judged as what it only names.
func TestPermanentRedefined(t *testing.T) {
	for _, c := range []struct {
		plan, from, to string
		job            compat.Job
	}{
		{"functions/kept-mask-as-key", `"named.Mask"`, `"named.Other"`, compat.Partial},
		{"functions/kept-labels-counted", `"classification"`, `"regression"`, compat.Partial},
		{"functions/kept-mask-as-key", "kept_mask", "other_mask", compat.Blocked},
	} {
		old := read(t, c.plan)
		new := parse(t, bytes.ReplaceAll(old.Bytes(), []byte(c.from), []byte(c.to)))
		v := compat.Judge(old, new)
		if v.Job != c.job || v.Reached() != (c.job == compat.Partial) || v.Job == compat.Partial && !strings.Contains(strings.Join(v.Why, "\n"), strings.Trim(c.to, `"`)) {
			t.Errorf("%s: %s\n%s", c.plan, v.Job, strings.Join(v.Why, "\n"))
		}
	}
}
