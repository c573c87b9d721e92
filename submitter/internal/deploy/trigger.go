package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/journal"
)

// keptMark begins the name of the directory of a savepoint that was asked for by hand.
const keptMark = "kept-"

// Kept takes the mark from the name of a savepoint's directory, and reports whether it
// was there.
func Kept(dir string) (rest string, kept bool) { return strings.CutPrefix(dir, keptMark) }

// TriggerSavepoint takes a savepoint of a recorded job, which goes on, and returns Flink's
// URI of it, proved to be complete. Nobody starts from it unless told to: what a job
// writes is made visible by checkpoints, not by a savepoint on the way (FLIP-203), so to
// start from it by itself could lose output of a launch that fell back behind it.
func (d *Deployer) TriggerSavepoint(ctx context.Context, e *journal.Entry, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no savepoint within %s; Flink goes on with it", limit))
	defer cancel()
	jm, err := d.ready(ctx, e)
	if err != nil {
		return "", err
	}
	id := newTriggerID()
	dir := fmt.Sprintf("savepoints/%s/%d/%s%d-%s", e.Name, e.Launch.QueryVersion, keptMark, e.Launch.Number, id)
	if err := d.take(ctx, jm, e.Launch.JobID, d.Bucket.URI(dir), id); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", err
	}
	taken := found{id: -1}
	if err := taken.request(ctx, d.Bucket, dir+"/"); err != nil {
		return "", err
	}
	if taken.uri == "" {
		return "", errors.New("its JobManager says that the savepoint is taken, and no complete one is in " + d.Bucket.URI(dir))
	}
	return taken.uri, nil
}

// ready is the JobManager of a job that can take a savepoint.
func (d *Deployer) ready(ctx context.Context, e *journal.Entry) (*flinkrest.Client, error) {
	seen, err := d.Target.Observe(ctx, RefOf(e.Name, *e.Launch))
	if err != nil {
		return nil, err
	}
	if seen.Condition.Dead() {
		return nil, fmt.Errorf("it does not run, so it can take no savepoint: %s", seen.Proof)
	}
	jm, err := d.Target.JobManager(ctx, RefOf(e.Name, *e.Launch))
	if err != nil {
		return nil, err
	}
	job, err := jm.JobDetails(ctx, e.Launch.JobID)
	if err != nil {
		return nil, err
	}
	if job.Status != "RUNNING" || !job.AllRunning() {
		return nil, fmt.Errorf("it can take no savepoint while not all of its tasks run (it is %s)", job.Status)
	}
	return jm, nil
}

// take asks until Flink has answered. For Flink the same trigger id is the same request,
// so it is made again where the answer was lost.
func (d *Deployer) take(ctx context.Context, jm *flinkrest.Client, job, dir, id string) error {
	asked := false
	for begun := time.Now(); ; {
		err := d.askTaken(ctx, jm, job, dir, id, &asked)
		if !errors.Is(err, errNotYet) && !lost(err) {
			return err
		}
		if sleep(ctx, pace(begun)) != nil {
			return ctx.Err()
		}
	}
}

// errNotYet says that Flink is still at a savepoint.
var errNotYet = errors.New("the savepoint is not complete yet")

func (d *Deployer) askTaken(ctx context.Context, jm *flinkrest.Client, job, dir, id string, asked *bool) error {
	if !*asked {
		if err := jm.TriggerSavepoint(ctx, job, dir, id); err != nil {
			return err
		}
		*asked = true
	}
	o, err := jm.SavepointStatus(ctx, job, id)
	switch {
	case errors.Is(err, flinkrest.ErrNotFound):
		return errors.New("its JobManager was started again meanwhile, and the savepoint is lost; ask for another")
	case err != nil:
		return err
	case o.Failed != "":
		return errors.New("the savepoint failed, which does nothing to the job: " + o.Failed)
	case o.Location == "":
		return errNotYet
	}
	return nil
}
