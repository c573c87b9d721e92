package settings

import (
	"encoding/json"
	"maps"
)

// Over lays a manifest's block, in JSON, over the settings of its target: mappings key by
// key, everything else as a whole. null takes away what the target has.
func Over(base Settings, own []byte) (Settings, error) {
	if _, err := Parse(own); err != nil || len(own) == 0 {
		return base, err
	}
	data, err := Marshal(base)
	if err != nil {
		return base, err
	}
	var below, above any
	if err := json.Unmarshal(data, &below); err != nil {
		return base, err
	}
	if err := json.Unmarshal(own, &above); err != nil {
		return base, err
	}
	if data, err = json.Marshal(withoutNulls(merged(below, above))); err != nil {
		return base, err
	}
	return Parse(data)
}

// Marshal is the JSON of a Kubernetes type without its nulls: it has them for lists of
// which nobody spoke, and in a patch they would empty those.
func Marshal(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var plain any
	if err := json.Unmarshal(data, &plain); err != nil {
		return nil, err
	}
	return json.Marshal(withoutNulls(plain))
}

func merged(below, above any) any {
	under, ok := below.(map[string]any)
	over, also := above.(map[string]any)
	if !ok || !also {
		return above
	}
	out := maps.Clone(under)
	for k, v := range over {
		out[k] = merged(under[k], v)
	}
	return out
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if inner == nil {
				delete(v, k)
				continue
			}
			v[k] = withoutNulls(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = withoutNulls(inner)
		}
	}
	return v
}
