// Package deploytest is a world to test deployments in: a bucket, and a target
// whose JobManagers are scripts. All else is the real code. It keeps an eye on
// what must never happen: two launches at once, a launch started twice, a start
// from anything but the newest state.
package deploytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/target"
)

// Target starts scripted JobManagers. Its fields are set before it is used.
type Target struct {
	Bucket *bucket.Bucket
	// Behave says how the nth cluster behaves, counted from 1; nil: every one does well.
	Behave func(nth int) Behaviour
	// Refuse is what Launch returns; nil: it starts the launch.
	Refuse func(launch uint64) error
	// Down is what the target says to everything that it is asked; nil: it works.
	Down func() error
	// ObserveError is what Observe returns.
	ObserveError error
	// Fault is what becomes of a request to a JobManager.
	Fault func(method, path string) Fault
	// Effect is called when something was done that others can see and before anybody
	// is told; tests stop the program in it.
	Effect func(what string)
	// Metadata is a real _metadata file.
	Metadata []byte
	// Operators changes what a savepoint or checkpoint of a launch holds; nil: the
	// operators of its plan.
	Operators func(launch uint64, uids []string) []string
	// Stopped is called when a launch was stopped with a savepoint, before anybody is told.
	Stopped func(launch uint64)
	// Format is the version of _metadata files that are written; 0: Flink 2.3's.
	Format uint32

	mu       sync.Mutex
	clusters map[uint64]*cluster
	started  []uint64
	newest   string // URI of the newest state
	cleanAt  map[uint64]bool
	stops    bool  // the savepoint that is written is one with which the job ends
	lastID   int64 // of a checkpoint
	made     int   // clusters
	problems []string
}

// Launch starts a launch, whose driver then decides whether it runs.
func (t *Target) Launch(ctx context.Context, l target.Launch) error {
	if err := t.down(); err != nil {
		return err
	}
	if t.Refuse != nil {
		if err := t.Refuse(l.Launch); err != nil {
			return err
		}
	}
	t.effect("decision of launch %d", l.Launch)
	if err := ctx.Err(); err != nil {
		return err
	}
	// A driver that was started does not end with the command that started it.
	t.launch(context.WithoutCancel(ctx), l)
	t.effect("launch %d", l.Launch)
	return nil
}

func (t *Target) down() error {
	if t.Down == nil {
		return nil
	}
	return t.Down()
}

func (t *Target) effect(format string, args ...any) {
	if t.Effect != nil {
		t.Effect(fmt.Sprintf(format, args...))
	}
}

func (t *Target) launch(ctx context.Context, l target.Launch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.clusters[l.Launch]; c != nil {
		c.unattended = false
		return // what is there already is left alone
	}
	c := &cluster{target: t, ref: l.Ref, status: "CREATED", checkpointDir: l.Options["execution.checkpointing.dir"]}
	t.made++
	if t.Behave != nil {
		c.behaviour = t.Behave(t.made)
	}
	if t.clusters == nil {
		t.clusters = make(map[uint64]*cluster)
	}
	t.clusters[l.Launch] = c
	c.uids = t.operators(l.PlanURI)
	if err := t.fence(ctx, l.Ref); err != nil {
		c.end(target.Failed, err.Error(), 0)
		return
	}
	t.started = append(t.started, l.Launch)
	if c.behaviour.Start == Dies {
		c.end(target.Failed, "it died at once", 0)
	}
}

// fence is what the driver does before Flink gets the script.
func (t *Target) fence(ctx context.Context, r target.Ref) error {
	d, err := launch.ReadDecision(ctx, t.Bucket, r.Name, r.Launch)
	if err != nil {
		return err
	}
	if d.Verdict != launch.Go {
		return errors.New("the decision is to abort")
	}
	me := launch.Claim{ClusterID: r.ClusterID, JobID: r.JobID, Instance: fmt.Sprintf("process:%d", t.made), Time: time.Now()}
	held, err := launch.ClaimFor(ctx, t.Bucket, r.Name, r.Launch, me)
	if err != nil {
		return err
	}
	if held.Instance != me.Instance {
		return errors.New("somebody else has claimed this launch")
	}
	_, current, err := launch.Current(ctx, t.Bucket, r.Name)
	if err != nil {
		return err
	}
	if current != r.Launch {
		return fmt.Errorf("launch %d may run, not this one", current)
	}
	t.judge(r, d)
	return nil
}

// judge records what must never happen.
func (t *Target) judge(r target.Ref, d launch.Decision) {
	for n, c := range t.clusters {
		if n != r.Launch && !c.ended() {
			t.problem("launch %d starts while launch %d runs", r.Launch, n)
		}
	}
	if slices.Contains(t.started, r.Launch) {
		t.problem("launch %d starts a second time", r.Launch)
	}
	if d.Savepoint == "" && t.cleanAt[r.Launch] {
		t.newest = ""
	}
	if d.Savepoint != t.newest {
		t.problem("launch %d starts from %q, the newest state is %q", r.Launch, d.Savepoint, t.newest)
	}
}

