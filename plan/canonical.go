package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
)

// Canonical is the plan in the form that is the same whenever the same SQL is
// compiled: node ids 1..n in the order of the nodes, names sorted by their
// UTF-8 bytes, no insignificant space; numbers, strings and the order of nodes
// and edges as Flink wrote them.
func (c *Compiled) Canonical() []byte {
	ids := make(map[int]int, len(c.nodes))
	for i, n := range c.nodes {
		ids[n.ID] = i + 1
	}
	return c.format(func(id int) int { return ids[id] })
}

// Digest is the SHA-256 of the canonical form, in hex.
func (c *Compiled) Digest() string {
	sum := sha256.Sum256(c.Canonical())
	return hex.EncodeToString(sum[:])
}

// Bytes is the plan in the canonical form's format, but with its own ids: what a
// cluster runs.
func (c *Compiled) Bytes() []byte {
	return c.format(func(id int) int { return id })
}

func (c *Compiled) format(newID func(int) int) []byte {
	b := []byte(`{"edges":[`)
	for i, e := range c.edges {
		if i > 0 {
			b = append(b, ',')
		}
		v := e.json.with("source", number(newID(e.Source))).with("target", number(newID(e.Target)))
		b = v.appendTo(b)
	}
	b = append(b, `],"flinkVersion":`...)
	b = c.version.appendTo(b)
	b = append(b, `,"nodes":[`...)
	for i, n := range c.nodes {
		if i > 0 {
			b = append(b, ',')
		}
		b = n.json.with("id", number(newID(n.ID))).appendTo(b)
	}
	return append(b, `]}`...)
}

func number(n int) []byte { return strconv.AppendInt(nil, int64(n), 10) }

// Renumber returns the plan with other node ids. ids maps each old id to its new
// one; every node must be there, and the new ids must be unique.
func (c *Compiled) Renumber(ids map[int]int) (*Compiled, error) {
	renumbered := &Compiled{version: c.version}
	taken := map[int]int{}
	for _, n := range c.nodes {
		id, ok := ids[n.ID]
		if !ok {
			return nil, fmt.Errorf("renumber the plan: node %d gets no id", n.ID)
		}
		if other, ok := taken[id]; ok {
			return nil, fmt.Errorf("renumber the plan: nodes %d and %d both get the id %d", other, n.ID, id)
		}
		if id < math.MinInt32 || id > math.MaxInt32 {
			return nil, fmt.Errorf("renumber the plan: node %d gets the id %d, which Flink cannot hold", n.ID, id)
		}
		taken[id] = n.ID
		n.json = n.json.with("id", number(id))
		n.ID = id
		renumbered.nodes = append(renumbered.nodes, n)
	}
	for _, e := range c.edges {
		e.Source, e.Target = ids[e.Source], ids[e.Target]
		e.json = e.json.with("source", number(e.Source)).with("target", number(e.Target))
		renumbered.edges = append(renumbered.edges, e)
	}
	return renumbered, nil
}

// Shift returns the plan with the node ids from, from+1, … in the order of its
// nodes: none of those that were in use before, when from is the job's next free
// id.
func Shift(c *Compiled, from int) (*Compiled, error) {
	ids := make(map[int]int, len(c.nodes))
	for i, n := range c.nodes {
		ids[n.ID] = from + i
	}
	return c.Renumber(ids)
}
