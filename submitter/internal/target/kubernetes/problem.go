package kubernetes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// usualWaits are the words with which a container waits that is just being started.
var usualWaits = []string{"", "ContainerCreating", "PodInitializing"}

// quotaExceeded is in what Kubernetes says of a pod for which a quota has no room.
const quotaExceeded = "exceeded quota"

// problem says what keeps an active launch from its work; patient: it may pass without
// anybody's doing.
func (s snapshot) problem() (text string, patient bool) {
	jm := s.newest(jobManager)
	if jm == nil {
		text := s.event("FailedCreate")
		return text, text == "" || strings.Contains(text, quotaExceeded) // others may end, and make room
	}
	for _, role := range []string{jobManager, taskManager} {
		for i := range s.pods {
			p := &s.pods[i]
			if p.Labels[labelKind] != role {
				continue
			}
			if since, lost := nodeLost(p); lost {
				return fmt.Sprintf("%s %s: its node %s has not answered since %s; another pod starts when the node is back or given up (kubectl delete node, or the taint node.kubernetes.io/out-of-service)",
					title(role), p.Name, p.Spec.NodeName, since.UTC().Format(time.RFC3339)), true
			}
			if p.DeletionTimestamp != nil {
				continue
			}
			if text, patient := s.podProblem(p, role); text != "" {
				return text, patient
			}
		}
	}
	return "", false
}

// nodeLost reports whether a pod's node has stopped answering. The control plane says so
// by taking back the pod's readiness and leaving that of its containers, which only the
// node itself may speak for (MarkPodsNotReady of the node lifecycle controller).
func nodeLost(p *corev1.Pod) (since time.Time, lost bool) {
	var pod, containers corev1.PodCondition
	for _, c := range p.Status.Conditions {
		switch c.Type {
		case corev1.PodReady:
			pod = c
		case corev1.ContainersReady:
			containers = c
		}
	}
	lost = p.Status.Phase == corev1.PodRunning && pod.Status == corev1.ConditionFalse && containers.Status == corev1.ConditionTrue && len(p.Spec.ReadinessGates) == 0
	return pod.LastTransitionTime.Time, lost
}

func (s snapshot) podProblem(p *corev1.Pod, role string) (string, bool) {
	if p.Status.Phase != corev1.PodPending {
		return s.crash(p, role)
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason != "SchedulingGated" {
			return fmt.Sprintf("%s %s is not scheduled: %s", title(role), p.Name, c.Message), true
		}
	}
	for _, c := range append(slices.Clone(p.Status.InitContainerStatuses), p.Status.ContainerStatuses...) {
		if w := c.State.Waiting; w != nil && !slices.Contains(usualWaits, w.Reason) {
			return fmt.Sprintf("%s %s: %s: %s", title(role), p.Name, w.Reason, oneLine(w.Message)), w.Reason == "ErrImagePull"
		}
	}
	if text := s.eventOf(p.Name, "FailedMount", "FailedCreatePodSandBox"); text != "" {
		return text, !strings.Contains(text, "not found") // Kubernetes tries again, and often gets it right then
	}
	return s.crash(p, role)
}

// A JobManager that ended this often in one launch does not end by chance; one that has
// run for as long as freshly did not end again.
const (
	manyCrashes = 3
	freshly     = time.Minute
)

