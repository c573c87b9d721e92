package manifest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/invopop/jsonschema"
	"gopkg.in/yaml.v3"

	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// block is a part of a manifest with Kubernetes' own names, as it was written, the
// manifest's over the template's: mappings key by key, lists as a whole.
type block map[string]any

func (b *block) decodeNode(d *decoder, path string, n *yaml.Node) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping (key: value)")
		return
	}
	if v, ok := d.plain(path, n).(map[string]any); ok {
		*b = overlay(*b, v)
	}
}

// plain is what JSON has for a node.
func (d *decoder) plain(path string, n *yaml.Node) any {
	n, ok := d.enter(n, path)
	if !ok {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for _, p := range d.pairs(n, path) {
			d.mark(join(path, p.key.Value), p)
			m[p.key.Value] = d.plain(join(path, p.key.Value), p.value)
		}
		return m
	case yaml.SequenceNode:
		l := []any{}
		for i, c := range n.Content {
			item := fmt.Sprintf("%s[%d]", path, i)
			d.mark(item, pair{c, c})
			l = append(l, d.plain(item, c))
		}
		return l
	}
	return scalar(n)
}

func scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		_ = n.Decode(&b) // its tag says that it is one
		return b
	case "!!int":
		if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			return i
		}
	case "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) { // JSON has neither
			return f
		}
	}
	return n.Value
}

// overlay merges mappings.
func overlay(below, above map[string]any) map[string]any {
	out := maps.Clone(below)
	if out == nil {
		out = map[string]any{}
	}
	for k, v := range above {
		inner, a := out[k].(map[string]any)
		over, b := v.(map[string]any)
		if a && b {
			v = overlay(inner, over)
		}
		out[k] = v
	}
	return out
}

// buildKubernetes fills in variables and checks the block.
func (b *jobBuilder) buildKubernetes() {
	if len(b.doc.Kubernetes) == 0 {
		return
	}
	filled := b.fill("kubernetes", map[string]any(b.doc.Kubernetes))
	data, err := json.Marshal(filled)
	if err == nil {
		b.job.Kubernetes = data
		var s settings.Settings
		if s, err = settings.Parse(data); err == nil {
			b.job.Namespace = s.Namespace
			if found := s.FlinkOptions(); found != nil {
				err = settings.KeyErrors(found)
			}
		}
	}
	for _, at := range plainSecrets("kubernetes", filled) {
		b.warnings = append(b.warnings, readableSecret(b.valueOf(at)))
	}
	for _, p := range blockProblems("kubernetes", err) {
		b.add(b.where(p.key), p.message, p.suggestion)
	}
}

const blockRemedy = "names in it are Kubernetes' own; see docs/kubernetes.md"

type blockProblem struct{ key, message, suggestion string }

// blockProblems are the keys that the error of a block is about, and what to say of them.
func blockProblems(block string, err error) []blockProblem {
	if err == nil {
		return nil
	}
	var wrong settings.KeyErrors
	if !errors.As(err, &wrong) {
		return []blockProblem{{block, fmt.Sprintf("kubernetes: %v", err), blockRemedy}}
	}
	problems := make([]blockProblem, len(wrong))
	for i, e := range wrong {
		problems[i] = blockProblem{join(block, e.Key), fmt.Sprintf("kubernetes.%v", e), cmp.Or(didYouMean(e.Written, e.Known), blockRemedy)}
	}
	return problems
}

// fill expands the variables in every text of a value. A secret would stand in the
// pod's description, for everybody to read.
func (b *jobBuilder) fill(path string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out[k] = b.fill(join(path, k), v[k])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = b.fill(fmt.Sprintf("%s[%d]", path, i), v[i])
		}
		return out
	case string:
		at := b.valueOf(path)
		if names := secretsIn(v); len(names) > 0 {
			b.add(at, fmt.Sprintf("the secret '%s' would be readable in the pod's description", clip(names[0])), "use env with valueFrom.secretKeyRef")
			return v
		}
		return b.expand(Source{Text: v, At: at, pieces: []piece{{at: at, fixed: true}}}).Text
	}
	return v
}

// escaped is a value whose texts, loaded again, are what they are.
func escaped(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = escaped(v[k])
		}
	case []any:
		for i := range v {
			v[i] = escaped(v[i])
		}
	case string:
		return escape(v)
	}
	return v
}

// JSONSchema of the block: its own keys are checked when a manifest is loaded.
func (block) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "object"}, {Type: "null"}}}
}
