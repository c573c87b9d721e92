//go:build linux

package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/submitter/internal/target"
)

// TestTaskManagerThatCannotStart has Observe tell what a supervisor sees.
func TestTaskManagerThatCannotStart(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	write(t, trace, "2026-11-21 12:00:00,001 ERROR x - Terminating\norg.apache.flink.util.FlinkException: Failed to start\n\tat a.B\n"+
		"Caused by: java.net.BindException: Could not start actor system on port 6122\n\tat a.B\n")
	for _, tc := range []struct{ name, script, want string }{
		{"last word of the driver", "echo memory: 64m is too little >taskmanager-1.last-word; exit 64", "taskmanager-1 ended with code 64: memory: 64m is too little"},
		{"trace in its log", "cat " + trace + " >>$FLINK_SQL_LOG; exit 1", "code 1: Could not start actor system on port 6122"},
		{"a JVM that does not start", "echo OpenJDK warning; echo 'Error: Could not find or load main class X'; echo 'Caused by: x'; exit 1", "Could not find or load main class X"},
		{"out of memory", "echo 2026 >>$FLINK_SQL_LOG; echo the job prints this; echo 'Terminating due to java.lang.OutOfMemoryError: Java heap space'; echo more; exit 3", "code 3: Terminating due to java.lang.OutOfMemoryError: Java heap space"},
		{"killed", "kill -9 $$", "code 137: somebody killed it, perhaps the kernel for want of memory"},
		{"what a job prints is no reason", "echo 2026 >>$FLINK_SQL_LOG; echo s3cr3t; exit 239", "taskmanager-1 ended with code 239"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			on := fake(t)
			l := asked("", tc.script)
			start(t, on, l)
			var o target.Observation
			await(t, func() error { // it has failed twice, so it was started again
				var err error
				if o, err = on.Observe(t.Context(), l.Ref); err == nil && !strings.Contains(o.Problem, "2 times in a row") {
					err = fmt.Errorf("%+v", o)
				}
				return err
			})
			want := strings.Replace(tc.want, ":", ", 2 times in a row:", 1)
			if o.Condition != target.Running || !strings.Contains(o.Problem, tc.want) && !strings.Contains(o.Problem, want) || strings.Contains(o.Problem, "s3cr3t") {
				t.Errorf("%+v, want %q", o, want)
			}
		})
	}
}

func TestTaskManagerThatCannotBeStarted(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	start(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	if o, _ := on.Observe(t.Context(), l.Ref); o.Problem != "" {
		t.Errorf("nothing is wrong: %+v", o)
	}
	if err := os.Rename(on.config.DriverPath, on.config.DriverPath+".gone"); err != nil {
		t.Fatal(err)
	}
	kill(t, s.TaskManager[0].process)
	await(t, func() error {
		if o, _ := on.Observe(t.Context(), l.Ref); !strings.Contains(o.Problem, "could not be started, 2 times in a row: start taskmanager-1") {
			return fmt.Errorf("%+v", o)
		}
		return nil
	})
}

func TestNobodyStartsTaskManagersAgain(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	start(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	kill(t, s.Supervisor)
	if o, _ := on.Observe(t.Context(), l.Ref); !o.Unattended || !strings.Contains(o.Problem, "`submitter apply` starts another one") {
		t.Errorf("%+v", o)
	}
	kill(t, s.TaskManager[0].process)
	if o, _ := on.Observe(t.Context(), l.Ref); !o.Unattended || !strings.Contains(o.Problem, "taskmanager-1 ended") || !strings.Contains(o.Problem, "submitter apply") {
		t.Errorf("%+v", o)
	}
	start(t, on, l)
	next := awaitStatus(t, on, l.Ref, func(n status) bool {
		return len(n.TaskManager) == 1 && n.TaskManager[0].process != s.TaskManager[0].process
	})
	if next.JobManager.process != s.JobManager.process {
		t.Error("the JobManager was started again")
	}
	if o, _ := on.Observe(t.Context(), l.Ref); o.Unattended || o.Problem != "" {
		t.Errorf("%+v", o)
	}
}

func TestProblemOfATaskManager(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	code := func(n int) *int { return &n }
	for _, tc := range []struct {
		name  string
		child child
		want  string
	}{
		{"never failed", child{Started: now.Add(-time.Second)}, ""},
		{"has ended", child{Failures: 1, Ended: now, Code: code(1), Why: "no room"}, "tm ended with code 1: no room"},
		{"has ended again", child{Failures: 4, Ended: now, Code: code(1), Why: "no room"}, "tm ended with code 1, 4 times in a row: no room"},
		{"runs again after one failure", child{Failures: 1, Started: now.Add(-time.Second), Code: code(1)}, ""},
		{"is starting for the third time", child{Failures: 2, Started: now.Add(-settled / 2), Code: code(1)}, "tm ended with code 1, 2 times in a row"},
		{"has come up since", child{Failures: 3, Started: now.Add(-2 * settled), Code: code(1)}, ""},
		{"never started", child{Failures: 1, Ended: now, Why: "no such program"}, "tm could not be started: no such program"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.child.Role = "tm"
			if got := tc.child.problem(now); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
	var c child
	for _, lived := range []time.Duration{time.Second, time.Second, time.Hour, time.Second} {
		c.ended(code(1), "", lived)
	}
	if c.Restarts != 4 || c.Failures != 2 {
		t.Errorf("%+v: an end after an hour begins a new row", c)
	}
}

func TestReasonIsOfThisRun(t *testing.T) {
	dir := t.TempDir()
	log, out := filepath.Join(dir, "log", "tm.log"), filepath.Join(dir, "log", "tm.out")
	write(t, log, "a.b.C: old\n\tat x\nCaused by: a.b.OldException: of the run before\n\tat x\n")
	write(t, out, "Error: of the run before\n")
	before := mark(dir, "tm")
	if got := before.reason(dir, "tm"); got != "" {
		t.Errorf("of a run that left nothing: %q", got)
	}
	for path, text := range map[string]string{log: "2026-11-21 12:00:00,001 ERROR x\njava.lang.OutOfMemoryError: Metaspace\n\tat x\n", out: "printed\n"} {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(f, text)
		f.Close()
	}
	if got := before.reason(dir, "tm"); got != "OutOfMemoryError: Metaspace" {
		t.Errorf("%q", got)
	}
	write(t, log, "Caused by: a.b.C: cut\n") // begun anew
	if got := before.reason(dir, "tm"); got != "" && got != "C: cut" {
		t.Errorf("%q", got)
	}
}
