package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/journal"
)

// steady is how long a job without checkpoints must run with no restart before
// it counts as healthy.
const steady = 10 * time.Second

// sick says why a launch is no good.
type sick struct{ why string }

func (s *sick) Error() string { return s.why }

// awaitRunning waits until all vertices run, or the job has finished.
func (d *deployment) awaitRunning(ctx context.Context, e *journal.Entry) error {
	limit := healthTimeout(e)
	wait, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w := d.watch(e)
	for {
		seen, err := w.look(wait)
		if seen.up || err != nil && wait.Err() == nil {
			return err
		}
		if w.pause(wait) != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return w.tooLong("running", limit)
		}
	}
}

// rootCause is ": cause" of the job's newest failure, or nothing.
func (d *deployment) rootCause(ctx context.Context, e *journal.Entry) string {
	jm, err := d.Target.JobManager(ctx, RefOf(e.Name, *e.Launch))
	if err != nil {
		return ""
	}
	causes, err := jm.Exceptions(ctx, e.Launch.JobID)
	if err != nil {
		return ""
	}
	return newestCause(causes)
}

func newestCause(failures []flinkrest.Failure) string {
	if len(failures) == 0 {
		return ""
	}
	return ": " + failures[0].Cause
}

// awaitHealth waits for proof that the job does its work: a serializer that does
// not fit shows only when tasks open, after the job is RUNNING.
func (d *deployment) awaitHealth(ctx context.Context, e *journal.Entry) error {
	limit := healthTimeout(e)
	wait, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w := d.watch(e)
	healthy := w.steady
	if e.Release.Stateful {
		healthy = w.checkpointed
	}
	for {
		done, err := healthy(wait)
		if err == nil && !done {
			err = w.pause(wait)
		}
		if err != nil && wait.Err() != nil && ctx.Err() == nil {
			err = w.tooLong("healthy", limit)
		}
		if done || err != nil {
			return d.orRollBack(ctx, e, err)
		}
	}
}

// checkpointed triggers a checkpoint rather than wait for its interval.
func (w *watch) checkpointed(ctx context.Context) (bool, error) {
	seen, err := w.look(ctx)
	switch {
	case err != nil || !seen.up:
		return false, err
	case seen.finished:
		w.noteFinished(ctx, w.e)
		return true, nil
	}
	jm, err := w.Target.JobManager(ctx, RefOf(w.e.Name, *w.e.Launch))
	if err != nil {
		w.note = err.Error()
		return false, nil
	}
	counts, err := jm.Checkpoints(ctx, w.e.Launch.JobID)
	if err == nil && counts.Completed > 0 {
		w.deployment.checkpointed = w.e.Launch.Number
		return true, nil
	}
	// A refusal (a task is not ready yet, one is under way) is no reason to give up.
	w.note = "no checkpoint was completed"
	if err := jm.TriggerCheckpoint(ctx, w.e.Launch.JobID); err != nil {
		w.note += ": " + err.Error()
	}
	return false, nil
}

// steady is for a job without checkpoints. Two looks that both see it run say
// nothing about what happened between them; Flink's own time of the last start does.
func (w *watch) steady(ctx context.Context) (bool, error) {
	seen, err := w.look(ctx)
	switch {
	case err != nil:
		return false, err
	case seen.finished:
		w.noteFinished(ctx, w.e)
		return true, nil
	case !seen.up:
		w.calm = time.Time{}
		return false, nil
	case w.calm.IsZero() || !seen.since.Equal(w.start):
		w.calm, w.start = time.Now(), seen.since
	}
	w.note = fmt.Sprintf("it did not run %s without a restart", steady) + w.rootCause(ctx, w.e)
	return time.Since(w.calm) >= steady, nil
}

// orRollBack turns a sick launch into what follows it: the previous release from
// the savepoint just taken, if that is wanted and if nothing that the new launch
// wrote can have been committed; otherwise failure.
func (d *deployment) orRollBack(ctx context.Context, e *journal.Entry, err error) error {
	var s *sick
	if !errors.As(err, &s) {
		return err
	}
	completed, cerr := d.Completed(ctx, e.Name, *e.Launch)
	if cerr != nil {
		return cerr
	}
	s.why = strings.TrimSuffix(s.why, ".") // Flink's messages end with one, and sentences follow
	switch {
	case completed && e.Previous != nil:
		return moved("%s. It completed a checkpoint before, so what it wrote may be visible: returning to launch %d from its savepoint would write that again. Launch %d is left as it is", s.why, e.Previous.Launch.Number, e.Launch.Number)
	case completed:
		return moved("%s. It completed a checkpoint before and is left as it is", s.why)
	case e.Previous != nil && e.Settings.Rollback:
		return &failure{phase: journal.RollingBack, problem: s.why}
	}
	if err := d.end(ctx, e, s.why); err != nil {
		return err
	}
	return failed("%s", s.why)
}

// moved is a failed launch whose state is the job's newest.
func moved(format string, args ...any) error {
	return &failure{phase: journal.Failed, moved: true, problem: fmt.Sprintf(format, args...)}
}
