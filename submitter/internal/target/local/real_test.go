//go:build linux

package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/target"
)

// realTarget runs the real driver on a real Flink, with the class archives of the
// user's cache: `submitter local install` has made them, or the first test does.
func realTarget(t *testing.T) *Target {
	t.Helper()
	ctx := t.Context()
	home, err := dist.Ensure(ctx, dist.Options{})
	if err != nil {
		t.Fatalf("%v\nthis test needs Flink: set FLINK_HOME, or let it reach the package registries", err)
	}
	driver := filepath.Join(t.TempDir(), "driver")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", driver, "flink-sql-driver/driver").CombinedOutput(); err != nil {
		t.Fatalf("build the driver: %v\n%s", err, out)
	}
	return fake(t, func(c *Config) {
		c.FlinkHome, c.FlinkVersion, c.JavaHome, c.DriverPath = home.Dir, home.Version, "", driver
		c.Environ = append(os.Environ(), "PASSWORD=hush-canary")
	})
}

// compiled has a statement compiled by the gateway.
func compiled(t *testing.T, url string, statements ...string) string {
	t.Helper()
	client, err := gateway.New(url, gateway.Options{})
	if err != nil {
		t.Fatal(err)
	}
	session, err := client.Open(t.Context(), "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	path := filepath.Join(t.TempDir(), "plan.json")
	last := len(statements) - 1
	statements[last] = "COMPILE PLAN 'file://" + path + "' FOR " + statements[last]
	for _, s := range statements {
		if _, err := session.Execute(t.Context(), s, nil); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return path
}

// released is a launch of a plan, without a bucket's journal.
func released(t *testing.T, name, planFile string, options map[string]string, secrets ...string) target.Launch {
	t.Helper()
	data, err := json.Marshal(release.Config{
		Version: release.ConfigVersion, Run: release.Run{Plan: &release.File{URI: "file://" + planFile}}, Session: options, Secrets: secrets,
	})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(filepath.Dir(planFile), "config.json")
	write(t, config, string(data))
	id := plan.ClusterID(name, 1)
	all := map[string]string{"pipeline.name": name}
	maps.Copy(all, options)
	return target.Launch{
		Ref:     target.Ref{Name: name, Launch: 1, ClusterID: id, JobID: plan.JobID("local", id)},
		PlanURI: "file://" + planFile, ConfigURI: "file://" + config, Options: all, Secrets: secrets,
	}
}

func jobRuns(on *Target, r target.Ref) error {
	jm, err := on.JobManager(context.Background(), r)
	if err != nil {
		return err
	}
	d, err := jm.JobDetails(context.Background(), r.JobID)
	if err != nil {
		return err
	}
	if !d.AllRunning() {
		return fmt.Errorf("not all vertices run: %+v", d)
	}
	return nil
}

// jobRunsAgain looks for a failure in the job's history first: the JobManager
// answers from a picture of the job that it renews every 3 s
// (web.refresh-interval), so a recovery can pass between two pictures, but not
// what it leaves in the history.
func jobRunsAgain(on *Target, r target.Ref) error {
	jm, err := on.JobManager(context.Background(), r)
	if err != nil {
		return err
	}
	failures, err := jm.Exceptions(context.Background(), r.JobID)
	if err != nil {
		return err
	}
	if len(failures) == 0 {
		return errors.New("the job does not notice that its TaskManager is gone")
	}
	return jobRuns(on, r)
}

// realDeadline is far above what JVMs take on a busy machine: a launch that is dead
// is given up at once.
const realDeadline = 5 * time.Minute

// awaitReal is await with the patience that JVMs on a busy machine take. It gives
// up early on a dead launch, but not before the check has seen it dead.
func awaitReal(t *testing.T, on *Target, r target.Ref, check func() error) time.Duration {
	t.Helper()
	begin := time.Now()
	for dead := false; ; {
		err := check()
		if err == nil {
			return time.Since(begin)
		}
		if dead || time.Since(begin) > realDeadline {
			t.Fatalf("%v\n%s", err, endOfLogs(t, on, r))
		}
		o, oerr := on.Observe(t.Context(), r)
		dead = oerr == nil && o.Condition.Dead()
		time.Sleep(100 * time.Millisecond)
	}
}

// endOfLogs is the end of a launch's logs: enough to see why it failed.
func endOfLogs(t *testing.T, on *Target, r target.Ref) string {
	const enough = 30
	var log bytes.Buffer
	if err := on.Logs(t.Context(), r, &log, false, ""); err != nil {
		return err.Error()
	}
	lines := strings.Split(log.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-enough):], "\n")
}

