package compat

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/plan"
)

// The rules that an Operator names.
const (
	ruleSame      = "same"       // nothing that it sees is different
	ruleSettings  = "settings"   // options or literals differ, its state does not depend on them
	ruleMixed     = "mixed"      // its state was made under another rule, which an approval accepts
	ruleAmbiguous = "ambiguous"  // nothing says which of several equal operators it is
	ruleAsked     = "asked"      // whether its state fits is not known here; an approval says that it does
	ruleElsewhere = "elsewhere"  // its state belongs to something else outside of Flink
	ruleNotJudged = "not-judged" // the rule that would judge this is not built yet
)

// Judge says what becomes of the old plan's state under the new plan. old is the
// plan as it was deployed.
//
// Only plans that have the same nodes and edges are compared; a change that adds or
// removes an operator is BLOCKED. Of the others the job is FULL when they differ in
// nothing but
//   - literals that no stateful operator keeps anything of;
//   - options of tables that package connector knows as harmless;
//   - time to live, and settings that Flink reads at run time only;
//   - the table that a sink writes to, if the old sink keeps no state (sinks.go has the
//     rule), and whether it wants to see the rows that updates replace;
//   - the class of a function or the options of a model, which Redefined judges.
//
// It is PARTIAL when operators go on with what they made under another filter,
// watermark or reading of the same rows (KEPT-MIXED).
//
// Everything else is BLOCKED: columns computed before an operator with other literals,
// filters between two of them, whose retractions would miss what they are to retract,
// sources and sinks that point elsewhere. Where nothing stands in the way but options
// whose meaning only the user knows, the job is BLOCKED and Approvable.
func Judge(old, new *plan.Compiled) Verdict {
	v := Verdict{NextID: old.MaxID() + 1}
	p, why, brief := pairUp(old, new)
	if why != "" {
		return v.blocked(old, why, brief)
	}
	p.compare()
	p.ambiguities()
	v.Job, v.Approvable = p.job()
	v.Why, v.Brief = p.texts(v.Job == Blocked), p.brief(v.Job == Blocked)
	v.Operators = p.operators()
	if v.Job == Blocked && !v.Approvable {
		return v
	}
	aligned, err := new.Renumber(p.ids())
	if err != nil {
		return v.blocked(old, err.Error(), err.Error())
	}
	v.Aligned = aligned
	return v.Redefined(old, new, p.redefined)
}

// job is the verdict on the job, and whether an approval lifts one of BLOCKED.
func (p *pair) job() (verdict Job, approvable bool) {
	verdict, approvable = Full, true
	for _, d := range p.differences {
		switch {
		case d.blocking:
			verdict = Blocked
			approvable = approvable && d.asked
		case d.mixed && verdict == Full:
			verdict = Partial
		}
	}
	return verdict, verdict == Blocked && approvable
}

// blocked leaves all state of the old plan unjudged.
func (v Verdict) blocked(old *plan.Compiled, why, brief string) Verdict {
	v.Job, v.Approvable = Blocked, false
	v.Why, v.Brief = []string{why}, []string{brief}
	v.Operators = nil
	for _, n := range old.Nodes() {
		if n.Stateful() {
			o := operator(n, Unknown, ruleNotJudged)
			o.OldID = &n.ID
			o.Why = []string{why}
			v.Operators = append(v.Operators, o)
		}
	}
	return v
}

func operator(n plan.Node, s State, rule string) Operator {
	return Operator{Verdict: s, Type: n.Type, Name: shortName(n), Transformation: n.Transformation(), OperatorID: plan.OperatorID(n.UID()), Rule: rule}
}

// pair is two plans of one shape.
type pair struct {
	old, new         *plan.Compiled
	match            *match
	newNodes         []plan.Node // as the old plan's nodes are ordered
	before           [][]int     // for each node, the nodes that its rows come through, by index
	after            [][]int     // and the nodes that they go on to
	equal            bool        // byte by byte
	differences      []difference
	redefined        []Redefined
	oldJSON, newJSON []map[string]any
}

