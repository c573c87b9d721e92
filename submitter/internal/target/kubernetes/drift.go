package kubernetes

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// drift says what of the objects of a launch is not as it was made; empty if all is, or
// if they were not asked for.
func (s snapshot) drift() string {
	for _, o := range s.wanted {
		want, err := plainJSON(o)
		if err != nil {
			return ""
		}
		if drift := s.drifted(want); drift != "" {
			return drift
		}
	}
	return ""
}

// drifted is drift of one object.
func (s snapshot) drifted(want map[string]any) string {
	name := objectName(want)
	there := s.owned[name]
	if there == nil {
		return name + " is gone"
	}
	have, err := decoded(there)
	if err != nil || made(have) != made(want) {
		return "" // by another version of this program: how it was made cannot be told
	}
	if replicas, ok, _ := unstructured.NestedFloat64(want, "spec", "replicas"); ok && replicas == 0 {
		// Of a Deployment that makes no pods, what they would be does not matter, and
		// admission may have changed their image.
		unstructured.RemoveNestedField(want, "spec", "template")
	}
	if at := cmp.Or(differs(want, have, ""), narrowed(want, have, "", false)); at != "" {
		return name + " was changed: " + at
	}
	return ""
}

// mark writes a digest of an object into it.
func mark(o metav1.Object) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	a := maps.Clone(o.GetAnnotations())
	if a == nil {
		a = map[string]string{}
	}
	a[annotationMade] = fmt.Sprintf("%x", sha256.Sum256(data))
	o.SetAnnotations(a)
	return nil
}

// made is the digest in an object.
func made(o map[string]any) string {
	digest, _, _ := unstructured.NestedString(o, "metadata", "annotations", annotationMade)
	return digest
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
