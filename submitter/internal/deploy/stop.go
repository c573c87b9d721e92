package deploy

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
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
	var id [16]byte
	rand.Read(id[:]) // never fails (crypto/rand)
	trigger := hex.EncodeToString(id[:])
	return &journal.Savepoint{
		TriggerID: trigger,
		Launch:    e.Launch.Number,
		Directory: fmt.Sprintf("savepoints/%s/%d/%d-%s/", e.Name, e.Launch.QueryVersion, e.Launch.Number, trigger),
	}
}

func refOf(name string, l journal.LaunchRef) target.Ref {
	return target.Ref{Name: name, Launch: l.Number, ClusterID: l.ClusterID, JobID: l.JobID}
}

// hasStopped reports whether the launch is proved to have ended and, if a
// savepoint was asked for, left a complete one or other state.
func (d *deployment) hasStopped(ctx context.Context, e *journal.Entry) (bool, error) {
	seen, err := d.Target.Observe(ctx, refOf(e.Name, *e.Launch))
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

// stop ends the running launch, with a savepoint unless it is to be cancelled.
func (d *deployment) stop(ctx context.Context, e *journal.Entry) error {
	ref := refOf(e.Name, *e.Launch)
	jm, err := d.Target.JobManager(ctx, ref)
	if err != nil {
		return err
	}
	if e.Action == journal.Cancel {
		if err := jm.Cancel(ctx, ref.JobID); err != nil && !errors.Is(err, flinkrest.ErrNotFound) {
			return err
		}
		return d.awaitEnd(ctx, ref)
	}
	limit := time.Duration(e.Settings.SavepointSeconds) * time.Second
	wait, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := d.savepoint(wait, jm, e); err != nil {
		if wait.Err() != nil && ctx.Err() == nil {
			return fmt.Errorf("no savepoint within %s (upgrade.savepoint-timeout); Flink goes on with it, and the next apply with this deployment", limit)
		}
		return err
	}
	if err := d.awaitEnd(ctx, ref); err != nil {
		return err
	}
	return d.settleSavepoint(ctx, e)
}

// savepoint asks for the stop and waits for Flink's answer. Asking again with the
// same trigger id is the same request for Flink.
func (d *deployment) savepoint(ctx context.Context, jm *flinkrest.Client, e *journal.Entry) error {
	job, s := e.Launch.JobID, e.Savepoint
	if err := d.runsStill(ctx, jm, e); err != nil {
		return err
	}
	err := jm.StopWithSavepoint(ctx, job, d.Bucket.URI(strings.TrimSuffix(s.Directory, "/")), e.Settings.Drain, s.TriggerID)
	if err != nil {
		return d.aboutSavepoint(ctx, jm, e, err)
	}
	start := time.Now()
	for {
		status, err := jm.SavepointStatus(ctx, job, s.TriggerID)
		switch {
		case err != nil:
			return d.aboutSavepoint(ctx, jm, e, err)
		case status.Failed != "":
			return d.savepointFailed(ctx, jm, e, status.Failed)
		case status.Location != "":
			return nil
		}
		if err := sleep(ctx, pace(start)); err != nil {
			return err
		}
	}
}

// runsStill fails the deployment if the job is in no condition to be stopped: a
// job that never started or restarts for ever cannot take a savepoint.
func (d *deployment) runsStill(ctx context.Context, jm *flinkrest.Client, e *journal.Entry) error {
	start := time.Now()
	for {
		status, err := jm.JobStatus(ctx, e.Launch.JobID)
		if err != nil {
			return err
		}
		switch status {
		case "RUNNING", "FINISHED", "CANCELED", "FAILED", "SUSPENDED", "CANCELLING", "FAILING":
			return nil
		}
		if err := sleep(ctx, pace(start)); err != nil {
			return &failure{phase: journal.Aborting, problem: "the running job is " + status + " and can take no savepoint; see `submitter logs`"}
		}
	}
}

// aboutSavepoint decides what a lost or odd answer means: if the launch ended,
// settleSavepoint finds out what it left.
func (d *deployment) aboutSavepoint(ctx context.Context, jm *flinkrest.Client, e *journal.Entry, cause error) error {
	seen, err := d.Target.Observe(ctx, refOf(e.Name, *e.Launch))
	if err == nil && seen.Condition.Dead() {
		return nil
	}
	if status, err := jm.JobStatus(ctx, e.Launch.JobID); err == nil && terminal(status) {
		return nil
	}
	return cause
}

// savepointFailed is for Flink's own refusal. The job may run on, or may have
// ended in stopping.
func (d *deployment) savepointFailed(ctx context.Context, jm *flinkrest.Client, e *journal.Entry, why string) error {
	status, err := jm.JobStatus(ctx, e.Launch.JobID)
	if err != nil {
		return err
	}
	if terminal(status) {
		return nil
	}
	return &failure{phase: journal.Aborting, problem: "the savepoint failed and the job runs on: " + why}
}

func terminal(status string) bool {
	switch status {
	case "FINISHED", "CANCELED", "FAILED":
		return true
	}
	return false
}

// awaitEnd waits until the target proves that a launch has ended.
func (d *deployment) awaitEnd(ctx context.Context, ref target.Ref) error {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	start := time.Now()
	for {
		seen, err := d.Target.Observe(ctx, ref)
		if err != nil {
			return err
		}
		if seen.Condition.Dead() {
			return nil
		}
		if err := sleep(ctx, pace(start)); err != nil {
			return fmt.Errorf("the job has ended, its JobManager has not: %s", seen.Proof)
		}
	}
}

// settleSavepoint finds what state the ended launch left for this request: its
// savepoint, or failing that its newest retained checkpoint.
func (d *deployment) settleSavepoint(ctx context.Context, e *journal.Entry) error {
	if e.Savepoint.Location != "" {
		return nil
	}
	location, err := d.completeIn(ctx, e.Savepoint.Directory)
	if err != nil {
		return err
	}
	if location == "" {
		if location, err = d.NewestState(ctx, e.Name, []journal.LaunchRef{*e.Launch}); err != nil {
			return err
		}
	}
	if clean := e.Next != nil && e.Next.Clean; location == "" && !clean {
		return failed("it ended without a savepoint and left no checkpoint")
	}
	return d.append(func(n *journal.Entry) {
		s := *e.Savepoint
		s.Location = location
		n.Savepoint = &s
	})
}

// completeIn returns Flink's URI of the complete savepoint below dir, "" if there
// is none.
func (d *Deployer) completeIn(ctx context.Context, dir string) (string, error) {
	objects, err := d.Bucket.List(ctx, dir)
	if err != nil {
		return "", err
	}
	for _, o := range objects {
		if path.Base(o.Key) == metadataFile && o.Size > 0 {
			return d.Bucket.URI(path.Dir(o.Key)), nil
		}
	}
	return "", nil
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
