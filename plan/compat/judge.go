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
	ruleElsewhere = "elsewhere"  // its state belongs to something else outside of Flink
	ruleNotJudged = "not-judged" // the rule that would judge this is not built yet
)

// Judge says what becomes of the old plan's state under the new plan. old is the
// plan as it was deployed.
//
// The job is FULL when both plans have the same nodes and edges in the same order
// and differ only in
//   - literals, except where a stateful operator would go on with values that were
//     made with the old literal: in the operator itself, in columns computed before
//     it, and in filters between two stateful operators, whose retractions would
//     miss what they are to retract;
//   - options of tables, except those by which a source says what it reads;
//   - time to live, and settings that Flink reads at run time only;
//   - the table that a sink writes to, if the old sink keeps no state, its options that
//     have no say in that state otherwise (sinks.go has the rule), and whether it wants
//     to see the rows that updates replace;
//   - the class of a function or the options of a model, which Redefined judges.
//
// A filter's literal before a stateful operator is among these: what was counted
// under the old one stays counted, which Why of that operator says. Everything else
// is BLOCKED.
func Judge(old, new *plan.Compiled) Verdict {
	v := Verdict{NextID: old.MaxID() + 1}
	p, why, brief := pairUp(old, new)
	if why != "" {
		return v.blocked(old, why, brief)
	}
	p.compare()
	v.Why, v.Brief = p.texts(), p.brief(false)
	v.Operators = p.operators()
	if blocking := p.blocking(); len(blocking) > 0 {
		v.Job = Blocked
		v.Why, v.Brief = blocking, p.brief(true)
		return v
	}
	aligned, err := new.Renumber(p.ids())
	if err != nil {
		return v.blocked(old, err.Error(), err.Error())
	}
	v.Job, v.Aligned = Full, aligned
	return v.Redefined(old, new, p.redefined)
}

// blocked leaves all state of the old plan unjudged.
func (v Verdict) blocked(old *plan.Compiled, why, brief string) Verdict {
	v.Job = Blocked
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
	before           [][]int // for each node, the nodes that its rows come through, by index
	after            [][]int // and the nodes that they go on to
	equal            bool    // byte by byte
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
	for i := range a {
		if a[i].RawType != b[i].RawType {
			return nil, fmt.Sprintf("%sanother kind of node: %s became %s", notJudged, a[i].Description, b[i].Description), shortName(a[i]) + " became " + shortName(b[i])
		}
	}
	oldTree, err := decode(old)
	if err != nil {
		return nil, err.Error(), err.Error()
	}
	newTree, err := decode(new)
	if err != nil {
		return nil, err.Error(), err.Error()
	}
	if !sameJSON(oldTree.Edges, newTree.Edges) {
		const what = "the nodes are connected in another way"
		return nil, notJudged + what, what
	}
	p.oldJSON, p.newJSON = oldTree.Nodes, newTree.Nodes
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
	for i, n := range p.new.Nodes() {
		ids[n.ID] = p.old.Nodes()[i].ID
	}
	return ids
}

// operators judges every stateful node by the differences that it can see: its
// own, and those of the nodes that its rows come through.
func (p *pair) operators() []Operator {
	var list []Operator
	for i, n := range p.old.Nodes() {
		if !n.Stateful() && !p.new.Nodes()[i].Stateful() {
			continue
		}
		o := operator(n, Kept, ruleSame)
		o.OldID, o.NewID = &n.ID, &n.ID
		for _, d := range p.differences {
			if d.node != i && !slices.Contains(p.before[i], d.node) {
				continue
			}
			o.Why = append(o.Why, d.text)
			if d.unsafe && d.node == i {
				o.Verdict, o.Rule, o.NewID = Unsafe, ruleElsewhere, nil
			} else if d.blocking && o.Verdict != Unsafe {
				o.Verdict, o.Rule, o.NewID = Unknown, ruleNotJudged, nil
			} else if o.Rule == ruleSame {
				o.Rule = ruleSettings
			}
		}
		o.Brief = p.briefOf(i, o.Verdict == Unknown || o.Verdict == Unsafe)
		list = append(list, o)
	}
	return list
}
