package deploy

import (
	"context"
	"fmt"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// Repaired is how progress and reports call the end of an Attend. It is no phase of the
// journal, where nothing is written of it.
const Repaired journal.Phase = "repaired"

// Attend has the target look after a running launch again that nobody looks after
// (target.Observation.Unattended), and leaves what runs alone. It does nothing where
// nothing is missing, and needs no hold: a driver that it might start, since the
// launch ended meanwhile, finds that the launch was claimed and does not run.
func (d *Deployer) Attend(ctx context.Context, e *journal.Entry, seen target.Observation) error {
	if !seen.Unattended || e == nil || e.Release == nil || e.Launch == nil {
		return nil
	}
	if err := (&deployment{Deployer: d}).mend(ctx, e); err != nil {
		return fmt.Errorf("%s: what is missing of it could not be brought back: %w", e.Name, err)
	}
	d.tell(e.Name, Repaired, "what was missing of it is there again")
	return nil
}
