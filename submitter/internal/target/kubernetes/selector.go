package kubernetes

import (
	"fmt"
	"maps"
	"slices"
)

// isSelector tells the fields whose every entry has to fit, so that one more lets fewer
// pods through: a policy that somebody adds a label to protects none of them.
func isSelector(key string) bool {
	return key == "selector" || key == "podSelector" || key == "namespaceSelector"
}

// narrowed is the path of the first thing within a selector that is not wanted; inside:
// want and have are of a selector.
func narrowed(want, have any, path string, inside bool) string {
	switch have := have.(type) {
	case map[string]any:
		wants, _ := want.(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(have)) {
			at := path + "." + k
			wanted, known := wants[k]
			switch {
			case !known && inside:
				return at
			case !known:
				continue // others may add what they like
			}
			if more := narrowed(wanted, have[k], at, inside || isSelector(k)); more != "" {
				return more
			}
		}
	case []any:
		wants, _ := want.([]any)
		for i := range min(len(wants), len(have)) {
			if more := narrowed(wants[i], have[i], fmt.Sprintf("%s[%d]", path, i), inside); more != "" {
				return more
			}
		}
	}
	return ""
}

// withoutMore is a merge patch that takes what is not wanted out of an object's selectors;
// nil if there is no such thing. Lists are ours as a whole when we apply. inside: want and
// have are of a selector.
func withoutMore(want, have map[string]any, inside bool) map[string]any {
	var patch map[string]any
	set := func(key string, v any) {
		if patch == nil {
			patch = map[string]any{}
		}
		patch[key] = v
	}
	for k, there := range have {
		wanted, known := want[k]
		if !known {
			if inside {
				set(k, nil)
			}
			continue
		}
		under, ok := wanted.(map[string]any)
		that, also := there.(map[string]any)
		if !ok || !also {
			continue
		}
		if p := withoutMore(under, that, inside || isSelector(k)); p != nil {
			set(k, p)
		}
	}
	return patch
}
