package kubernetes

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flink-sql-driver/submitter/internal/target"
)

// TestObserveIsTheSameForMany: what is said of a launch does not depend on how many look
// at theirs at once. The objects beside the Jobs were changed, and one Job has lost its
// labels: a look by name and one by labels see the same.
func TestObserveIsTheSameForMany(t *testing.T) {
	const launches = 2 * crowdSize
	jobs, pods := batchv1.JobList{}, corev1.PodList{}
	services := corev1.ServiceList{TypeMeta: metav1.TypeMeta{Kind: "ServiceList", APIVersion: "v1"}}
	world := answers{}
	refs := make([]target.Ref, launches)
	for i := range launches {
		l := orders()
		l.ClusterID = fmt.Sprintf("orders-%d", i)
		c := of(l, ``)
		job, err := c.job()
		if err != nil {
			t.Fatal(err)
		}
		job.UID, job.Spec.Suspend = c.jobUID(), nil
		world["jobs/"+job.Name] = job
		if i == 0 {
			job.Labels = nil
		} else {
			jobs.Items = append(jobs.Items, *job)
		}
		refs[i] = l.Ref
		service := corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: l.ClusterID + "-rest", Labels: map[string]string{labelPart: l.ClusterID}}}
		services.Items = append(services.Items, service) // without its ports
	}
	world["jobs"], world["pods"], world["services"] = jobs, pods, services
	for _, kind := range []string{"configmaps", "deployments", "events"} {
		world[kind] = map[string]any{"kind": "List", "apiVersion": "v1", "items": []any{}}
	}
	alone := make([]target.Observation, launches)
	for i, r := range refs {
		var err error
		if alone[i], err = on(t, world).Observe(t.Context(), r); err != nil || alone[i].Condition != target.Running {
			t.Fatalf("%s: %+v, %v", r.ClusterID, alone[i], err)
		}
	}
	crowded := on(t, world)
	for range 2 { // the first look of all finds no crowd yet
		var wg sync.WaitGroup
		for i, r := range refs {
			wg.Go(func() {
				got, err := crowded.Observe(t.Context(), r)
				if diff := cmp.Diff(alone[i], got); err != nil || diff != "" {
					t.Errorf("%s among many: %v %s", r.ClusterID, err, diff)
				}
			})
		}
		wg.Wait()
	}
	see, err := crowded.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o := see(refs[1]); !o.Unattended {
		t.Errorf("a survey does not tell of a Service that was changed: %+v", o)
	}
}
