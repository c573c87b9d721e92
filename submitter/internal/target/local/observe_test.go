//go:build linux

package local

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"flink-sql-driver/e2e/flinktest"
	identity "flink-sql-driver/plan/process"
	"flink-sql-driver/submitter/internal/target"
)

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

func TestJudge(t *testing.T) {
	code := func(n int) *int { return &n }
	jm := func(c *int) *child { return &child{process: process{PID: 42, Start: 7}, Code: c} }
	for _, tc := range []struct {
		name  string
		view  view
		want  target.Condition
		proof string
	}{
		{"runs", view{known: true, supervised: true, jobManagerAlive: true, status: status{JobManager: jm(nil)}}, target.Running, "process 42) runs"},
		{"runs, seen from another container", view{known: true, place: neighbour, supervised: true, jobManagerAlive: true, status: status{JobManager: jm(nil)}}, target.Running, "runs"},
		{"ended, seen from another container", view{known: true, place: neighbour, status: status{JobManager: jm(nil)}}, target.Failed, "without a word"},
		{"on another machine", view{known: true, place: elsewhere, request: request{Host: host{Name: "pluto"}}, status: status{JobManager: jm(nil)}}, target.Unknown, "pluto"},
		{"ended on another machine", view{known: true, place: elsewhere, status: status{JobManager: jm(code(0))}}, target.Unknown, "cannot be seen"},
		{"before the last boot", view{known: true, place: rebooted, status: status{JobManager: jm(nil)}}, target.Failed, "started again since"},
		{"finished before the last boot", view{known: true, place: rebooted, status: status{JobManager: jm(code(0))}}, target.Finished, "code 0"},
		{"failed", view{known: true, status: status{JobManager: jm(code(163))}}, target.Failed, "code 163"},
		{"stopped by us", view{known: true, status: status{JobManager: jm(code(0)), Stopped: "by hand"}}, target.Failed, "by hand"},
		{"starting", view{supervised: true}, target.Running, "is starting"},
		{"ended a moment ago", view{known: true, supervised: true, status: status{JobManager: jm(nil)}}, target.Unknown, "not recorded"},
		{"ended, with a supervisor that is stopped", view{known: true, supervised: true, paused: true, status: status{Supervisor: process{PID: 41}, JobManager: jm(nil)}}, target.Unknown, "its supervisor (process 41) is stopped (state T; `kill -CONT 41`"},
		{"supervisor died early", view{}, target.Failed, "before it started"},
		{"never came to that", view{known: true, status: status{Problem: "no port"}}, target.Failed, "no port"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := tc.view.judge()
			if o.Condition != tc.want || !strings.Contains(o.Proof, tc.proof) {
				t.Errorf("%+v, want %s because %q", o, tc.want, tc.proof)
			}
		})
	}
}

func TestSupervisorIsStopped(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	start(t, on, l)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	if err := flinktest.Pause(s.Supervisor.PID); err != nil {
		t.Fatal(err)
	}
	kill(t, s.JobManager.process)
	o, err := on.Observe(t.Context(), l.Ref)
	if pid := strconv.Itoa(s.Supervisor.PID); err != nil || o.Condition != target.Unknown || !strings.Contains(o.Proof, "kill -CONT "+pid) {
		t.Errorf("%+v, %v", o, err)
	}
	if err := s.Supervisor.signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	awaitCondition(t, on, l.Ref, target.Failed)
}

func TestSeenFrom(t *testing.T) {
	on := func(name, machine, boot, namespace string) host {
		return host{Name: name, Machine: machine, Place: identity.Place{Boot: boot, Namespace: namespace}}
	}
	now := on("a", "m", "1", "pid:[1]")
	for _, tc := range []struct {
		name     string
		recorded host
		want     place
	}{
		{"here", now, here},
		{"another container", on("b", "", "1", "pid:[2]"), neighbour},
		{"another boot", on("a", "m", "0", "pid:[1]"), rebooted},
		{"another machine", on("b", "m2", "2", "pid:[1]"), elsewhere},
		{"a clone of this machine's image", on("b", "m", "2", ""), elsewhere},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.recorded.seenFrom(now); got != tc.want {
				t.Errorf("%v, want %v", got, tc.want)
			}
		})
	}
}

// Directories of launches outlive the program that made them.
func TestFormats(t *testing.T) {
	code := 137
	ended := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := status{
		Version: 1, Host: host{Name: "h", Machine: "m", Place: identity.Place{Boot: "b", Namespace: "pid:[1]"}}, Supervisor: process{1, 2},
		JobManager: &child{process: process{3, 4}, Role: "jobmanager"}, TaskManager: []child{{process: process{5, 6}, Role: "taskmanager-1", Restarts: 1, Ended: ended, Code: &code}},
	}
	got, err := json.Marshal(s)
	const want = `{"version":1,"host":{"name":"h","machine":"m","boot":"b","namespace":"pid:[1]"},"supervisor":{"pid":1,"start":2},"ports":{"rest":0,"rpc":0},` +
		`"jobManager":{"pid":3,"start":4,"role":"jobmanager","started":"0001-01-01T00:00:00Z"},` +
		`"taskManagers":[{"pid":5,"start":6,"role":"taskmanager-1","started":"0001-01-01T00:00:00Z","restarts":1,"ended":"2026-01-02T03:04:05Z","code":137}]}`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s, want\n%s", err, got, want)
	}
}
