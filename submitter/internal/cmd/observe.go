package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// What a job's status can be, besides Flink's own words for a job that runs
// (org.apache.flink.api.common.JobStatus). docs/cli.md has a line for each.
const (
	statusNew         = "NEW"
	statusStarting    = "STARTING"
	statusDeploying   = "DEPLOYING"
	statusInterrupted = "INTERRUPTED"
	statusRunning     = "RUNNING"
	statusFinished    = "FINISHED"
	statusFailed      = "FAILED"
	statusDown        = "DOWN"
	statusUnknown     = "UNKNOWN"
	statusSuspended   = "SUSPENDED"
	statusCancelled   = "CANCELLED"

	flinkCancelled = "CANCELED" // Flink's spelling
)

// asked is the status of a job that does not run, as it was asked for.
func asked(e *journal.Entry) string {
	if e.State == string(manifest.Cancelled) {
		return statusCancelled
	}
	return statusSuspended
}

func meantToRun(e *journal.Entry) bool { return e.State == string(manifest.Running) }

// unlaunched is the status of a job that no launch is known of.
func unlaunched(e *journal.Entry) string {
	switch {
	case e.Phase == journal.Failed:
		return statusFailed
	case !meantToRun(e):
		return asked(e)
	}
	return statusNew
}

// observe adds what target and JobManager say.
func (p *place) observe(ctx context.Context, surveys *target.Surveys, e *journal.Entry, j *jobStatus) {
	waits := ""
	if e.Launch != nil {
		t, err := p.targets.at(apply.PlaceOf(e))
		if err != nil {
			j.elsewhere(e, err)
			return
		}
		waits = look{t, surveys, p.bucket}.at(ctx, e, j)
	}
	if !e.Phase.Final() {
		j.unfinished(e, journal.ProcessGone(e.Holder), waits)
	}
}

// look asks a target and its JobManagers.
type look struct {
	target.Target
	surveys *target.Surveys
	bucket  *bucket.Bucket // what ended jobs left in it
}

// at returns what the target says keeps a launch that is not dead from working.
func (l look) at(ctx context.Context, e *journal.Entry, j *jobStatus) (waits string) {
	ref := deploy.RefOf(e.Name, *e.Launch)
	seen, err := l.surveys.Observe(ctx, l.Target, ref)
	if err != nil {
		j.Status, j.Problem = statusUnknown, err.Error()
		return ""
	}
	waits = seen.Problem
	if seen.Condition == target.Unknown {
		waits = firstOf(waits, seen.Proof)
	}
	if seen.Condition == target.Running {
		j.Problem = firstOf(seen.Problem, j.Problem) // what is now counts more than what was
		if seen = l.askJobManager(ctx, ref, seen, j, e.Phase.Final()); seen.Condition == target.Running {
			if j.Status == statusFinished && !meantToRun(e) {
				j.Status = asked(e) // its JobManager ends in a moment
			}
			return waits
		}
	}
	j.settle(e, seen)
	if j.Status == statusFinished {
		why, err := (&deploy.Deployer{Bucket: l.bucket}).Outside(ctx, e)
		switch {
		case err != nil:
			j.Problem = firstOf(j.Problem, err.Error())
		case why != "":
			j.Status, j.Problem = statusDown, why
		}
	}
	return waits
}

// settle is for a launch that does not run.
func (j *jobStatus) settle(e *journal.Entry, seen target.Observation) {
	j.UI = seen.UI
	switch {
	case seen.Condition == target.Unknown:
		j.Status, j.Problem = statusUnknown, seen.Proof // what is now, not what was
	case e.Phase == journal.Failed && meantToRun(e):
		j.Status, j.Problem = statusFailed, firstOf(e.Problem, seen.LastWord, seen.Proof)
	case !meantToRun(e):
		j.Status = asked(e)
	case seen.Condition == target.Finished, deploy.Finished(e):
		j.Status = statusFinished
	case seen.Killed, seen.Condition == target.Absent:
		j.Status, j.Problem = statusDown, firstOf(seen.Proof, j.Problem)
	default: // an older deployment's problem is not why it failed now
		j.Status, j.Problem = statusFailed, firstOf(seen.LastWord, seen.Proof, j.Problem)
	}
}