// pairUp makes sure that both plans have one shape; otherwise why says in what
// they differ.
func pairUp(old, new *plan.Compiled) (p *pair, why, brief string) {
	if old.FlinkVersion() != new.FlinkVersion() {
		why := versions(old.FlinkVersion(), new.FlinkVersion())
		return nil, why, strings.TrimPrefix(why, notJudged)
	}
	p = &pair{old: old, new: new, equal: bytes.Equal(old.Canonical(), new.Canonical())}
	a, b := old.Nodes(), new.Nodes()
	if len(a) != len(b) {
		return nil, fmt.Sprintf("%sthe old plan has %d nodes, the new one %d", notJudged, len(a), len(b)), shapes(a, b)
	}
	oldTree, err := decode(old)
	if err != nil {
		return nil, err.Error(), err.Error()
	}
	newTree, err := decode(new)
	if err != nil {
		return nil, err.Error(), err.Error()
	}
	was, is := newSide(oldTree), newSide(newTree)
	p.match = matchNodes(was, is)
	for i, n := range p.match.newOf {
		if a[i].RawType != b[n].RawType {
			return nil, fmt.Sprintf("%sanother kind of node: %s became %s", notJudged, a[i].Description, b[n].Description), shortName(a[i]) + " became " + shortName(b[n])
		}
		p.newNodes = append(p.newNodes, b[n])
		p.newJSON = append(p.newJSON, is.nodes[n])
	}
	if !p.match.connected(was, is) {
		const what = "the nodes are connected in another way"
		return nil, notJudged + what, what
	}
	p.oldJSON = was.nodes
	p.reach()
	return p, "", ""
}

// versions says why plans of two Flinks are not compared.
func versions(old, new string) string {
	text := fmt.Sprintf("%sFlink %s compiled the old plan and Flink %s the new one", notJudged, old, new)
	if plan.CompareVersions(new, old) < 0 {
		text += fmt.Sprintf("; Flink %s does not read the state of a newer one", new)
	} else {
		text += "; the same operators may keep their state in another way"
	}
	return fmt.Sprintf("%s. Compile with Flink %s again (flink-version in the manifest, gateways in submitter.yaml)", text, old)
}

// reach computes before and after.
func (p *pair) reach() {
	nodes := p.old.Nodes()
	index := map[int]int{}
	for i, n := range nodes {
		index[n.ID] = i
	}
	forward, backward := make([][]int, len(nodes)), make([][]int, len(nodes))
	for _, e := range p.old.Edges() {
		s, t := index[e.Source], index[e.Target]
		forward[s] = append(forward[s], t)
		backward[t] = append(backward[t], s)
	}
	for i := range nodes {
		p.before = append(p.before, closure(backward, i))
		p.after = append(p.after, closure(forward, i))
	}
}

// closure lists the nodes that can be reached from one, without it.
func closure(edges [][]int, from int) []int {
	seen := map[int]bool{}
	var found []int
	for queue := slices.Clone(edges[from]); len(queue) > 0; queue = queue[1:] {
		if n := queue[0]; !seen[n] {
			seen[n] = true
			found = append(found, n)
			queue = append(queue, edges[n]...)
		}
	}
	return found
}

// ids maps the new plan's ids to the old plan's, node by node.
func (p *pair) ids() map[int]int {
	ids := map[int]int{}
	for i, n := range p.newNodes {
		ids[n.ID] = p.old.Nodes()[i].ID
	}
	return ids
}

// operators judges every stateful node by the differences that it can see: its
// own, and those of the nodes that its rows come through.
func (p *pair) operators() []Operator {
	var list []Operator
	for i, n := range p.old.Nodes() {
		if !n.Stateful() && !p.newNodes[i].Stateful() {
			continue
		}
		o := operator(n, Kept, ruleSame)
		o.OldID = &n.ID
		for _, d := range p.differences {
			if d.node == i || slices.Contains(p.before[i], d.node) {
				o.Why = append(o.Why, d.text)
				o.seeing(p.effect(i, d))
			}
		}
		if o.carried() {
			o.NewID = &n.ID
		}
		o.Brief = p.briefOf(i, !o.carried() || o.Rule == ruleAsked)
		list = append(list, o)
	}
	return list
}

// effect is what a difference that an operator sees does to it.
func (p *pair) effect(node int, d difference) (State, string) {
	own := d.node == node
	switch {
	case d.unsafe && own:
		return Unsafe, ruleElsewhere
	case d.ambiguous && own:
		return Ambiguous, ruleAmbiguous
	case d.asked:
		return Unknown, ruleAsked
	case d.blocking:
		return Unknown, ruleNotJudged
	case d.mixed && (own && d.here || !own && p.old.Nodes()[node].Operator()):
		return KeptMixed, ruleMixed
	}
	return Kept, ruleSettings
}

// severity orders the rules; the last one that applies to an operator counts.
var severity = []string{ruleSame, ruleSettings, ruleMixed, ruleAsked, ruleNotJudged, ruleAmbiguous, ruleElsewhere}

func (o *Operator) seeing(s State, rule string) {
	if slices.Index(severity, rule) > slices.Index(severity, o.Rule) {
		o.Verdict, o.Rule = s, rule
	}
}

// carried reports whether the operator goes on with its state, as far as the plans
// say, if need be with an approval.
func (o *Operator) carried() bool {
	return o.Verdict == Kept || o.Verdict == KeptMixed || o.Rule == ruleAsked
}
