package apply

import (
	"fmt"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// Place is where launches run, as records name it.
type Place struct {
	Target    string // its name in submitter.yaml, or its kind: local, kubernetes
	Namespace string // Kubernetes' namespace, else the target's name; goes into job ids
}

// String names a place for people.
func (p Place) String() string {
	if p.Namespace == "" || p.Namespace == p.Target {
		return p.Target
	}
	return p.Target + " " + p.Namespace
}

// PlaceOf is where a record's launches run.
func PlaceOf(r *journal.Entry) Place { return Place{r.Target, r.Namespace} }

// locate finds out where a job is to run: where its manifest says, or, for a wish by
// hand, where it is.
func (a *Applier) locate(s *Assessment) (err error) {
	if r := s.Facts.Record; s.Job.File == "" && r != nil {
		s.place = PlaceOf(r)
		s.target, s.refused = a.at(r)
		return nil
	}
	if s.place, err = a.Home(s.Job); err != nil {
		return fmt.Errorf("%s: %w", s.Job.Name, err)
	}
	if s.target, err = a.At(s.place); err != nil {
		return &UnseenError{fmt.Errorf("%s: %w", s.Job.Name, err)}
	}
	return nil
}

// elsewhere reports whether a record's launches are on another target than the one
// that the job is to run on.
func (s *Assessment) elsewhere(r *journal.Entry) bool {
	return r.Launch != nil && PlaceOf(r) != s.place
}

// Ended reports whether the record itself proves that its launch has ended: its
// target said so before the entry was committed.
func Ended(r *journal.Entry) bool {
	return r.Launch == nil || r.Phase == journal.Committed && r.State != string(manifest.Running)
}

// notHere says why nothing is done with a job on another target than its manifest's.
func (s *Assessment) notHere(r *journal.Entry) error {
	return fmt.Errorf("its record says that it runs on the target %s, and its manifest wants it on %s. To move it, stop it there first (`submitter stop %s`), which keeps its state in a savepoint, and apply again", PlaceOf(r), s.place, r.Name)
}

// at gives access to the target of a record. A launch that cannot be seen would be
// taken for one that has ended.
func (a *Applier) at(r *journal.Entry) (target.Target, error) {
	t, err := a.At(PlaceOf(r))
	switch {
	case err == nil:
		return t, nil
	case !r.Phase.Final():
		err = fmt.Errorf("a deployment on the target %s was cut off, and only a command that works on that target can go on with it: %w", PlaceOf(r), err)
	case Ended(r):
		err = fmt.Errorf("it was last on the target %s, and that cannot be used from here (%w): to go on there, name that target; to move it, apply its manifest", PlaceOf(r), err)
	default:
		err = fmt.Errorf("its record says that it runs on the target %s, which cannot be seen from here (%w). To move it, stop it there first (`submitter stop %s`), which keeps its state in a savepoint, and apply again", PlaceOf(r), err, r.Name)
	}
	return nil, fmt.Errorf("%s: %w", r.Name, err)
}
