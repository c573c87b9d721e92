package plan

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MaxSize is the largest plan that is read, in bytes. Plans of hundreds of
// operators have a few megabytes.
const MaxSize = 64 << 20

// Compiled is Flink's compiled plan (JsonPlanGraph): a graph of operators, with
// everything else that Flink wrote kept as it was. It is never changed.
type Compiled struct {
	version *value
	nodes   []Node
	edges   []Edge
}

// Node is one operator (ExecNodeBase).
type Node struct {
	// ID is the operator's number. Flink derives the ids of its state from it.
	ID int
	// Type is the node's type without prefix and version: group-aggregate for
	// stream-exec-group-aggregate_1.
	Type string
	// RawType is the type as Flink writes it.
	RawType     string
	Description string
	// States are the states whose time to live the plan fixes.
	States []State

	json *value
}

// State is one entry of a node's state list (StateMetadata).
type State struct {
	Index int
	Name  string // a label; not the name under which the state is registered
	TTL   string // Flink's notation, such as "0 ms" for no limit
}

// Edge leads from one node to another (JsonPlanEdge). The first edge in the plan
// that leads to a node is its left input.
type Edge struct {
	Source, Target int // node ids

	json *value
}

var (
	versionPattern = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)
	typePattern    = regexp.MustCompile(`^(?:stream|batch)-exec-([a-z0-9-]+)_([0-9]+)$`)
)

// Parse reads a compiled plan. Like Flink it refuses top-level fields that it
// does not know, node ids that are not unique and edges that lead nowhere. It
// keeps references to data.
func Parse(data []byte) (*Compiled, error) {
	c, err := parsePlan(data)
	if err != nil {
		return nil, fmt.Errorf("compiled plan: %w", err)
	}
	return c, nil
}

func parsePlan(data []byte) (*Compiled, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("it has %d bytes; at most %d are read", len(data), MaxSize)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	root, err := parseJSON(data)
	if err != nil {
		return nil, err
	}
	if root.kind != object {
		return nil, errors.New("it is not a JSON object")
	}
	for _, m := range root.members {
		if m.name != "flinkVersion" && m.name != "nodes" && m.name != "edges" {
			return nil, fmt.Errorf("it has the field %q, which Flink refuses", m.name)
		}
	}
	c := &Compiled{version: root.get("flinkVersion")}
	if !versionPattern.MatchString(c.version.text()) {
		return nil, errors.New(`it has no flinkVersion such as "2.3"`)
	}
	if err := c.parseNodes(root.get("nodes")); err != nil {
		return nil, err
	}
	return c, c.parseEdges(root.get("edges"))
}

func (c *Compiled) parseNodes(list *value) error {
	if list == nil || list.kind != array || len(list.items) == 0 {
		return errors.New("it has no nodes")
	}
	seen := map[int]bool{}
	for i, item := range list.items {
		n, err := parseNode(item)
		if err != nil {
			return fmt.Errorf("node number %d: %w", i+1, err)
		}
		if seen[n.ID] {
			return fmt.Errorf("the node id %d is not unique", n.ID)
		}
		seen[n.ID] = true
		c.nodes = append(c.nodes, n)
	}
	return nil
}

func parseNode(v *value) (Node, error) {
	id, err := integer(v.get("id"))
	if err != nil {
		return Node{}, fmt.Errorf("its id %w", err)
	}
	n := Node{ID: id, RawType: v.get("type").text(), Description: v.get("description").text(), json: v}
	match := typePattern.FindStringSubmatch(n.RawType)
	if match == nil {
		return Node{}, fmt.Errorf("its type %q is not one such as stream-exec-calc_1", n.RawType)
	}
	n.Type = match[1]
	if v.get("description") != nil && !v.get("description").isText() {
		return Node{}, errors.New("its description is not text")
	}
	n.States, err = parseStates(v.get("state"))
	return n, err
}

func parseStates(list *value) ([]State, error) {
	if list == nil {
		return nil, nil
	}
	if list.kind != array {
		return nil, errors.New("its state is not a list")
	}
	var states []State
	for _, item := range list.items {
		index, err := integer(item.get("index"))
		if err != nil {
			return nil, fmt.Errorf("the index of its state %w", err)
		}
		states = append(states, State{Index: index, Name: item.get("name").text(), TTL: item.get("ttl").text()})
	}
	return states, nil
}

func (c *Compiled) parseEdges(list *value) error {
	if list == nil || list.kind != array {
		return errors.New("it has no edges")
	}
	for i, item := range list.items {
		source, err := integer(item.get("source"))
		if err != nil {
			return fmt.Errorf("edge number %d: its source %w", i+1, err)
		}
		target, err := integer(item.get("target"))
		if err != nil {
			return fmt.Errorf("edge number %d: its target %w", i+1, err)
		}
		for _, end := range []int{source, target} {
			if _, ok := c.Node(end); !ok {
				return fmt.Errorf("edge number %d leads to node %d, which is not there", i+1, end)
			}
		}
		c.edges = append(c.edges, Edge{Source: source, Target: target, json: item})
	}
	return nil
}

// integer reads a Java int.
func integer(v *value) (int, error) {
	if v == nil {
		return 0, errors.New("is missing")
	}
	if v.kind != scalar || v.isText() {
		return 0, errors.New("is not a number")
	}
	n, err := strconv.ParseInt(string(v.raw), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("is %s, not a whole number between %d and %d", short(v.raw), math.MinInt32, math.MaxInt32)
	}
	return int(n), nil
}

// short keeps a message readable whatever stands in a file.
func short(raw []byte) string {
	const limit = 40
	if len(raw) > limit {
		return strings.ToValidUTF8(string(raw[:limit]), "") + "…"
	}
	return string(raw)
}

// FlinkVersion is the version that compiled the plan, such as "2.3".
func (c *Compiled) FlinkVersion() string { return c.version.text() }

// Nodes are the operators in the plan's order.
func (c *Compiled) Nodes() []Node { return slices.Clone(c.nodes) }

// Edges are the edges in the plan's order.
func (c *Compiled) Edges() []Edge { return slices.Clone(c.edges) }

// Node returns the node with an id.
func (c *Compiled) Node(id int) (Node, bool) {
	i := slices.IndexFunc(c.nodes, func(n Node) bool { return n.ID == id })
	if i < 0 {
		return Node{}, false
	}
	return c.nodes[i], true
}

// MaxID is the highest node id.
func (c *Compiled) MaxID() int {
	highest := c.nodes[0].ID
	for _, n := range c.nodes {
		highest = max(highest, n.ID)
	}
	return highest
}
