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

// savepoint asks for the stop until Flink has answered, or the launch has ended
// without an answer: settleSavepoint finds out what it left. Where an answer was
// lost it asks again: for Flink the same trigger id is the same request.
func (d *deployment) savepoint(ctx context.Context, e *journal.Entry) error {
	start := time.Now()
	asked := false
	for {
		over, err := d.askSavepoint(ctx, e, &asked)
		switch {
		case over:
			return nil
		case err != nil && !lost(err):
			return err
		case err != nil:
			asked = false
		}
		if sleep(ctx, pace(start)) != nil {
			if err != nil {
				return err
			}
			return ctx.Err()
		}
	}
}

// lost reports whether the answer to a request is not known, so that asking again
// may bring it.
func lost(err error) bool { return errors.Is(err, flinkrest.ErrUnavailable) }

// askSavepoint makes the request unless it was made, and asks how far it is. over:
// it succeeded, or the launch has ended.
func (d *deployment) askSavepoint(ctx context.Context, e *journal.Entry, asked *bool) (over bool, err error) {
	jm, err := d.Target.JobManager(ctx, refOf(e.Name, *e.Launch))
	if err != nil {
		return d.hasEnded(ctx, nil, e, err)
	}
	job, s := e.Launch.JobID, e.Savepoint
	if !*asked {
		if err := d.awaitStoppable(ctx, jm, e); err != nil {
			return d.hasEnded(ctx, jm, e, err)
		}
		dir := d.Bucket.URI(strings.TrimSuffix(s.Directory, "/"))
		if err := jm.StopWithSavepoint(ctx, job, dir, e.Settings.Drain, s.TriggerID); err != nil {
			return d.hasEnded(ctx, jm, e, err)
		}
		*asked = true
	}
	o, err := jm.SavepointStatus(ctx, job, s.TriggerID)
	switch {
	case err != nil:
		return d.hasEnded(ctx, jm, e, err)
	case o.Failed != "":
		return d.savepointFailed(ctx, jm, e, o.Failed)
	}
	return o.Location != "", nil
}

// awaitStoppable waits until the job is in a condition to be stopped, or has
// ended. A job that never started or restarts for ever can take no savepoint: that
// is a failure.
func (d *deployment) awaitStoppable(ctx context.Context, jm *flinkrest.Client, e *journal.Entry) error {
	start := time.Now()
	for {
		status, err := jm.JobStatus(ctx, e.Launch.JobID)
		if err != nil {
			return err
		}
		switch status {
		case "RUNNING", "FINISHED", "CANCELED", "FAILED", "SUSPENDED", "CANCELLING", "FAILING":
			return nil
		}
		if sleep(ctx, pace(start)) != nil {
			return &failure{phase: journal.Aborting, problem: "the running job is " + status + " and can take no savepoint; see `submitter logs`"}
		}
	}
}

// hasEnded decides what a lost or odd answer means: nothing, if the launch has
// ended. jm is nil if it is not to be reached.
func (d *deployment) hasEnded(ctx context.Context, jm *flinkrest.Client, e *journal.Entry, cause error) (bool, error) {
	seen, err := d.Target.Observe(ctx, refOf(e.Name, *e.Launch))
	if err == nil && seen.Condition.Dead() {
		return true, nil
	}
	if jm != nil {
		if status, err := jm.JobStatus(ctx, e.Launch.JobID); err == nil && terminal(status) {
			return true, nil
		}
	}
	return false, cause
}

// savepointFailed is for Flink's own refusal. The job may run on, or may have
// ended in stopping.
func (d *deployment) savepointFailed(ctx context.Context, jm *flinkrest.Client, e *journal.Entry, why string) (over bool, err error) {
	status, err := jm.JobStatus(ctx, e.Launch.JobID)
	switch {
	case err != nil:
		return d.hasEnded(ctx, nil, e, err)
	case terminal(status):
		return true, nil
	case status == "FAILING" || status == "CANCELLING":
		return false, nil // it has not settled yet; asked again, Flink says the same
	}
	return false, &failure{phase: journal.Aborting, problem: "the savepoint failed and the job runs on: " + why}
}

func terminal(status string) bool {
	switch status {
	case "FINISHED", "CANCELED", "FAILED":
		return true
	}
	return false
}

// settleSavepoint finds what state the ended launch left: its savepoint, or, if it
// has none or ran on after it, its newest retained checkpoint.
func (d *deployment) settleSavepoint(ctx context.Context, e *journal.Entry) error {
	if e.Savepoint.Location != "" {
		return nil
	}
	location, err := d.NewestState(ctx, e.Name, []journal.LaunchRef{*e.Launch})
	if err != nil {
		return err
	}
	if clean := e.Next != nil && e.Next.Clean; location == "" && !clean {
		return failed("it ended without a savepoint and left no checkpoint")
	}
	return d.append(func(n *journal.Entry) {
		s := *e.Savepoint
		s.Location = location
		n.Savepoint = &s
	})
}

// noSavepoint is the end of the wait for an answer.
func noSavepoint(limit time.Duration, last error) error {
	why := ""
	if last != nil && !errors.Is(last, context.DeadlineExceeded) {
		why = ": " + last.Error()
	}
	return fmt.Errorf("no savepoint within %s (upgrade.savepoint-timeout)%s; Flink goes on with it, and the next apply with this deployment", limit, why)
}
