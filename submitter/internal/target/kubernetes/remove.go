package kubernetes

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"flink-sql-driver/submitter/internal/target"
)

const (
	// goneTimeout is how long pods may take to end: Kubernetes gives them 30 s.
	goneTimeout  = 2 * time.Minute
	endedTimeout = 10 * time.Second // for those that have ended
	gonePoll     = 250 * time.Millisecond
	// haSuffix ends the names of Flink's own ConfigMaps for high availability.
	haSuffix = "-config-map"
)

// Remove ends what is left of a launch and deletes it: first the Job with all it owns,
// then, when no process is left that would write them again, what high availability
// keeps.
func (t *Target) Remove(ctx context.Context, r target.Ref) error {
	if err := t.remove(ctx, r); err != nil {
		return fmt.Errorf("remove %s from namespace %s: %w", r.ClusterID, t.namespace, remedied(err))
	}
	return nil
}

func (t *Target) remove(ctx context.Context, r target.Ref) error {
	jobs := t.client.BatchV1().Jobs(t.namespace)
	job, err := jobs.Get(ctx, r.ClusterID, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
	case err != nil:
		return err
	case t.foreign(job, r) != "":
		return nil // so the launch has nothing here
	default:
		// A Job's dependents are orphaned unless that is said.
		policy := metav1.DeletePropagationBackground
		err := jobs.Delete(ctx, r.ClusterID, metav1.DeleteOptions{PropagationPolicy: &policy, Preconditions: metav1.NewUIDPreconditions(string(job.UID))})
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	if err := t.awaitGone(ctx, r); err != nil {
		return err
	}
	if err := t.removeHA(ctx, r); err != nil {
		return err
	}
	if t.config.RemoveHA == nil {
		return nil
	}
	return t.config.RemoveHA(ctx, r.ClusterID)
}

// awaitGone waits until the Job is gone, and its pods. One that has ended can do no harm,
// and somebody may keep it (a finalizer), so it is not waited for as long.
func (t *Target) awaitGone(ctx context.Context, r target.Ref) error {
	wait, cancel := context.WithTimeout(ctx, goneTimeout)
	defer cancel()
	for start := time.Now(); ; {
		s, err := t.look(wait, r)
		if err != nil {
			return err
		}
		left := s.live()
		if s.job != nil {
			left = append(left, "Job "+s.job.Name)
		}
		if len(left) == 0 && (len(s.pods) == 0 || time.Since(start) > endedTimeout) {
			return nil
		}
		select {
		case <-wait.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("after %s there still is %s", goneTimeout, strings.Join(left, ", "))
		case <-time.After(gonePoll):
		}
	}
}

// removeHA deletes the ConfigMaps that Flink made.
func (t *Target) removeHA(ctx context.Context, r target.Ref) error {
	maps := t.client.CoreV1().ConfigMaps(t.namespace)
	list, err := maps.List(ctx, metav1.ListOptions{LabelSelector: labels.Set{labelApp: r.ClusterID}.String()})
	if err != nil {
		return err
	}
	for _, m := range list.Items {
		if !strings.HasPrefix(m.Name, r.ClusterID+"-") || !strings.HasSuffix(m.Name, haSuffix) {
			continue
		}
		if err := maps.Delete(ctx, m.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}
