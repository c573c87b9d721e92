package kubernetes

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// admitted is a snapshot that no longer wants what admission changed when an object was
// made, the registry of an image, say: made again, it would be changed again.
func (t *Target) admitted(ctx context.Context, s snapshot) snapshot {
	s.wanted = slices.DeleteFunc(slices.Clone(s.wanted), func(o any) bool {
		want, err := plainJSON(o)
		if err != nil {
			return false
		}
		there := s.owned[objectName(want)]
		return there != nil && s.drifted(want) != "" && t.staysSo(ctx, o, there)
	})
	return s
}

// staysSo rehearses bringing an object back, and reports whether that would change
// nothing. Who may not is told of a change that may be none.
func (t *Target) staysSo(ctx context.Context, object any, there map[string]any) bool {
	made, err := t.put(ctx, object, metav1.ApplyOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return false
	}
	unstructured.RemoveNestedField(made.Object, "metadata", "managedFields")
	unstructured.RemoveNestedField(made.Object, "metadata", "resourceVersion")
	unstructured.RemoveNestedField(made.Object, "metadata", "generation")
	delete(made.Object, "status")
	again, err := decoded(made.Object)
	if err != nil {
		return false
	}
	want, err := plainJSON(object)
	if err != nil || narrowed(want, again, "", false) != "" {
		return false // applying takes nothing away that others have added
	}
	have, err := decoded(there)
	return err == nil && differs(again, have, "") == "" && narrowed(again, have, "", false) == ""
}
