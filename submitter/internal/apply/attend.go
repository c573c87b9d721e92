package apply

import (
	"context"
	"fmt"
	"strings"

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
	if keeper, ok := a.Target.(secretKeeper); ok && s.Facts.Record.Release != nil {
		if missing := keeper.MissingSecrets(s.Facts.Record.Release.Secrets, s.Job.Session()[optionSecretDir]); len(missing) > 0 {
			return fmt.Errorf("%s: it runs, but nobody looks after its processes, and looking after them takes secret %s: set environment variables of these names and apply again",
				s.Job.Name, strings.Join(missing, ", "))
		}
	}
	return a.deployer().Attend(ctx, s.Facts.Record, s.Facts.Seen)
}
