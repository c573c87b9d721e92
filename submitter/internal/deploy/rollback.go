package deploy

import (
	"context"
	"errors"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/journal"
)

// rollBack ends the sick launch and starts the previous release from the
// savepoint that was taken of it. The entry that names the new launch comes
// before the launch itself, so that no driver but its own may run.
//
// A release that kept failing before is only started again: that is what was there
// when the deployment began, and what it fails of may pass.
func (d *deployment) rollBack(ctx context.Context, e *journal.Entry) error {
	if e.Next != nil {
		if err := d.end(ctx, e, e.Problem); err != nil {
			return err
		}
		if err := d.append(returnToPrevious); err != nil {
			return err
		}
		n := d.hold.Newest()
		e = &n
	}
	last := lastTry(e)
	var err error
	if e.Savepoint.GivenUp != "" {
		err = d.orRollBack(ctx, last, d.begin(ctx, last))
	} else if err = d.start(ctx, last); err == nil {
		err = d.awaitHealth(ctx, last)
	}
	var f *failure
	if errors.As(err, &f) {
		f.problem = e.Problem + "; and the previous release did not come up again: " + f.problem
	}
	return err
}

// end ends a sick launch. It is a failure if that completed a checkpoint after
// all: it ran on until now.
func (d *deployment) end(ctx context.Context, e *journal.Entry, why string) error {
	if err := d.hold.Confirm(); err != nil {
		return err
	}
	d.showLog(ctx, e)
	if err := d.remove(ctx, e); err != nil {
		return err
	}
	completed, err := d.Completed(ctx, e.Name, *e.Launch)
	if err == nil && completed {
		err = &failure{phase: journal.Failed, moved: true, problem: strings.TrimSuffix(why, ".") + ". It completed a checkpoint before it was ended, so what it wrote may be visible, and the next apply goes on from there"}
	}
	return err
}

// remove ends a launch and removes what is left of it. What is refused is so for good
// reasons, but a target that gives no answer is waited for: the job is down meanwhile.
func (d *deployment) remove(ctx context.Context, e *journal.Entry) error {
	i := d.insist(e, 0)
	for {
		err := d.Target.Remove(ctx, RefOf(e.Name, *e.Launch))
		if err == nil {
			return nil
		}
		if err := i.wait(ctx, err); err != nil {
			return err
		}
	}
}

// returnToPrevious makes a new launch of the previous release the one that may run.
func returnToPrevious(n *journal.Entry) {
	n.LastLaunch++
	p := *n.Previous
	id := plan.ClusterID(n.Name, n.LastLaunch)
	n.Release = &p.Release
	n.Launch = &journal.LaunchRef{
		Site:         n.Launch.Site, // whoever sees the one may start the other
		Number:       n.LastLaunch,
		ClusterID:    id,
		JobID:        plan.JobID(n.Namespace, id),
		Restored:     n.Savepoint.Location,
		QueryVersion: p.Release.Meta.QueryVersion,
		Checkpoints:  p.Release.Checkpoints,
	}
	n.Meta = p.Release.Meta
	n.Next = nil
	n.Manifest = ""
	if why := n.Savepoint.GivenUp; why != "" {
		n.Problem += "; the previous release was started again as it was, failing: " + why
	}
}

// lastTrySeconds is what the previous release is given at least to come up again:
// the limit in force is that of the manifest which has just failed.
const lastTrySeconds = 300

// lastTry is e without a further rollback.
func lastTry(e *journal.Entry) *journal.Entry {
	last := *e
	last.Previous = nil
	settings := *e.Settings
	settings.Rollback = false
	settings.HealthSeconds = max(settings.HealthSeconds, lastTrySeconds)
	last.Settings = &settings
	return &last
}
