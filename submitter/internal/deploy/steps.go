package deploy

import (
	"context"
	"fmt"

	"flink-sql-driver/submitter/internal/journal"
)

// step is what follows one phase: probe finds out whether act has happened
// already (somebody else may have died right after it), act does it and is safe
// to repeat, next writes down that it is done.
type step struct {
	probe func(d *deployment, ctx context.Context, e *journal.Entry) (done bool, err error)
	act   func(d *deployment, ctx context.Context, e *journal.Entry) error
	next  func(e, n *journal.Entry)
}

var steps = map[journal.Phase]step{
	journal.Compiled:    {probe: (*deployment).published, act: (*deployment).publish, next: nextPublished},
	journal.Published:   {probe: never, act: (*deployment).clearWay, next: nextStoppingOrDecided},
	journal.Stopping:    {probe: (*deployment).hasStopped, act: (*deployment).stop, next: nextStopped},
	journal.Stopped:     {probe: never, act: (*deployment).clear, next: nextDecidedOrCommitted},
	journal.Decided:     {probe: never, act: (*deployment).start, next: phase(journal.Running)},
	journal.Running:     {probe: never, act: (*deployment).awaitHealth, next: phase(journal.Healthy)},
	journal.Healthy:     {probe: never, act: (*deployment).writeManifest, next: nextCommitted},
	journal.Changing:    {probe: never, act: nothing, next: nextLeftOff},
	journal.Aborting:    {probe: never, act: nothing, next: nextFailed},
	journal.RollingBack: {probe: never, act: (*deployment).rollBack, next: nextRolledBack},
}

// never is the probe of a step that is cheap and harmless to do again.
func never(*deployment, context.Context, *journal.Entry) (bool, error) { return false, nil }

func nothing(*deployment, context.Context, *journal.Entry) error { return nil }

func phase(p journal.Phase) func(e, n *journal.Entry) {
	return func(_, n *journal.Entry) { n.Phase = p }
}

func nextPublished(_, n *journal.Entry) { n.Phase = journal.Published }

// nextStoppingOrDecided goes on after the release is there: an upgrade stops the
// running job first, with a request that is written down before it is made.
func nextStoppingOrDecided(e, n *journal.Entry) {
	if e.Action == journal.Upgrade {
		n.Phase = journal.Stopping
		n.Savepoint = NewSavepoint(e)
		return
	}
	n.Phase = journal.Decided
	become(n)
}

func nextStopped(_, n *journal.Entry) { n.Phase = journal.Stopped }

// nextDecidedOrCommitted goes on after the old launch has ended.
func nextDecidedOrCommitted(e, n *journal.Entry) {
	if e.Action != journal.Upgrade {
		n.Phase = journal.Healthy
		return
	}
	n.Phase = journal.Decided
	next := *n.Next
	if !next.Clean && e.Savepoint != nil {
		next.Launch.Restored = e.Savepoint.Location
	}
	n.Next = &next
	n.Previous = previous(e)
	become(n)
}

func previous(e *journal.Entry) *journal.Previous {
	return &journal.Previous{Release: *e.Release, Launch: *e.Launch}
}

// become makes the next launch the one that may run: from this entry on the
// driver of every other launch refuses to.
func become(n *journal.Entry) {
	next := *n.Next
	n.Release = &next.Release
	n.Launch = &next.Launch
	n.Meta = next.Release.Meta
}

// trusted is how many launches' state is remembered. One would do for as long as
// its checkpoints are there; the others are for those who delete by hand.
const trusted = 10

func nextCommitted(e, n *journal.Entry) {
	n.Phase = journal.Committed
	n.Problem = ""
	if e.Next != nil {
		trust(n)
	}
	finish(n)
}

// trust makes the launch's state the one that the job is restored from. After a
// clean start the state of the launches before is another query's, or was thrown
// away on purpose.
func trust(n *journal.Entry) {
	n.Good = n.Release
	if n.Launch.Restored == "" {
		n.Trusted = nil
	}
	n.Trusted = append(append([]journal.LaunchRef(nil), n.Trusted...), *n.Launch)
	if extra := len(n.Trusted) - trusted; extra > 0 {
		n.Trusted = n.Trusted[extra:]
	}
}

// checkpointed writes down that the launch has state of its own from now on.
func checkpointed(n *journal.Entry) {
	changeLaunch(n, func(l *journal.LaunchRef) { l.Checkpointed = true })
}

// ended writes down that the launch has come to its end by itself.
func ended(n *journal.Entry) {
	changeLaunch(n, func(l *journal.LaunchRef) { l.Finished = true })
}

func changeLaunch(n *journal.Entry, change func(*journal.LaunchRef)) {
	l := *n.Launch
	change(&l)
	n.Launch = &l
	if n.Next != nil && n.Next.Launch.Number == l.Number {
		next := *n.Next
		next.Launch = l
		n.Next = &next
	}
}

func nextFailed(_, n *journal.Entry) {
	n.Phase = journal.Failed
	finish(n)
}

// nextLeftOff ends the changes of catalogs that somebody was cut off in: what was made
// is written down, and the next apply makes the rest.
func nextLeftOff(_, n *journal.Entry) {
	n.Phase = journal.Committed
	n.Problem = "its catalog changes were cut off; the next apply goes on with them"
	finish(n)
}

// nextRolledBack says whose problem it was: what runs now has none.
func nextRolledBack(_, n *journal.Entry) {
	n.Phase = journal.RolledBack
	n.Problem = fmt.Sprintf("rolled back from launch %d: %s", n.LastLaunch-1, n.Problem) // the launch after it is the rollback's
	trust(n)
	finish(n)
}
