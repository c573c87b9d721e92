//go:build linux

package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"flink-sql-driver/submitter/internal/target"
)

func TestLaunchEnds(t *testing.T) {
	for _, tc := range []struct {
		name, script string
		want         target.Condition
		proof        string
	}{
		{"finished", "exit 0", target.Finished, "ended with code 0"},
		{"failed", "exit 163", target.Failed, "ended with code 163"},
		{"killed", "kill -9 $$", target.Failed, "ended with code 137"},
		{"leaves a child", "sleep 1000 & exit 0", target.Finished, "ended with code 0"},
		{"port taken", "echo java.net.BindException: Address already in use; exit 1", target.Failed, "listens on one of its ports"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			on := fake(t)
			l := asked(tc.script, "")
			launch(t, on, l)
			o := awaitCondition(t, on, l.Ref, tc.want)
			if !strings.Contains(o.Proof, tc.proof) {
				t.Errorf("proof %q, want %q in it", o.Proof, tc.proof)
			}
			s := awaitStatus(t, on, l.Ref, func(s status) bool { return !s.Ended.IsZero() })
			dir, _ := on.runDir(l.Ref)
			await(t, func() error {
				if members, _ := family(dir); len(members) > 0 {
					return fmt.Errorf("left behind: %+v", members)
				}
				return nil
			})
			runtime, _, _ := runtimeDir(on.env)
			if _, err := os.Stat(privateDir(runtime, dir)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the private directory is still there: %v", err)
			}
			if err := on.Launch(t.Context(), l); err != nil {
				t.Error(err)
			}
			again, _ := readStatus(dir)
			if started := again.JobManager.process != s.JobManager.process; started != (tc.name == "port taken") {
				t.Errorf("launched again: a new process: %t; %+v", started, again)
			}
		})
	}
}

