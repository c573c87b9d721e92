package kubernetes

import (
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"flink-sql-driver/submitter/internal/target"
)

// judge turns a snapshot into a condition and its proof. A Job's conditions alone say
// that a launch has ended, and how; the absence of Job and pods says that there is none.
func (s snapshot) judge(r target.Ref) target.Observation {
	switch live := s.live(); {
	case s.job == nil && len(live) == 0:
		return target.Observation{Condition: target.Absent, Proof: "there is no Job " + r.ClusterID + ", and no pod of it"}
	case s.job == nil:
		return target.Observation{Condition: target.Unknown, Proof: fmt.Sprintf("Job %s is gone, and of it there still is %s, which may run it; delete what is left if nobody else does", r.ClusterID, strings.Join(live, ", "))}
	case s.job.DeletionTimestamp != nil:
		return target.Observation{Condition: target.Unknown, Proof: "Job " + r.ClusterID + " is being deleted"}
	}
	if c := condition(s.job, batchv1.JobComplete); c != nil {
		return target.Observation{Condition: target.Finished, Proof: "Job " + r.ClusterID + " is complete: the JobManager ended with code 0"}
	}
	if c := condition(s.job, batchv1.JobFailed); c != nil {
		return s.failed(r, *c)
	}
	if o, ended := s.outlived(r); ended {
		return o
	}
	o := target.Observation{Condition: target.Running, Proof: "Job " + r.ClusterID + " is active"}
	if n := s.job.Spec.Parallelism; n != nil && *n != 1 {
		o.Problem = fmt.Sprintf("Job %s was scaled to %d; `submitter apply` brings it back", r.ClusterID, *n)
		o.Unattended = true
		return o
	}
	if s.job.Spec.Suspend != nil && *s.job.Spec.Suspend {
		o.Proof = "Job " + r.ClusterID + " is suspended"
		o.Problem = o.Proof + "; `submitter apply` lets it go on"
		o.Unattended = true
		return o
	}
	o.Problem, o.Patient = s.problem()
	if orphaning, mends := s.orphaning(); orphaning != "" {
		o.Problem, o.Patient, o.Unattended = orphaning, false, mends
		return o
	}
	if drift := s.drift(); drift != "" {
		o.Unattended = true
		if o.Problem == "" { // else that is what keeps it from running
			o.Problem = drift + "; `submitter apply` brings it back"
		}
	}
	return o
}

// live are the pods that run or may run yet.
func (s snapshot) live() []string {
	var names []string
	for _, p := range s.pods {
		if !over(p) {
			names = append(names, "pod "+p.Name)
		}
	}
	return names
}

// over reports whether all that ran in a pod has ended.
func over(p corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// ended reports whether a Job will never run a pod again.
func ended(j *batchv1.Job) bool {
	return condition(j, batchv1.JobComplete) != nil || condition(j, batchv1.JobFailed) != nil
}

func condition(j *batchv1.Job, kind batchv1.JobConditionType) *batchv1.JobCondition {
	for i, c := range j.Status.Conditions {
		if c.Type == kind && c.Status == corev1.ConditionTrue {
			return &j.Status.Conditions[i]
		}
	}
	return nil
}

// Codes of processes that were ended from outside.
const (
	codeKilled     = 137
	codeTerminated = 143
)

// oomKilled is why the kernel ended a container that wanted too much memory.
const (
	oomKilled = "OOMKilled"
	oomWords  = "it took more memory than its limit (" + oomKilled + ")"
)

// fromOutside reports whether somebody ended a process; the kernel does for want of memory,
// which is the process' own doing.
func fromOutside(end *corev1.ContainerStateTerminated) bool {
	return end.Reason != oomKilled && (end.ExitCode == codeKilled || end.ExitCode == codeTerminated)
}

func (s snapshot) failed(r target.Ref, c batchv1.JobCondition) target.Observation {
	o := target.Observation{Condition: target.Failed, Proof: fmt.Sprintf("Job %s failed: %s", r.ClusterID, c.Reason)}
	pod := s.newest(jobManager)
	if pod == nil { // it was deleted, so somebody ended it
		o.Killed = true
		o.Proof += ", and its pod is gone"
		return o
	}
	end := mainStatus(pod).State.Terminated
	if end == nil {
		o.Killed = true
		o.Proof += oneOf(": "+pod.Status.Reason, pod.Status.Reason)
		return o
	}
	o.Proof = fmt.Sprintf("Job %s failed: JobManager %s ended with code %d", r.ClusterID, pod.Name, end.ExitCode)
	o.Killed = fromOutside(end)
	if end.Reason == oomKilled {
		o.Proof += ", " + oomWords
	}
	if driversOwn(end.ExitCode) {
		o.LastWord = strings.TrimSpace(end.Message)
	}
	return o
}

// driversOwn reports whether an exit code is the driver's, whose last word is the
// message. Flink writes none: its message is the end of its log, without the cause.
func driversOwn(code int32) bool {
	switch code {
	case 64, 65, 66, 67, 126, 127:
		return true
	}
	return false
}

func oneOf(text, there string) string {
	if there == "" {
		return ""
	}
	return text
}

// newest is the youngest pod of a role.
func (s snapshot) newest(role string) *corev1.Pod {
	var found *corev1.Pod
	for i := range s.pods {
		p := &s.pods[i]
		if p.Labels[labelKind] == role && (found == nil || p.CreationTimestamp.After(found.CreationTimestamp.Time)) {
			found = p
		}
	}
	return found
}

func mainStatus(p *corev1.Pod) corev1.ContainerStatus {
	for _, s := range p.Status.ContainerStatuses {
		if s.Name == mainContainer {
			return s
		}
	}
	return corev1.ContainerStatus{}
}

// jobManagerRuns is since when the JobManager's process runs; zero if it does not.
func (s snapshot) jobManagerRuns() time.Time {
	p := s.newest(jobManager)
	if p == nil || p.DeletionTimestamp != nil {
		return time.Time{}
	}
	if _, lost := nodeLost(p); lost {
		return time.Time{}
	}
	if running := mainStatus(p).State.Running; running != nil {
		return running.StartedAt.Time
	}
	return time.Time{}
}

// waits reports whether some pod is not running, so that events may tell why.
func (s snapshot) waits() bool {
	if s.newest(jobManager) == nil {
		return true
	}
	for i := range s.pods {
		if p := &s.pods[i]; p.Status.Phase == corev1.PodPending {
			return true
		}
	}
	return false
}
