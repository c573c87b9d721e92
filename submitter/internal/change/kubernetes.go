package change

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"flink-sql-driver/plan/launch"
)

// kubernetes lists the keys of the block that differ, dotted. Lists are compared as a whole.
func kubernetes(old, wanted json.RawMessage) []Item {
	was, is := leaves(old), leaves(wanted)
	keys := maps.Clone(was)
	maps.Copy(keys, is)
	var items []Item
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if was[k] != is[k] {
			items = append(items, Item{What: k, Old: was[k].shown, New: is[k].shown, Effect: "restart"})
		}
	}
	if len(items) == 0 { // a record of before blocks were kept in it
		return []Item{{What: PartKubernetes, Effect: "restart"}}
	}
	return items
}

// leaf is a value as it is, and as it may be shown.
type leaf struct{ exact, shown string }

func leaves(block json.RawMessage) map[string]leaf {
	all := map[string]leaf{}
	d := json.NewDecoder(bytes.NewReader(block))
	d.UseNumber() // as it was written
	var v any
	if d.Decode(&v) == nil { // else there is no block
		collect(all, PartKubernetes, v, hidden(v))
	}
	return all
}

func collect(all map[string]leaf, path string, exact, shown any) {
	m, ok := exact.(map[string]any)
	if !ok || len(m) == 0 {
		all[path] = leaf{compact(exact), compact(shown)}
		return
	}
	for k, v := range m {
		collect(all, path+"."+k, v, shown.(map[string]any)[k])
	}
}

// hidden is a copy without secrets that were written out, against all advice: values of
// variables and annotations whose names tell that they are some.
func hidden(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = hidden(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, inner := range v {
			out[k] = hidden(inner)
			annotations, _ := out[k].(map[string]any)
			for name := range annotations {
				if k == "annotations" && launch.MaskedVariable(name) {
					annotations[name] = masked
				}
			}
		}
		if name, ok := v["name"].(string); ok && v["value"] != nil && launch.MaskedVariable(name) {
			out["value"] = masked
		}
		return out
	}
	return v
}

// compact is one line: a text as it is, everything else in JSON.
func compact(v any) string {
	if s, ok := v.(string); ok && s != "" {
		return s
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // it was decoded from JSON
	return strings.TrimSuffix(b.String(), "\n")
}