func TestLaunchIsSafeToRepeat(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	l.Options["parallelism.default"] = "3"
	l.TaskManager.Slots = 2
	var group sync.WaitGroup
	for range 4 {
		other, err := New(on.config) // as another process would
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			if err := other.Launch(context.Background(), l); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	o := awaitCondition(t, on, l.Ref, target.Running)
	s := awaitStatus(t, on, l.Ref, func(s status) bool { return len(s.TaskManager) == 2 && s.TaskManager[1].PID != 0 })
	if o.UI != "http://127.0.0.1:"+strconv.Itoa(s.Ports.REST) {
		t.Errorf("UI %q, ports %+v", o.UI, s.Ports)
	}
	dir, _ := on.runDir(l.Ref)
	await(t, func() error {
		members, err := family(dir)
		if len(members) != 4 { // supervisor, JobManager, two TaskManagers
			return fmt.Errorf("%v: %+v", err, members)
		}
		return nil
	})
	if _, err := on.JobManager(t.Context(), l.Ref); err != nil {
		t.Error(err)
	}
	other := l
	other.PlanURI = "file:///another.json"
	if err := on.Launch(t.Context(), other); err == nil || !strings.Contains(err.Error(), "another launch of that number") {
		t.Errorf("another plan under the same number: %v", err)
	}
}

func TestLaunchAfterInterruption(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	dir, _ := on.runDir(l.Ref)
	write(t, filepath.Join(dir, "conf", "config.yaml"), "half")
	if o, err := on.Observe(t.Context(), l.Ref); err != nil || o.Condition != target.Absent {
		t.Errorf("a directory without launch.json: %+v, %v", o, err)
	}
	if err := on.prepare(dir, l, on.config.JavaHome); err != nil {
		t.Fatal(err)
	}
	if o, err := on.Observe(t.Context(), l.Ref); err != nil || o.Condition != target.Failed {
		t.Errorf("asked for and never started: %+v, %v", o, err)
	}
	launch(t, on, l)
	awaitCondition(t, on, l.Ref, target.Running)
}

func TestTaskManagerIsStartedAgain(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	launch(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	kill(t, s.TaskManager[0].process)
	next := awaitStatus(t, on, l.Ref, func(n status) bool {
		return n.TaskManager[0].Restarts == 1 && n.TaskManager[0].process != s.TaskManager[0].process
	})
	if next.JobManager.process != s.JobManager.process {
		t.Error("the JobManager was started again")
	}
	if o, _ := on.Observe(t.Context(), l.Ref); !strings.Contains(o.Proof, "taskmanager-1 ended 1 times, last with code 137") {
		t.Errorf("proof %q", o.Proof)
	}
}

func TestJobManagerIsNeverStartedAgain(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	launch(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	kill(t, s.JobManager.process)
	if o := awaitCondition(t, on, l.Ref, target.Failed); !strings.Contains(o.Proof, "137") {
		t.Errorf("proof %q", o.Proof)
	}
	awaitStatus(t, on, l.Ref, func(s status) bool { return !s.Ended.IsZero() })
	if alive, _ := s.TaskManager[0].alive(); alive {
		t.Error("the TaskManager outlived the JobManager")
	}
	if _, err := on.JobManager(t.Context(), l.Ref); err == nil || !strings.Contains(err.Error(), "137") {
		t.Errorf("JobManager of a dead launch: %v", err)
	}
}

func TestSupervisorKilled(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	launch(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	kill(t, s.Supervisor)
	o, err := on.Observe(t.Context(), l.Ref)
	if err != nil || o.Condition != target.Running || !strings.Contains(o.Proof, "supervisor is gone") {
		t.Fatalf("with a dead supervisor: %+v, %v", o, err)
	}
	t.Run("and the JobManager too", func(t *testing.T) {
		kill(t, s.JobManager.process)
		if o := awaitCondition(t, on, l.Ref, target.Failed); !strings.Contains(o.Proof, "without a word") {
			t.Errorf("proof %q", o.Proof)
		}
		if alive, _ := s.TaskManager[0].alive(); !alive {
			t.Fatal("who ended the TaskManager?")
		}
		if err := on.Remove(t.Context(), l.Ref); err != nil {
			t.Fatal(err)
		}
		if alive, _ := s.TaskManager[0].alive(); alive {
			t.Error("Remove left the TaskManager")
		}
	})
}

func TestSupervisorKilledAndAdopted(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	launch(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	kill(t, s.Supervisor)
	launch(t, on, l)
	next := awaitStatus(t, on, l.Ref, func(n status) bool { return n.Supervisor != s.Supervisor && n.JobManager != nil })
	if next.JobManager.process != s.JobManager.process || next.Ports != s.Ports {
		t.Errorf("before %+v, after %+v", s, next)
	}
	kill(t, s.TaskManager[0].process)
	awaitStatus(t, on, l.Ref, func(n status) bool { return n.TaskManager[0].process != s.TaskManager[0].process })
	kill(t, s.JobManager.process)
	last := awaitStatus(t, on, l.Ref, func(n status) bool { return !n.Ended.IsZero() })
	if last.JobManager.Code != nil {
		t.Errorf("an exit code that nobody can know: %+v", last.JobManager)
	}
	awaitCondition(t, on, l.Ref, target.Failed)
}

// A supervisor may be killed between starting the JobManager and writing down
// its number.
func TestUnrecordedJobManagerIsAdopted(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	launch(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	kill(t, s.Supervisor)
	dir, _ := on.runDir(l.Ref)
	if err := os.Remove(filepath.Join(dir, "status.json")); err != nil {
		t.Fatal(err)
	}
	if o, _ := on.Observe(t.Context(), l.Ref); o.Condition != target.Running {
		t.Errorf("%+v", o)
	}
	launch(t, on, l)
	next := awaitStatus(t, on, l.Ref, func(n status) bool { return n.JobManager != nil })
	if next.JobManager.process != s.JobManager.process {
		t.Errorf("a second JobManager: %+v beside %+v", next.JobManager, s.JobManager)
	}
}

// The JobManager may end between the look that finds it alive and the start of
// the supervisor that is to adopt it.
func TestJobManagerEndsBeforeItIsAdopted(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	launch(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	kill(t, s.Supervisor)
	kill(t, s.JobManager.process)
	dir, _ := on.runDir(l.Ref)
	if err := on.startSupervisor(t.Context(), dir, l); err != nil {
		t.Fatal(err)
	}
	last := awaitStatus(t, on, l.Ref, func(n status) bool { return !n.Ended.IsZero() })
	if last.JobManager.process != s.JobManager.process || last.JobManager.Code != nil {
		t.Errorf("a second JobManager: %+v after %+v", last.JobManager, s.JobManager)
	}
	if o := awaitCondition(t, on, l.Ref, target.Failed); !strings.Contains(o.Proof, "without a word") {
		t.Errorf("%+v", o)
	}
}

// What outlives the driver that started it, as Flink outlives a driver on
// standby that was killed, still counts as the JobManager.
func TestJobManagerOutlivesItsDriver(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("setsid sleep 1000 & wait", "")
	launch(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	dir, _ := on.runDir(l.Ref)
	await(t, func() error {
		members, _ := family(dir)
		n := 0
		for _, m := range members {
			if m.role == roleJobManager {
				n++
			}
		}
		if n != 2 {
			return fmt.Errorf("%d JobManager processes", n)
		}
		return nil
	})
	kill(t, s.Supervisor)
	kill(t, s.JobManager.process)
	if o, _ := on.Observe(t.Context(), l.Ref); o.Condition != target.Running {
		t.Errorf("%+v", o)
	}
	if err := on.Remove(t.Context(), l.Ref); err != nil {
		t.Fatal(err)
	}
	if members, _ := family(dir); len(members) > 0 {
		t.Errorf("left: %+v", members)
	}
}

func TestStrangersAreLeftAlone(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("exit 0", "")
	launch(t, on, l)
	s := awaitStatus(t, on, l.Ref, func(s status) bool { return !s.Ended.IsZero() })
	stranger := exec.Command("sleep", "1000")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { stranger.Process.Kill(); stranger.Wait() }()
	real, _, err := lookUp(stranger.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	// The numbers have been given to somebody else since.
	dir, _ := on.runDir(l.Ref)
	r := &record{dir: dir, now: s, warn: func(err error) { t.Error(err) }}
	_ = r.change(func(s *status) {
		stale := process{PID: real.PID, Start: real.Start - 1}
		s.Supervisor, s.JobManager.process, s.JobManager.Code = stale, stale, nil
		s.TaskManager = []child{{process: stale, Role: "taskmanager-1"}}
	})
	if o, _ := on.Observe(t.Context(), l.Ref); o.Condition != target.Failed {
		t.Errorf("%+v", o)
	}
	if err := (process{PID: real.PID, Start: real.Start - 1}).signal(unix.SIGKILL); err != nil {
		t.Error(err)
	}
	if err := on.Remove(t.Context(), l.Ref); err != nil {
		t.Fatal(err)
	}
	if alive, err := real.alive(); err != nil || !alive {
		t.Fatalf("the stranger was killed: %v", err)
	}
}

func TestDetached(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	launch(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	session, err := unix.Getsid(s.Supervisor.PID)
	if err != nil || session != s.Supervisor.PID {
		t.Errorf("session %d, %v", session, err)
	}
	for _, p := range []process{s.Supervisor} {
		if err := p.signal(unix.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []process{s.Supervisor, s.JobManager.process, s.TaskManager[0].process} {
		for fd := range 3 {
			to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", p.PID, fd))
			if err != nil || !strings.HasPrefix(to, on.config.Root) && to != os.DevNull {
				t.Errorf("%s has %s for %d: %v", p, to, fd, err)
			}
		}
		if alive, _ := p.alive(); !alive {
			t.Errorf("%s ended", p)
		}
	}
}

func TestSecretsAndEnvironment(t *testing.T) {
	t.Parallel()
	const canary = "s3cr3t-canary"
	on := fake(t, func(c *Config) {
		c.Environ = append(c.Environ, "PASSWORD="+canary, "OTHER="+canary+"-not-asked-for", "AWS_REGION=x", "FLINK_PROPERTIES=a: b", "SUBMITTER_STORE=s")
	})
	l := asked(`echo; env | grep -v canary; [ $PASSWORD = `+"s3cr3t-'canary'"+` ] && exec sleep 1000`, "")
	l.Secrets = []string{"PASSWORD"}
	launch(t, on, l)
	awaitCondition(t, on, l.Ref, target.Running)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	dir, _ := on.runDir(l.Ref)
	await(t, func() error {
		out, err := os.ReadFile(filepath.Join(dir, "log", "jobmanager.out"))
		if !strings.Contains(string(out), envRun) {
			return fmt.Errorf("%v: %s", err, out)
		}
		for _, absent := range []string{"OTHER", "FLINK_PROPERTIES", "SUBMITTER_STORE"} {
			if strings.Contains(string(out), "\n"+absent+"=") {
				t.Errorf("%s was passed on", absent)
			}
		}
		for _, present := range []string{"AWS_REGION=x", "FLINK_CONF_DIR=" + dir + "/conf", "JAVA_HOME=" + on.config.JavaHome, "FLINK_HOME=" + on.config.FlinkHome} {
			if !strings.Contains(string(out), "\n"+present+"\n") {
				t.Errorf("%s was not passed on", present)
			}
		}
		return nil
	})
	for _, p := range []process{s.Supervisor, s.JobManager.process} {
		args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID))
		if err != nil || bytes.Contains(args, []byte(canary)) {
			t.Errorf("arguments %q, %v", args, err)
		}
	}
	err := filepath.WalkDir(on.config.Root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(canary)) {
			t.Errorf("the secret is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	runtime, _, _ := runtimeDir(on.env)
	info, err := os.Stat(filepath.Join(privateDir(runtime, dir), roleJobManager))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("private directory: %v, %v", info, err)
	}
	if alive, _ := s.JobManager.alive(); !alive {
		t.Error("the secret did not arrive")
	}
}

func TestLaunchRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(t *testing.T, c *Config)
		want   string
	}{
		{"no java", func(_ *testing.T, c *Config) { c.JavaHome = ""; c.Environ = []string{"PATH=/nowhere"} }, "no Java 17 or newer"},
		{"no Flink", func(_ *testing.T, c *Config) { c.FlinkHome = "" }, "submitter local install"},
		{"no driver", func(_ *testing.T, c *Config) { c.DriverPath = "/nowhere/driver" }, "driver program"},
		{"driver is no program", func(_ *testing.T, c *Config) { c.DriverPath = "/etc/passwd" }, "driver program"},
		{"root is a file", func(t *testing.T, c *Config) {
			write(t, filepath.Join(filepath.Dir(c.Root), "file"), "")
			c.Root = filepath.Join(filepath.Dir(c.Root), "file")
		}, "not a directory"},
		{"half a distribution", func(t *testing.T, c *Config) { os.RemoveAll(filepath.Join(c.FlinkHome, "conf")) }, "Flink's configuration"},
		{"supervisor that is none", func(_ *testing.T, c *Config) { c.SubmitterPath = "/bin/false" }, "supervisor ended at once"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			on := fake(t)
			c := on.config
			tc.change(t, &c)
			broken, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			l := asked("", "")
			if err := broken.Launch(t.Context(), l); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
			if tc.name == "half a distribution" {
				write(t, filepath.Join(c.FlinkHome, "conf", "config.yaml"), "a: b\n")
				launch(t, broken, l) // once it is mended
				awaitCondition(t, broken, l.Ref, target.Running)
			}
		})
	}
	for _, root := range []string{"relative", "/a:b", "/a,b"} {
		if _, err := New(Config{Root: root}); err == nil {
			t.Errorf("root %q was accepted", root)
		}
	}
	on := fake(t)
	l := asked("", "")
	l.ClusterID = "../../etc"
	if err := on.Launch(t.Context(), l); err == nil {
		t.Error("a path was accepted as a cluster id")
	}
}

func TestPortsDiffer(t *testing.T) {
	t.Parallel()
	on := fake(t)
	seen := map[int]bool{}
	low, high := portRange()
	for n := range 5 {
		l := asked("", "")
		l.ClusterID = fmt.Sprintf("orders-%d", n)
		launch(t, on, l)
		s := awaitStatus(t, on, l.Ref, func(s status) bool { return s.JobManager != nil })
		for _, p := range []int{s.Ports.REST, s.Ports.RPC} {
			if seen[p] || p < low || p > high {
				t.Errorf("port %d, seen %v", p, seen)
			}
			seen[p] = true
		}
	}
	runtime, _, _ := runtimeDir(on.env)
	chosen, files, err := reserve(runtime, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(files)
	for _, p := range chosen {
		if seen[p] {
			t.Errorf("port %d was given out twice", p)
		}
		taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err != nil {
			t.Fatal(err)
		}
		if bindable(p) {
			t.Errorf("port %d is taken and counts as free", p)
		}
		taken.Close()
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	on := fake(t)
	bystander := filepath.Join(on.config.Root, "run", "notes.txt")
	write(t, bystander, "mine")
	for n := range keptLogs + 2 {
		l := asked("echo launch "+strconv.Itoa(n)+"; exec sleep 1000", "")
		l.ClusterID = "orders-" + strconv.Itoa(n)
		launch(t, on, l)
		s := awaitStatus(t, on, l.Ref, oneTaskManager)
		dir, _ := on.runDir(l.Ref)
		await(t, func() error {
			out, err := os.ReadFile(filepath.Join(dir, "log", "jobmanager.out"))
			if len(out) == 0 {
				return fmt.Errorf("nothing printed: %v", err)
			}
			return nil
		})
		for range 2 { // safe to repeat
			if err := on.Remove(t.Context(), l.Ref); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range []process{s.Supervisor, s.JobManager.process, s.TaskManager[0].process} {
			if alive, _ := p.alive(); alive {
				t.Errorf("%s is left", p)
			}
		}
		if o, _ := on.Observe(t.Context(), l.Ref); o.Condition != target.Absent {
			t.Errorf("%+v", o)
		}
		var log bytes.Buffer
		if err := on.Logs(t.Context(), l.Ref, &log, true, ""); err != nil || !strings.Contains(log.String(), "launch "+strconv.Itoa(n)) {
			t.Errorf("logs of a removed launch: %q, %v", log.String(), err)
		}
	}
	kept, _ := os.ReadDir(filepath.Join(on.config.Root, "logs", "orders"))
	if len(kept) != keptLogs || kept[0].Name() != "orders-2" {
		t.Errorf("kept %v", kept)
	}
	if _, err := os.Stat(bystander); err != nil {
		t.Error(err)
	}
	if locks, _ := os.ReadDir(filepath.Join(on.config.Root, "run", ".locks")); len(locks) > 0 {
		t.Errorf("locks left: %v", locks)
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	on := fake(t)
	var all []status
	for n := range 3 {
		l := asked("", "")
		l.ClusterID = "orders-" + strconv.Itoa(n)
		launch(t, on, l)
		all = append(all, awaitStatus(t, on, l.Ref, oneTaskManager))
	}
	listed, err := on.List(t.Context())
	if err != nil || len(listed) != 3 || listed[0].Processes != 3 || listed[0].Memory == 0 || listed[0].REST == 0 {
		t.Errorf("%+v, %v", listed, err)
	}
	// One loses its directory.
	gone := target.Ref{ClusterID: "orders-2"}
	dir, _ := on.runDir(gone)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if o, _ := on.Observe(t.Context(), gone); o.Condition != target.Unknown || !strings.Contains(o.Proof, "local down") {
		t.Errorf("a launch that lost its directory: %+v", o)
	}
	if err := on.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, p := range []process{s.Supervisor, s.JobManager.process, s.TaskManager[0].process} {
			if alive, _ := p.alive(); alive {
				t.Errorf("%s is left", p)
			}
		}
	}
	if o, _ := on.Observe(t.Context(), target.Ref{ClusterID: "orders-0"}); o.Condition != target.Failed || !strings.Contains(o.Proof, "told to end it") {
		t.Errorf("%+v", o)
	}
	if err := on.Down(t.Context()); err != nil {
		t.Error(err)
	}
}

// The directory is reached by another name, or moved, while a launch runs.
func TestRootMoves(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Dir(on.config.Root), link); err != nil {
		t.Fatal(err)
	}
	c := on.config
	c.Root = filepath.Join(link, filepath.Base(c.Root))
	byLink, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	launch(t, byLink, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	awaitCondition(t, on, l.Ref, target.Running)
	c.Root = filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(on.config.Root, c.Root); err != nil {
		t.Fatal(err)
	}
	moved, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	awaitCondition(t, moved, l.Ref, target.Running)
	if o, _ := on.Observe(t.Context(), l.Ref); o.Condition != target.Unknown {
		t.Errorf("where it was: %+v", o)
	}
	if err := moved.Remove(t.Context(), l.Ref); err != nil {
		t.Fatal(err)
	}
	for _, p := range []process{s.Supervisor, s.JobManager.process, s.TaskManager[0].process} {
		if alive, _ := p.alive(); alive {
			t.Errorf("%s is left", p)
		}
	}
}

func TestAbsentIsQuick(t *testing.T) {
	t.Parallel()
	on := fake(t)
	begin, scans, last := time.Now(), 0, time.Time{}
	for n := range 1000 {
		r := target.Ref{ClusterID: "none-" + strconv.Itoa(n)}
		if o, err := on.Observe(t.Context(), r); err != nil || o.Condition != target.Absent {
			t.Fatalf("%+v, %v", o, err)
		}
		if on.scan.at != last {
			scans, last = scans+1, on.scan.at
		}
	}
	if most := int(time.Since(begin)/scanAge) + 1; scans > most {
		t.Errorf("1,000 launches that are not there: %d lists of processes, want at most %d", scans, most)
	}
}
