package deploy

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

const (
	// A running thing is asked how far it is every poll, but ever less often the
	// longer it takes, down to every slowPoll.
	poll     = 100 * time.Millisecond
	slowPoll = time.Second
	// patience is how much longer a wait may get: a tenth of what has passed.
	patience = 10
	// endTimeout bounds the wait for a JobManager to end after its job has: Flink
	// closes within seconds once the savepoint's result was read.
	endTimeout = 60 * time.Second
	// metadataFile makes a savepoint or checkpoint complete
	// (org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess).
	metadataFile = "_metadata"
)

// NewSavepoint is a fresh request to stop the launch that e speaks of, in a
// directory that belongs to this request alone: whatever lies in it afterwards is
// its answer, even if the JobManager's was lost.
func NewSavepoint(e *journal.Entry) *journal.Savepoint {
	trigger := newTriggerID()
	return &journal.Savepoint{
		TriggerID: trigger,
		Launch:    e.Launch.Number,
		Directory: fmt.Sprintf("savepoints/%s/%d/%d-%s/", e.Name, e.Launch.QueryVersion, e.Launch.Number, trigger),
	}
}

func newTriggerID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails (crypto/rand)
	return hex.EncodeToString(id[:])
}

// RefOf is a recorded launch as its target knows it.
func RefOf(name string, l journal.LaunchRef) target.Ref {
	return target.Ref{Name: name, Launch: l.Number, ClusterID: l.ClusterID, JobID: l.JobID, Site: l.Site, Origin: l.Origin}
}

// hasStopped reports whether the launch is proved to have ended and, if a
// savepoint was asked for, left a complete one or other state.
func (d *deployment) hasStopped(ctx context.Context, e *journal.Entry) (bool, error) {
	seen, err := d.Target.Observe(ctx, RefOf(e.Name, *e.Launch))
	if err != nil {
		return false, err
	}
	if !seen.Condition.Dead() {
		return false, nil
	}
	if e.Action == journal.Cancel {
		return true, nil
	}
	return true, d.settleSavepoint(ctx, e)
}

// stop ends the running launch, with a savepoint unless it is to be cancelled or
// cannot take one.
func (d *deployment) stop(ctx context.Context, e *journal.Entry) error {
	if err := d.hold.Confirm(); err != nil {
		return err
	}
	if e.Action == journal.Cancel {
		return d.kill(ctx, e)
	}
	if e.Savepoint.GivenUp == "" {
		err := d.stopWithSavepoint(ctx, e)
		var f *failing
		if !errors.As(err, &f) {
			return err
		}
		if err := d.giveUp(ctx, e, f.why); err != nil {
			return err
		}
		n := d.hold.Newest()
		e = &n
	}
	if err := d.kill(ctx, e); err != nil {
		return err
	}
	return d.settleSavepoint(ctx, e)
}

func (d *deployment) stopWithSavepoint(ctx context.Context, e *journal.Entry) error {
	limit := time.Duration(e.Settings.SavepointSeconds) * time.Second
	wait, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := d.savepoint(wait, e); err != nil {
		var (
			failure *failure
			failing *failing
		)
		if wait.Err() != nil && ctx.Err() == nil && !errors.As(err, &failure) && !errors.As(err, &failing) {
			return noSavepoint(limit, err)
		}
		return err
	}
	if d.finished { // written down while it can be told
		n := d.hold.Newest()
		if _, err := d.hasFinished(ctx, &n); err != nil {
			return err
		}
	}
	if err := d.awaitEnd(ctx, e); err != nil {
		return err
	}
	return d.settleSavepoint(ctx, e)
}

// kill cancels the job and waits for proof that it has ended.
func (d *deployment) kill(ctx context.Context, e *journal.Entry) error {
	if err := d.cancel(ctx, e); err != nil {
		return err
	}
	return d.awaitEnd(ctx, e)
}

// cancel asks for the job's end, again if the answer was lost. A job that has
// ended already is fine, too.
func (d *deployment) cancel(ctx context.Context, e *journal.Entry) error {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	start := time.Now()
	for {
		jm, err := d.Target.JobManager(ctx, RefOf(e.Name, *e.Launch))
		if err == nil {
			err = jm.Cancel(ctx, e.Launch.JobID)
		}
		if err == nil || errors.Is(err, flinkrest.ErrConflict) {
			return nil
		}
		over, _, err := d.hasEnded(ctx, jm, e, err)
		if over || !lost(err) {
			return err
		}
		if sleep(ctx, pace(start)) != nil {
			return err
		}
	}
}

// awaitEnd waits until the target proves that a launch has ended. A JobManager
// that stays, though it says itself that its job has ended, is ended.
func (d *deployment) awaitEnd(ctx context.Context, e *journal.Entry) error {
	ref := RefOf(e.Name, *e.Launch)
	wait, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	start := time.Now()
	for {
		seen, err := d.Target.Observe(wait, ref)
		if err != nil && wait.Err() == nil {
			return err
		}
		if err == nil && seen.Condition.Dead() {
			return nil
		}
		if sleep(wait, pace(start)) != nil {
			return d.endLingering(ctx, ref, seen.Proof)
		}
	}
}

func (d *deployment) endLingering(ctx context.Context, ref target.Ref, proof string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	jm, err := d.Target.JobManager(ctx, ref)
	if err != nil {
		return err
	}
	status, err := jm.JobStatus(ctx, ref.JobID)
	if err != nil {
		return err
	}
	if !terminal(status) {
		return fmt.Errorf("the job was stopped and is still %s after %s (%s); the next apply goes on with this deployment", status, endTimeout, proof)
	}
	if err := d.hold.Confirm(); err != nil {
		return err
	}
	return d.Target.Remove(ctx, ref)
}

// pace is how long to wait before the next look at something that is being waited
// for since start.
func pace(start time.Time) time.Duration {
	return min(max(time.Since(start)/patience, poll), slowPoll)
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, t time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(t):
		return nil
	}
}
