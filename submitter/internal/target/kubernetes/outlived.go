package kubernetes

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"flink-sql-driver/submitter/internal/target"
)

// outlived judges a launch whose JobManager's process has ended though its pod has not:
// another container, which somebody put beside it, runs on, so the Job has no end. What
// Flink left is the launch's end all the same.
func (s snapshot) outlived(r target.Ref) (o target.Observation, ended bool) {
	p := s.newest(jobManager)
	if p == nil || p.Status.Phase != corev1.PodRunning {
		return o, false
	}
	end := mainStatus(p).State.Terminated
	beside := besides(p)
	if end == nil || beside == "" {
		return o, false
	}
	what := fmt.Sprintf("JobManager %s ended with code %d, and its container %s runs on", p.Name, end.ExitCode, beside)
	switch {
	case end.ExitCode == 0:
		return target.Observation{Condition: target.Finished, Proof: what}, true
	case slices.Contains(finalCodes, end.ExitCode):
		o := target.Observation{Condition: target.Failed, Proof: what}
		if driversOwn(end.ExitCode) {
			o.LastWord = oneLine(end.Message)
		}
		return o, true
	}
	if p.DeletionTimestamp != nil { // then there will be another one
		return o, false
	}
	// Kubernetes starts no other before the pod ends, which nobody knows when it will.
	return target.Observation{Condition: target.Failed, Killed: fromOutside(end), Proof: what + "; make it an init container with restartPolicy Always"}, true
}

// besides is a container that runs beside the main one.
func besides(p *corev1.Pod) string {
	for _, c := range p.Status.ContainerStatuses {
		if c.Name != mainContainer && c.State.Running != nil {
			return c.Name
		}
	}
	return ""
}
