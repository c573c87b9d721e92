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

// restartPatience is how long a job that is to be stopped may lack running tasks.
// One that comes back from a failure gets its savepoint; one that keeps failing
// cannot take any.
const restartPatience = 10 * time.Second

// failing says that a job cannot take a savepoint, since its tasks do not run.
type failing struct{ why string }

func (f *failing) Error() string { return f.why }

// request is a stop with savepoint under way.
type request struct {
	*deployment
	e     *journal.Entry
	begun time.Time
	asked bool
	// posts is how often it was sent.
	posts int
	// failure is when the job had failed last before it was asked, by its own clock.
	failure time.Time
	// heard is when its JobManager answered last, unheard whether the story says that
	// it does not.
	heard   time.Time
	unheard bool
	// restless is since when, on our clock, tasks were seen not to run.
	restless time.Time
}

// savepoint asks for the stop until Flink has answered, or the launch has ended
// without an answer: settleSavepoint finds out what it left. Where an answer was
// lost it asks again: for Flink the same trigger id is the same request. A job that
// keeps failing is a *failing.
func (d *deployment) savepoint(ctx context.Context, e *journal.Entry) error {
	r := &request{deployment: d, e: e, begun: time.Now(), heard: time.Now()}
	for {
		over, err := r.ask(ctx)
		switch {
		case over:
			return nil
		case err != nil && !lost(err):
			return err
		case err != nil:
			r.asked = false
			r.silence(ctx, err)
		default:
			r.heard, r.unheard = time.Now(), false
		}
		if sleep(ctx, pace(r.begun)) != nil {
			if err != nil {
				return err
			}
			return ctx.Err()
		}
	}
}

// silencePatience is how long a JobManager may say nothing before the story says so;
// a collection of garbage or a restart of a proxy takes less.
const silencePatience = 10 * time.Second

// silence tells of a JobManager that does not answer though the launch has not ended,
// and what can be done. It is waited for all the same: it may answer yet, and to end it
// is for those to decide who can see why it does not.
func (r *request) silence(ctx context.Context, err error) {
	if r.unheard || time.Since(r.heard) < silencePatience {
		return
	}
	seen, oerr := r.Target.Observe(ctx, RefOf(r.e.Name, *r.e.Launch))
	if oerr != nil || seen.Condition.Dead() {
		return
	}
	r.unheard = true
	if lerr := r.mend(ctx, r.e); lerr != nil { // something of it may be missing; what runs is left alone
		err = fmt.Errorf("%w; %w", err, lerr)
	}
	limit := time.Duration(r.e.Settings.SavepointSeconds) * time.Second
	r.tell(r.e.Name, r.e.Phase, fmt.Sprintf("its JobManager does not answer (%v), though %s; waiting for it, %s at most (upgrade.savepoint-timeout). If it hangs for good, end its process by hand: the deployment then goes on from the job's newest checkpoint", err, seen.Proof, limit))
}

// lost reports whether the answer to a request is not known, so that asking again
// may bring it. A JobManager that was started again knows its job only after a while, and
// what was asked of the one before it never.
func lost(err error) bool {
	return errors.Is(err, flinkrest.ErrUnavailable) || errors.Is(err, flinkrest.ErrNotFound)
}

// ask makes the request unless it was made, and asks how far it is. over: it
// succeeded, or the launch has ended.
func (r *request) ask(ctx context.Context) (over bool, err error) {
	jm, err := r.Target.JobManager(ctx, RefOf(r.e.Name, *r.e.Launch))
	if err != nil {
		return r.isOver(ctx, nil, err)
	}
	if !r.asked {
		ready, err := r.stoppable(ctx, jm)
		if err != nil {
			return r.isOver(ctx, jm, err)
		}
		if !ready || r.finished {
			return r.finished, nil
		}
		if over, err := r.post(ctx, jm); over || err != nil {
			return over, err
		}
	}
	o, err := jm.SavepointStatus(ctx, r.e.Launch.JobID, r.e.Savepoint.TriggerID)
	switch {
	case err != nil:
		return r.isOver(ctx, jm, err)
	case o.Failed != "":
		return r.failed(ctx, jm, o.Failed)
	case o.Location != "":
		return true, r.wasTaken()
	}
	return false, nil
}

// post sends the request. That it may have been sent is written down before.
func (r *request) post(ctx context.Context, jm *flinkrest.Client) (over bool, err error) {
	s := r.e.Savepoint
	if r.unasked() {
		if err := r.appendSavepoint(func(s *journal.Savepoint) { s.Asked = true }); err != nil {
			return false, err
		}
	}
	r.posts++
	dir := r.Bucket.URI(strings.TrimSuffix(s.Directory, "/"))
	if err := jm.StopWithSavepoint(ctx, r.e.Launch.JobID, dir, r.e.Settings.Drain, s.TriggerID); err != nil {
		return r.isOver(ctx, jm, err)
	}
	r.asked = true
	return false, nil
}

// isOver is hasEnded that knows a job that had finished before anybody asked it to
// stop.
func (r *request) isOver(ctx context.Context, jm *flinkrest.Client, cause error) (bool, error) {
	over, status, err := r.hasEnded(ctx, jm, r.e, cause)
	r.finished = r.finished || status == finishedStatus && r.unasked()
	return over, err
}

