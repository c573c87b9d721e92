package kubernetes

import (
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flink-sql-driver/submitter/internal/target"
)

func jobWith(kind batchv1.JobConditionType, reason string) *batchv1.Job {
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "orders-b"}}
	if kind != "" {
		j.Status.Conditions = []batchv1.JobCondition{{Type: kind, Status: corev1.ConditionTrue, Reason: reason}}
	}
	return j
}

func pod(role string, state corev1.ContainerState) corev1.Pod {
	phase := corev1.PodPending
	switch {
	case state.Running != nil:
		phase = corev1.PodRunning
	case state.Terminated != nil && state.Terminated.ExitCode == 0:
		phase = corev1.PodSucceeded
	case state.Terminated != nil:
		phase = corev1.PodFailed
	}
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "orders-b-" + role, Labels: map[string]string{labelKind: role}, CreationTimestamp: metav1.NewTime(time.Unix(100, 0))},
		Status:     corev1.PodStatus{Phase: phase, ContainerStatuses: []corev1.ContainerStatus{{Name: mainContainer, State: state}}},
	}
}

func endedWith(code int32, reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, Message: message}}
}

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

var runs = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}

// onLostNode is a pod that runs, as its node said when it last did.
func onLostNode(role string) corev1.Pod {
	p := pod(role, runs)
	p.Spec.NodeName = "node-7"
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}, {Type: corev1.PodReady, Status: corev1.ConditionFalse}}
	return p
}

// withSidecar is a JobManager with a container beside it that runs.
func withSidecar(state corev1.ContainerState) corev1.Pod {
	p := pod(jobManager, state)
	p.Status.Phase = corev1.PodRunning
	p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{Name: "side", State: runs})
	return p
}

func initFailed(role string) corev1.Pod {
	p := pod(role, waiting("PodInitializing", ""))
	p.Status.Phase = corev1.PodFailed
	p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "fetch", State: endedWith(3, "Error", "")}}
	return p
}

