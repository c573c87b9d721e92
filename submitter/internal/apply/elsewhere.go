package apply

import (
	"errors"
	"fmt"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// elsewhere reports whether a record's launches are on another target than the one
// that this applier can see.
func (a *Applier) elsewhere(r *journal.Entry) bool {
	return r.Launch != nil && (r.Target != a.Kind || r.Namespace != a.Namespace)
}

// Ended reports whether the record itself proves that its launch has ended: its
// target said so before the entry was committed.
func Ended(r *journal.Entry) bool {
	return r.Launch == nil || r.Phase == journal.Committed && r.State != string(manifest.Running)
}

// notHere says why nothing is done with a job on another target.
func (a *Applier) notHere(r *journal.Entry) error {
	there, here := Place(r.Target, r.Namespace), Place(a.Kind, a.Namespace)
	if Ended(r) {
		return fmt.Errorf("it was last on the target %s, and this command works on %s: to go on there, use that target; to move it here, apply its manifest", there, here)
	}
	return fmt.Errorf("its record says that it runs on the target %s, which cannot be seen from here: this command works on %s. To move it, stop it on that target first (`submitter stop %s`), which keeps its state in a savepoint, and apply again", there, here, r.Name)
}

// Place names a target for people.
func Place(kind, namespace string) string {
	if namespace == "" || namespace == kind {
		return kind
	}
	return kind + " " + namespace
}

// here refuses to work on a record of another target. A launch that cannot be seen
// would be taken for one that has ended.
func (a *Applier) here(r *journal.Entry) error {
	if !a.elsewhere(r) {
		return nil
	}
	err := a.notHere(r)
	if !r.Phase.Final() {
		err = errors.New("a deployment on the target " + Place(r.Target, r.Namespace) + " was cut off, and this command works on " + Place(a.Kind, a.Namespace) + ": only a command that works on that target can go on with it")
	}
	return fmt.Errorf("%s: %w", r.Name, err)
}
