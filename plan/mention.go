package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Place is where in a compiled plan a secret is mentioned.
type Place uint8

// The places.
const (
	// Elsewhere: a literal of an expression, a comment, a column's name: Flink's web UI
	// shows it, and the planner has computed with the placeholder's text.
	Elsewhere Place = iota
	// InOption: the value of an option of a table or model, which goes to its connector
	// or provider.
	InOption
	// InDescription: the description of a node, which repeats hints. It is only shown.
	InDescription
)

// Mention is one ${secret:NAME} in a compiled plan.
type Mention struct {
	Name       string
	Start, End int // bytes of the plan
	Place      Place
	// Path leads to the string: nodes.0.scanTableSource.table.resolvedTable.options.path.
	Path string
}

var secretMention = regexp.MustCompile(`\$\{secret:([^}"\\\n]*)\}`)

// Mentions finds the secrets that a compiled plan mentions, in order.
func Mentions(plan []byte) ([]Mention, error) {
	if !bytes.Contains(plan, []byte("${secret:")) {
		return nil, nil
	}
	w := mentionWalk{plan: plan, dec: json.NewDecoder(bytes.NewReader(plan))}
	w.dec.UseNumber()
	if err := w.value(nil); err != nil {
		return nil, fmt.Errorf("compiled plan: %w", err)
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("compiled plan: there is something behind it")
	}
	return w.found, nil
}

type mentionWalk struct {
	plan  []byte
	dec   *json.Decoder
	found []Mention
}

// value reads one value, which stands at path.
func (w *mentionWalk) value(path []string) error {
	if len(path) > maxDepth {
		return fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	from := w.dec.InputOffset()
	t, err := w.dec.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		return w.object(path)
	case json.Delim('['):
		for i := 0; w.dec.More(); i++ {
			if err := w.value(append(path, fmt.Sprint(i))); err != nil {
				return err
			}
		}
		_, err := w.dec.Token()
		return err
	}
	if _, isText := t.(string); isText {
		w.look(from, placeOf(path), path)
	}
	return nil
}

func (w *mentionWalk) object(path []string) error {
	for w.dec.More() {
		from := w.dec.InputOffset()
		t, err := w.dec.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		w.look(from, Elsewhere, append(path, name))
		if err := w.value(append(path, name)); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return err
}

// look searches what was read since from.
func (w *mentionWalk) look(from int64, place Place, path []string) {
	text := w.plan[from:w.dec.InputOffset()]
	for _, m := range secretMention.FindAllSubmatchIndex(text, -1) {
		w.found = append(w.found, Mention{
			Name: string(text[m[2]:m[3]]), Start: int(from) + m[0], End: int(from) + m[1],
			Place: place, Path: strings.Join(path, "."),
		})
	}
}

// placeOf knows the names of ContextResolvedTableJsonSerializer and
// ContextResolvedModelJsonSerializer; a node's description
// stands right in it.
func placeOf(path []string) Place {
	n := len(path)
	switch {
	case n >= 3 && path[n-2] == "options" && (path[n-3] == "resolvedTable" || path[n-3] == "resolvedModel"):
		return InOption
	case n == 3 && path[0] == "nodes" && path[2] == "description":
		return InDescription
	}
	return Elsewhere
}

// StraySecrets tells which secrets a plan mentions where their values must not be:
// anywhere but in options of tables. Nil if there are none.
func StraySecrets(mentions []Mention) error {
	for _, m := range mentions {
		if m.Place == Elsewhere {
			return fmt.Errorf("the secret %s stands at %s, but only options of tables may hold secrets: the planner has computed with the text ${secret:%s}, and Flink's web UI would show the value", m.Name, m.Path, m.Name)
		}
	}
	return nil
}
