package deploy

import (
	"context"
	"errors"
	"fmt"

	"flink-sql-driver/submitter/internal/journal"
)

// giveUp turns a stop with a savepoint into one without, for a job that keeps
// failing. Flink itself would go on from the newest complete checkpoint, whatever
// the job did since; the launch that follows does so in its place, and nothing is
// lost. The decision is written down before the job is touched.
func (d *deployment) giveUp(ctx context.Context, e *journal.Entry, why string) error {
	if e.Settings.Drain {
		return aborting("%s, so it cannot be drained; to go on from its newest checkpoint, take `upgrade.drain` out of its manifest", why)
	}
	location, err := d.NewestState(ctx, e.Name, []journal.LaunchRef{*e.Launch})
	var missing *MissingError
	if errors.As(err, &missing) && !d.losesNothing(e) {
		return aborting("%s, it can take no savepoint, and %v. Bring that back and apply again; to start it without state, `submitter cancel %s`, then apply with --reset-state", why, missing, e.Name)
	}
	if err != nil && missing == nil {
		return err
	}
	if location == "" && !d.losesNothing(e) {
		return aborting("%s, it can take no savepoint, and it has completed no checkpoint; to start it without state, `submitter cancel %s`, then apply with --reset-state", why, e.Name)
	}
	d.tell(e.Name, e.Phase, why+"; it is cancelled, and its newest checkpoint counts")
	return d.appendSavepoint(func(s *journal.Savepoint) { s.GivenUp = why })
}

func aborting(format string, args ...any) error {
	return &failure{phase: journal.Aborting, problem: fmt.Sprintf(format, args...)}
}
