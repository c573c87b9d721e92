package compat

import (
	"slices"
	"strconv"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat/connector"
)

// ruleRedefined is for what a plan refers to by name and that has another meaning now.
const ruleRedefined = "redefined"

// Redefined is something that plans refer to by name and that is not what it was when
// the state was written.
type Redefined struct {
	Kind RedefinedKind
	// Path is its name as far as it is known, from the last part backwards; empty:
	// everything of the kind.
	Path []string
	// Says is what is different, for people: "mask is demo.MaskB instead of demo.Mask".
	Says string
	// Perhaps: it may well be what it was, which nobody recorded. Then whoever knows may
	// approve of what would be UNKNOWN.
	Perhaps bool
}

// RedefinedKind is what kind of thing has another meaning.
type RedefinedKind string

// The kinds.
const (
	RedefinedFunction       RedefinedKind = "function"        // of a catalog
	RedefinedSystemFunction RedefinedKind = "system function" // temporary, or a module's
	RedefinedModel          RedefinedKind = "model"
	RedefinedModule         RedefinedKind = "module" // with its functions and what it makes of models
	RedefinedTable          RedefinedKind = "table"
	RedefinedCatalog        RedefinedKind = "catalog"   // with all that is in it
	RedefinedAnything       RedefinedKind = "statement" // one that is not understood
)

// Redefined adds to a verdict on two plans what becomes of the state where the plans
// refer to something by name that has another meaning now:
//   - an aggregate function's accumulators may be others, and so may be what any other
//     operator keeps that calls a function itself: UNKNOWN;
//   - a function or model before a stateful operator makes other values than those that
//     are in its state: KEPT-MIXED. Where rows may be taken back, the operator would
//     miss what they take back: UNKNOWN;
//   - a source or sink whose table may be another one, and every operator behind such a
//     source: UNKNOWN;
//   - behind the last stateful operator nothing is lost.
//
// Rows that wait in an operator for an answer from outside do not count as state: they
// get the new answer.
func (v Verdict) Redefined(old, new *plan.Compiled, list []Redefined) Verdict {
	if len(list) == 0 || v.Aligned == nil {
		return v
	}
	harms, err := harmsOf(old, list)
	if err != nil {
		return v.blocked(old, err.Error(), err.Error())
	}
	launched, err := harmsOf(v.Aligned, list)
	if err != nil {
		return v.blocked(old, err.Error(), err.Error())
	}
	var blocking, noted []string
	operators := slices.Clone(v.Operators)
	for i := range operators {
		o := &operators[i]
		h := worse(harms.of(o.OldID), launched.of(o.NewID))
		if h.verdict == "" || o.Rule == ruleRedefined && o.Verdict == h.verdict {
			continue
		}
		o.Why = append(slices.Clone(o.Why), h.text)
		if h.verdict == Unknown {
			blocking = append(blocking, h.text)
		} else {
			noted = append(noted, h.text)
		}
		if o.Verdict == Kept || o.Verdict == New || h.verdict == Unknown {
			o.Verdict, o.Rule, o.Brief = h.verdict, ruleRedefined, h.brief
		}
		if o.Verdict == Unknown {
			o.NewID = nil
		}
	}
	v.Operators = operators
	switch {
	case len(blocking) > 0:
		v.Job, v.Approvable, v.Aligned, v.AllowNonRestored = Blocked, false, nil, false
		v.Why, v.Brief = blocking, nil
	case len(noted) > 0:
		v.Why = append(slices.Clone(v.Why), noted...)
		if v.Job == Full {
			v.Job = Partial
		}
	}
	return v
}

// redefines recognizes differences of two plans by which something that they name is
// another thing: the class of a function, the options of a model, which a plan holds if
// they are permanent ones of a catalog.
func (p *pair) redefines(node int, c change) bool {
	r := Redefined{}
	last := len(c.path) - 1
	switch new, old := c.shows(); {
	case c.path[last] == "class":
		name, ok := member(p.oldJSON[node], c.path[:last], "catalogName")
		if !ok {
			return false
		}
		r = Redefined{Kind: RedefinedFunction, Path: identifierParts(name), Says: "function " + name + " is " + new + " instead of " + old}
	case c.under("modelSpec", "model", "resolvedModel", "options"):
		name, _ := member(p.oldJSON[node], []string{"modelSpec", "model"}, "identifier")
		r = Redefined{Kind: RedefinedModel, Path: identifierParts(name), Says: "of model " + name + " '" + strings.Join(c.path[4:], ".") + "' is " + new + " instead of " + old}
	default:
		return false
	}
	p.redefined = append(p.redefined, r)
	p.note(node, c.name(), c, "")
	return true
}

// member is a text of the object at a path.
func member(v any, path []string, name string) (string, bool) {
	for _, key := range path {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(at) {
				return "", false
			}
			v = at[i]
		}
	}
	object, _ := v.(map[string]any)
	text, ok := object[name].(string)
	return text, ok
}