func (t *Target) problem(format string, args ...any) {
	t.problems = append(t.problems, fmt.Sprintf(format, args...))
}

// Observe says what is known of a launch.
func (t *Target) Observe(ctx context.Context, r target.Ref) (target.Observation, error) {
	if err := errors.Join(ctx.Err(), t.ObserveError, t.down()); err != nil {
		return target.Observation{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.clusters[r.Launch]
	switch {
	case c == nil:
		return target.Observation{Condition: target.Absent, Proof: "it is not there"}, nil
	case c.unknown:
		return target.Observation{Condition: target.Unknown, Proof: "nobody knows"}, nil
	case c.ended():
		return target.Observation{Condition: c.condition, Proof: c.proof}, nil
	}
	if c.unattended {
		return target.Observation{Condition: target.Running, Proof: "it runs", Problem: "nobody looks after it", Unattended: true}, nil
	}
	return target.Observation{Condition: target.Running, Proof: "it runs", Problem: c.behaviour.Problem}, nil
}

// JobManager gives access to a launch's JobManager.
func (t *Target) JobManager(_ context.Context, r target.Ref) (*flinkrest.Client, error) {
	if err := t.down(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.clusters[r.Launch]
	if c == nil || c.ended() {
		return nil, fmt.Errorf("JobManager of %s: it does not run", r.ClusterID)
	}
	return flinkrest.New("http://"+r.ClusterID, flinkrest.Options{Transport: c}), nil
}

// Remove ends a launch.
func (t *Target) Remove(ctx context.Context, r target.Ref) error {
	if err := errors.Join(ctx.Err(), t.down()); err != nil {
		return err
	}
	t.mu.Lock()
	delete(t.clusters, r.Launch)
	t.mu.Unlock()
	t.effect("removal of launch %d", r.Launch)
	return nil
}

// Clean allows a launch to start without state though there is some.
func (t *Target) Clean(launch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cleanAt == nil {
		t.cleanAt = make(map[uint64]bool)
	}
	t.cleanAt[launch] = true
}

// Kill ends a launch's processes.
func (t *Target) Kill(launch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.clusters[launch]; c != nil && !c.ended() {
		c.end(target.Failed, "it was killed", 0)
	}
}

// Revive undoes Kill: what was taken for dead was not.
func (t *Target) Revive(launch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clusters[launch].endsAt = time.Time{}
}

// Unknown makes a launch one of which nobody knows whether it runs, or ends that.
func (t *Target) Unknown(launch uint64, is bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.clusters[launch]; c != nil {
		c.unknown = is
	}
}

// Leave has nobody look after a launch any more.
func (t *Target) Leave(launch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clusters[launch].unattended = true
}

// Crash makes a running job fail again and again, from now on.
func (t *Target) Crash(launch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clusters[launch].crash()
}

// Recover makes a job run again that kept failing.
func (t *Target) Recover(launch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.clusters[launch]
	c.status, c.since = "RUNNING", time.Now()
}

// Finish has a job come to its end with success: Flink deletes its checkpoints, and
// its process stays up for a while.
func (t *Target) Finish(launch uint64, stays time.Duration) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.clusters[launch]
	c.status = "FINISHED"
	c.end(target.Finished, "ended with code 0", stays)
	return c.deleteCheckpoints()
}

// Cancel has somebody cancel a job with Flink's own tools: its checkpoints stay, and
// its process ends with code 0.
func (t *Target) Cancel(launch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.clusters[launch]
	c.status = "CANCELED"
	c.end(target.Finished, "ended with code 0", 0)
}

// Stop has somebody stop a job with Flink's own tools, with a savepoint below dir, a
// URI: its process ends with code 0.
func (t *Target) Stop(launch uint64, dir string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.clusters[launch]
	c.status = "FINISHED"
	c.end(target.Finished, "ended with code 0", 0)
	t.stops = true
	defer func() { t.stops = false }()
	return errors.Join(c.write(dir+"/savepoint-"+c.ref.JobID[:6]+"-ba9876543210"), c.deleteCheckpoints())
}

// Checkpoint makes a launch complete one by itself.
func (t *Target) Checkpoint(launch uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.clusters[launch].checkpoint()
}

// Change changes a launch's behaviour while it runs.
func (t *Target) Change(launch uint64, b Behaviour) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clusters[launch].behaviour = b
}

// Running are the launches that run, Started those that ever did, in order.
func (t *Target) Running() []uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	var running []uint64
	for n, c := range t.clusters {
		if !c.ended() {
			running = append(running, n)
		}
	}
	slices.Sort(running)
	return running
}

// Started are the launches whose driver let them run, in order.
func (t *Target) Started() []uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.started)
}

// Newest is Flink's URI of the newest state.
func (t *Target) Newest() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.newest
}

// Problems is what happened that must never happen.
func (t *Target) Problems() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.problems, "\n")
}
