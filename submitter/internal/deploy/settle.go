package deploy

import (
	"context"
	"errors"
	"fmt"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// settleSavepoint finds what state the ended launch left: its savepoint, or, if it
// has none or ran on after it, its newest retained checkpoint. A job that had finished
// by itself leaves none, and needs none.
func (d *deployment) settleSavepoint(ctx context.Context, e *journal.Entry) error {
	n := d.hold.Newest()
	if e = &n; e.Savepoint.Location != "" || e.Savepoint.Finished {
		return nil
	}
	if finished, err := d.hasFinished(ctx, e); finished || err != nil {
		return err
	}
	location, err := d.stateLeft(ctx, e)
	var missing *MissingError
	switch {
	case errors.As(err, &missing) && !d.losesNothing(e):
		return failed("it ended without a savepoint: %v; nothing older was started. Bring that back and apply again", missing)
	case errors.As(err, &missing):
		return nil
	case err != nil:
		return err
	case location == "" && !d.losesNothing(e):
		return failed("it ended without a savepoint and left no checkpoint")
	case location == "":
		return nil
	}
	return d.appendSavepoint(func(s *journal.Savepoint) { s.Location = location })
}

// stateLeft is the newest state of a launch that was to be stopped. Where its
// savepoint was taken, that is the one: what else is there is older.
func (d *deployment) stateLeft(ctx context.Context, e *journal.Entry) (string, error) {
	if err := d.proveTaken(ctx, e); err != nil {
		return "", err
	}
	n := d.hold.Newest()
	if n.Savepoint.Taken {
		return d.taken(ctx, n.Savepoint)
	}
	return d.NewestState(ctx, e.Name, []journal.LaunchRef{*e.Launch})
}

// proveTaken finds out whether the savepoint was taken though nobody heard of it: the
// job ended with success after it was asked to stop, and Flink deleted its checkpoints.
// A job that was cancelled keeps them.
func (d *deployment) proveTaken(ctx context.Context, e *journal.Entry) error {
	s := e.Savepoint
	if !s.Asked || s.Taken || s.GivenUp != "" {
		return nil
	}
	seen, err := d.Target.Observe(ctx, RefOf(e.Name, *e.Launch))
	if err != nil || seen.Condition != target.Finished {
		return err
	}
	if left, err := d.EndedEarly(ctx, e.Name, *e.Launch); err != nil || left != "" {
		return err
	}
	return d.wasTaken()
}

// wasTaken writes down that the savepoint was taken.
func (d *deployment) wasTaken() error {
	if s := d.hold.Newest().Savepoint; s.Taken {
		return nil
	}
	return d.appendSavepoint(func(s *journal.Savepoint) { s.Taken = true })
}

// taken is Flink's URI of the savepoint that a request brought; a *MissingError if it
// is not there.
func (d *Deployer) taken(ctx context.Context, s *journal.Savepoint) (string, error) {
	own := found{id: -1}
	if err := own.request(ctx, d.Bucket, s.Directory); err != nil || own.uri != "" {
		return own.uri, err
	}
	return "", &MissingError{s.Launch, fmt.Sprintf("launch %d was stopped with a savepoint, and no complete one is in %s", s.Launch, d.Bucket.URI(s.Directory))}
}

// appendSavepoint adds an entry in which only the request has changed.
func (d *deployment) appendSavepoint(change func(*journal.Savepoint)) error {
	return d.append(func(n *journal.Entry) {
		s := *n.Savepoint
		change(&s)
		n.Savepoint = &s
	})
}
