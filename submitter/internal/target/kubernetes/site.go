package kubernetes

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flink-sql-driver/submitter/internal/target"
)

// rootCA is a ConfigMap that every namespace of every cluster has. Its UID is unlike
// that of any other, so it tells one cluster's namespace from another's, whatever
// kubeconfigs call them.
const rootCA = "kube-root-ca.crt"

// Site names this namespace of this cluster.
func (t *Target) Site(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.site != "" {
		return t.site, nil
	}
	m, err := t.client.CoreV1().ConfigMaps(t.namespace).Get(ctx, rootCA, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "", fmt.Errorf("namespace %[1]s is not there (or was made this moment); `kubectl create namespace %[1]s`, then `kubectl -n %[1]s apply -f %[2]s`", t.namespace, rbacFile)
	case err != nil:
		return "", fmt.Errorf("which cluster namespace %s is in, by its ConfigMap %s: %w", t.namespace, rootCA, remedied(err))
	}
	t.site = string(m.UID)
	return t.site, nil
}

// Hidden says that a launch was made in another cluster, or in a namespace that was
// deleted and made again.
func (t *Target) Hidden(ctx context.Context, r target.Ref) (string, error) {
	here, err := t.Site(ctx)
	if err != nil || r.Site == here {
		return "", err
	}
	return fmt.Sprintf("it was launched in another cluster than the one that namespace %s is in now, and what runs there cannot be seen from here; use the kubeconfig and context of then, or, if that is no more, `submitter force-unlock %s --gone`", t.namespace, r.Name), nil
}

// absent is the observation of a launch of which nothing is there.
func (t *Target) absent(ctx context.Context, r target.Ref, o target.Observation) target.Observation {
	if r.Site == "" || o.Condition != target.Absent {
		return o
	}
	hidden, err := t.Hidden(ctx, r)
	switch {
	case err != nil:
		return target.Observation{Condition: target.Unknown, Proof: err.Error()}
	case hidden != "":
		return target.Observation{Condition: target.Unknown, Proof: hidden}
	}
	return o
}
