package apply

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// secretKeeper is a target whose launches get their secrets from here, so that it
// can tell beforehand which of them are missing.
type secretKeeper interface {
	MissingSecrets(names []string, dir string) []string
}

// secretsThere refuses to start a launch that would lack a secret, before a running
// job is stopped for it. Going back to the release before would lack it, too.
func (a *Applier) secretsThere(ctx context.Context, s *Assessment, e *journal.Entry, content *release.Release) error {
	if e.Next == nil {
		return nil
	}
	session := func() (map[string]string, error) {
		if content != nil {
			return content.Config.Session, nil
		}
		config, err := release.Open(ctx, a.Bucket, e.Name, e.Next.Release.Digest)
		return config.Session, err
	}
	return secretsFor(s.target, e.Name, withoutSecrets(e.Action == journal.Upgrade), e.Next.Release.Secrets, session)
}

// secretsFor names the secrets that a launch would lack, and the consequence. session is asked for its
// options only if it has secrets at all.
func secretsFor(t target.Target, name, consequence string, secrets []string, session func() (map[string]string, error)) error {
	keeper, ok := t.(secretKeeper)
	if !ok || len(secrets) == 0 {
		return nil
	}
	options, err := session()
	if err != nil {
		return err
	}
	missing := keeper.MissingSecrets(secrets, options[launch.OptionSecretDir])
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %s would have no secret %s: neither in the environment here nor in files of %s; set environment variables of these names",
		name, consequence, strings.Join(missing, ", "), cmp.Or(options[launch.OptionSecretDir], launch.DefaultSecretDir))
}

// withoutSecrets is what becomes of a job whose next launch would lack a secret.
func withoutSecrets(upgrade bool) string {
	if upgrade {
		return "it runs on untouched, because its next launch"
	}
	return "it is not started, because its launch"
}

// warnOfSecrets finds out which launches would lack a secret. To look at changes
// takes none, so it is a warning until Launchable makes it an error.
func (a *Applier) warnOfSecrets(ctx context.Context, s *Assessment) {
	base := s.base()
	starts := s.Decision.Kind == change.Launch || s.Decision.Kind == change.Upgrade || s.Decision.Kind == change.Restore
	var err error
	switch upgrade := s.Decision.Kind == change.Upgrade; {
	case !starts:
	case s.release != nil && !s.Decision.SameRelease:
		err = secretsFor(s.target, s.Job.Name, withoutSecrets(upgrade), s.release.record.Secrets, func() (map[string]string, error) { return s.release.release.Config.Session, nil })
	case base != nil && s.damage == nil:
		err = secretsFor(s.target, s.Job.Name, withoutSecrets(upgrade), base.Secrets, func() (map[string]string, error) {
			config, err := release.Open(ctx, a.Bucket, s.Job.Name, base.Digest)
			return config.Session, err
		})
	}
	if err != nil {
		s.lacks = err
		s.Decision.Warnings = append(s.Decision.Warnings, strings.TrimPrefix(err.Error(), s.Job.Name+": "))
	}
}

// Launchable makes errors of what Assess only warns of: apply stops for a job whose
// launch is known to fail, before it touches any.
func Launchable(all []*Assessment) {
	for _, s := range all {
		if s.Err != nil || s.lacks == nil {
			continue
		}
		s.Err = s.lacks
		said := strings.TrimPrefix(s.lacks.Error(), s.Job.Name+": ")
		s.Decision.Warnings = slices.DeleteFunc(s.Decision.Warnings, func(w string) bool { return w == said })
	}
}
