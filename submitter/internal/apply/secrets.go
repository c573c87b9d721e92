package apply

import (
	"context"
	"fmt"
	"strings"

	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/journal"
)

// optionSecretDir is the driver's: where it finds secrets that its environment
// does not have.
const optionSecretDir = "sql-driver.secret-dir"

// secretKeeper is a target whose launches get their secrets from here, so that it
// can tell beforehand which of them are missing.
type secretKeeper interface {
	MissingSecrets(names []string, dir string) []string
}

// secretsThere refuses to stop a running job for a launch that would lack a
// secret. Going back to the release before would lack it, too.
func (a *Applier) secretsThere(ctx context.Context, e *journal.Entry, content *release.Release) error {
	keeper, ok := a.Target.(secretKeeper)
	if !ok || e.Action != journal.Upgrade || len(e.Next.Release.Secrets) == 0 {
		return nil
	}
	var config release.Config
	if content != nil {
		config = content.Config
	} else {
		var err error
		if config, err = release.Open(ctx, a.Bucket, e.Name, e.Next.Release.Digest); err != nil {
			return err
		}
	}
	missing := keeper.MissingSecrets(e.Next.Release.Secrets, config.Session[optionSecretDir])
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%s: it runs on untouched, because its next launch would have no secret %s: set environment variables of these names", e.Name, strings.Join(missing, ", "))
}
