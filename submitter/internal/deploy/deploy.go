// Package deploy carries a decision out, phase by phase. What has been done is in
// the journal before the next thing begins, so that whoever finds a deployment
// unfinished can go on from its last entry: docs/recovery.md has the table of
// phases, and steps is that table in code.
package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// Deployer carries deployments out on one bucket and one target.
type Deployer struct {
	Bucket  *bucket.Bucket
	Journal *journal.Journal
	Target  target.Target
	// Progress tells the story of a deployment; it may be nil.
	Progress func(name string, phase journal.Phase, text string)
	// Step is called after every entry; tests stop the program in it. It may be nil.
	Step func(e journal.Entry)
	// Log gets the log of a launch that is ended for not being well; nil: nobody wants it.
	Log io.Writer
	// GiveUp has Run end what a deployment is starting rather than wait for it.
	GiveUp bool
	// Superseded has Run end what a deployment is starting, unless that runs and gets
	// healthy soon: another manifest is to follow.
	Superseded bool
}

// deployment is one deployment under way.
type deployment struct {
	*Deployer
	hold *journal.Hold
	// content is the release to publish; nil when somebody else's deployment is
	// continued.
	content *release.Release
	// checkpointed is the number of the launch that was seen to have completed one.
	checkpointed uint64
	// finished: the job that is to be stopped is proved to have come to its end by
	// itself.
	finished bool
	// ended is the number of the launch that was seen to have finished by itself.
	ended uint64
}

// FailedError says that a deployment ended without what was wanted.
type FailedError struct {
	Entry journal.Entry
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("%s: %s", e.Entry.Name, e.Entry.Problem)
}

// Run carries out the deployment that hold has begun, from its newest entry to a
// final one, and returns that. content is the release to publish, nil if it is
// there already. The error is a *FailedError if the deployment came to its end
// without success; any other error leaves it unfinished, to be continued.
func (d *Deployer) Run(hold *journal.Hold, content *release.Release) (journal.Entry, error) {
	dep := &deployment{Deployer: d, hold: hold, content: content}
	dep.step()
	for {
		e := hold.Newest()
		if e.Phase.Final() {
			if e.Phase != journal.Committed {
				return e, &FailedError{Entry: e}
			}
			return e, nil
		}
		if err := dep.advance(hold.Context(), &e); err != nil {
			if cause := context.Cause(hold.Context()); cause != nil {
				err = cause
			}
			return e, fmt.Errorf("%s: phase %s: %w", e.Name, e.Phase, dep.hideError(err))
		}
	}
}

// advance does what follows e's phase and appends the entry that says so.
func (d *deployment) advance(ctx context.Context, e *journal.Entry) error {
	s, ok := steps[e.Phase]
	if !ok {
		return fmt.Errorf("unknown phase %q: written by a newer submitter?", e.Phase)
	}
	start := time.Now()
	done, err := false, error(nil)
	wanted := e // as the step is to see it
	switch {
	case d.GiveUp && starting(e):
		err = d.abandon(ctx, e, "it was given up, since the job is to end")
	case d.Superseded && starting(e):
		wanted, err = d.supersede(ctx, e)
	}
	if err == nil {
		done, err = s.probe(d, ctx, wanted)
	}
	if err == nil && !done {
		err = s.act(d, ctx, wanted)
	}
	var failure *failure
	switch {
	case errors.As(err, &failure):
		if err := d.append(failure.record); err != nil || failure.phase.Final() {
			return err
		}
		d.tell(e.Name, failure.phase, failure.problem)
		return nil
	case err != nil:
		return err
	}
	err = d.append(func(n *journal.Entry) {
		if n.Launch != nil && n.Launch.Number == d.checkpointed {
			checkpointed(n)
		}
		if n.Launch != nil && n.Launch.Number == d.ended {
			ended(n)
		}
		s.next(e, n)
	})
	if err == nil {
		d.tell(e.Name, d.hold.Newest().Phase, fmt.Sprintf("%.1f s", time.Since(start).Seconds()))
	}
	return err
}

// append adds an entry to the journal.
func (d *deployment) append(change func(*journal.Entry)) error {
	err := d.hold.Append(d.hidden(change))
	if err == nil {
		d.step()
	}
	return err
}

func (d *deployment) step() {
	if d.Step != nil {
		d.Step(d.hold.Newest())
	}
}

func (d *Deployer) tell(name string, phase journal.Phase, text string) {
	if d.Progress != nil {
		d.Progress(name, phase, text)
	}
}

// failure is an end of a step that the journal records: the deployment goes on in
// another direction.
type failure struct {
	phase   journal.Phase
	problem string
	// moved: the launch completed a checkpoint, so that its state is the job's from
	// now on: anything older would write again what it has committed.
	moved bool
	// unstarted: the next launch was not started, so that there is nothing to end
	// before the previous release comes back.
	unstarted bool
	// refused: Flink has refused the stop, and the job runs on; when it ends with
	// success some day, it has finished.
	refused bool
}

func (f *failure) Error() string { return f.problem }

func (f *failure) record(n *journal.Entry) {
	n.Phase = f.phase
	n.Problem = f.problem
	if f.moved {
		checkpointed(n)
		trust(n)
	}
	if f.refused {
		s := *n.Savepoint
		s.Asked = false
		n.Savepoint = &s
	}
	if f.unstarted {
		n.Previous = previous(n)
		returnToPrevious(n)
	}
	if f.phase.Final() {
		finish(n)
	}
}

func failed(format string, args ...any) error {
	return &failure{phase: journal.Failed, problem: fmt.Sprintf(format, args...)}
}

// finish clears what only an unfinished deployment needs.
func finish(n *journal.Entry) {
	n.Next = nil
	n.Previous = nil
	n.Manifest = ""
	n.Settings = nil
}
