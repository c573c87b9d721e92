package deploy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// launchDefaults are options of every cluster unless the manifest sets them.
var launchDefaults = map[string]string{
	// The JobManager stays up after its job until every result was read, 5 minutes at
	// most; a submitter that died has left one unread.
	"rest.async.store-duration": "30 s",
	// Details of a job are cached that long, 3 seconds where nothing is said, which
	// would delay every look at a starting job.
	"web.refresh-interval": "500 ms",
}

// claimMode is never CLAIM: Flink would delete a savepoint that a record still
// refers to.
const claimMode = "NO_CLAIM"

// launchPatience is how long a target may refuse to start a launch. One that gives no
// answer refuses nothing: that is waited for until the launch has to be healthy.
const launchPatience = 10 * time.Second

// published reports whether the release is complete in the bucket already.
func (d *deployment) published(ctx context.Context, e *journal.Entry) (bool, error) {
	if d.content != nil {
		return false, nil // publishing again is cheap and checks what is there
	}
	err := release.Verify(ctx, d.Bucket, e.Name, e.Next.Release.Digest)
	if errors.Is(err, release.ErrIncomplete) {
		return false, failed("it was interrupted before its release was in the bucket; nothing was touched")
	}
	return err == nil, err
}

func (d *deployment) publish(ctx context.Context, e *journal.Entry) error {
	_, err := release.Publish(ctx, d.Bucket, *d.content)
	return err
}

// clearWay makes sure that the release can be started, and removes what is left of a
// launch that has ended, before the next one begins.
func (d *deployment) clearWay(ctx context.Context, e *journal.Entry) error {
	config, err := d.intact(ctx, e.Name, e.Next.Release)
	if damaged(err) {
		return failed("its release cannot be started, and nothing was touched: %v", err)
	}
	switch {
	case err != nil:
		return err
	case e.Action == journal.Upgrade:
		return d.check(ctx, d.asked(e.Name, e.Next.Launch, e.Next.Release, config))
	case e.Launch == nil:
		return nil
	}
	return d.removeDead(ctx, e)
}

// checker is a target that can say of a launch beforehand why it would refuse it.
type checker interface {
	Check(ctx context.Context, l target.Launch) (refused string, err error)
}

// check asks, before a running job is stopped for it, whether its successor can be
// started.
func (d *deployment) check(ctx context.Context, l target.Launch) error {
	c, ok := d.Target.(checker)
	if !ok {
		return nil
	}
	refused, err := c.Check(ctx, l)
	if err == nil && refused != "" {
		return failed("it would not be started, and nothing was touched: %s", refused)
	}
	return err
}

// clear removes what is left of the launch that was stopped, and makes sure that
// what it left fits its successor.
func (d *deployment) clear(ctx context.Context, e *journal.Entry) error {
	if err := d.removeDead(ctx, e); err != nil {
		return err
	}
	return d.fits(ctx, e)
}

// removeDead removes the launch's remains, after proof that it has ended.
func (d *deployment) removeDead(ctx context.Context, e *journal.Entry) error {
	i := d.insist(e, removePatience)
	for {
		err := d.tryRemove(ctx, e.Name, *e.Launch)
		if err == nil {
			return nil
		}
		if err := i.wait(ctx, err); err != nil {
			return err
		}
	}
}

// removePatience is how long a target may fail to remove what has ended: the job is down
// meanwhile, and what keeps it is often over in a moment.
const removePatience = 30 * time.Second

func (d *deployment) tryRemove(ctx context.Context, name string, l journal.LaunchRef) error {
	ref := RefOf(name, l)
	seen, err := d.Target.Observe(ctx, ref)
	if err != nil {
		return err
	}
	if seen.Condition == target.Running {
		return failed("launch %d was taken for dead and runs after all (%s), so nothing was started beside it; apply again, and it is treated as the running job that it is", l.Number, seen.Proof)
	}
	if !seen.Condition.Dead() {
		// Some targets call it that when they get no answer themselves.
		return target.Unavailable(fmt.Errorf("launch %d is %s (%s), so nothing else may be started", l.Number, seen.Condition, seen.Proof))
	}
	return d.Target.Remove(ctx, ref)
}