// TestJudge: only what the API server proves is called an end.
func TestJudge(t *testing.T) {
	deleted := jobWith("", "")
	now := metav1.Now()
	deleted.DeletionTimestamp = &now
	suspended := jobWith("", "")
	yes := true
	suspended.Spec.Suspend = &yes
	unscheduled := pod(jobManager, corev1.ContainerState{})
	unscheduled.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/3 nodes are available"}}
	quota := []corev1.Event{{InvolvedObject: corev1.ObjectReference{Name: "orders-b"}, Reason: "FailedCreate", Message: "exceeded quota: small"}}
	evicted := onLostNode(jobManager)
	scaled, none := jobWith("", ""), int32(0)
	scaled.Spec.Parallelism = &none
	evicted.DeletionTimestamp = &now
	for _, tc := range []struct {
		name string
		s    snapshot
		want target.Condition
		text string // in proof, problem or last word
		more func(target.Observation) bool
	}{
		{"nothing", snapshot{}, target.Absent, "there is no Job orders-b, and no pod of it", nil},
		{"pods without their Job", snapshot{pods: []corev1.Pod{pod(jobManager, runs)}}, target.Unknown, "there still is pod orders-b-jobmanager", nil},
		{"a pod that has ended without its Job", snapshot{pods: []corev1.Pod{pod(jobManager, endedWith(0, "", ""))}}, target.Absent, "no pod of it", nil},
		{"scaled by somebody", snapshot{job: scaled}, target.Running, "was scaled to 0", func(o target.Observation) bool { return o.Unattended }},
		{"ended, but for a sidecar", snapshot{job: jobWith("", ""), pods: []corev1.Pod{withSidecar(endedWith(0, "", ""))}}, target.Finished, "code 0, and its container side runs on", nil},
		{"FAILED, but for a sidecar", snapshot{job: jobWith("", ""), pods: []corev1.Pod{withSidecar(endedWith(163, "", ""))}}, target.Failed, "code 163, and", nil},
		{"killed, but for a sidecar", snapshot{job: jobWith("", ""), pods: []corev1.Pod{withSidecar(endedWith(137, "", ""))}}, target.Failed, "make it an init container", func(o target.Observation) bool { return o.Killed }},
		{"runs beside a sidecar", snapshot{job: jobWith("", ""), pods: []corev1.Pod{withSidecar(runs)}}, target.Running, "is active", func(o target.Observation) bool { return o.Problem == "" }},
		{"an init container fails", snapshot{job: jobWith("", ""), pods: []corev1.Pod{initFailed(jobManager)}}, target.Running, "init container fetch of JobManager orders-b-jobmanager ended with code 3", nil},
		{"one of a TaskManager", snapshot{job: jobWith("", ""), pods: []corev1.Pod{pod(jobManager, runs), initFailed(taskManager)}}, target.Running, "init container fetch of TaskManager", nil},
		{"being deleted", snapshot{job: deleted}, target.Unknown, "being deleted", nil},
		{"being deleted and complete", snapshot{job: deleted, pods: []corev1.Pod{pod(jobManager, endedWith(0, "", ""))}}, target.Unknown, "being deleted", nil},
		{"complete", snapshot{job: jobWith(batchv1.JobComplete, "")}, target.Finished, "code 0", nil},
		{"about to fail", snapshot{job: jobWith(batchv1.JobFailureTarget, "x"), pods: []corev1.Pod{pod(jobManager, runs)}}, target.Running, "", nil},
		{"the job FAILED", snapshot{job: jobWith(batchv1.JobFailed, "PodFailurePolicy"), pods: []corev1.Pod{pod(jobManager, endedWith(163, "Error", "last lines"))}}, target.Failed, "code 163",
			func(o target.Observation) bool { return !o.Killed && o.LastWord == "" }},
		{"the driver refused", snapshot{job: jobWith(batchv1.JobFailed, "PodFailurePolicy"), pods: []corev1.Pod{pod(jobManager, endedWith(67, "Error", "claimed by another\n"))}}, target.Failed, "claimed by another",
			func(o target.Observation) bool { return o.LastWord == "claimed by another" }},
		{"killed", snapshot{job: jobWith(batchv1.JobFailed, "BackoffLimitExceeded"), pods: []corev1.Pod{pod(jobManager, endedWith(137, "Error", ""))}}, target.Failed, "code 137",
			func(o target.Observation) bool { return o.Killed }},
		{"out of memory", snapshot{job: jobWith(batchv1.JobFailed, "BackoffLimitExceeded"), pods: []corev1.Pod{pod(jobManager, endedWith(137, "OOMKilled", ""))}}, target.Failed, "more memory",
			func(o target.Observation) bool { return !o.Killed }},
		{"its pod was deleted", snapshot{job: jobWith(batchv1.JobFailed, "BackoffLimitExceeded")}, target.Failed, "its pod is gone", func(o target.Observation) bool { return o.Killed }},
		{"suspended by somebody", snapshot{job: suspended}, target.Running, "is suspended", func(o target.Observation) bool { return o.Unattended }},
		{"quota", snapshot{job: jobWith("", ""), events: quota}, target.Running, "exceeded quota", func(o target.Observation) bool { return o.Patient }},
		{"not admitted", snapshot{job: jobWith("", ""), events: []corev1.Event{{InvolvedObject: corev1.ObjectReference{Name: "orders-b"}, Reason: "FailedCreate", Message: "no PriorityClass with name high was found"}}}, target.Running, "PriorityClass", func(o target.Observation) bool { return !o.Patient }},
		{"no room", snapshot{job: jobWith("", ""), pods: []corev1.Pod{unscheduled}}, target.Running, "0/3 nodes", func(o target.Observation) bool { return o.Patient }},
		{"no image", snapshot{job: jobWith("", ""), pods: []corev1.Pod{pod(jobManager, waiting("ImagePullBackOff", "not found"))}}, target.Running, "ImagePullBackOff", func(o target.Observation) bool { return !o.Patient }},
		{"no Secret", snapshot{job: jobWith("", ""), pods: []corev1.Pod{pod(jobManager, waiting("CreateContainerConfigError", `secret "s3" not found`))}}, target.Running, `secret "s3" not found`, nil},
		{"starting", snapshot{job: jobWith("", ""), pods: []corev1.Pod{pod(jobManager, waiting("ContainerCreating", ""))}}, target.Running, "is active", func(o target.Observation) bool { return o.Problem == "" }},
		{"crashed", snapshot{job: jobWith("", ""), pods: []corev1.Pod{pod(jobManager, endedWith(2, "Error", ""))}}, target.Running, "started again", func(o target.Observation) bool { return o.Patient }},
		{"a TaskManager without image", snapshot{job: jobWith("", ""), pods: []corev1.Pod{pod(jobManager, runs), pod(taskManager, waiting("ErrImageNeverPull", "absent"))}}, target.Running, "TaskManager orders-b-taskmanager: ErrImageNeverPull", nil},
		{"its node is lost", snapshot{job: jobWith("", ""), pods: []corev1.Pod{onLostNode(jobManager)}}, target.Running, "its node node-7 has not answered", func(o target.Observation) bool { return o.Patient }},
		{"evicted from a lost node", snapshot{job: jobWith("", ""), pods: []corev1.Pod{evicted}}, target.Running, "its node node-7 has not answered", nil},
		{"a TaskManager's node is lost", snapshot{job: jobWith("", ""), pods: []corev1.Pod{pod(jobManager, runs), onLostNode(taskManager)}}, target.Running, "TaskManager orders-b-taskmanager: its node", nil},
		{"running", snapshot{job: jobWith("", ""), pods: []corev1.Pod{pod(jobManager, runs), pod(taskManager, runs)}}, target.Running, "is active", func(o target.Observation) bool { return o.Problem == "" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := tc.s.judge(target.Ref{Name: "orders", ClusterID: "orders-b"})
			if o.Condition != tc.want || !strings.Contains(o.Proof+" "+o.Problem+" "+o.LastWord, tc.text) || tc.more != nil && !tc.more(o) {
				t.Errorf("%+v", o)
			}
		})
	}
}

