package deploy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// steady is how long a job without checkpoints must run with no restart before
// it counts as healthy.
const steady = 10 * time.Second

// sick says why a launch is no good.
type sick struct{ why string }

func (s *sick) Error() string { return s.why }

// awaitRunning waits until all vertices run, or the job has finished.
func (d *deployment) awaitRunning(ctx context.Context, e *journal.Entry) error {
	limit := time.Duration(e.Settings.HealthSeconds) * time.Second
	wait, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	last := "nothing was heard of its JobManager"
	start := time.Now()
	for {
		up, note, err := d.isRunning(wait, e)
		if up || err != nil && wait.Err() == nil {
			return err
		}
		if note != "" {
			last = note
		}
		if sleep(wait, pace(start)) != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &sick{fmt.Sprintf("not running within %s (upgrade.health-timeout): %s", limit, last)}
		}
	}
}

// isRunning looks once. note says what is being waited for.
func (d *deployment) isRunning(ctx context.Context, e *journal.Entry) (up bool, note string, err error) {
	seen, err := d.look(ctx, e)
	if err != nil || seen.Condition == target.Finished {
		return seen.Condition == target.Finished, "", err
	}
	jm, err := d.Target.JobManager(ctx, refOf(e.Name, *e.Launch))
	if err != nil {
		return false, err.Error(), nil
	}
	job, err := jm.JobDetails(ctx, e.Launch.JobID)
	if err != nil {
		return false, err.Error(), nil
	}
	switch job.Status {
	case "FINISHED":
		return true, "", nil
	case "FAILED", "CANCELED":
		return false, "", &sick{"the job is " + job.Status + d.rootCause(ctx, e)}
	case "RUNNING":
		for _, v := range job.Vertices {
			if v.Status != "RUNNING" && v.Status != "FINISHED" {
				return false, fmt.Sprintf("task %q is %s", v.Name, v.Status), nil
			}
		}
		return len(job.Vertices) > 0, "the job has no tasks yet", nil
	}
	return false, "the job is " + job.Status + d.rootCause(ctx, e), nil
}

// look asks the target, and gives up on a launch that has failed.
func (d *deployment) look(ctx context.Context, e *journal.Entry) (target.Observation, error) {
	seen, err := d.Target.Observe(ctx, refOf(e.Name, *e.Launch))
	if err != nil {
		return seen, err
	}
	if seen.Condition == target.Failed || seen.Condition == target.Absent {
		why := seen.Proof
		if seen.LastWord != "" {
			why = seen.LastWord + " (" + seen.Proof + ")"
		}
		return seen, &sick{why}
	}
	return seen, nil
}

// rootCause is ": cause" of the job's newest failure, or nothing.
func (d *deployment) rootCause(ctx context.Context, e *journal.Entry) string {
	jm, err := d.Target.JobManager(ctx, refOf(e.Name, *e.Launch))
	if err != nil {
		return ""
	}
	causes, err := jm.Exceptions(ctx, e.Launch.JobID)
	if err != nil || len(causes) == 0 {
		return ""
	}
	return ": " + causes[0].Cause
}

// awaitHealth waits for proof that the job does its work: a serializer that does
// not fit shows only when tasks open, after the job is RUNNING.
func (d *deployment) awaitHealth(ctx context.Context, e *journal.Entry) error {
	limit := time.Duration(e.Settings.HealthSeconds) * time.Second
	wait, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var err error
	if e.Release.Stateful {
		err = d.awaitCheckpoint(wait, e)
	} else {
		err = d.awaitSteady(wait, e)
	}
	if err != nil && wait.Err() != nil && ctx.Err() == nil {
		err = &sick{fmt.Sprintf("not healthy within %s (upgrade.health-timeout)%s", limit, d.rootCause(ctx, e))}
	}
	return d.orRollBack(ctx, e, err)
}

// awaitCheckpoint triggers a checkpoint rather than wait for its interval.
func (d *deployment) awaitCheckpoint(ctx context.Context, e *journal.Entry) error {
	start := time.Now()
	for {
		done, err := d.checkpointed(ctx, e)
		if done || err != nil {
			return err
		}
		if err := sleep(ctx, pace(start)); err != nil {
			return err
		}
	}
}

func (d *deployment) checkpointed(ctx context.Context, e *journal.Entry) (bool, error) {
	up, _, err := d.isRunning(ctx, e)
	if err != nil || !up {
		return false, err
	}
	seen, err := d.look(ctx, e)
	if err != nil || seen.Condition == target.Finished {
		return seen.Condition == target.Finished, err
	}
	jm, err := d.Target.JobManager(ctx, refOf(e.Name, *e.Launch))
	if err != nil {
		return false, nil
	}
	counts, err := jm.Checkpoints(ctx, e.Launch.JobID)
	if err == nil && counts.Completed > 0 {
		return true, nil
	}
	// A refusal (a task is not ready yet, one is under way) is no reason to give up.
	_ = jm.TriggerCheckpoint(ctx, e.Launch.JobID)
	return d.isDone(ctx, e)
}

// isDone is for a bounded job that ends while it is watched.
func (d *deployment) isDone(ctx context.Context, e *journal.Entry) (bool, error) {
	jm, err := d.Target.JobManager(ctx, refOf(e.Name, *e.Launch))
	if err != nil {
		return false, nil
	}
	status, err := jm.JobStatus(ctx, e.Launch.JobID)
	return err == nil && status == "FINISHED", nil
}

// awaitSteady is for a job without checkpoints.
func (d *deployment) awaitSteady(ctx context.Context, e *journal.Entry) error {
	var since time.Time
	start := time.Now()
	for {
		up, _, err := d.isRunning(ctx, e)
		if err != nil {
			return err
		}
		if done, err := d.isDone(ctx, e); done || err != nil {
			return err
		}
		seen, err := d.look(ctx, e)
		if err != nil || seen.Condition == target.Finished {
			return err
		}
		switch {
		case !up:
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) >= steady:
			return nil
		}
		if err := sleep(ctx, pace(start)); err != nil {
			return err
		}
	}
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
