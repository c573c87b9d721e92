package compat

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// side is one of two plans that are compared, with what tells its nodes apart.
type side struct {
	nodes  []map[string]any // without their ids
	inputs [][]input
	after  [][]int
	order  []int // every node after those before it

	class      []string // the node and what is before it, without what may change, and the sinks
	exact      []string // the node and what is before it, with literals and options
	values     []string // the same with literals
	whole      []string // exact, and what is behind the node
	alone      []string // values, whatever the node can be confused with
	behind     []string // what its rows go through, with literals
	onward     []string // the node and what is behind it, with literals
	unreadable bool     // some text is not valid Unicode, so that equal nodes may differ
}

// input is an edge that leads to a node.
type input struct {
	from int
	edge string // all that the plan says of it
}

func newSide(t tree) *side {
	s := &side{nodes: t.Nodes, inputs: make([][]input, len(t.Nodes)), after: make([][]int, len(t.Nodes))}
	index := map[string]int{}
	for i, n := range s.nodes {
		index[text(n["id"])] = i
		delete(n, "id")
		s.unreadable = s.unreadable || strings.Contains(text(n), "\ufffd")
	}
	for _, e := range t.Edges {
		from, to := index[text(e["source"])], index[text(e["target"])]
		delete(e, "source")
		delete(e, "target")
		s.inputs[to] = append(s.inputs[to], input{from, text(e)})
		s.after[from] = append(s.after[from], to)
	}
	s.sort()
	return s
}

func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error() // it was JSON before
	}
	return string(data)
}

// sort finds an order of the nodes along the edges. No plan has a circle; the nodes of
// one would come last.
func (s *side) sort() {
	waits := make([]int, len(s.nodes))
	for i := range s.nodes {
		waits[i] = len(s.inputs[i])
	}
	for done := 0; ; {
		for i := range s.nodes {
			if waits[i] == 0 {
				waits[i] = -1
				s.order = append(s.order, i)
				for _, t := range s.after[i] {
					waits[t]--
				}
			}
		}
		if len(s.order) == done {
			break
		}
		done = len(s.order)
	}
	for i := range s.nodes {
		if waits[i] > 0 {
			s.order = append(s.order, i)
		}
	}
}

func (s *side) isUnion(i int) bool {
	kind, _ := s.nodes[i]["type"].(string)
	return strings.Contains(kind, "-exec-union_")
}

// classes groups the nodes that can be confused with each other: bySink, if those on
// their way to different tables cannot.
func (s *side) classes(bySink bool) map[string][]int {
	shape := s.upwards(func(i int) string { return text(stripped(s.nodes[i], shapeOnly)) }, nil)
	sinks := make([]string, len(s.nodes))
	for _, i := range slices.Backward(s.order) {
		var reached []string
		if table, ok := s.nodes[i]["dynamicTableSink"].(map[string]any); ok && bySink {
			t, _ := table["table"].(map[string]any)
			reached = append(reached, text(t["identifier"]))
		}
		for _, t := range s.after[i] {
			reached = append(reached, strings.Split(sinks[t], "\n")...)
		}
		slices.Sort(reached)
		sinks[i] = strings.Join(slices.Compact(reached), "\n")
	}
	s.class = make([]string, len(s.nodes))
	groups := map[string][]int{}
	for i := range s.nodes {
		s.class[i] = hashed(shape[i], sinks[i])
		groups[s.class[i]] = append(groups[s.class[i]], i)
	}
	return groups
}

// describe fills in what tells the nodes of one class apart. A node that is alone in
// its class stands for itself, whatever has changed in it.
func (s *side) describe(classes map[string][]int) {
	stands := func(i int) bool { return len(classes[s.class[i]]) == 1 }
	withLiterals := func(i int) string { return text(stripped(s.nodes[i], withValues)) }
	s.exact = s.upwards(func(i int) string { return text(stripped(s.nodes[i], withOptions)) }, stands)
	s.values = s.upwards(withLiterals, stands)
	s.alone = s.upwards(withLiterals, nil)
	s.behind, s.onward, s.whole = make([]string, len(s.nodes)), make([]string, len(s.nodes)), make([]string, len(s.nodes))
	for _, i := range slices.Backward(s.order) {
		var behind []string
		for _, t := range s.after[i] {
			if stands(t) {
				behind = append(behind, s.class[t])
			} else {
				behind = append(behind, s.onward[t])
			}
		}
		slices.Sort(behind)
		s.behind[i] = hashed(behind...)
		s.onward[i] = hashed(withLiterals(i), s.behind[i])
		s.whole[i] = hashed(s.exact[i], s.behind[i])
	}
}

// upwards describes every node together with those before it. Of a node that stands
// for itself the class is enough.
func (s *side) upwards(own func(int) string, stands func(int) bool) []string {
	texts := make([]string, len(s.nodes))
	for _, i := range s.order {
		var inputs []string
		for _, in := range s.inputs[i] {
			if stands != nil && stands(in.from) {
				inputs = append(inputs, in.edge+s.class[in.from])
			} else {
				inputs = append(inputs, in.edge+texts[in.from])
			}
		}
		if s.isUnion(i) {
			slices.Sort(inputs)
		}
		texts[i] = hashed(append(inputs, own(i))...)
	}
	return texts
}

func hashed(texts ...string) string {
	sum := sha256.Sum256([]byte(text(texts)))
	return hex.EncodeToString(sum[:])
}

// detail is how much of a node is looked at.
type detail int

const (
	shapeOnly detail = iota
	withValues
	withOptions
)

// said are fields that say in words what others do, and types that follow from them.
var said = map[string]bool{"description": true, "comment": true, "serializableString": true, "outputType": true}

// stripped is a node, or a part of one, without what is not looked at.
func stripped(v any, d detail) any {
	switch v := v.(type) {
	case map[string]any:
		if isLiteral(v) && d == shapeOnly {
			return "LITERAL"
		}
		rest := map[string]any{}
		for name, member := range v {
			isType := name == "type" && v["kind"] != nil // of an expression
			isOption := name == "options" || name == "watermarkParams" || name == "idleTimeoutMillis" || name == "state" || name == "configuration"
			isClass := name == "class" && v["catalogName"] != nil // of a function, which Redefined judges
			forSink := name == "generateUpdateBefore" || name == "inputChangelogMode" || name == "inputUpsertKey"
			isSink := name == "dynamicTableSink" && d == shapeOnly // classes looks at it
			if !said[name] && !isSink && !(isType && d == shapeOnly) && !((isOption || isClass || forSink) && d < withOptions) {
				rest[name] = stripped(member, d)
			}
		}
		return rest
	case []any:
		rest := make([]any, len(v))
		for i, member := range v {
			rest[i] = stripped(member, d)
		}
		return rest
	}
	return v
}