// TestRealFlink walks one gateway and a few jobs through their lives.
func TestRealFlink(t *testing.T) {
	on := realTarget(t)
	url := sharedGateway(t, on)
	begin := time.Now()
	if err := on.Archive(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("class archives: %s", time.Since(begin).Round(10*time.Millisecond))
	endless := compiled(t, url,
		"CREATE TABLE src (k INT, v STRING) WITH ('connector'='datagen','rows-per-second'='50')",
		"CREATE TABLE snk (k INT, n BIGINT) WITH ('connector'='print','print-identifier'='${secret:PASSWORD}')",
		"INSERT INTO snk SELECT k, COUNT(*) FROM src GROUP BY k")
	bounded := compiled(t, url,
		"CREATE TABLE src (k INT) WITH ('connector'='datagen','number-of-rows'='10')",
		"CREATE TABLE snk (k INT) WITH ('connector'='print')",
		"INSERT INTO snk SELECT k FROM src")

	t.Run("a bounded job ends with 0", func(t *testing.T) {
		l := released(t, "bounded", bounded, nil)
		begin := time.Now()
		start(t, on, l)
		awaitReal(t, on, l.Ref, func() error {
			o, err := on.Observe(t.Context(), l.Ref)
			if err != nil || o.Condition != target.Finished {
				return fmt.Errorf("%+v, %v", o, err)
			}
			return nil
		})
		t.Logf("launch to FINISHED: %s", time.Since(begin).Round(10*time.Millisecond))
		if err := on.Remove(t.Context(), l.Ref); err != nil {
			t.Error(err)
		}
	})
	t.Run("an endless job", func(t *testing.T) {
		again := map[string]string{"restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "100", "restart-strategy.fixed-delay.delay": "100 ms",
			"heartbeat.interval": "1 s", "heartbeat.timeout": "20 s"}
		walkEndless(t, on, released(t, "endless", endless, again, "PASSWORD"))
	})
	t.Run("addresses that its release asks for", func(t *testing.T) {
		l := released(t, "elsewhere", endless, nil, "PASSWORD")
		maps.Copy(l.Options, map[string]string{ // no session's: of a launch without a bucket the driver takes those
			"rest.bind-port": "18090-18099", "jobmanager.web.port": "18091", "jobmanager.rpc.bind-port": "18100", "taskmanager.rpc.port": "18101", "taskmanager.data.port": "18102",
			"blob.server.port": "18103", "metrics.internal.query-service.port": "18104", "security.ssl.rest.enabled": "true", "taskmanager.host": "192.0.2.1", "jobmanager.bind-host": "192.0.2.1",
		})
		l.TaskManager.Replicas = 2
		start(t, on, l)
		awaitReal(t, on, l.Ref, func() error {
			jm, err := on.JobManager(t.Context(), l.Ref)
			if err != nil {
				return err
			}
			if has, err := jm.Overview(t.Context()); err != nil || has.TaskManagers != 2 {
				return fmt.Errorf("%+v, %v", has, err)
			}
			return jobRuns(on, l.Ref)
		})
		if err := on.Remove(t.Context(), l.Ref); err != nil {
			t.Error(err)
		}
	})
	t.Run("a TaskManager that is too small", func(t *testing.T) {
		l := released(t, "small", endless, map[string]string{"taskmanager.memory.process.size": "64m"}, "PASSWORD")
		start(t, on, l)
		awaitReal(t, on, l.Ref, func() error {
			if o, err := on.Observe(t.Context(), l.Ref); err != nil || !strings.Contains(o.Problem, "taskmanager-1 ended with code") || !strings.Contains(o.Problem, "exceed configured Total Process Memory") {
				return fmt.Errorf("%+v, %v", o, err)
			}
			return nil
		})
		if err := on.Remove(t.Context(), l.Ref); err != nil {
			t.Error(err)
		}
	})
	t.Run("a missing secret", func(t *testing.T) {
		l := released(t, "missing", endless, nil, "PASSWORD", "NOBODY_SET_THIS")
		start(t, on, l)
		o := awaitCondition(t, on, l.Ref, target.Failed)
		if !strings.Contains(o.LastWord, "NOBODY_SET_THIS") || !strings.Contains(o.Proof, "code 66") {
			t.Errorf("%+v", o)
		}
	})
}

// walkEndless looks at a running job from all sides, then kills its processes
// one after the other.
func walkEndless(t *testing.T, on *Target, l target.Launch) {
	begin := time.Now()
	start(t, on, l)
	awaitReal(t, on, l.Ref, func() error { return jobRuns(on, l.Ref) })
	t.Logf("launch to all vertices RUNNING: %s", time.Since(begin).Round(10*time.Millisecond))
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	for _, p := range []process{s.JobManager.process, s.TaskManager[0].process, s.Supervisor} {
		t.Logf("%s takes %d MiB", p, residentSize(p.PID)>>20)
	}
	listeningOnLoopbackOnly(t, s.JobManager.process, s.TaskManager[0].process)
	noCanary(t, on, "hush-canary", s)
	for role, p := range map[string]process{"jobmanager": s.JobManager.process, "taskmanager": s.TaskManager[0].process} {
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", p.PID))
		if err != nil || !strings.Contains(string(maps), role+".jsa") {
			t.Errorf("%s runs without its class archive: %v", role, err)
		}
	}

	kill(t, s.TaskManager[0].process)
	took := awaitReal(t, on, l.Ref, func() error { return jobRunsAgain(on, l.Ref) })
	t.Logf("TaskManager killed: all vertices RUNNING again after %s", took.Round(10*time.Millisecond))

	kill(t, awaitStatus(t, on, l.Ref, oneTaskManager).Supervisor)
	start(t, on, l)
	if err := jobRuns(on, l.Ref); err != nil {
		t.Errorf("after its supervisor was replaced: %v", err)
	}
	jm, err := on.JobManager(t.Context(), l.Ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := jm.Cancel(t.Context(), l.JobID); err != nil {
		t.Error(err)
	}
	awaitReal(t, on, l.Ref, func() error {
		if o, err := on.Observe(t.Context(), l.Ref); err != nil || !o.Condition.Dead() {
			return fmt.Errorf("cancelled: %+v, %v", o, err)
		}
		return nil
	})
	if err := on.Remove(t.Context(), l.Ref); err != nil {
		t.Error(err)
	}
}

// noCanary looks for a secret in all files that are not in memory, and in the
// arguments of all processes.
func noCanary(t *testing.T, on *Target, canary string, s status) {
	t.Helper()
	out, _ := exec.Command("grep", "-rlF", "--", canary, filepath.Join(on.config.Root, "run")).Output()
	for file := range strings.Lines(string(out)) {
		if !strings.Contains(file, "/log/taskmanager-1.out") { // what the job itself prints with it
			t.Errorf("the secret is in %s", file)
		}
	}
	for _, pid := range []int{s.Supervisor.PID, s.JobManager.PID, s.TaskManager[0].PID} {
		args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil || bytes.Contains(args, []byte(canary)) {
			t.Errorf("arguments of %d: %q, %v", pid, args, err)
		}
	}
}

// listeningOnLoopbackOnly reads the kernel's tables of listening sockets.
func listeningOnLoopbackOnly(t *testing.T, all ...process) {
	t.Helper()
	found := 0
	for _, s := range listening() {
		if !slices.ContainsFunc(all, func(p process) bool { return listens(p, s.port) }) {
			continue
		}
		found++
		if s.address != "0100007F" && s.address != "0000000000000000FFFF00000100007F" {
			t.Errorf("a socket listens on %+v", s)
		}
	}
	if found < 3 {
		t.Errorf("only %d listening sockets found", found)
	}
}
