package deploy

import (
	"context"
	"errors"

	"flink-sql-driver/submitter/internal/journal"
)

const (
	// superseded is why a deployment ends that nobody waits for any more.
	superseded = "its manifest has changed since"
	// supersededSeconds is how long a launch that runs may take to prove its health: then
	// it is stopped with a savepoint, and nothing that it did is done again.
	supersededSeconds = 15
)

// supersede ends what a deployment was starting, for another manifest. That is a failure,
// in the journal's sense. A launch that completed a checkpoint has state, and one whose
// tasks run may soon: they are gone on with, the latter for a short while only, and so is
// a return to the previous release. The entry is what their step is to see.
func (d *deployment) supersede(ctx context.Context, e *journal.Entry) (*journal.Entry, error) {
	switch e.Phase {
	case journal.RollingBack:
		return e, nil
	case journal.Decided, journal.Running:
	default:
		return e, d.abandon(ctx, e, superseded)
	}
	if completed, err := d.Completed(ctx, e.Name, *e.Launch); err != nil || completed {
		return e, err
	}
	seen, err := d.watch(e).look(ctx)
	var s *sick
	switch {
	case err != nil && !errors.As(err, &s):
		return e, err
	case err != nil || !seen.up:
		return e, d.abandon(ctx, e, superseded)
	}
	hasty, settings := *e, *e.Settings
	settings.HealthSeconds = min(settings.HealthSeconds, supersededSeconds)
	settings.Rollback = false
	hasty.Settings = &settings
	return &hasty, nil
}
