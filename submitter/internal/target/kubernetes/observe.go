package kubernetes

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"flink-sql-driver/submitter/internal/javatrace"
	"flink-sql-driver/submitter/internal/target"
)

// snapshot is what the API server says of one launch.
type snapshot struct {
	job    *batchv1.Job // nil: there is none
	pods   []corev1.Pod // of JobManager and TaskManagers
	events []corev1.Event
	// wanted are the objects that the Job should own, and owned those that are there, by
	// kind and name; nil: they were not asked for. Only a Survey asks for them.
	wanted []any
	owned  map[string]map[string]any
}

// Observe says what is known of a launch: the same however many are observed at once.
// What somebody deleted or changed beside Job and pods is for Survey to tell.
func (t *Target) Observe(ctx context.Context, r target.Ref) (target.Observation, error) {
	s, err := t.see(ctx, r)
	if err != nil {
		if ctx.Err() != nil {
			return target.Observation{}, ctx.Err()
		}
		t.down.Delete(r.ClusterID) // nobody knows
		return target.Observation{Condition: target.Unknown, Proof: "Kubernetes: " + remedied(err).Error()}, nil
	}
	return t.tell(ctx, r, s), ctx.Err()
}

// tell is what a snapshot says of a launch, and what it takes some more questions to know.
func (t *Target) tell(ctx context.Context, r target.Ref, s snapshot) target.Observation {
	s = t.relabelled(ctx, r, s)
	if whose := t.foreign(s.job, r); whose != "" {
		return target.Observation{Condition: target.Unknown, Proof: whose}
	}
	o := s.judge(r)
	if o.Unattended {
		o = t.admitted(ctx, s).judge(r)
	}
	o = t.absent(ctx, r, t.add(o, s, r))
	if o.Problem == "" && s.lacksTaskManagers() {
		o.Problem, o.Patient = notMade(t.lastLog(ctx, s))
	}
	if o.Condition == target.Failed && o.LastWord == "" {
		o.LastWord = t.lastCause(ctx, s)
	}
	return o
}

// see looks at one launch, or, where many are looked at, at all of them. Either way it
// asks for the Job, its pods and their events, and for nothing else.
func (t *Target) see(ctx context.Context, r target.Ref) (snapshot, error) {
	if t.crowd.there(r.ClusterID) {
		all, err := t.crowd.look(ctx)
		if err != nil {
			return snapshot{}, err
		}
		if s := all[r.ClusterID]; s != nil && s.job != nil {
			return *s, nil
		}
		// Its Job may be there with other labels.
	}
	s, err := t.look(ctx, r)
	if err == nil && s.job != nil && !ended(s.job) && s.waits() {
		all, _ := t.warnings(ctx) // they only explain
		s.events = s.own(r.ClusterID, all)
	}
	return s, err
}

// add tells what a snapshot does not.
func (t *Target) add(o target.Observation, s snapshot, r target.Ref) target.Observation {
	if since := s.jobManagerRuns(); o.Condition == target.Running && !since.IsZero() {
		o.UI, o.Started = t.proxyURL(r.ClusterID), since
		if c, ok := clusterOf(s.job); ok && c.webUI() != "" {
			o.UI = c.webUI()
		}
		t.down.Delete(r.ClusterID)
	} else {
		t.down.Store(r.ClusterID, true)
	}
	return o
}

// look asks for the Job first: pods that are made later belong to a Job that is there.
func (t *Target) look(ctx context.Context, r target.Ref) (snapshot, error) {
	var s snapshot
	job, err := t.client.BatchV1().Jobs(t.namespace).Get(ctx, r.ClusterID, metav1.GetOptions{})
	switch {
	case err == nil:
		s.job = job
	case !apierrors.IsNotFound(err):
		return s, err
	}
	s.pods, err = t.pods(ctx, r.ClusterID)
	return s, err
}

func (t *Target) pods(ctx context.Context, clusterID string) ([]corev1.Pod, error) {
	list, err := t.client.CoreV1().Pods(t.namespace).List(ctx, metav1.ListOptions{LabelSelector: labels.Set{labelApp: clusterID}.String()})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// What is asked for of events, and how many at once.
const (
	warnings     = "type=Warning"
	eventsAtOnce = 500
	eventPages   = 20 // more than a namespace has in the hour that they are kept
)

// warnings are those of the namespace.
func (t *Target) warnings(ctx context.Context) ([]corev1.Event, error) {
	var all []corev1.Event
	ask := metav1.ListOptions{FieldSelector: warnings, Limit: eventsAtOnce}
	for range eventPages {
		list, err := t.client.CoreV1().Events(t.namespace).List(ctx, ask)
		if err != nil {
			return all, err
		}
		all = append(all, list.Items...)
		if ask.Continue = list.Continue; ask.Continue == "" {
			break
		}
	}
	return all, nil
}

// causeLines is how much of a log's end is searched for a cause.
const causeLines = 400

// lastCause is why the JobManager ended, from its log.
func (t *Target) lastCause(ctx context.Context, s snapshot) string {
	return javatrace.InLog(t.lastLog(ctx, s))
}

// lastLog is the end of the newest JobManager's log; empty if it is not to be had.
func (t *Target) lastLog(ctx context.Context, s snapshot) string {
	pod := s.newest(jobManager)
	if pod == nil {
		return ""
	}
	lines := int64(causeLines)
	data, err := t.client.CoreV1().Pods(t.namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Container: mainContainer, TailLines: &lines}).DoRaw(ctx)
	if err != nil {
		return ""
	}
	return string(data)
}
