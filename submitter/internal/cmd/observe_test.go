package cmd

import (
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// What status says of a launch that does not run.
func TestStatusOfTheDead(t *testing.T) {
	finished := target.Observation{Condition: target.Finished, Proof: "code 0"}
	failed := target.Observation{Condition: target.Failed, Proof: "code 1", LastWord: "/ by zero"}
	killed := target.Observation{Condition: target.Failed, Killed: true, Proof: "told to end"}
	absent := target.Observation{Condition: target.Absent, Proof: "holds no launch"}
	unknown := target.Observation{Condition: target.Unknown, Proof: "on another machine"}
	for _, tc := range []struct {
		name, state string
		phase       journal.Phase
		recorded    string // problem
		seen        target.Observation
		want        string
		problem     string
	}{
		{"ended by itself", "running", journal.Committed, "", finished, "FINISHED", ""},
		{"stopped", "suspended", journal.Committed, "", finished, "SUSPENDED", ""},
		{"cancelled", "cancelled", journal.Committed, "", failed, "CANCELLED", ""},
		{"stopped, and its directory is gone", "suspended", journal.Committed, "", absent, "SUSPENDED", ""},
		{"failed", "running", journal.Committed, "", failed, "FAILED", "/ by zero"},
		{"failed after it was rolled back", "running", journal.RolledBack, "not healthy", failed, "FAILED", "/ by zero"},
		{"a failed launch, which was removed", "running", journal.Failed, "no secret KEY", absent, "FAILED", "no secret KEY"},
		{"local down, or a reboot", "running", journal.Committed, "", killed, "DOWN", "told to end"},
		{"its directory is gone", "running", journal.Committed, "", absent, "DOWN", "holds no launch"},
		{"cannot be told", "running", journal.Committed, "", unknown, "UNKNOWN", "on another machine"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := &journal.Entry{State: tc.state, Phase: tc.phase, Problem: tc.recorded}
			j := jobStatus{Problem: tc.recorded}
			if j.settle(e, tc.seen); j.Status != tc.want || j.Problem != tc.problem {
				t.Errorf("%s (%s), want %s (%s)", j.Status, j.Problem, tc.want, tc.problem)
			}
		})
	}
}

// What status says while a deployment is not over.
func TestStatusOfTheUnfinished(t *testing.T) {
	e := &journal.Entry{Phase: journal.Stopped, Holder: journal.Holder{Host: "pluto", PID: 42}}
	for _, tc := range []struct {
		was     string
		gone    bool
		waits   string
		want    string
		problem string
	}{
		{"SUSPENDED", true, "", "INTERRUPTED", "deployment cut off at stopped, the next apply continues it"},
		{"RUNNING", true, "", "INTERRUPTED", "deployment cut off at stopped, the next apply continues it; meanwhile it is RUNNING"},
		{"FINISHED", false, "", "DEPLOYING", "being deployed by pluto pid 42, at stopped"},
		{"STARTING", false, "no room for its pods", "DEPLOYING", "being deployed by pluto pid 42, at stopped; no room for its pods"},
	} {
		j := jobStatus{Status: tc.was, Problem: "dial tcp: connection refused"}
		if j.unfinished(e, tc.gone, tc.waits); j.Status != tc.want || j.Problem != tc.problem {
			t.Errorf("%s (%s), want %s (%s)", j.Status, j.Problem, tc.want, tc.problem)
		}
	}
}

// A wish by hand can be told from what the manifest says.
func TestStatusByHand(t *testing.T) {
	var b strings.Builder
	r := statusReport{Jobs: []jobStatus{{Name: "a", Status: statusSuspended, Override: "suspended"}, {Name: "b", Status: statusSuspended}, {Name: "c", Status: statusRunning, Override: "running"}}}
	if err := r.text(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), "SUSPENDED by hand") != 1 || strings.Count(b.String(), "by hand") != 2 {
		t.Errorf("\n%s", b.String())
	}
}
