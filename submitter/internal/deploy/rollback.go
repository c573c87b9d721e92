package deploy

import (
	"context"
	"errors"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/journal"
)

// rollBack ends the sick launch and starts the previous release from the
// savepoint that was taken of it. The entry that names the new launch comes
// before the launch itself, so that no driver but its own may run.
func (d *deployment) rollBack(ctx context.Context, e *journal.Entry) error {
	if e.Next != nil {
		if err := d.Target.Remove(ctx, refOf(e.Name, *e.Launch)); err != nil {
			return err
		}
		if err := d.append(returnToPrevious); err != nil {
			return err
		}
		n := d.hold.Newest()
		e = &n
	}
	if err := d.decide(ctx, e); err != nil {
		return err
	}
	if err := d.launch(ctx, e); err != nil {
		return err
	}
	err := d.awaitRunning(ctx, e)
	if err == nil {
		err = d.healthOnly(ctx, e)
	}
	var s *sick
	if errors.As(err, &s) {
		return failed("%s; and the previous release did not come up again: %s", e.Problem, s.why)
	}
	return err
}

// returnToPrevious makes a new launch of the previous release the one that may run.
func returnToPrevious(n *journal.Entry) {
	n.LastLaunch++
	p := *n.Previous
	id := plan.ClusterID(n.Name, n.LastLaunch)
	n.Release = &p.Release
	n.Launch = &journal.LaunchRef{
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
}

// healthOnly waits for health without a further rollback.
func (d *deployment) healthOnly(ctx context.Context, e *journal.Entry) error {
	once := *e
	once.Previous = nil
	settings := *e.Settings
	settings.Rollback = false
	once.Settings = &settings
	err := d.awaitHealth(ctx, &once)
	var f *failure
	if errors.As(err, &f) {
		return &sick{f.problem}
	}
	return err
}
