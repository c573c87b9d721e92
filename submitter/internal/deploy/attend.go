package deploy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// Repaired is how progress and reports call the end of an Attend. It is no phase of the
// journal, where nothing is written of it.
const Repaired journal.Phase = "repaired"

// Attend has the target look after a running launch again that nobody looks after
// (target.Observation.Unattended), and leaves what runs alone. It does nothing where
// nothing is missing, and needs no hold: a driver that it might start, since the
// launch ended meanwhile, finds that the launch was claimed and does not run. Before it
// says that it is done it looks again: *EndedError says that the launch has ended.
func (d *Deployer) Attend(ctx context.Context, e *journal.Entry, seen target.Observation) error {
	if !seen.Unattended || e == nil || e.Release == nil || e.Launch == nil {
		return nil
	}
	dep := &deployment{Deployer: d}
	if err := dep.mend(ctx, e); err != nil {
		// It may not have been there any more.
		if again, oerr := d.Target.Observe(ctx, RefOf(e.Name, *e.Launch)); oerr == nil && again.Condition.Dead() {
			return &EndedError{e.Name, again}
		}
		return fmt.Errorf("%s: what is missing of it could not be brought back: %w", e.Name, err)
	}
	if err := dep.attended(ctx, e); err != nil {
		var ended *EndedError
		if errors.As(err, &ended) {
			return err
		}
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	d.tell(e.Name, Repaired, "what was missing of it is there again")
	return nil
}

// EndedError says that a launch which was to be looked after again has ended meanwhile, or
// had already: what was taken for running was about to.
type EndedError struct {
	Name string
	Seen target.Observation
}

func (e *EndedError) Error() string {
	return fmt.Sprintf("%s: it has ended while what was missing of it was brought back: %s; apply again", e.Name, e.Seen.Proof)
}

// attendPatience is how long a launch may take to answer after what was missing of it is
// there again.
const attendPatience = 2 * time.Minute

// attended makes sure that a launch runs, with nothing missing, and that its JobManager
// answers: only a process that lives does.
func (d *deployment) attended(ctx context.Context, e *journal.Entry) error {
	ref := RefOf(e.Name, *e.Launch)
	for begun := time.Now(); ; {
		seen, err := d.Target.Observe(ctx, ref)
		switch {
		case err != nil && !unanswered(err):
			return err
		case err == nil && seen.Condition.Dead():
			return &EndedError{e.Name, seen}
		case err == nil && seen.Condition == target.Running && !seen.Unattended:
			if err = d.answers(ctx, e); err == nil {
				return nil
			}
		case err == nil && seen.Condition == target.Running:
			err = errors.New(seen.Problem)
		case err == nil:
			err = errors.New(seen.Proof)
		}
		if time.Since(begun) >= attendPatience {
			return fmt.Errorf("what was missing of it was started, and it does not work after %s: %w; apply again, or look with `submitter status %s`", attendPatience, err, e.Name)
		}
		if err := sleep(ctx, pace(begun)); err != nil {
			return err
		}
	}
}

// answers asks a launch's JobManager for its job. One that comes up may not know it yet.
func (d *deployment) answers(ctx context.Context, e *journal.Entry) error {
	jm, err := d.Target.JobManager(ctx, RefOf(e.Name, *e.Launch))
	if err != nil {
		return err
	}
	if _, err = jm.JobStatus(ctx, e.Launch.JobID); errors.Is(err, flinkrest.ErrNotFound) {
		return nil
	}
	return err
}
