package settings

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/intstr"
	kjson "sigs.k8s.io/json"
)

// shape compares a value as JSON has it with the Go type that Kubernetes has for it. A
// decoder would stop at the first mistake, and know neither the place of those within
// lists nor which names there are.
func shape(path string, v any, t reflect.Type) []*KeyError {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if v == nil {
		return nil // takes away what the target has
	}
	if p := reflect.PointerTo(t); p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return ownForm(path, v, t)
	}
	switch given := v.(type) {
	case map[string]any:
		if t.Kind() == reflect.Struct || t.Kind() == reflect.Map {
			return mapping(path, given, t)
		}
	case []any:
		if t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 {
			var wrong []*KeyError
			for i, item := range given {
				at := fmt.Sprintf("%s[%d]", path, i)
				if item == nil { // lists are taken as a whole: it takes nothing away
					wrong = append(wrong, &KeyError{Key: at, Problem: nothing})
					continue
				}
				wrong = append(wrong, shape(at, item, t.Elem())...)
			}
			return wrong
		}
	default:
		if reads(v, t) {
			return nil
		}
	}
	problem := nameOf(v) + " where " + kindName(t) + " is needed"
	switch n, isNumber := v.(json.Number); {
	case isNumber && isWhole(n) && kindName(t) == wholeNumber:
		problem = n.String() + " is out of range"
	case t.Kind() == reflect.String && (isNumber || v == true || v == false):
		problem += "; quote it"
	}
	return []*KeyError{{Key: path, Problem: problem}}
}

const nothing = "nothing stands here; fill it in, or take the line away"

// mapping looks at each key, in order.
func mapping(path string, given map[string]any, t reflect.Type) []*KeyError {
	var fields map[string]reflect.Type
	if t.Kind() == reflect.Struct {
		fields = fieldsOf(t)
	}
	var wrong []*KeyError
	for _, key := range slices.Sorted(maps.Keys(given)) {
		at := strings.TrimPrefix(path+"."+key, ".")
		if fields == nil {
			wrong = append(wrong, shape(at, given[key], t.Elem())...)
		} else if field, known := fields[key]; known {
			wrong = append(wrong, shape(at, given[key], field)...)
		} else {
			wrong = append(wrong, &KeyError{Key: at, Problem: "unknown field", Written: key, Known: slices.Sorted(maps.Keys(fields))})
		}
	}
	return wrong
}

// fieldsOf are the names that JSON has in a struct; those of embedded ones are its own.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name != "":
			fields[name] = f.Type
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			maps.Copy(fields, fieldsOf(f.Type))
		}
	}
	return fields
}

// ownForm is for types that read themselves: quantities, times, numbers that may be names.
func ownForm(path string, v any, t reflect.Type) []*KeyError {
	if reads(v, t) {
		return nil
	}
	data, _ := json.Marshal(v) // it was decoded from JSON
	return []*KeyError{{Key: path, Problem: fmt.Sprintf("%s is no %s", data, formName(t))}}
}

// reads reports whether a value can be decoded as a type.
func reads(v any, t reflect.Type) bool {
	data, err := json.Marshal(v)
	return err == nil && kjson.UnmarshalCaseSensitivePreserveInts(data, reflect.New(t).Interface()) == nil
}

func formName(t reflect.Type) string {
	if t == reflect.TypeFor[intstr.IntOrString]() {
		return "number, nor a text"
	}
	return strings.ToLower(t.Name())
}

func isWhole(n json.Number) bool { return !strings.ContainsAny(n.String(), ".eE") }

// nameOf says what was written, in YAML's words.
func nameOf(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case bool:
		return "a bool"
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	}
	return "a number"
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a mapping"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return wholeNumber
}

const wholeNumber = "a whole number"