// start releases the launch and starts its cluster, and waits for the job to run.
func (d *deployment) start(ctx context.Context, e *journal.Entry) error {
	err := d.begin(ctx, e)
	if err == nil {
		err = d.awaitRunning(ctx, e)
	}
	return d.orRollBack(ctx, e, err)
}

// begin releases the launch and starts its cluster.
func (d *deployment) begin(ctx context.Context, e *journal.Entry) error {
	if err := d.decide(ctx, e); err != nil {
		return err
	}
	return d.launch(ctx, e, d.insist(e, launchPatience))
}

func (d *deployment) decide(ctx context.Context, e *journal.Entry) error {
	dec := launch.Decision{
		Version:   launch.Version,
		Verdict:   launch.Go,
		Launch:    e.Launch.Number,
		ClusterID: e.Launch.ClusterID,
		JobID:     e.Launch.JobID,
		Entry:     e.Number,
		Savepoint: e.Launch.Restored,
		ClaimMode: claimMode,
		Nonce:     e.Holder.Nonce,
	}
	if e.Next != nil {
		dec.AllowNonRestored = e.Next.AllowNonRestored
	}
	won, err := launch.Decide(ctx, d.Bucket, e.Name, e.Launch.Number, dec)
	if unusable(err) {
		return &sick{"it cannot be released: " + err.Error()}
	}
	if err != nil {
		return err
	}
	if won.Verdict != launch.Go {
		return &sick{"its cluster gave up waiting: " + won.Reason}
	}
	return nil
}

// mend has the target bring back what is missing of a launch that runs. Whoever waits for
// that has more to look at, so a target that gives no answer is not waited for.
func (d *deployment) mend(ctx context.Context, e *journal.Entry) error {
	i := d.insist(e, launchPatience)
	i.limit = launchPatience
	return d.launch(ctx, e, i)
}

func (d *deployment) launch(ctx context.Context, e *journal.Entry, i *insistent) error {
	config, err := d.intact(ctx, e.Name, *e.Release)
	if damaged(err) {
		return &sick{"it could not be started: " + err.Error()}
	}
	if err != nil {
		return err
	}
	return d.tryLaunch(ctx, d.asked(e.Name, *e.Launch, *e.Release, config), i)
}

// asked is a launch as its target is asked for it.
func (d *deployment) asked(name string, l journal.LaunchRef, r journal.Release, config release.Config) target.Launch {
	dir := fmt.Sprintf("releases/%s/%s/", name, r.Digest)
	return target.Launch{
		Ref:         RefOf(name, l),
		PlanURI:     d.Bucket.URI(dir + "plan.json"),
		ConfigURI:   d.Bucket.URI(dir+"config.json") + "#sha256=" + r.ConfigSHA256,
		Dir:         d.Bucket.URI(launch.Dir(name, l.Number)),
		Options:     d.options(config),
		JobManager:  r.JobManager,
		TaskManager: r.TaskManager,
		Secrets:     r.Secrets,

		QueryVersion: l.QueryVersion,
		Kubernetes:   r.Kubernetes,
	}
}

// tryLaunch gives up on a launch that the target refuses again and again: a
// deployment that could never go on would keep its job from being mended.
func (d *deployment) tryLaunch(ctx context.Context, l target.Launch, i *insistent) error {
	for {
		err := d.Target.Launch(ctx, l)
		if err == nil {
			return nil
		}
		if err := i.wait(ctx, err); ctx.Err() != nil {
			return err
		} else if err != nil {
			return &sick{"it could not be started: " + err.Error()}
		}
	}
}

// options are the Flink options of the cluster. Those with a secret in them stay
// in the driver config alone: the driver resolves them in its own memory.
func (d *deployment) options(config release.Config) map[string]string {
	options := maps.Clone(launchDefaults)
	maps.Copy(options, d.Bucket.FlinkOptions())
	for k, v := range config.Session {
		if !strings.Contains(v, "${secret:") && !strings.Contains(v, "${resource:") {
			options[k] = v
		}
	}
	return options
}