// Reaches reports whether something redefined has a say in the state of a plan.
func (r Redefined) Reaches(p *plan.Compiled) bool {
	found, err := harmsOf(p, []Redefined{r})
	return err != nil || len(found) > 0
}

// Reached reports whether a verdict's operators speak of something redefined.
func (v Verdict) Reached() bool {
	return slices.ContainsFunc(v.Operators, func(o Operator) bool { return o.Rule == ruleRedefined })
}

// harm is what a redefinition does to the state of one node.
type harm struct {
	verdict     State // KeptMixed or Unknown; empty: nothing
	text, brief string
}

// worse is the first of the two unless the second weighs more.
func worse(a, b harm) harm {
	if a.verdict == "" || a.verdict == KeptMixed && b.verdict == Unknown {
		return b
	}
	return a
}

// harms are those of a plan, by node id.
type harms map[int]harm

func (h harms) of(id *int) harm {
	if id == nil {
		return harm{}
	}
	return h[*id]
}

// harmsOf finds what redefinitions do to the state of a plan's nodes.
func harmsOf(p *plan.Compiled, list []Redefined) (harms, error) {
	t, err := decode(p)
	if err != nil {
		return nil, err
	}
	g := redefinition{pair: &pair{old: p, new: p}, nodes: p.Nodes(), found: harms{}}
	g.reach()
	for i := range g.nodes {
		for _, u := range usesIn(t.Nodes[i]) {
			for _, r := range list {
				if u.refersTo(r) {
					g.use(i, u, r)
				}
			}
		}
	}
	for _, r := range list {
		if r.Kind == RedefinedAnything {
			g.everything(r)
		}
	}
	return g.found, nil
}

// redefinition is a plan in which uses of redefined things are judged.
type redefinition struct {
	*pair
	nodes []plan.Node
	found harms
}

// carries reports whether a node keeps more from row to row than a source's
// positions, what a sink has yet to publish, or rows that wait for an answer.
func (g redefinition) carries(i int) bool {
	n := g.nodes[i]
	switch n.Type {
	case "async-calc", "async-correlate", "python-async-calc", "lookup-join", "ml-predict-table-function", "vector-search-table-function":
		return len(n.States) > 0
	}
	return n.Operator()
}

// use judges one use of something redefined.
func (g redefinition) use(i int, u use, r Redefined) {
	switch {
	case u.kind == useScan:
		g.scan(i, r)
	case u.kind == useSink:
		g.sink(i, r)
	case u.kind == useAggregate && g.carries(i):
		g.add(i, i, Unknown, r, "what it has gathered was made by the old one, and whether the new one can go on with that is not known")
	case g.carries(i):
		g.add(i, i, Unknown, r, "what it keeps follows the old one, and whether that fits the new one is not known")
	default:
		g.feeds(i, r)
	}
}

// scan: the rows of a source may be those of another table.
func (g redefinition) scan(i int, r Redefined) {
	if g.nodes[i].Stateful() {
		g.add(i, i, Unknown, r, "the source would go on with positions in what may be another table")
	}
	for _, k := range g.after[i] {
		if g.carries(k) {
			g.add(k, i, Unknown, r, "what it keeps came from what may be another table")
		}
	}
}

func (g redefinition) sink(i int, r Redefined) {
	n := g.nodes[i]
	if n.Materializes() || connector.KeepsState(g.pair.sink(n.ID).Options) {
		g.add(i, i, Unknown, r, "what the sink keeps in its state belongs to what it wrote to before, which may be another table")
	}
}

// feeds: operators behind hold values that were computed with what it was before.
func (g redefinition) feeds(i int, r Redefined) {
	updated := g.updating(i) || slices.ContainsFunc(g.before[i], g.carries)
	for _, k := range g.after[i] {
		switch {
		case !g.carries(k):
		case updated:
			g.add(k, i, Unknown, r, "it would miss retractions of what the old one gave")
		default:
			g.add(k, i, KeptMixed, r, "what the old one gave stays in it")
		}
	}
}

func (g redefinition) everything(r Redefined) {
	for i, n := range g.nodes {
		if n.Stateful() {
			g.add(i, i, Unknown, r, "what that means for its state is not known")
		}
	}
}

// add records a harm to node i by something that node at uses.
func (g redefinition) add(i, at int, s State, r Redefined, because string) {
	if r.Perhaps {
		s, because = KeptMixed, "what another one gave would stay in it"
	}
	h := harm{verdict: s, text: g.nodes[i].Description + ": " + r.Says + "; " + because, brief: r.Says + ": " + because}
	if at != i {
		h.text = g.nodes[i].Description + ": in " + shortName(g.nodes[at]) + " before it, " + r.Says + "; " + because
	}
	g.found[g.nodes[i].ID] = worse(g.found[g.nodes[i].ID], h)
}
