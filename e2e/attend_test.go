package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestUnattended kills what looks after a job's processes. The job runs on, status
// says what it lacks, and an apply that has nothing else to do brings it back.
func TestUnattended(t *testing.T) {
	w := newGuest(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), 2)
	w.writeCount("")
	f.piece(0)
	w.must("apply", "count.yaml")
	before := w.processes("count-1")
	if err := syscall.Kill(before.Supervisor.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	w.eventually("status says that nobody looks after it", func() bool {
		j := w.status()["count"]
		return j.Status == "RUNNING" && strings.Contains(j.Problem, "submitter apply")
	})
	if r := w.run("diff", "count.yaml", "--exit-code"); r.code != 6 || !strings.Contains(r.stdout, "count: nothing (no change; its supervisor ended") {
		t.Errorf("diff: exit %d\n%s", r.code, r.stdout)
	}
	w.must("apply", "count.yaml")
	after := w.processes("count-1")
	if after.JobManager != before.JobManager || after.Supervisor == before.Supervisor {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if j := w.status()["count"]; j.Status != "RUNNING" || j.Problem != "" || j.Launch != 1 {
		t.Errorf("looked after again: %+v", j)
	}
	f.piece(1)
	w.checkCounts(f)
}

// processes is what status.json in a launch's run directory names.
type processes struct {
	Supervisor, JobManager struct {
		PID   int    `json:"pid"`
		Start uint64 `json:"start"`
	}
}

func (w *world) processes(clusterID string) processes {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, ".flink-sql/run", clusterID, "status.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	var p processes
	if err := json.Unmarshal(data, &p); err != nil || p.Supervisor.PID == 0 || p.JobManager.PID == 0 {
		w.t.Fatalf("%v\n%s", err, data)
	}
	return p
}
