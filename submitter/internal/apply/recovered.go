package apply

import (
	"context"

	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// Recovered reports whether the job runs, healthy once, and is all that its manifest wants,
// while its record tells of a deployment that came to nothing. Carry then writes down that
// this is over: status would show its problem for ever.
func (s *Assessment) Recovered() bool {
	r := s.Facts.Record
	if s.Decision.Kind != change.Nothing || s.Unfinished || r == nil || r.Problem == "" {
		return false
	}
	cameToNothing := r.Phase == journal.RolledBack || r.Phase == journal.Failed
	return r.TrustsLaunch() && cameToNothing && s.Facts.Seen.Condition == target.Running
}

func (a *Applier) recordRecovery(ctx context.Context, s *Assessment) (*journal.Entry, error) {
	return a.takeNote(ctx, s, note(*s.Facts.Record, "it runs as its manifest wants"))
}

// OnlyNotes reports whether Carry leaves the job alone and writes down what was seen of it.
func (s *Assessment) OnlyNotes() bool { return s.NewlyFinished() || s.Recovered() }