// TestCrashLoop: a JobManager that ends again and again is no longer waited for, whether
// the next one runs just now or not.
func TestCrashLoop(t *testing.T) {
	at := func(p corev1.Pod, ago time.Duration) corev1.Pod {
		p.CreationTimestamp = metav1.NewTime(time.Now().Add(-ago))
		return p
	}
	denied, oom := endedWith(65, "Error", "access denied\n"), endedWith(137, "OOMKilled", "")
	for _, tc := range []struct {
		name    string
		pods    []corev1.Pod
		text    string
		patient bool
	}{
		{"once", []corev1.Pod{at(pod(jobManager, denied), time.Second)}, "code 65 and is being started again within 10s: access denied", true},
		{"three times", []corev1.Pod{at(pod(jobManager, denied), time.Minute), at(pod(jobManager, denied), 50*time.Second), at(pod(jobManager, denied), 40*time.Second)}, "again within 40s, 3 of them so far: access denied", false},
		{"long ago", []corev1.Pod{at(pod(jobManager, endedAt(65, time.Now().Add(-6*time.Minute))), 7*time.Minute)}, "", false},
		{"it FAILED", []corev1.Pod{at(pod(jobManager, endedWith(163, "Error", "")), time.Second)}, "ended with code 163", true},
		{"the next one runs", []corev1.Pod{at(pod(jobManager, oom), 3*time.Minute), at(pod(jobManager, oom), 2*time.Minute), at(pod(jobManager, oom), time.Minute), at(pod(jobManager, runs), 30*time.Second)}, "(OOMKilled)", false},
		{"it has run for a while", []corev1.Pod{at(pod(jobManager, oom), 9*time.Minute), at(pod(jobManager, oom), 8*time.Minute), at(pod(jobManager, oom), 7*time.Minute), at(pod(jobManager, runs), 6*time.Minute)}, "", false},
		{"the second one runs", []corev1.Pod{at(pod(jobManager, denied), time.Minute), at(pod(jobManager, runs), time.Second)}, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := snapshot{job: jobWith("", ""), pods: tc.pods}.judge(target.Ref{ClusterID: "orders-b"})
			if o.Condition != target.Running || !strings.Contains(o.Problem, tc.text) || tc.text == "" && o.Problem != "" || o.Patient != tc.patient {
				t.Errorf("%+v", o)
			}
		})
	}
}

// Without high availability no JobManager follows the one that ended.
func TestCrashWithoutSuccessor(t *testing.T) {
	never := int32(0)
	job := jobWith("", "")
	job.Spec.BackoffLimit = &never
	o := snapshot{job: job, pods: []corev1.Pod{pod(jobManager, endedWith(65, "Error", "access denied\n"))}}.judge(target.Ref{ClusterID: "orders-b"})
	if !strings.HasSuffix(o.Problem, "ended with code 65: access denied") {
		t.Errorf("%+v", o)
	}
}

func endedAt(code int32, at time.Time) corev1.ContainerState {
	s := endedWith(code, "Error", "access denied\n")
	s.Terminated.FinishedAt = metav1.NewTime(at)
	return s
}

func TestNewestPodCounts(t *testing.T) {
	old, young := pod(jobManager, endedWith(137, "Error", "")), pod(jobManager, runs)
	young.Name, young.CreationTimestamp = "young", metav1.NewTime(time.Unix(200, 0))
	for _, pods := range [][]corev1.Pod{{old, young}, {young, old}} {
		s := snapshot{job: jobWith("", ""), pods: pods}
		if p := s.newest(jobManager); p.Name != "young" {
			t.Error(p.Name)
		}
		if o := s.judge(target.Ref{ClusterID: "orders-b"}); o.Problem != "" {
			t.Errorf("%+v", o)
		}
	}
}
