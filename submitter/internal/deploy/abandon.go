package deploy

import (
	"context"
	"time"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/journal"
)

// starting reports whether a deployment is about to start something, or has started
// it and waits for its health.
func starting(e *journal.Entry) bool {
	switch e.Phase {
	case journal.Compiled, journal.Published:
		return e.Next != nil
	case journal.Stopped:
		return e.Action == journal.Upgrade
	case journal.Decided, journal.Running, journal.RollingBack:
		return true
	}
	return false
}

// abandon ends what a deployment was starting, for somebody who wants the job to end, or
// to run something else. It always is a failure, in the journal's sense.
func (d *deployment) abandon(ctx context.Context, e *journal.Entry, why string) error {
	switch e.Phase {
	case journal.Compiled, journal.Published, journal.Stopped:
		return failed("%s; launch %d was not started", why, e.Next.Launch.Number)
	}
	if err := d.bar(ctx, e, why); err != nil {
		return err
	}
	if err := d.end(ctx, e, why); err != nil {
		return err
	}
	return failed("%s; launch %d was ended", why, e.Launch.Number)
}

// bar keeps a launch from being started later, by a holder that was paused: one that
// was not released yet is turned away, one that was is claimed before its driver can.
// A driver that has the claim runs, or ran, and is ended with all else.
func (d *deployment) bar(ctx context.Context, e *journal.Entry, why string) error {
	if err := d.hold.Confirm(); err != nil {
		return err
	}
	l := e.Launch
	dec := launch.Decision{Verdict: launch.Abort, ClusterID: l.ClusterID, JobID: l.JobID, Entry: e.Number, Nonce: e.Holder.Nonce, Reason: why}
	if _, err := launch.Decide(ctx, d.Bucket, e.Name, l.Number, dec); err != nil && !unusable(err) {
		return err
	}
	claim := launch.Claim{ClusterID: l.ClusterID, JobID: l.JobID, Instance: "submitter:" + e.Holder.Nonce, Time: time.Now().UTC()}
	if _, err := launch.ClaimFor(ctx, d.Bucket, e.Name, l.Number, claim); err != nil && !unusable(err) {
		return err
	}
	return nil
}
