package apply

import (
	"context"

	"flink-sql-driver/submitter/internal/change"
)

// Neglected reports whether the job is to be left as it runs, but for nobody
// looking after its processes any more (target.Observation.Unattended). Carry then
// has them looked after again, which restarts nothing that runs.
func (s *Assessment) Neglected() bool {
	left := s.Decision.Kind == change.Nothing || s.Decision.Kind == change.Blocked
	return left && s.Facts.Seen.Unattended && s.Facts.Record != nil
}

// attend has a neglected job looked after again. Whoever does so hands it the
// secrets that it starts further TaskManagers with.
func (a *Applier) attend(ctx context.Context, s *Assessment) error {
	if !s.Neglected() {
		return nil
	}
	if r := s.Facts.Record.Release; r != nil {
		session := func() (map[string]string, error) { return s.Job.Session(), nil }
		if err := secretsFor(s.target, s.Job.Name, "it runs, nobody looks after its processes, and whoever is started to do so", r.Secrets, session); err != nil {
			return err
		}
	}
	return a.deployer(s.target).Attend(ctx, s.Facts.Record, s.Facts.Seen)
}
