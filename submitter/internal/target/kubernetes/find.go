package kubernetes

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"flink-sql-driver/submitter/internal/target"
)

// Find tells of every launch in the namespace as it was asked for, dead ones that were
// not removed included.
func (t *Target) Find(ctx context.Context) ([]target.Found, error) {
	list, err := t.client.BatchV1().Jobs(t.namespace).List(ctx, metav1.ListOptions{LabelSelector: labels.Set{labelManaged: managedBy, labelRole: jobManager}.String()})
	if err != nil {
		return nil, fmt.Errorf("launches in namespace %s: %w", t.namespace, err)
	}
	var all []target.Found
	for i := range list.Items {
		job := &list.Items[i]
		l := launchOf(job)
		if l.ClusterID == "" {
			l.Ref = target.Ref{Name: job.Labels[labelName], ClusterID: job.Name}
		}
		s := snapshot{job: job}
		if s.pods, err = t.pods(ctx, job.Name); err != nil {
			return nil, err
		}
		all = append(all, target.Found{Launch: l, Observation: s.judge(l.Ref)})
	}
	return all, nil
}