// unasked reports whether nobody can have asked the job to stop.
func (r *request) unasked() bool { return r.posts == 0 && !r.e.Savepoint.Asked }

// stoppable reports whether the job is in a condition to be stopped, or has ended.
// It is a *failing if its tasks do not get to run.
func (r *request) stoppable(ctx context.Context, jm *flinkrest.Client) (bool, error) {
	job, err := jm.JobDetails(ctx, r.e.Launch.JobID)
	if err != nil {
		return false, err
	}
	switch job.Status {
	case finishedStatus:
		r.finished = r.unasked() // else the stop may have succeeded
		return true, nil
	case "CANCELED", "FAILED", "SUSPENDED", "CANCELLING", "FAILING":
		return true, nil
	}
	if job.Status == "RUNNING" && job.AllRunning() {
		r.restless = time.Time{}
		r.failure, _ = r.lastFailure(ctx, jm)
		return true, nil
	}
	why := "the running job is " + job.Status
	if job.Status == "RUNNING" {
		why = "not all tasks of the running job run"
	}
	switch {
	case r.restless.IsZero():
		r.restless = time.Now()
		r.tell(r.e.Name, r.e.Phase, fmt.Sprintf("%s%s; waiting %s for it to run, since it can take no savepoint", why, r.rootCause(ctx, r.e), restartPatience))
	case time.Since(r.restless) >= restartPatience:
		return false, &failing{why + r.rootCause(ctx, r.e)}
	}
	return false, nil
}

func (r *request) lastFailure(ctx context.Context, jm *flinkrest.Client) (time.Time, error) {
	failures, err := jm.Exceptions(ctx, r.e.Launch.JobID)
	if err != nil || len(failures) == 0 {
		return time.Time{}, err
	}
	return failures[0].Time, nil
}

// hasEnded decides what a lost or odd answer means: nothing, if the launch has
// ended. jm is nil if it is not to be reached. The status is the job's, if that said it.
func (d *deployment) hasEnded(ctx context.Context, jm *flinkrest.Client, e *journal.Entry, cause error) (over bool, status string, err error) {
	seen, err := d.Target.Observe(ctx, RefOf(e.Name, *e.Launch))
	if err == nil && seen.Condition.Dead() {
		return true, "", nil
	}
	if jm != nil {
		if status, err := jm.JobStatus(ctx, e.Launch.JobID); err == nil && terminal(status) {
			return true, status, nil
		}
	}
	return false, "", cause
}

// failureShows is how long a JobManager may show a job as it was before it failed:
// it keeps what it shows for web.refresh-interval, 3 seconds where that is not set.
const failureShows = 4 * time.Second

// failed is for Flink's own refusal. The job may run on, may have ended in
// stopping, or may have failed meanwhile and be on its way back.
func (r *request) failed(ctx context.Context, jm *flinkrest.Client, why string) (over bool, err error) {
	for begun := time.Now(); ; {
		status, err := jm.JobStatus(ctx, r.e.Launch.JobID)
		switch {
		case err != nil:
			return r.isOver(ctx, nil, err)
		case terminal(status):
			// No savepoint, and it has finished, so it did by itself. Where the request was
			// sent more than once, an earlier one may have been carried out by a JobManager
			// that was replaced since, of which this one knows nothing.
			r.finished = status == finishedStatus && r.posts == 1 && !r.e.Savepoint.Asked
			return true, nil
		case status == "FAILING" || status == "CANCELLING":
			return false, nil // it has not settled yet; asked again, Flink says the same
		case status != "RUNNING":
			return false, &failing{"the savepoint failed and the running job is " + status + ": " + why}
		}
		last, err := r.lastFailure(ctx, jm)
		switch {
		case err == nil && last.After(r.failure):
			return false, &failing{"the running job failed while its savepoint was taken: " + why}
		case time.Since(begun) >= failureShows:
			return false, &failure{phase: journal.Aborting, refused: true, problem: "the savepoint failed and the job runs on: " + why}
		}
		if err := sleep(ctx, pace(begun)); err != nil {
			return false, err
		}
	}
}

// finishedStatus is what Flink calls a job that ended by itself, or was stopped.
const finishedStatus = "FINISHED"

func terminal(status string) bool {
	switch status {
	case finishedStatus, "CANCELED", "FAILED":
		return true
	}
	return false
}

// losesNothing reports whether the job may start from nothing: it was asked for,
// or its plan has no state.
func (d *deployment) losesNothing(e *journal.Entry) bool {
	return e.Next != nil && e.Next.Clean || !e.Release.Stateful
}

// noSavepoint is the end of the wait for an answer.
func noSavepoint(limit time.Duration, last error) error {
	why := ""
	if last != nil && !errors.Is(last, context.DeadlineExceeded) {
		why = ": " + last.Error()
	}
	return fmt.Errorf("no savepoint within %s (upgrade.savepoint-timeout)%s; Flink goes on with it, and the next apply with this deployment", limit, why)
}
