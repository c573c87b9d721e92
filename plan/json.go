package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// A plan is kept as a tree of JSON values whose scalars are the bytes that Flink
// wrote: encoding/json's own decoding would round numbers and rewrite strings.

type kind uint8

const (
	scalar kind = iota // a string, number, boolean or null
	object
	array
)

// value is one JSON value. Values are never changed once they are read.
type value struct {
	kind    kind
	raw     []byte   // scalar
	members []member // object, sorted by name
	items   []*value // array
}

type member struct {
	name  string // decoded
	raw   []byte // as written, with its quotes
	value *value
}

// maxDepth is the nesting that Jackson, which Flink reads plans with, accepts.
const maxDepth = 1000

// parseJSON reads one JSON value. Unlike encoding/json it refuses names that
// appear twice and text that is not UTF-8, both of which mean different things
// to different readers.
func parseJSON(data []byte) (*value, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("it is not UTF-8 text")
	}
	if err := checkSyntax(data); err != nil {
		return nil, err
	}
	p := parser{data: data}
	return p.value(0)
}

// checkSyntax leaves the grammar to encoding/json, so that the parser below may
// trust what it reads.
func checkSyntax(data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("it is empty")
	}
	var any json.RawMessage
	err := json.Unmarshal(data, &any)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	if syntax.Error() == "unexpected end of JSON input" {
		return errors.New("it is cut off: the JSON ends too early")
	}
	before := data[:min(int(syntax.Offset), len(data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - 1 - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("line %d, column %d: %w", line, max(column, 1), syntax)
}

// parser reads JSON whose syntax was checked.
type parser struct {
	data []byte
	pos  int
}

func (p *parser) value(depth int) (*value, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	switch p.next() {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	}
	return &value{kind: scalar, raw: p.scalar()}, nil
}

// next skips white space and returns the character that follows.
func (p *parser) next() byte {
	for {
		switch c := p.data[p.pos]; c {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return c
		}
	}
}

func (p *parser) object(depth int) (*value, error) {
	v := &value{kind: object}
	p.pos++
	for p.next() != '}' {
		if p.data[p.pos] == ',' {
			p.pos++
			p.next()
		}
		raw := p.scalar()
		p.next()
		p.pos++ // the colon
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.members = append(v.members, member{name: text(raw), raw: raw, value: item})
	}
	p.pos++
	slices.SortStableFunc(v.members, func(a, b member) int { return compareNames(a.name, b.name) })
	for i := 1; i < len(v.members); i++ {
		if v.members[i].name == v.members[i-1].name {
			return nil, fmt.Errorf("the name %q stands twice in one object", v.members[i].name)
		}
	}
	return v, nil
}

func compareNames(a, b string) int { return bytes.Compare([]byte(a), []byte(b)) }

func (p *parser) array(depth int) (*value, error) {
	v := &value{kind: array}
	p.pos++
	for p.next() != ']' {
		if p.data[p.pos] == ',' {
			p.pos++
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, item)
	}
	p.pos++
	return v, nil
}

func (p *parser) scalar() []byte {
	start := p.pos
	if p.data[p.pos] == '"' {
		for p.pos++; p.data[p.pos] != '"'; p.pos++ {
			if p.data[p.pos] == '\\' {
				p.pos++
			}
		}
		p.pos++
		return p.data[start:p.pos]
	}
	for p.pos < len(p.data) && !bytes.ContainsRune([]byte(" \t\r\n,]}"), rune(p.data[p.pos])) {
		p.pos++
	}
	return p.data[start:p.pos]
}

// text decodes a string; it is empty for anything else.
func text(raw []byte) string {
	var s string
	if len(raw) == 0 || raw[0] != '"' {
		return ""
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	_ = json.Unmarshal(raw, &s) // its syntax was checked
	return s
}

// get returns a member of an object, nil if there is none.
func (v *value) get(name string) *value {
	if v == nil || v.kind != object {
		return nil
	}
	i, found := slices.BinarySearchFunc(v.members, name, func(m member, name string) int { return compareNames(m.name, name) })
	if !found {
		return nil
	}
	return v.members[i].value
}

// path follows names through nested objects.
func (v *value) path(names ...string) *value {
	for _, name := range names {
		v = v.get(name)
	}
	return v
}

// text is a string's content; empty for anything else.
func (v *value) text() string {
	if v == nil || v.kind != scalar {
		return ""
	}
	return text(v.raw)
}

// isText tells a string, maybe an empty one, from everything else.
func (v *value) isText() bool {
	return v != nil && v.kind == scalar && len(v.raw) > 0 && v.raw[0] == '"'
}

// with returns an object in which one member has another value.
func (v *value) with(name string, raw []byte) *value {
	changed := &value{kind: object, members: slices.Clone(v.members)}
	for i, m := range changed.members {
		if m.name == name {
			changed.members[i].value = &value{kind: scalar, raw: raw}
		}
	}
	return changed
}

// appendTo writes the value without insignificant space.
func (v *value) appendTo(b []byte) []byte {
	switch v.kind {
	case object:
		b = append(b, '{')
		for i, m := range v.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(b, m.raw...), ':')
			b = m.value.appendTo(b)
		}
		return append(b, '}')
	case array:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendTo(b)
		}
		return append(b, ']')
	}
	return append(b, v.raw...)
}
