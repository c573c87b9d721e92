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
	if err := own.search(ctx, d.Bucket, e.Savepoint.Directory); err != nil || own.uri != "" {
		return false, err
	}
	if !d.finished {
		seen, err := d.Target.Observe(ctx, refOf(e.Name, *e.Launch))
		if err != nil || seen.Condition != target.Finished {
			return false, err
		}
		if left, err := d.Completed(ctx, e.Name, *e.Launch); err != nil || left {
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

// Finished reports whether the last launch that a record vouches for was found finished
// when it was to be stopped, so that a clean start loses nothing.
func Finished(r *journal.Entry) bool {
	s := r.Savepoint
	return s != nil && s.Finished && len(r.Trusted) > 0 && s.Launch == r.Trusted[len(r.Trusted)-1].Number
}
