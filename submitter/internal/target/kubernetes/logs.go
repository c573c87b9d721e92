package kubernetes

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"flink-sql-driver/submitter/internal/target"
)

// Logs copies the log of a pod to w. which is jobmanager, taskmanager for all
// TaskManagers, taskmanager-1 for the first of them, the name of a pod, or empty for the
// JobManager's. Lines of several TaskManagers begin with their names. With follow it goes
// on until those pods end.
func (t *Target) Logs(ctx context.Context, r target.Ref, w io.Writer, follow bool, which string) error {
	if err := t.logs(ctx, r, w, follow, which); err != nil {
		return fmt.Errorf("logs of %s: %w", r.ClusterID, remedied(err))
	}
	return nil
}

func (t *Target) logs(ctx context.Context, r target.Ref, w io.Writer, follow bool, which string) error {
	s, err := t.look(ctx, r)
	if err != nil {
		return err
	}
	chosen := s.choose(which)
	switch {
	case len(chosen) > 1:
		return t.copyAll(ctx, chosen, w, follow)
	case len(chosen) == 1:
		from, err := t.open(ctx, chosen[0].pod, follow)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, from)
		return errors.Join(err, from.Close())
	case s.job == nil && len(s.pods) == 0:
		return t.noLog(ctx, r)
	}
	return fmt.Errorf("there is no pod %s%s", cmp.Or(which, jobManager), s.names())
}

// noLog says why nothing of a launch is there.
func (t *Target) noLog(ctx context.Context, r target.Ref) error {
	if r.Site != "" {
		hidden, err := t.Hidden(ctx, r)
		if err != nil {
			return err
		}
		if hidden != "" {
			return errors.New(hidden)
		}
	}
	return errors.New("the launch was stopped and its pods removed with it, so its log is gone; only the log of a job that has ended by itself stays, until the next launch")
}

func (t *Target) open(ctx context.Context, pod string, follow bool) (io.ReadCloser, error) {
	from, err := t.client.CoreV1().Pods(t.namespace).GetLogs(pod, &corev1.PodLogOptions{Container: mainContainer, Follow: follow}).Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("pod %s: %w", pod, err)
	}
	return from, nil
}

// copyAll copies the logs of several pods: one after the other, or all as they grow.
func (t *Target) copyAll(ctx context.Context, all []process, w io.Writer, follow bool) error {
	var mu sync.Mutex
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, p := range all {
		one := func() {
			from, err := t.open(ctx, p.pod, follow)
			if err == nil {
				err = errors.Join(copyLines(&mu, w, p.name+" | ", from), from.Close())
			}
			errs[i] = err
		}
		if follow {
			wg.Go(one)
		} else {
			one()
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

// longestLine is how much of a line is kept back until its end is there, in bytes.
const longestLine = 64 << 10

// copyLines writes whole lines, each after a prefix, so that those of several pods do not mix.
func copyLines(mu *sync.Mutex, w io.Writer, prefix string, from io.Reader) error {
	lines := bufio.NewReaderSize(from, longestLine)
	for {
		line, _, err := lines.ReadLine()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		mu.Lock()
		_, err = fmt.Fprintf(w, "%s%s\n", prefix, line)
		mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// process is what runs in a pod.
type process struct{ name, pod string }

// choose finds the pods that which is a name of.
func (s snapshot) choose(which string) []process {
	switch which {
	case "", jobManager:
		if p := s.newest(jobManager); p != nil {
			return []process{{jobManager, p.Name}}
		}
		return nil
	case taskManager:
		return s.taskManagers()
	}
	for _, p := range s.pods {
		if p.Name == which {
			return []process{{which, which}}
		}
	}
	for _, p := range s.taskManagers() {
		if p.name == which {
			return []process{p}
		}
	}
	return nil
}

// taskManagers are numbered from 1: in the order of Flink's own numbers where it made the
// pods, else by age.
func (s snapshot) taskManagers() []process {
	var pods []corev1.Pod
	for _, p := range s.pods {
		if p.Labels[labelKind] == taskManager {
			pods = append(pods, p)
		}
	}
	slices.SortFunc(pods, func(a, b corev1.Pod) int {
		if c := slices.Compare(numbersOf(a.Name), numbersOf(b.Name)); c != 0 {
			return c
		}
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Name, b.Name))
	})
	var all []process
	for i, p := range pods {
		all = append(all, process{taskManager + "-" + strconv.Itoa(i+1), p.Name})
	}
	return all
}

// numbersOf a pod that Flink made: <cluster id>-taskmanager-<attempt>-<n>
// (KubernetesResourceManagerDriver). Others have none.
func numbersOf(pod string) []int {
	_, after, _ := strings.Cut(pod, "-"+taskManager+"-")
	attempt, n, _ := strings.Cut(after, "-")
	a, err := strconv.Atoi(attempt)
	if err != nil {
		return nil
	}
	b, err := strconv.Atoi(n)
	if err != nil {
		return nil
	}
	return []int{a, b}
}

// names are what --process takes.
func (s snapshot) names() string {
	if len(s.pods) == 0 {
		return ""
	}
	var all []string
	for _, p := range s.pods {
		if p.Labels[labelKind] != taskManager {
			all = append(all, p.Name)
		}
	}
	for _, p := range s.taskManagers() {
		all = append(all, fmt.Sprintf("%s (%s)", p.name, p.pod))
	}
	return "; there are " + strings.Join(all, ", ")
}
