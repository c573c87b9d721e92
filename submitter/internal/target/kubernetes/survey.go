package kubernetes

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"flink-sql-driver/submitter/internal/target"
)

// Survey looks at every launch of the namespace with one LIST for each kind of object,
// and sees what somebody deleted or changed of them.
func (t *Target) Survey(ctx context.Context) (func(target.Ref) target.Observation, error) {
	all, err := t.launches(ctx)
	if err == nil {
		err = t.listOwned(ctx, all)
	}
	if err != nil {
		return nil, fmt.Errorf("launches in namespace %s: %w", t.namespace, remedied(err))
	}
	return func(r target.Ref) target.Observation {
		if s, ok := all[r.ClusterID]; ok {
			return t.tell(ctx, r, *s)
		}
		return t.tell(ctx, r, snapshot{})
	}, nil
}

// relabelled looks for a Job by its name where only pods of it were found: somebody may
// have changed its labels.
func (t *Target) relabelled(ctx context.Context, r target.Ref, s snapshot) snapshot {
	if s.job != nil || len(s.pods) == 0 {
		return s
	}
	job, err := t.client.BatchV1().Jobs(t.namespace).Get(ctx, r.ClusterID, metav1.GetOptions{})
	if err != nil {
		return s // what was found says what is known
	}
	return snapshot{job: job, pods: s.pods, events: s.events}
}

// ours selects what this program made.
func ours() metav1.ListOptions {
	return metav1.ListOptions{LabelSelector: labels.Set{labelManaged: managedBy}.String()}
}

// launches are the Jobs of the namespace with their pods and events, by cluster id.
func (t *Target) launches(ctx context.Context) (map[string]*snapshot, error) {
	all := map[string]*snapshot{}
	jobs, err := t.client.BatchV1().Jobs(t.namespace).List(ctx, ours())
	if err != nil {
		return nil, err
	}
	for i := range jobs.Items {
		all[jobs.Items[i].Name] = &snapshot{job: &jobs.Items[i]}
	}
	if err := t.listPods(ctx, all); err != nil {
		return nil, err
	}
	t.listEvents(ctx, all)
	return all, nil
}

// listOwned asks for the objects that the launches' Jobs should own.
func (t *Target) listOwned(ctx context.Context, all map[string]*snapshot) error {
	kinds := map[string]bool{}
	for _, s := range all {
		if s.job == nil {
			continue
		}
		s.wanted, s.owned = wanted(s.job), map[string]map[string]any{}
		for _, o := range s.wanted {
			kinds[o.(runtime.Object).GetObjectKind().GroupVersionKind().Kind] = true
		}
	}
	for kind := range kinds {
		list, err := t.dynamic.Resource(resources[kind]).Namespace(t.namespace).List(ctx, ours())
		if err != nil {
			return err
		}
		for _, o := range list.Items {
			if s := all[o.GetLabels()[labelPart]]; s != nil && s.owned != nil {
				o.SetKind(kind) // items of a list may not say
				s.owned[objectName(o.Object)] = o.Object
			}
		}
	}
	return nil
}

// wanted are the objects that a Job should own; none where it has ended, or does not say
// what they were made from.
func wanted(job *batchv1.Job) []any {
	c, ok := clusterOf(job)
	if !ok || ended(job) {
		return nil
	}
	objects, err := c.owned()
	if err != nil {
		return nil // as it was asked for it could not be made, so somebody else made this Job
	}
	return objects
}

func (t *Target) listPods(ctx context.Context, all map[string]*snapshot) error {
	pods, err := t.client.CoreV1().Pods(t.namespace).List(ctx, ours())
	if err != nil {
		return err
	}
	for _, p := range pods.Items {
		id := p.Labels[labelApp]
		if all[id] == nil {
			all[id] = &snapshot{} // its Job is gone
		}
		all[id].pods = append(all[id].pods, p)
	}
	return nil
}

// listEvents asks for warnings if some launch waits for something. They only explain, so
// it is no error if there are none to be had.
func (t *Target) listEvents(ctx context.Context, all map[string]*snapshot) {
	wait := false
	for _, s := range all {
		wait = wait || s.job != nil && !ended(s.job) && s.waits()
	}
	if !wait {
		return
	}
	events, err := t.warnings(ctx)
	if err != nil {
		return
	}
	for id, s := range all {
		s.events = s.own(id, events)
	}
}

// own are the events of the launch's Job and pods.
func (s snapshot) own(clusterID string, all []corev1.Event) []corev1.Event {
	names := map[string]bool{clusterID: true}
	for _, p := range s.pods {
		names[p.Name] = true
	}
	var own []corev1.Event
	for _, e := range all {
		if names[e.InvolvedObject.Name] {
			own = append(own, e)
		}
	}
	return own
}
