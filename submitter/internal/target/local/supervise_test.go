//go:build linux

package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"flink-sql-driver/submitter/internal/target"
)

func TestTaskManagerIsStartedAgain(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	start(t, on, l)
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
	start(t, on, l)
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
	start(t, on, l)
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
	start(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	kill(t, s.Supervisor)
	start(t, on, l)
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
	start(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	kill(t, s.Supervisor)
	dir, _ := on.runDir(l.Ref)
	if err := os.Remove(filepath.Join(dir, "status.json")); err != nil {
		t.Fatal(err)
	}
	if o, _ := on.Observe(t.Context(), l.Ref); o.Condition != target.Running {
		t.Errorf("%+v", o)
	}
	start(t, on, l)
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
	start(t, on, l)
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
	start(t, on, l)
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

func TestDetached(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	start(t, on, l)
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
