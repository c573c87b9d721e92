package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"flink-sql-driver/submitter/internal/target"
)

// resources are where the kinds of objects are in the API.
var resources = map[string]schema.GroupVersionResource{
	"ConfigMap":  {Version: "v1", Resource: "configmaps"},
	"Service":    {Version: "v1", Resource: "services"},
	"Deployment": {Group: "apps", Version: "v1", Resource: "deployments"},

	"NetworkPolicy": {Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"},
	"Ingress":       {Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"},
}

// Launch makes what is missing of a launch's objects, brings back what somebody changed
// in them, and lets its Job go. A Job that has ended is left alone.
func (t *Target) Launch(ctx context.Context, l target.Launch) error {
	if err := t.launch(ctx, l); err != nil {
		return fmt.Errorf("launch %s in namespace %s: %w", l.ClusterID, t.namespace, remedied(err))
	}
	return nil
}

func (t *Target) launch(ctx context.Context, l target.Launch) error {
	c, err := t.cluster(l)
	if err != nil {
		return err
	}
	job, err := t.job(ctx, c)
	if err != nil || ended(job) {
		return err
	}
	if made, ok := clusterOf(job); ok { // the same as before, whatever submitter.yaml says now
		c = made
	}
	c.uid = string(job.UID)
	owned, err := c.owned()
	if err != nil {
		return err
	}
	if err := t.untaken(ctx, job.Name, owned); err != nil {
		return err
	}
	for _, o := range owned {
		if err := t.make(ctx, o); err != nil {
			return err
		}
	}
	if job, err = t.succeedAnchor(ctx, c, job); err != nil {
		return err
	}
	suspended := job.Spec.Suspend != nil && *job.Spec.Suspend
	scaled := job.Spec.Parallelism != nil && *job.Spec.Parallelism != 1
	if !suspended && !scaled {
		return nil
	}
	_, err = t.client.BatchV1().Jobs(t.namespace).Patch(ctx, job.Name, types.MergePatchType,
		[]byte(`{"spec":{"suspend":false,"parallelism":1}}`), metav1.PatchOptions{FieldManager: fieldManager})
	return err
}

// cluster is what a launch's objects are made from.
func (t *Target) cluster(l target.Launch) (cluster, error) {
	settings, err := t.settings(l)
	return cluster{
		launch: l, settings: settings, namespace: t.namespace,
		haDir: t.config.HA, stockStart: t.config.StockStart,
	}, err
}

// job is the launch's Job, created if it is not there.
func (t *Target) job(ctx context.Context, c cluster) (*batchv1.Job, error) {
	want, err := c.job()
	if err != nil {
		return nil, err
	}
	jobs := t.client.BatchV1().Jobs(t.namespace)
	have, err := jobs.Create(ctx, want, metav1.CreateOptions{FieldManager: fieldManager})
	if !apierrors.IsAlreadyExists(err) {
		return have, err
	}
	if have, err = jobs.Get(ctx, want.Name, metav1.GetOptions{}); err != nil {
		return nil, err
	}
	switch {
	case have.DeletionTimestamp != nil:
		return nil, fmt.Errorf("Job %s is being deleted", have.Name)
	case !sameLaunch(have, c.launch):
		return nil, fmt.Errorf("there is a Job %s of something else; remove it first", have.Name)
	}
	return have, nil
}

// sameLaunch tells whether a Job is the one of a launch, and not of another bucket's job
// of the same name.
func sameLaunch(job *batchv1.Job, l target.Launch) bool {
	found := launchOf(job)
	return found.Ref == l.Ref && found.Dir == l.Dir && found.PlanURI == l.PlanURI
}

// launchOf is what a Job was made for, as far as it says so.
func launchOf(job *batchv1.Job) target.Launch {
	var l target.Launch
	_ = json.Unmarshal([]byte(job.Annotations[annotationLaunch]), &l) // then it is nobody's
	return l
}

// bare is an object without what is not ours to say.
func bare(object any) (map[string]any, error) {
	body, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, err
	}
	delete(body, "status")
	unstructured.RemoveNestedField(body, "metadata", "creationTimestamp")
	unstructured.RemoveNestedField(body, "spec", "template", "metadata", "creationTimestamp")
	unstructured.RemoveNestedField(body, "spec", "strategy")
	return body, nil
}

// make makes an object be as it is wanted, server-side. What others added to a selector
// stays when one applies, so that is taken away by name.
func (t *Target) make(ctx context.Context, object any) error {
	made, err := t.put(ctx, object, metav1.ApplyOptions{})
	if err != nil {
		return err
	}
	want, err := plainJSON(object)
	if err != nil {
		return err
	}
	less := withoutMore(want, made.Object, false)
	if less == nil {
		return nil
	}
	patch, err := json.Marshal(less)
	if err != nil {
		return err
	}
	_, err = t.dynamic.Resource(resources[made.GetKind()]).Namespace(t.namespace).Patch(ctx, made.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	return err
}

// put is what the API server makes of an object that is applied.
func (t *Target) put(ctx context.Context, object any, how metav1.ApplyOptions) (*unstructured.Unstructured, error) {
	body, err := bare(object)
	if err != nil {
		return nil, err
	}
	u := &unstructured.Unstructured{Object: body}
	how.FieldManager, how.Force = fieldManager, true
	return t.dynamic.Resource(resources[u.GetKind()]).Namespace(t.namespace).Apply(ctx, u.GetName(), u, how)
}
