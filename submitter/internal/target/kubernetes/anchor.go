package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// A JobManager reads its Deployment once, when it starts (Fabric8FlinkKubeClient), and
// makes that the owner of every TaskManager. If the Deployment was deleted and made again,
// Kubernetes deletes all pods of the owner that is gone as soon as they are there.

// outdated reports whether a JobManager began before its anchor was made.
func outdated(jm *corev1.Pod, anchor metav1.Object) bool {
	made := anchor.GetCreationTimestamp()
	return jm != nil && anchor.GetUID() != "" && made.After(jm.CreationTimestamp.Time)
}

// orphaning tells of a JobManager whose anchor is not the one that it knows; empty if it
// is, or if its anchor was not asked for. mends: to launch it again mends that.
func (s snapshot) orphaning() (text string, mends bool) {
	name := "Deployment " + s.job.Name
	jm, anchor := s.newest(jobManager), &unstructured.Unstructured{Object: s.owned[name]}
	if anchor.Object == nil || !outdated(jm, anchor) {
		return "", false
	}
	c, ok := clusterOf(s.job)
	if !ok || c.settings.Mode != settings.Native {
		return "", false
	}
	remedy := "`submitter apply` starts its JobManager anew"
	if !c.ha() {
		remedy = fmt.Sprintf("`submitter restart %s` starts the job anew from its newest checkpoint", c.launch.Name)
	}
	text = fmt.Sprintf("%s was deleted and made again after JobManager %s had started, so Kubernetes deletes every TaskManager that it makes; %s", name, jm.Name, remedy)
	return text, c.ha()
}

// succeedAnchor ends a JobManager that does not know its anchor, where high availability
// has another one go on with the job: a Job that is suspended ends its pod, and launch lets
// it go on. Without high availability that would lose what is in no checkpoint, so it is
// for somebody to decide: orphaning says how. At the end of a job Flink itself deletes the
// Deployment, and nothing may come between: only a JobManager that still works is ended.
func (t *Target) succeedAnchor(ctx context.Context, c cluster, job *batchv1.Job) (*batchv1.Job, error) {
	if c.settings.Mode != settings.Native || !c.ha() || job.Status.StartTime == nil {
		return job, nil
	}
	anchor, err := t.dynamic.Resource(resources["Deployment"]).Namespace(t.namespace).Get(ctx, c.id(), metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if made := anchor.GetCreationTimestamp(); !made.After(job.Status.StartTime.Time) {
		return job, nil
	}
	s := snapshot{job: job}
	if s.pods, err = t.pods(ctx, c.id()); err != nil {
		return nil, err
	}
	jm := s.newest(jobManager)
	if !outdated(jm, anchor) || !t.works(ctx, c.launch.Ref) {
		return job, nil
	}
	job, err = t.client.BatchV1().Jobs(t.namespace).Patch(ctx, job.Name, types.MergePatchType, []byte(`{"spec":{"suspend":true}}`), metav1.PatchOptions{FieldManager: fieldManager})
	if err != nil {
		return nil, err
	}
	return job, t.untilEnding(ctx, c.id(), jm.UID)
}

// works reports whether a JobManager answers that its job has not come to an end.
func (t *Target) works(ctx context.Context, r target.Ref) bool {
	jm, err := t.JobManager(ctx, r)
	if err != nil {
		return false
	}
	status, err := jm.JobStatus(ctx, r.JobID)
	return err == nil && (status == "RUNNING" || status == "RESTARTING")
}

// How long a Job's controller may take to end the pod of a Job that was suspended, and how
// often is looked.
const (
	endingLimit = time.Minute
	endingPoll  = 500 * time.Millisecond
)

// untilEnding waits until a pod is gone, or about to be.
func (t *Target) untilEnding(ctx context.Context, clusterID string, pod types.UID) error {
	ctx, cancel := context.WithTimeoutCause(ctx, endingLimit, fmt.Errorf("its Job was suspended, and its JobManager did not end within %s", endingLimit))
	defer cancel()
	for {
		pods, err := t.pods(ctx, clusterID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(pods, func(p corev1.Pod) bool {
			return p.UID == pod && p.DeletionTimestamp == nil && !over(p)
		}) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(endingPoll):
		}
	}
}