// crash tells of a JobManager that was started again: that is what high availability is
// for, but somebody should know if it happens again and again. Which it does is not
// waited for.
func (s snapshot) crash(p *corev1.Pod, role string) (text string, patient bool) {
	if end := endOf(p); role == taskManager && p.Status.Phase == corev1.PodFailed && end.name != mainContainer {
		return fmt.Sprintf("init container %s of TaskManager %s ended with code %d (%s)", end.name, p.Name, end.ExitCode, end.Reason), false
	}
	if role != jobManager || s.newest(jobManager) != p {
		return "", false
	}
	last, n := s.crashed()
	switch {
	case last == nil:
		return "", false
	case last == p:
		if at := endOf(p).FinishedAt; !at.IsZero() && time.Since(at.Time) > jobBackOff(n)+freshly {
			return "", false // others came after it, and are gone: it is the cause of nothing now
		}
	case n < manyCrashes || time.Since(p.CreationTimestamp.Time) > freshly:
		return "", false
	}
	end := endOf(last)
	text = fmt.Sprintf("JobManager %s ended with code %d", last.Name, end.ExitCode)
	if end.name != mainContainer {
		text = fmt.Sprintf("init container %s of JobManager %s ended with code %d (%s)", end.name, last.Name, end.ExitCode, end.Reason)
	}
	switch {
	case slices.Contains(finalCodes, end.ExitCode), s.onlyOnce(): // its Job is about to fail
		return text + word(end.ContainerStateTerminated), true
	case last == p:
		text += fmt.Sprintf(" and is being started again within %s", jobBackOff(n))
	default:
		text += " and is being started again"
	}
	if n > 1 {
		text += fmt.Sprintf(", %d of them so far", n)
	}
	return text + word(end.ContainerStateTerminated), n < manyCrashes
}

// onlyOnce reports whether the Job makes no second pod: without high availability a
// JobManager that ended has lost its job.
func (s snapshot) onlyOnce() bool {
	return s.job != nil && s.job.Spec.BackoffLimit != nil && *s.job.Spec.BackoffLimit == 0
}

// jobBackOff is how long Kubernetes waits before it replaces the nth pod of a Job that
// failed (DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff of its Job controller).
func jobBackOff(n int) time.Duration {
	const first, longest = 10 * time.Second, 10 * time.Minute
	wait := first
	for range n - 1 {
		wait = min(2*wait, longest)
	}
	return wait
}

// crashed is the last JobManager that ended without success, and how many did.
func (s snapshot) crashed() (last *corev1.Pod, n int) {
	for i := range s.pods {
		p := &s.pods[i]
		if p.Labels[labelKind] != jobManager || p.Status.Phase != corev1.PodFailed || endOf(p).ContainerStateTerminated == nil {
			continue
		}
		n++
		if last == nil || p.CreationTimestamp.After(last.CreationTimestamp.Time) {
			last = p
		}
	}
	return last, n
}

// ending is how a container ended.
type ending struct {
	name string
	*corev1.ContainerStateTerminated
}

// endOf is the end that a failed pod comes from: of its main container, or of an init
// container, without which that is not started.
func endOf(p *corev1.Pod) ending {
	for _, c := range p.Status.InitContainerStatuses {
		if end := c.State.Terminated; end != nil && end.ExitCode != 0 {
			return ending{c.Name, end}
		}
	}
	return ending{mainContainer, mainStatus(p).State.Terminated}
}

func word(end *corev1.ContainerStateTerminated) string {
	if end.Reason == oomKilled {
		return ": " + oomWords
	}
	if !driversOwn(end.ExitCode) || end.Message == "" {
		return ""
	}
	return ": " + oneLine(end.Message)
}

// unsynced is in what a node says of volumes while it has not heard of their ConfigMap or
// Secret yet; a moment later it has.
const unsynced = "failed to sync "

// event is the newest warning of one of the reasons.
func (s snapshot) event(reasons ...string) string { return s.eventOf("", reasons...) }

// eventOf is the newest about one object.
func (s snapshot) eventOf(name string, reasons ...string) string {
	var newest *corev1.Event
	for i := range s.events {
		e := &s.events[i]
		if !slices.Contains(reasons, e.Reason) || name != "" && e.InvolvedObject.Name != name || strings.Contains(e.Message, unsynced) {
			continue
		}
		if newest == nil || newest.LastTimestamp.Before(&e.LastTimestamp) {
			newest = e
		}
	}
	if newest == nil {
		return ""
	}
	return fmt.Sprintf("%s: %s: %s", newest.InvolvedObject.Name, newest.Reason, oneLine(newest.Message))
}

func title(role string) string {
	if role == jobManager {
		return "JobManager"
	}
	return "TaskManager"
}

// maxWords keeps one message from filling the screen, in bytes.
const maxWords = 500

func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "") + "…"
	}
	return text
}
