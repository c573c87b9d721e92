//go:build linux

package local

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"flink-sql-driver/submitter/internal/target"
)

func TestStrangersAreLeftAlone(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("exit 0", "")
	start(t, on, l)
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

func TestRemove(t *testing.T) {
	t.Parallel()
	on := fake(t)
	bystander := filepath.Join(on.config.Root, "run", "notes.txt")
	write(t, bystander, "mine")
	for n := range keptLogs + 2 {
		l := asked("echo launch "+strconv.Itoa(n)+"; exec sleep 1000", "")
		l.ClusterID = "orders-" + strconv.Itoa(n)
		start(t, on, l)
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
		start(t, on, l)
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
	start(t, byLink, l)
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
