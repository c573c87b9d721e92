package kubernetes

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// takenError is an object of a launch's name that somebody else made.
type takenError struct{ name string }

func (e *takenError) Error() string {
	return fmt.Sprintf("there is a %s that this program did not make; delete it, or give the job another name", e.name)
}

// untaken makes sure that of the objects of a launch none is there that is somebody
// else's: it would be changed, and deleted with the launch.
func (t *Target) untaken(ctx context.Context, job string, objects []any) error {
	for _, o := range objects {
		want, err := plainJSON(o)
		if err != nil {
			return err
		}
		u := &unstructured.Unstructured{Object: want}
		have, err := t.dynamic.Resource(resources[u.GetKind()]).Namespace(t.namespace).Get(ctx, u.GetName(), metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			return err
		case !madeFor(have, job):
			return &takenError{objectName(want)}
		}
	}
	return nil
}

// madeFor reports whether an object is one of a Job's, even if somebody took the Job from
// it (kubectl delete --cascade=orphan).
func madeFor(o *unstructured.Unstructured, job string) bool {
	return made(o.Object) != "" || slices.ContainsFunc(o.GetOwnerReferences(), func(r metav1.OwnerReference) bool {
		return r.Kind == "Job" && r.Name == job
	})
}
