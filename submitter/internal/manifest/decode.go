package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"flink-sql-driver/submitter/internal/redact"
)

// Limits that keep an alias bomb or an absurd nesting from costing anything.
const (
	maxNodes = 50_000 // nodes visited in one document, aliases followed
	maxDepth = 64
	maxPath  = 1024 // bytes of all keys that lead to a value
	// maxProblems is how many problems of one document are told.
	maxProblems = 100
)

// decoder carries a YAML document over into a struct, strictly, and goes on
// after a problem so that all of them are found.
type decoder struct {
	report
	file   *yamlFile
	layer  int
	places map[string]place
	nodes  int
	meant  map[string]bool // paths of keys that others were probably meant for
	full   bool            // a limit was reported; once is enough
}

// nodeDecoder is a type that reads its YAML itself.
type nodeDecoder interface {
	decodeNode(d *decoder, path string, n *yaml.Node)
}

func (d *decoder) at(n *yaml.Node) Position {
	return Position{File: d.file.name, Line: n.Line, Column: n.Column}
}

// enter follows aliases and counts; not ok when the document is too much.
func (d *decoder) enter(n *yaml.Node, path string) (*yaml.Node, bool) {
	if d.enough(n) {
		return nil, false
	}
	d.nodes++
	depth := strings.Count(path, ".") + strings.Count(path, "[")
	if d.nodes > maxNodes || depth > maxDepth || len(path) > maxPath {
		d.add(d.at(n), fmt.Sprintf("nested deeper than %d levels or, with aliases, larger than %d values", maxDepth, maxNodes), "write it out flat")
		d.full = true
		return nil, false
	}
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if tag := n.ShortTag(); !slices.Contains(knownTags, tag) {
		d.add(d.at(n), "the YAML tag "+tag+" is not supported", "leave it out")
		return nil, false
	}
	return n, true
}

// enough reports whether so much is wrong that nothing more is looked at.
func (d *decoder) enough(n *yaml.Node) bool {
	if !d.full && len(d.problems) >= maxProblems {
		d.add(d.at(n), "too many problems in this document; the rest is not shown", "")
		d.full = true
	}
	return d.full
}

var knownTags = []string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!map", "!!seq", "!!merge"}

// pair is a key of a mapping with its value.
type pair struct{ key, value *yaml.Node }

// pairs lists a mapping's keys in order, those of merge keys (<<) after them, and
// reports keys that stand twice.
func (d *decoder) pairs(n *yaml.Node, path string) []pair {
	seen := map[string]*yaml.Node{}
	var own, merged []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if d.enough(key) {
			return nil
		}
		if key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" {
			merged = append(merged, d.merge(value, path)...)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			d.add(d.at(key), "a key must be plain text", "")
			continue
		}
		if first, ok := seen[key.Value]; ok {
			d.add(d.at(key), fmt.Sprintf("'%s' stands twice, here and in line %d", clip(key.Value), first.Line), "keep one of them")
			continue
		}
		seen[key.Value] = key
		own = append(own, pair{key, value})
	}
	for _, p := range merged {
		if seen[p.key.Value] == nil {
			seen[p.key.Value] = p.key
			own = append(own, p)
		}
	}
	return own
}

func (d *decoder) merge(n *yaml.Node, path string) []pair {
	n, ok := d.enter(n, path+".<<")
	if !ok {
		return nil
	}
	if n.Kind == yaml.SequenceNode {
		var all []pair
		for _, c := range n.Content {
			all = append(all, d.merge(c, path+".<<")...)
		}
		return all
	}
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, "", "a mapping after <<")
		return nil
	}
	return d.pairs(n, path+".<<")
}

// into decodes a node into v; choices are the allowed values of a text.
func (d *decoder) into(path string, n *yaml.Node, v reflect.Value, choices []string) {
	n, ok := d.enter(n, path)
	if !ok {
		return
	}
	if custom, ok := v.Addr().Interface().(nodeDecoder); ok {
		custom.decodeNode(d, path, n)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.intoStruct(path, n, v)
	case reflect.Map:
		d.intoMap(path, n, v)
	case reflect.Slice:
		d.intoSlice(path, n, v)
	case reflect.String:
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
			d.wrongType(n, path, "text")
			return
		}
		if len(choices) > 0 && !slices.Contains(choices, n.Value) {
			d.add(d.at(n), fmt.Sprintf("%s cannot be '%s'; it is one of: %s", path, clip(n.Value), strings.Join(choices, ", ")), didYouMean(n.Value, choices))
			return
		}
		if !built(anyName(path), n.Value) {
			d.add(d.at(n), fmt.Sprintf("%s: %s is not built yet", path, n.Value), "")
			return
		}
		v.SetString(n.Value)
	case reflect.Int:
		i, err := strconv.Atoi(n.Value)
		// 017 is 15 to YAML 1.1 and 17 to YAML 1.2.
		if n.ShortTag() != "!!int" || err != nil || strconv.Itoa(i) != n.Value {
			d.wrongType(n, path, wholeNumber)
			return
		}
		v.SetInt(int64(i))
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.Value, 64)
		if tag := n.ShortTag(); tag != "!!int" && tag != "!!float" || err != nil {
			d.wrongType(n, path, "a number")
			return
		}
		v.SetFloat(f)
	case reflect.Bool:
		if n.ShortTag() != "!!bool" {
			d.wrongType(n, path, "true or false")
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	}
}