// unfinished is for a record of a deployment that is not over. gone: its holder is
// proved to have ended. waits is what its launch waits for, as the target knows: that a
// JobManager does not answer meanwhile is no news.
func (j *jobStatus) unfinished(e *journal.Entry, gone bool, waits string) {
	was := j.Status
	text := fmt.Sprintf("being deployed by %s pid %d, at %s", firstOf(e.Holder.Host, "somebody"), e.Holder.PID, e.Phase)
	j.Status = statusDeploying
	if gone {
		text = fmt.Sprintf("deployment cut off at %s, the next apply continues it", e.Phase)
		j.Status = statusInterrupted
	}
	if was == statusRunning {
		text += "; meanwhile it is " + was
	}
	if e.Problem != "" {
		text += "; " + e.Problem
	}
	if waits != "" && waits != e.Problem {
		text += "; " + waits
	}
	j.Problem = text
}

// elsewhere is for a record of a target that this command cannot see: what does not
// run here may well run there.
func (j *jobStatus) elsewhere(e *journal.Entry, why error) {
	if apply.Ended(e) {
		j.Status = asked(e)
		return
	}
	j.Status = statusUnknown
	if j.Problem == "" {
		j.Problem = "it is on the target " + apply.PlaceOf(e).String() + ", which cannot be seen from here: " + why.Error()
	}
}

// askTimeout keeps status quick when a JobManager hangs; askAgain is how soon one that
// does not answer is looked at again.
const (
	askTimeout = 3 * time.Second
	// startPatience is how long a JobManager that was just started may keep silent.
	startPatience = time.Minute
	askAgain      = 200 * time.Millisecond
)

// askJobManager fills in what the JobManager says. One that does not answer may be
// ending, so the target is asked again: its last answer is returned. patient: the job
// was deployed long ago, so the JobManager is not just starting.
func (l look) askJobManager(ctx context.Context, ref target.Ref, seen target.Observation, j *jobStatus, patient bool) target.Observation {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	for {
		j.UI = seen.UI
		if seen.UI == "" {
			j.Status = statusStarting
			return seen
		}
		err := l.ask(ctx, ref, j)
		if err == nil {
			return seen
		}
		again, oerr := l.Observe(context.WithoutCancel(ctx), ref)
		if oerr == nil {
			if again.Condition == target.Running { // a look at one launch sees less than a survey
				again.Problem = firstOf(again.Problem, seen.Problem)
			}
			seen = again
		}
		switch {
		case seen.Condition != target.Running:
			return seen
		case (!patient || time.Since(seen.Started) < startPatience) && errors.Is(err, flinkrest.ErrUnavailable):
			j.Status = statusStarting
			return seen
		}
		select {
		case <-ctx.Done():
			j.Status, j.Problem = statusUnknown, firstOf(seen.Problem, "its JobManager's process runs and does not answer")
			if !errors.Is(err, flinkrest.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded) {
				j.Problem = err.Error()
			}
			return seen
		case <-time.After(askAgain):
		}
	}
}

// ask asks the JobManager once.
func (l look) ask(ctx context.Context, ref target.Ref, j *jobStatus) error {
	jm, err := l.JobManager(ctx, ref)
	if err != nil {
		return err
	}
	status, err := jm.JobStatus(ctx, ref.JobID)
	switch {
	case errors.Is(err, flinkrest.ErrNotFound):
		j.Status = statusStarting // it answers, and has not begun with the job
		return nil
	case err != nil:
		return err
	}
	if j.Status = status; status == flinkCancelled {
		j.Status = statusCancelled
	}
	if c, err := jm.Checkpoints(ctx, ref.JobID); err == nil && c.Latest != nil {
		j.Checkpoint = &checkpointStatus{ID: c.Latest.ID, Path: c.Latest.Path, Time: c.Latest.Time}
	}
	if status != statusRunning && j.Problem == "" {
		if causes, err := jm.Exceptions(ctx, ref.JobID); err == nil && len(causes) > 0 {
			j.Problem = causes[0].Cause
		}
	}
	return nil
}
