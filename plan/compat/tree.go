package compat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"flink-sql-driver/plan"
)

// tree is a canonical plan as generic JSON; numbers are kept as text.
type tree struct {
	Nodes []map[string]any `json:"nodes"`
	Edges []map[string]any `json:"edges"`
}

func decode(c *plan.Compiled) (tree, error) {
	var t tree
	d := json.NewDecoder(bytes.NewReader(c.Canonical()))
	d.UseNumber()
	if err := d.Decode(&t); err != nil {
		return t, fmt.Errorf("read the canonical plan: %w", err)
	}
	return t, nil
}

func sameJSON(a, b any) bool { return reflect.DeepEqual(a, b) }

// change is a place in a node at which two plans differ.
type change struct {
	path     []string // keys and indices from the node down
	literal  bool     // both sides are literals of an expression
	old, new any      // nil: not there
}

// under reports whether the change lies below a path.
func (c change) under(path ...string) bool {
	return len(c.path) >= len(path) && slices.Equal(c.path[:len(path)], path)
}

func (c change) name() string { return strings.Join(c.path, ".") }

// changes finds every difference between two values.
func changes(path []string, old, new any) []change {
	if sameJSON(old, new) {
		return nil
	}
	here := change{path: path, old: old, new: new}
	switch o := old.(type) {
	case map[string]any:
		n, ok := new.(map[string]any)
		if !ok {
			return []change{here}
		}
		if isLiteral(o) && isLiteral(n) {
			here.literal = true
			return []change{here}
		}
		return memberChanges(path, o, n)
	case []any:
		n, ok := new.([]any)
		if !ok || len(o) != len(n) {
			return []change{here}
		}
		var found []change
		for i := range o {
			found = append(found, changes(below(path, strconv.Itoa(i)), o[i], n[i])...)
		}
		return found
	}
	return []change{here}
}

func memberChanges(path []string, old, new map[string]any) []change {
	names := slices.Sorted(maps.Keys(old))
	for name := range new {
		if _, ok := old[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var found []change
	for _, name := range names {
		if name == "serializableString" && !sameJSON(old["rexNode"], new["rexNode"]) {
			continue // the text of the expression beside it
		}
		found = append(found, changes(below(path, name), old[name], new[name])...)
	}
	return found
}

func below(path []string, name string) []string { return append(slices.Clone(path), name) }

// isLiteral recognizes a constant in an expression (RexNodeJsonSerializer).
func isLiteral(v map[string]any) bool { return v["kind"] == "LITERAL" }

// shows renders two values for people, cut to where they differ.
func (c change) shows() (new, old string) { return apart(show(c.new), show(c.old)) }

// show renders a value for people.
func show(v any) string {
	if v == nil {
		return "nothing"
	}
	if m, ok := v.(map[string]any); ok && isLiteral(m) {
		if value, ok := m["value"]; ok {
			v = value
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
