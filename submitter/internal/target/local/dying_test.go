//go:build linux

package local

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"flink-sql-driver/submitter/internal/target"
)

// TestJudgeOfTheDying: a JobManager that was killed has its lock until the kernel has ended
// it. That is neither a launch that runs, nor proof of its end.
func TestJudgeOfTheDying(t *testing.T) {
	jm := &child{process: process{PID: 7}}
	for name, v := range map[string]view{
		"nobody looks after it":   {known: true, place: here, jobManagerAlive: true, jobManagerEnding: true, status: status{JobManager: jm}},
		"its supervisor is there": {known: true, place: here, supervised: true, jobManagerAlive: true, jobManagerEnding: true, status: status{JobManager: jm}},
		"its supervisor ends it":  {known: true, place: here, supervised: true, jobManagerAlive: true, status: status{JobManager: jm, Stopping: time.Now()}},
	} {
		if o := v.judge(); o.Condition != target.Unknown || o.Unattended || !strings.Contains(o.Proof, "process 7") {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// TestToldToEnd: a launch whose supervisor was told to end it is neither said to run nor
// to be dead; whoever looks is told of its end.
func TestToldToEnd(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("trap 'sleep 1; exit 0' TERM; while :; do sleep 0.05; done", "")
	start(t, on, l)
	s := awaitStatus(t, on, l.Ref, func(s status) bool { return s.JobManager != nil })
	awaitCondition(t, on, l.Ref, target.Running)
	if err := s.Supervisor.signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, on, l.Ref, func(s status) bool { return !s.Stopping.IsZero() })
	o, err := on.Observe(t.Context(), l.Ref)
	if err != nil || !o.Condition.Dead() || !o.Killed {
		t.Errorf("%+v, %v", o, err)
	}
}
