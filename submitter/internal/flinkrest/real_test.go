package flinkrest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/submitter/internal/flinkrest"
)

const script = `
CREATE TABLE s (a INT, b INT) WITH ('connector'='datagen','rows-per-second'='5','fields.b.min'='0','fields.b.max'='3');
CREATE TABLE d (b INT, c BIGINT) WITH ('connector'='blackhole');
INSERT INTO d SELECT b, COUNT(*) FROM s GROUP BY b;
`

const (
	unknown  = "11111111111111111111111111111111"
	trigger1 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	trigger2 = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// TestJob walks one real job from its start to its stop with a savepoint.
func TestJob(t *testing.T) {
	dir := t.TempDir()
	j := flinktest.StandaloneJob(t, script, map[string]string{
		"execution.checkpointing.interval": "1h",
		"execution.checkpointing.dir":      "file://" + filepath.Join(dir, "checkpoints"),
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := flinkrest.New(j.URL, flinkrest.Options{})

	await(ctx, t, "all vertices run", func() (bool, error) {
		d, err := c.JobDetails(ctx, j.JobID)
		if errors.Is(err, flinkrest.ErrNotFound) {
			return false, nil // before the job is submitted
		}
		return d.AllRunning(), err
	})
	if status, err := c.JobStatus(ctx, j.JobID); err != nil || status != "RUNNING" {
		t.Errorf("status %q, %v", status, err)
	}
	if d, err := c.JobDetails(ctx, j.JobID); err != nil || d.RunningSince.IsZero() || d.RunningSince.Before(d.Start) {
		t.Errorf("RUNNING since %s, started at %s, %v", d.RunningSince, d.Start, err)
	}
	if jobs, err := c.Jobs(ctx); err != nil || len(jobs) != 1 || jobs[0].ID != j.JobID || jobs[0].Start.IsZero() {
		t.Errorf("jobs %+v, %v", jobs, err)
	}
	if o, err := c.Overview(ctx); err != nil || o.Running != 1 || !strings.HasPrefix(o.FlinkVersion, "2.") {
		t.Errorf("overview %+v, %v", o, err)
	}
	if failures, err := c.Exceptions(ctx, j.JobID); err != nil || len(failures) != 0 {
		t.Errorf("exceptions %+v, %v", failures, err)
	}
	if log, err := c.JobManagerLog(ctx, 2000); err != nil || len(log) != 2000 || !strings.HasSuffix(string(log), "\n") {
		t.Errorf("log of %d bytes, %v", len(log), err)
	}
	instance, err := c.Instance(ctx)
	if err != nil || !strings.Contains(instance, "flink-web-") {
		t.Errorf("instance %q, %v", instance, err)
	}
	unknownJob(ctx, t, c)
	checkpoints(ctx, t, c, j.JobID)
	savepoints(ctx, t, c, j.JobID, dir)
	stop(ctx, t, c, j, dir)
}

func unknownJob(ctx context.Context, t *testing.T, c *flinkrest.Client) {
	t.Helper()
	_, statusErr := c.JobStatus(ctx, unknown)
	_, detailsErr := c.JobDetails(ctx, unknown)
	_, checkpointsErr := c.Checkpoints(ctx, unknown)
	_, triggerErr := c.SavepointStatus(ctx, unknown, trigger1)
	for what, err := range map[string]error{"status": statusErr, "details": detailsErr, "checkpoints": checkpointsErr,
		"savepoint": triggerErr, "cancel": c.Cancel(ctx, unknown)} {
		if !errors.Is(err, flinkrest.ErrNotFound) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s of an unknown job: %v", what, err)
		}
	}
}

func checkpoints(ctx context.Context, t *testing.T, c *flinkrest.Client, job string) {
	t.Helper()
	// A task may not be ready for its first checkpoint yet.
	await(ctx, t, "checkpoint", func() (bool, error) { return c.TriggerCheckpoint(ctx, job) == nil, nil })
	got, err := c.Checkpoints(ctx, job)
	if err != nil || got.Completed < 1 || got.Latest == nil || got.Latest.Savepoint || got.From != nil {
		t.Fatalf("checkpoints %+v, %v", got, err)
	}
	if !strings.Contains(got.Latest.Path, job+"/chk-") || got.Latest.ID < 1 || got.Latest.Time.IsZero() {
		t.Errorf("latest %+v", *got.Latest)
	}
}

func savepoints(ctx context.Context, t *testing.T, c *flinkrest.Client, job, dir string) {
	t.Helper()
	if err := c.TriggerSavepoint(ctx, job, "file:///proc/nope", trigger1); err != nil {
		t.Fatal(err)
	}
	o := awaitSavepoint(ctx, t, c, job, trigger1)
	if o.Failed == "" || strings.Contains(o.Failed, "\n") || o.Trace == "" {
		t.Errorf("savepoint into /proc: %+v", o)
	}
	const again = "cccccccccccccccccccccccccccccccc"
	if err := c.TriggerSavepoint(ctx, job, "file://"+filepath.Join(dir, "savepoints"), again); err != nil {
		t.Fatal(err)
	}
	o = awaitSavepoint(ctx, t, c, job, again)
	if err := c.DisposeSavepoint(ctx, o.Location); err != nil {
		t.Errorf("disposing of %s: %v", o.Location, err)
	}
	if err := c.DisposeSavepoint(ctx, o.Location); err == nil || strings.Contains(err.Error(), "\tat ") {
		t.Errorf("disposing twice: %v", err)
	}
}

// stop stops with a savepoint, asking twice, and expects the JobManager to end at
// once: nothing that was triggered is left unread.
func stop(ctx context.Context, t *testing.T, c *flinkrest.Client, j *flinktest.JobProcess, dir string) {
	t.Helper()
	target := "file://" + filepath.Join(dir, "stopped")
	for range 2 {
		if err := c.StopWithSavepoint(ctx, j.JobID, target, false, trigger2); err != nil {
			t.Fatal(err)
		}
	}
	o := awaitSavepoint(ctx, t, c, j.JobID, trigger2)
	local := strings.TrimPrefix(strings.TrimPrefix(o.Location, "file:"), "//")
	if _, err := os.Stat(filepath.Join(local, "_metadata")); err != nil {
		t.Errorf("savepoint %q: %v", o.Location, err)
	}
	select {
	case <-j.JobManager.Done():
	case <-time.After(time.Minute):
		t.Fatal("the JobManager is still up")
	}
	if code := j.JobManager.ExitCode(); code != 0 {
		t.Errorf("the JobManager ended with %d", code)
	}
	if _, err := c.JobStatus(ctx, j.JobID); !errors.Is(err, flinkrest.ErrUnavailable) {
		t.Errorf("after the end: %v", err)
	}
}

// TestFailingJob: the root cause of a job that restarts for ever.
func TestFailingJob(t *testing.T) {
	j := flinktest.StandaloneJob(t, `
CREATE TABLE s (a INT) WITH ('connector'='datagen','rows-per-second'='5');
CREATE TABLE d (a INT) WITH ('connector'='blackhole');
INSERT INTO d SELECT 1 / (a - a) FROM s;
`, map[string]string{"restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "1000", "restart-strategy.fixed-delay.delay": "1s"})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := flinkrest.New(j.URL, flinkrest.Options{})
	var failures []flinkrest.Failure
	await(ctx, t, "a failure", func() (bool, error) {
		var err error
		failures, err = c.Exceptions(ctx, j.JobID)
		if errors.Is(err, flinkrest.ErrNotFound) {
			return false, nil
		}
		return len(failures) > 0, err
	})
	if f := failures[0]; f.Cause != "/ by zero" || f.Class != "ArithmeticException" || f.Task == "" || f.Trace == "" {
		t.Errorf("failure %+v", f)
	}
	if err := c.Cancel(ctx, j.JobID); err != nil {
		t.Fatal(err)
	}
	<-j.JobManager.Done()
	if code := j.JobManager.ExitCode(); code != 0 {
		t.Errorf("ended with %d after a cancellation", code)
	}
}

func awaitSavepoint(ctx context.Context, t *testing.T, c *flinkrest.Client, job, trigger string) (o flinkrest.Operation) {
	t.Helper()
	await(ctx, t, "savepoint "+trigger, func() (bool, error) {
		var err error
		o, err = c.SavepointStatus(ctx, job, trigger)
		return o.Done, err
	})
	return o
}

func await(ctx context.Context, t *testing.T, what string, done func() (bool, error)) {
	t.Helper()
	for {
		ok, err := done()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
