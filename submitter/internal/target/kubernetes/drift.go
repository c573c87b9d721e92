package kubernetes

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// drift says what of the objects of a launch is not as it was made; empty if all is, or
// if they were not asked for.
func (s snapshot) drift() string {
	for _, o := range s.wanted {
		want, err := plainJSON(o)
		if err != nil {
			return ""
		}
		name := objectName(want)
		there := s.owned[name]
		if there == nil {
			return name + " is gone"
		}
		have, err := decoded(there)
		if err != nil {
			return ""
		}
		if at := differs(want, have, ""); at != "" {
			return name + " was changed: " + at
		}
	}
	return ""
}

// objectName is how kubectl names an object.
func objectName(o map[string]any) string {
	kind, _ := o["kind"].(string)
	meta, _ := o["metadata"].(map[string]any)
	return fmt.Sprintf("%s %v", kind, meta["name"])
}

// plainJSON is what the API server would be sent, as decoded JSON.
func plainJSON(object any) (map[string]any, error) {
	body, err := bare(object)
	if err != nil {
		return nil, err
	}
	return decoded(body)
}

// decoded is an object with numbers of one type.
func decoded(object map[string]any) (map[string]any, error) {
	data, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, json.Unmarshal(data, &out)
}

// differs is the path of the first thing that is wanted and not so; what the API server
// and others added does not count.
func differs(want, have any, path string) string {
	switch want := want.(type) {
	case map[string]any:
		have, _ := have.(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(want)) {
			if at := differs(want[k], have[k], path+"."+k); at != "" {
				return at
			}
		}
		return ""
	case []any:
		have, _ := have.([]any)
		if len(have) != len(want) {
			return path
		}
		for i := range want {
			if at := differs(want[i], have[i], fmt.Sprintf("%s[%d]", path, i)); at != "" {
				return at
			}
		}
		return ""
	case nil:
		return ""
	}
	if want != have {
		return path
	}
	return ""
}
