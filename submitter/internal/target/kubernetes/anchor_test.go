package kubernetes

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestOrphaning: a JobManager that is older than its Deployment makes TaskManagers that
// Kubernetes deletes.
func TestOrphaning(t *testing.T) {
	started := time.Now().Add(-time.Hour)
	for _, tc := range []struct {
		name, block string
		ha          bool
		made        time.Time
		want        string
		unattended  bool
	}{
		{"made before", ``, true, started.Add(-time.Minute), "", false},
		{"made again", ``, true, started.Add(time.Minute), "`submitter apply` starts its JobManager anew", true},
		{"made again, without high availability", ``, false, started.Add(time.Minute), "`submitter restart orders` starts the job anew", false},
		{"standalone", `{"mode": "standalone"}`, true, started.Add(time.Minute), "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := orders()
			if !tc.ha {
				delete(l.Options, "execution.checkpointing.interval")
			}
			c := of(l, tc.block)
			job, err := c.job()
			if err != nil {
				t.Fatal(err)
			}
			job.Spec.Suspend = nil
			jm := pod(jobManager, runs)
			jm.CreationTimestamp = metav1.NewTime(started)
			s := snapshot{job: job, pods: []corev1.Pod{jm}, owned: map[string]map[string]any{
				"Deployment " + c.id(): {"metadata": map[string]any{"uid": "u", "creationTimestamp": tc.made.UTC().Format(time.RFC3339)}},
			}}
			o := s.judge(c.launch.Ref)
			if !strings.Contains(o.Problem, tc.want) || tc.want == "" && o.Problem != "" || o.Unattended != tc.unattended {
				t.Errorf("%+v", o)
			}
		})
	}
}
