package savepoint

import "strings"

// Tags of Java's object serialization stream protocol.
const (
	tagNull         = 0x70
	tagReference    = 0x71
	tagClass        = 0x72
	tagObject       = 0x73
	tagString       = 0x74
	tagArray        = 0x75
	tagClassObject  = 0x76
	tagBlock        = 0x77
	tagEndBlock     = 0x78
	tagBlockLong    = 0x7a
	tagStringLong   = 0x7c
	tagProxyClass   = 0x7d
	tagEnum         = 0x7e
	streamMagic     = 0xaced
	streamVersion   = 5
	firstHandle     = 0x7e0000
	flagWriteMethod = 1
	flagExternal    = 4
	maxJavaDepth    = 200
)

// properties reads the serialized CheckpointProperties at the end of the file, and
// returns what kind of snapshot they describe, and whether the job was to end with it.
func (r *reader) properties() (kind string, stop bool) {
	j := javaReader{cursor: &r.cursor}
	if r.u16() != streamMagic || r.u16() != streamVersion {
		r.fail("no checkpoint properties")
		return "", false
	}
	o := j.content(0)
	if r.err != nil {
		return "", false
	}
	t, _ := o.field("checkpointType").(*javaObject)
	switch {
	case t == nil || t.class == nil:
		return "", false
	case strings.HasSuffix(t.class.name, "SavepointType"):
		return "savepoint", stops(t)
	default:
		return "checkpoint", false
	}
}

// stops reads what happens to the job after a savepoint
// (SavepointType.PostCheckpointAction).
func stops(savepoint *javaObject) bool {
	action, _ := savepoint.field("postCheckpointAction").(*javaObject)
	name := action.field("name")
	return name == "SUSPEND" || name == "TERMINATE"
}

type javaField struct {
	name string
	kind byte
}

type javaClass struct {
	name   string
	flags  byte
	fields []javaField
	super  *javaClass
}

type javaObject struct {
	class  *javaClass
	fields map[string]any
}

// field returns an object's field; nil for anything that is no object.
func (o *javaObject) field(name string) any {
	if o == nil {
		return nil
	}
	return o.fields[name]
}

// javaReader reads serialized Java objects as far as their fields.
type javaReader struct {
	*cursor
	handles []any
}

func (j *javaReader) remember(v any) int {
	j.handles = append(j.handles, v)
	return len(j.handles) - 1
}

// content reads an object and returns it; nil for null and for what is no object.
func (j *javaReader) content(depth int) *javaObject {
	o, _ := j.value(depth).(*javaObject)
	return o
}

// value reads one thing: *javaObject, *javaClass, string or nil.
func (j *javaReader) value(depth int) any {
	if depth > maxJavaDepth {
		j.fail("objects are nested too deep")
		return nil
	}
	switch tag := j.u8(); tag {
	case tagNull:
		return nil
	case tagReference:
		return j.reference()
	case tagObject:
		return j.object(depth)
	case tagClass, tagProxyClass:
		return j.classBody(tag, depth)
	case tagClassObject:
		c := j.class(depth + 1)
		j.remember(c)
		return c
	case tagString:
		s := j.text()
		j.remember(s)
		return s
	case tagStringLong:
		n := j.i64()
		if n > int64(len(j.data)) {
			n = int64(len(j.data)) + 1
		}
		s := j.modifiedUTF8(j.bytes(int(n)))
		j.remember(s)
		return s
	case tagArray:
		j.array(depth)
		return nil
	case tagEnum:
		o := &javaObject{class: j.class(depth + 1), fields: map[string]any{}}
		j.remember(o)
		o.fields["name"] = j.value(depth + 1)
		return o
	default:
		if j.err == nil {
			j.fail("unknown Java object 0x%02x", tag)
		}
		return nil
	}
}

func (j *javaReader) reference() any {
	n := j.i32() - firstHandle
	if j.err != nil {
		return nil
	}
	if n < 0 || n >= len(j.handles) {
		j.fail("reference to an object that is not there")
		return nil
	}
	return j.handles[n]
}

// class reads a class description; nil for none.
func (j *javaReader) class(depth int) *javaClass {
	c, _ := j.value(depth).(*javaClass)
	return c
}

func (j *javaReader) classBody(tag byte, depth int) *javaClass {
	c := &javaClass{}
	if tag == tagProxyClass {
		j.remember(c)
		for range j.count("interfaces", 2) {
			j.text()
		}
	} else {
		c.name = j.text()
		j.i64() // serialVersionUID
		j.remember(c)
		c.flags = j.u8()
		for range j.u16() {
			f := javaField{kind: j.u8(), name: j.text()}
			if f.kind == 'L' || f.kind == '[' {
				j.value(depth + 1) // its type
			}
			if j.err != nil {
				return c
			}
			c.fields = append(c.fields, f)
		}
	}
	j.annotation(depth)
	c.super = j.class(depth + 1)
	return c
}

// annotation passes over what a class wrote by itself.
func (j *javaReader) annotation(depth int) {
	for j.err == nil {
		if j.pos >= len(j.data) {
			j.u8() // is cut off
			return
		}
		switch j.data[j.pos] {
		case tagEndBlock:
			j.pos++
			return
		case tagBlock:
			j.pos++
			j.bytes(int(j.u8()))
		case tagBlockLong:
			j.pos++
			j.blob()
		default:
			j.value(depth + 1)
		}
	}
}

func (j *javaReader) object(depth int) *javaObject {
	o := &javaObject{class: j.class(depth + 1), fields: map[string]any{}}
	j.remember(o)
	var chain []*javaClass
	for c := o.class; c != nil && len(chain) <= maxJavaDepth; c = c.super {
		chain = append([]*javaClass{c}, chain...)
	}
	if j.err == nil && (len(chain) == 0 || len(chain) > maxJavaDepth) {
		j.fail("an object without a class")
	}
	for _, c := range chain {
		if c.flags&flagExternal != 0 {
			j.annotation(depth)
			continue
		}
		for _, f := range c.fields {
			o.fields[f.name] = j.member(f.kind, depth)
			if j.err != nil {
				return o
			}
		}
		if c.flags&flagWriteMethod != 0 {
			j.annotation(depth)
		}
	}
	return o
}

// sizes of primitive types in bytes, by their code.
var sizes = map[byte]int{'B': 1, 'C': 2, 'D': 8, 'F': 4, 'I': 4, 'J': 8, 'S': 2, 'Z': 1}

// member reads a field or an element of an array; primitive values are dropped.
func (j *javaReader) member(kind byte, depth int) any {
	if kind == 'L' || kind == '[' {
		return j.value(depth + 1)
	}
	n, ok := sizes[kind]
	if !ok {
		j.fail("unknown type 0x%02x", kind)
	}
	j.bytes(n)
	return nil
}

func (j *javaReader) array(depth int) {
	c := j.class(depth + 1)
	j.remember(nil)
	n := j.count("elements", 1)
	if j.err != nil {
		return
	}
	if c == nil || len(c.name) < 2 || c.name[0] != '[' {
		j.fail("an array without a class")
		return
	}
	for range n {
		j.member(c.name[1], depth)
		if j.err != nil {
			return
		}
	}
}
