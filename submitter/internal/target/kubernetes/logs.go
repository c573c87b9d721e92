package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"flink-sql-driver/submitter/internal/target"
)

// Logs copies the log of a pod to w: of the JobManager, or of the pod that which names
// (taskmanager: the newest one). With follow it goes on until the pod ends.
func (t *Target) Logs(ctx context.Context, r target.Ref, w io.Writer, follow bool, which string) error {
	pods, err := t.pods(ctx, r.ClusterID)
	if err != nil {
		return fmt.Errorf("logs of %s: %w", r.ClusterID, err)
	}
	pod := choose(snapshot{pods: pods}, which)
	if pod == nil {
		return fmt.Errorf("logs of %s: there is no pod %s%s", r.ClusterID, which, names(pods))
	}
	from, err := t.client.CoreV1().Pods(t.namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Container: mainContainer, Follow: follow}).Stream(ctx)
	if err != nil {
		return fmt.Errorf("logs of %s: %w", pod.Name, err)
	}
	_, err = io.Copy(w, from)
	return errors.Join(err, from.Close())
}

func choose(s snapshot, which string) *corev1.Pod {
	switch which {
	case "", jobManager:
		return s.newest(jobManager)
	case taskManager:
		return s.newest(taskManager)
	}
	for i := range s.pods {
		if s.pods[i].Name == which {
			return &s.pods[i]
		}
	}
	return nil
}

func names(pods []corev1.Pod) string {
	if len(pods) == 0 {
		return ""
	}
	var all []string
	for _, p := range pods {
		all = append(all, p.Name)
	}
	return "; there are " + strings.Join(all, ", ")
}
