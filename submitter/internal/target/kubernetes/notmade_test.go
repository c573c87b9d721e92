package kubernetes

import (
	"encoding/json"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestNotMade(t *testing.T) {
	line := func(message string) string {
		return "2026-11-21 23:52:45,989 WARN  org.apache.flink.kubernetes.KubernetesResourceManagerDriver  [] - Could not create pod orders-b-taskmanager-1-1, exception: java.util.concurrent.CompletionException: KubernetesClientException: Failure executing: POST at: https://10.96.0.1:443/api/v1/namespaces/jobs/pods. Message: " + message + ". Received status: Status(apiVersion=v1, code=422).\n"
	}
	for log, want := range map[string]struct {
		problem string
		patient bool
	}{
		"":                           {"", false},
		"all is well\n":              {"", false},
		line("a") + line("b is bad"): {"its JobManager cannot make TaskManagers: b is bad", false},
		line(`pods "x" is forbidden: exceeded quota: small`) + "more\n": {`its JobManager cannot make TaskManagers: pods "x" is forbidden: exceeded quota: small`, true},
	} {
		if problem, patient := notMade(log); problem != want.problem || patient != want.patient {
			t.Errorf("%q, %v, want %+v", problem, patient, want)
		}
	}
}

func TestLacksTaskManagers(t *testing.T) {
	jm := pod(jobManager, corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(time.Now().Add(-time.Minute))}})
	young := pod(jobManager, corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}})
	job := jobWith("", "")
	of := func(mode string) map[string]string {
		a, err := of(orders(), `{"mode": "`+mode+`"}`).annotations()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, tc := range []struct {
		mode string
		pods []corev1.Pod
		want bool
	}{
		{"native", []corev1.Pod{jm}, true},
		{"native", []corev1.Pod{young}, false},
		{"native", []corev1.Pod{jm, pod(taskManager, waiting("ContainerCreating", ""))}, false},
		{"native", nil, false},
		{"standalone", []corev1.Pod{jm}, false},
	} {
		job.Annotations = of(tc.mode)
		if got := (snapshot{job: job, pods: tc.pods}).lacksTaskManagers(); got != tc.want {
			text, _ := json.Marshal(tc)
			t.Errorf("%s: %v", text, got)
		}
	}
}
