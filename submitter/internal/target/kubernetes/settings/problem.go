package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	kjson "sigs.k8s.io/json"
)

// KeyError is what is wrong with one key of a block.
type KeyError struct {
	Key     string // dotted; a list's elements in brackets, where they are known
	Problem string
}

func (e *KeyError) Error() string { return e.Key + ": " + e.Problem }

// inWords turns what a decoder says of Go's types into what has to be written.
func inWords(err error) error {
	var t *json.UnmarshalTypeError
	var f kjson.FieldError
	switch {
	case errors.As(err, &t) && t.Field != "":
		wanted := nameOf(t.Type.Kind())
		problem := article(t.Value) + " where " + wanted + " is needed"
		if t.Type.Kind() == reflect.String && (t.Value == "bool" || strings.HasPrefix(t.Value, "number")) {
			problem += "; quote it"
		}
		return &KeyError{t.Field, problem}
	case errors.As(err, &f):
		kind, _, _ := strings.Cut(err.Error(), ` "`)
		return &KeyError{f.FieldPath(), kind}
	}
	return err
}

func nameOf(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "a mapping"
	}
	return "a number"
}

// article is what JSON calls a value, as YAML does.
func article(value string) string {
	switch value {
	case "array":
		return "a list"
	case "object":
		return "a mapping"
	}
	return "a " + value
}

// check refuses what only Kubernetes or Flink would complain of later.
func (s Settings) check() error {
	if s.Mode != "" && s.Mode != Native && s.Mode != Standalone {
		return &KeyError{"mode", fmt.Sprintf("%q is neither %s nor %s", s.Mode, Native, Standalone)}
	}
	if s.Ingress != nil && s.Ingress.Host == "" {
		return &KeyError{"ingress", "it has no host"}
	}
	switch s.ImagePullPolicy {
	case "", corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever:
	default:
		return &KeyError{"imagePullPolicy", fmt.Sprintf("%q is none of %s, %s and %s", s.ImagePullPolicy, corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever)}
	}
	if s.Namespace != "" && len(validation.IsDNS1123Label(s.Namespace)) > 0 {
		return &KeyError{"namespace", fmt.Sprintf("%q is no name of a namespace: up to %d of a-z, 0-9 and -, a letter or digit first and last", s.Namespace, validation.DNS1123LabelMaxLength)}
	}
	return nil
}
