package deploy

import (
	"context"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// hasFinished finds out whether a job that was to be stopped had come to its end by
// itself, and writes that down. Only a bounded job does. Flink calls one finished, too,
// that was stopped with a savepoint: so either its JobManager called it that before it
// was asked to stop, or refused the stop because of it, or it was never asked, ended
// with success, and left no checkpoint, since Flink deletes those of a job that
// finishes.
func (d *deployment) hasFinished(ctx context.Context, e *journal.Entry) (bool, error) {
	if !e.Release.Bounded || e.Savepoint.GivenUp != "" || e.Savepoint.Taken || e.Savepoint.Asked && !d.finished {
		return false, nil
	}
	own := found{id: -1}
	if err := own.request(ctx, d.Bucket, e.Savepoint.Directory); err != nil || own.uri != "" {
		return false, err
	}
	if !d.finished {
		seen, err := d.Target.Observe(ctx, RefOf(e.Name, *e.Launch))
		if err != nil || seen.Condition != target.Finished {
			return false, err
		}
		if left, err := d.EndedEarly(ctx, e.Name, *e.Launch); err != nil || left != "" {
			return false, err
		}
	}
	d.tell(e.Name, e.Phase, "the job had finished by itself, so there is nothing to save")
	return true, d.append(func(n *journal.Entry) {
		s := *n.Savepoint
		s.Finished = true
		n.Savepoint = &s
		if n.Next != nil { // what follows is a new run
			next := *n.Next
			next.Clean, next.AllowNonRestored = true, false
			n.Next = &next
			settings := *n.Settings
			settings.Rollback = false // the previous release would do all of its work again
			n.Settings = &settings
		}
	})
}

// Finished reports whether the last launch that a record vouches for was seen to have
// finished, so that a clean start loses nothing.
func Finished(r *journal.Entry) bool {
	last, s := r.LastTrusted(), r.Savepoint
	if last == nil {
		return false
	}
	return r.TrustsLaunch() && r.Launch.Finished || s != nil && s.Finished && s.Launch == last.Number
}

// noteFinished remembers that a launch was seen to have finished while its health was
// waited for, for the entry that says that it is healthy: its target may show nothing of
// it before the next command looks. Where it cannot be told whether it was stopped from
// outside, that is left to the next command: the deployment itself needs no answer.
func (d *deployment) noteFinished(ctx context.Context, e *journal.Entry) {
	if !e.Release.Bounded {
		return
	}
	if left, err := d.EndedEarly(ctx, e.Name, *e.Launch); err == nil && left == "" {
		d.ended = e.Launch.Number
	}
}

// EndedEarly finds what disproves that a launch which ended with success had come to
// its end by itself, and returns Flink's URI of it: somebody cancelled it, or stopped
// it with a savepoint, with Flink's own tools. Flink deletes the checkpoints of a job
// that finishes, and keeps those of one that is cancelled. It is empty where nothing
// disproves that.
func (d *Deployer) EndedEarly(ctx context.Context, name string, l journal.LaunchRef) (string, error) {
	best := found{id: -1}
	savepoints, err := d.savepoints(ctx, name, l)
	if err != nil {
		return "", err
	}
	err = d.searchOwn(ctx, &best, name, l, savepoints)
	return best.uri, err
}

// Outside says for people what became of a running job that its target calls finished
// (target.Finished), though it had not come to its end; empty if it had, as far as can
// be told.
func (d *Deployer) Outside(ctx context.Context, r *journal.Entry) (string, error) {
	if r.Launch == nil || Finished(r) {
		return "", nil
	}
	left, err := d.EndedEarly(ctx, r.Name, *r.Launch)
	switch {
	case err != nil:
		return "", err
	case left != "":
		return "it was cancelled or stopped from outside, with Flink's own tools: it left " + left + ", which Flink deletes of a job that finishes; `submitter apply` goes on from there", nil
	case r.Release != nil && !r.Release.Bounded:
		return "it ended with success though its input has no end, so somebody stopped it from outside, with Flink's own tools", nil
	}
	return "", nil
}