// intoStruct decodes a mapping whose keys are known.
func (d *decoder) intoStruct(path string, n *yaml.Node, v reflect.Value) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping (key: value)")
		return
	}
	fields := fieldsOf(v.Type())
	for _, p := range d.pairs(n, path) {
		if d.enough(p.key) {
			return
		}
		name := p.key.Value
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i >= 0 {
			d.mark(join(path, name), p)
		}
		switch {
		case i < 0:
			known := namesOf(fields)
			d.add(d.at(p.key), fmt.Sprintf("unknown key '%s'", clip(name)), didYouMean(name, known))
			if near := nearest(name, known); near != "" {
				if d.meant == nil {
					d.meant = map[string]bool{}
				}
				d.meant[join(path, near)] = true
			}
		case !built(anyName(join(path, name)), ""):
			d.add(d.at(p.key), fmt.Sprintf("'%s' is not built yet", join(path, name)), "")
		default:
			d.into(join(path, name), p.value, v.Field(fields[i].index), fields[i].choices)
		}
	}
}

func (d *decoder) intoMap(path string, n *yaml.Node, v reflect.Value) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping (name: value)")
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, p := range d.pairs(n, path) {
		d.mark(join(path, p.key.Value), p)
		element := reflect.New(v.Type().Elem()).Elem()
		d.into(join(path, p.key.Value), p.value, element, nil)
		v.SetMapIndex(reflect.ValueOf(p.key.Value), element)
	}
}

// intoSlice decodes a list; it replaces what the template had.
func (d *decoder) intoSlice(path string, n *yaml.Node, v reflect.Value) {
	v.SetZero()
	if isNull(n) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		d.wrongType(n, path, "a list")
		return
	}
	for i, c := range n.Content {
		item := fmt.Sprintf("%s[%d]", path, i)
		d.mark(item, pair{c, c})
		element := reflect.New(v.Type().Elem()).Elem()
		d.into(item, c, element, nil)
		v.Set(reflect.Append(v, element))
	}
}

func (d *decoder) mark(path string, p pair) {
	d.places[path] = place{key: d.at(p.key), value: d.at(p.value)}
}

func (d *decoder) wrongType(n *yaml.Node, path, expected string) {
	message := "expected " + expected + ", got " + describe(n)
	if path != "" {
		message = path + ": " + message
	}
	suggestion := ""
	switch tag := n.ShortTag(); {
	case expected == "text" && n.Kind == yaml.ScalarNode && !isNull(n):
		suggestion = "put it in quotes"
	case expected == wholeNumber && (tag == "!!int" || tag == "!!float"):
		suggestion = "write it in decimal digits alone, like 4"
	}
	d.add(d.at(n), message, suggestion)
}

const wholeNumber = "a whole number"

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// describe names what a node is, never its value, which may be a secret.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!float":
		if _, err := strconv.ParseFloat(n.Value, 64); err != nil { // .nan, .inf
			return "an infinite or undefined one"
		}
		return "a number"
	case "!!int":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!timestamp":
		return "a date"
	}
	return "text"
}

// longestEcho bounds how much of a bad word a message repeats.
const longestEcho = 60

func clip(s string) string {
	s = redact.URLs(s) // before a cut hides that it is an address
	if r := []rune(s); len(r) > longestEcho {
		return string(r[:longestEcho]) + "…"
	}
	return s
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// anyName replaces the name of a target by *, as the table of what is not built
// has it.
func anyName(path string) string {
	parts := strings.Split(path, ".")
	if len(parts) == 3 && parts[0] == "targets" {
		parts[1] = "*"
	}
	return strings.Join(parts, ".")
}

// field is a struct field that YAML can set.
type field struct {
	name    string
	index   int
	choices []string
}

func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		var choices []string
		for _, part := range strings.Split(t.Field(i).Tag.Get("jsonschema"), ",") {
			if choice, ok := strings.CutPrefix(part, "enum="); ok {
				choices = append(choices, choice)
			}
		}
		fields = append(fields, field{name, i, choices})
	}
	return fields
}

// namesOf lists the keys that can be used today.
func namesOf(fields []field) []string {
	var names []string
	for _, f := range fields {
		if built(f.name, "") {
			names = append(names, f.name)
		}
	}
	return names
}
