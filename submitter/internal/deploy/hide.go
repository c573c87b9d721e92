package deploy

import (
	"slices"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/redact"
)

// SecretNames are the names of all secrets that a record's releases mention.
func SecretNames(e *journal.Entry) []string {
	var names []string
	if e.Release != nil {
		names = append(names, e.Release.Secrets...)
	}
	if e.Next != nil {
		names = append(names, e.Next.Release.Secrets...)
	}
	if e.Previous != nil {
		names = append(names, e.Previous.Release.Secrets...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// hide takes values of the job's secrets out of a text: what Flink says goes into
// the journal and to the screen, and connectors repeat their options in errors.
func (d *deployment) hide(text string) string {
	if d.hold == nil {
		return text
	}
	e := d.hold.Newest()
	return redact.Here().Hide(SecretNames(&e), text)
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
