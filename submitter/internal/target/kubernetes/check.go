package kubernetes

import (
	"context"
	"errors"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/metadata"

	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// Check says why Kubernetes would refuse a launch; empty if it would not, as far as that
// can be told: what admission does to single pods shows only in a launch.
func (t *Target) Check(ctx context.Context, l target.Launch) (refused string, err error) {
	c, err := t.cluster(l)
	if err != nil {
		return err.Error(), nil
	}
	jobs, err := c.rehearsed()
	if err != nil {
		return err.Error(), nil
	}
	owned, err := c.owned()
	if err != nil {
		return err.Error(), nil
	}
	var taken *takenError
	if err := t.untaken(ctx, c.id(), owned); errors.As(err, &taken) {
		return err.Error(), nil
	} else if err != nil {
		return "", err
	}
	if lacking, err := t.lacking(ctx, l.Name, c.settings); err != nil || lacking != "" {
		return lacking, err
	}
	if refused, err := t.rehearse(ctx, c); err != nil || refused != "" {
		return refused, err
	}
	for _, j := range jobs {
		_, err := t.client.BatchV1().Jobs(t.namespace).Create(ctx, j, metav1.CreateOptions{FieldManager: fieldManager, DryRun: []string{metav1.DryRunAll}})
		if apierrors.IsAlreadyExists(err) {
			continue
		}
		if refused, err := refusal(err); err != nil || refused != "" {
			return refused, err
		}
	}
	return "", nil
}

// nobodysUID stands for that of a Job that is not there yet.
const nobodysUID = "00000000-0000-0000-0000-000000000000"

// rehearse has the API server say what it would make of the objects beside the Job.
func (t *Target) rehearse(ctx context.Context, c cluster) (refused string, err error) {
	c.uid = nobodysUID
	owned, err := c.owned()
	if err != nil {
		return err.Error(), nil
	}
	for _, o := range owned {
		_, err := t.put(ctx, o, metav1.ApplyOptions{DryRun: []string{metav1.DryRunAll}})
		if refused, err := refusal(err); err != nil || refused != "" {
			return refused, err
		}
	}
	return "", nil
}

// refusal tells what a rehearsal was refused for from an error that says nothing of that.
func refusal(err error) (refused string, unknown error) {
	switch {
	case apierrors.IsInvalid(err), apierrors.IsForbidden(err), apierrors.IsNotFound(err), unapplicable(err):
		return remedied(err).Error(), nil
	case apierrors.IsBadRequest(err): // some admission webhooks know no dry run
		return "", nil
	}
	return "", err
}

// unapplicable tells an object that server-side apply cannot take, two entries of one name
// in a list, say. The API server calls it an error of its own (its structuredmerge manager).
func unapplicable(err error) bool {
	return err != nil && strings.Contains(err.Error(), "failed to create typed patch object")
}

// lacking says which objects that a launch names are not there, as far as we may look: its
// pods would wait for them.
func (t *Target) lacking(ctx context.Context, job string, s settings.Settings) (string, error) {
	objects, err := metadata.NewForConfig(t.rest)
	if err != nil {
		return "", err
	}
	needed := needs{}
	needed.add(job, s)
	var lacking []string
	for _, f := range t.areThere(ctx, objects, needed) {
		if !f.OK && f.Remedy != mendAnswer { // no answer is no proof
			lacking = append(lacking, f.Name+": "+f.Found+"; "+f.Remedy)
		}
	}
	return strings.Join(lacking, ". "), ctx.Err()
}

// rehearsed are the launch's Job, and one with the pod of its TaskManagers.
func (c cluster) rehearsed() ([]*batchv1.Job, error) {
	job, err := c.job()
	if err != nil {
		return nil, err
	}
	workers := job.DeepCopy()
	if c.settings.Mode == settings.Native { // Flink adds command, ports and sizes to it
		workers.Spec.Template, err = c.template(taskManager)
	} else {
		workers.Spec.Template, err = c.taskManagerPod(c.options())
	}
	if err != nil {
		return nil, err
	}
	workers.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
	return []*batchv1.Job{job, workers}, nil
}
