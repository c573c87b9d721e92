package apply

import (
	"context"
	"errors"
	"fmt"

	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
)

// NewlyFinished reports whether the job is to be left as it is, since it has finished, and
// its record does not say so yet. Carry then writes that down: later the target may show
// nothing of it any more.
func (s *Assessment) NewlyFinished() bool {
	return s.Decision.Kind == change.Nothing && !s.Unfinished && change.NewlyFinished(s.Facts)
}

// recordEnd writes down that a job has finished, with nothing else to record.
func (a *Applier) recordEnd(ctx context.Context, s *Assessment) (*journal.Entry, error) {
	r := s.Facts.Record
	next := note(*r, "it has finished")
	if a.markEnd(ctx, s, &next); next.Launch == r.Launch {
		return r, ctx.Err()
	}
	return a.takeNote(ctx, s, next)
}

// note is an entry that says why it is there, and changes nothing of the job.
func note(r journal.Entry, why string) journal.Entry {
	next := following(r)
	next.Action, next.Phase, next.Reason, next.Problem = journal.Note, journal.Committed, why, ""
	return next
}

// takeNote writes a note down.
func (a *Applier) takeNote(ctx context.Context, s *Assessment, next journal.Entry) (*journal.Entry, error) {
	hold, err := a.Journal.Take(ctx, &next)
	switch {
	case errors.Is(err, journal.ErrTaken):
		return s.Facts.Record, nil // whoever was faster knows as much
	case err != nil:
		return s.Facts.Record, fmt.Errorf("%s: %s, and that could not be recorded: %w", s.Job.Name, next.Reason, err)
	}
	hold.Release()
	return &next, nil
}

// markEnd has an entry say of its launch that it has finished, if that is what was seen.
// What it left is looked at once more: for a job that is not to run nobody has. Where that
// cannot be read nothing is claimed, and what is wanted goes on.
func (a *Applier) markEnd(ctx context.Context, s *Assessment, e *journal.Entry) {
	if !change.NewlyFinished(s.Facts) {
		return
	}
	launch := *s.Facts.Record.Launch
	if left, err := a.deployer(s.target).EndedEarly(ctx, e.Name, launch); err == nil && left == "" {
		launch.Finished = true
		e.Launch = &launch
	}
}
