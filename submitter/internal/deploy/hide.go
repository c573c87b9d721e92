package deploy

import (
	"context"
	"slices"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/redact"
)

// SecretNames are the names of all secrets that a record's releases mention.
func SecretNames(e *journal.Entry) []string {
	var names []string
	for _, r := range releasesOf(e) {
		names = append(names, r.Secrets...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Secrets are the secrets of a record's releases, with the directories in which these
// have the driver look for them. Of a release that cannot be read that is not known.
func Secrets(ctx context.Context, b *bucket.Bucket, e *journal.Entry) redact.Secrets {
	s := redact.Here()
	for _, r := range releasesOf(e) {
		if len(r.Secrets) == 0 {
			continue
		}
		if config, err := release.Open(ctx, b, e.Name, r.Digest); err == nil {
			s.Dirs = append(s.Dirs, secretDir(config)...)
		}
	}
	return s
}

func secretDir(config release.Config) []string {
	if dir := config.Session[launch.OptionSecretDir]; dir != "" {
		return []string{dir}
	}
	return nil
}

// releasesOf are the releases of a record.
func releasesOf(e *journal.Entry) []journal.Release {
	var all []journal.Release
	if e.Release != nil {
		all = append(all, *e.Release)
	}
	if e.Next != nil {
		all = append(all, e.Next.Release)
	}
	if e.Previous != nil {
		all = append(all, e.Previous.Release)
	}
	return all
}

// hideTimeout bounds the look into the bucket for where secrets are.
const hideTimeout = 5 * time.Second

// hide takes values of the job's secrets out of a text: what Flink says goes into
// the journal and to the screen, and connectors repeat their options in errors.
func (d *deployment) hide(text string) string {
	if d.hold == nil {
		return text
	}
	e := d.hold.Newest()
	names := SecretNames(&e)
	if len(names) == 0 {
		return text
	}
	if d.content != nil { // the usual case asks nobody
		s := redact.Here()
		s.Dirs = secretDir(d.content.Config)
		return s.Hide(names, text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), hideTimeout)
	defer cancel()
	return Secrets(ctx, d.Bucket, &e).Hide(names, text)
}

// hidden is a change of the record without them.
func (d *deployment) hidden(change func(*journal.Entry)) func(*journal.Entry) {
	return func(n *journal.Entry) {
		change(n)
		n.Problem = d.hide(n.Problem)
		if n.Savepoint != nil && n.Savepoint.GivenUp != "" {
			s := *n.Savepoint
			s.GivenUp = d.hide(s.GivenUp)
			n.Savepoint = &s
		}
	}
}

// tell hides them from the story, too.
func (d *deployment) tell(name string, phase journal.Phase, text string) {
	d.Deployer.tell(name, phase, d.hide(text))
}

// hiddenError is an error whose text had secrets.
type hiddenError struct {
	text string
	err  error
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.err }

func (d *deployment) hideError(err error) error {
	if text := d.hide(err.Error()); text != err.Error() {
		return &hiddenError{text, err}
	}
	return err
}
