package settings

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	kjson "sigs.k8s.io/json"
)

// KeyError is what is wrong with one key of a block.
type KeyError struct {
	Key     string // dotted; a list's elements in brackets
	Problem string
	// Of an unknown key: its last part, and what could stand there.
	Written string
	Known   []string
}

func (e *KeyError) Error() string {
	if e.Key == "" {
		return e.Problem
	}
	return e.Key + ": " + e.Problem
}

// KeyErrors is all that is wrong with a block, at least one mistake.
type KeyErrors []*KeyError

func (e KeyErrors) Error() string {
	said := make([]string, len(e))
	for i := range e {
		said[i] = e[i].Error()
	}
	return strings.Join(said, "; ")
}

// inWords turns what the decoder says of one field into what has to be written.
func inWords(err error) error {
	var f kjson.FieldError
	if !errors.As(err, &f) {
		return err
	}
	kind, _, _ := strings.Cut(err.Error(), ` "`)
	return KeyErrors{{Key: f.FieldPath(), Problem: kind}}
}

// check refuses what only Kubernetes or Flink would complain of later.
func (s Settings) check() []*KeyError {
	var wrong []*KeyError
	add := func(key, format string, args ...any) {
		wrong = append(wrong, &KeyError{Key: key, Problem: fmt.Sprintf(format, args...)})
	}
	if s.Mode != "" && s.Mode != Native && s.Mode != Standalone {
		add("mode", "%q is neither %s nor %s", s.Mode, Native, Standalone)
	}
	switch s.ImagePullPolicy {
	case "", corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever:
	default:
		add("imagePullPolicy", "%q is none of %s, %s and %s", s.ImagePullPolicy, corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever)
	}
	if s.Namespace != "" && len(validation.IsDNS1123Label(s.Namespace)) > 0 {
		add("namespace", "%q is no name of a namespace: up to %d of a-z, 0-9 and -, a letter or digit first and last", s.Namespace, validation.DNS1123LabelMaxLength)
	}
	return wrong
}
