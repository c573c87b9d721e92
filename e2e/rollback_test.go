package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestRollback upgrades jobs to releases that cannot run. Each goes back to the
// release before, from the savepoint just taken, and can be upgraded afterwards.
func TestRollback(t *testing.T) {
	w := newGuest(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), 5)
	w.writeCount("")
	w.write("other.yaml", strings.NewReplacer("name: count", "name: other", "target-table: per_day", "target-table: other").Replace(fmt.Sprintf(countJob, "")))
	w.write("tables.sql", countTables+strings.NewReplacer("per_day", "other", "/out", "/other").Replace(countTables[strings.Index(countTables, "CREATE TABLE per_day"):]))
	f.piece(0)
	w.must("apply", ".")
	f.piece(1)

	// Its JobManager does not start.
	good := fmt.Sprintf(countJob, "")
	w.write("count.yaml", strings.Replace(good, "flinkProperties:\n", "flinkProperties:\n  env.java.opts.jobmanager: -Xms100t\n", 1))
	r := w.run("apply", "count.yaml")
	if r.code != 1 || !strings.Contains(r.stdout, "count: upgrade → rolled-back") {
		t.Errorf("exit %d, want 1, and rolled back\n%s%s", r.code, r.stdout, r.stderr)
	}
	if j := w.status()["count"]; j.Status != "RUNNING" || j.Phase != "rolled-back" || j.Launch != 3 || j.Problem == "" {
		t.Errorf("after the rollback: %+v", j)
	}
	f.piece(2)

	// It starts, and the job fails; the other job gets what it wants.
	w.write("count.yaml", strings.Replace(good, "flinkProperties:\n", "flinkProperties:\n  state.backend.type: no.such.Backend\n", 1))
	w.write("other.yaml", strings.NewReplacer("name: count", "name: other", "target-table: per_day", "target-table: other").Replace(fmt.Sprintf(countJob, "  task.cancellation.interval: 30001\n")))
	r = w.run("apply", ".")
	if r.code != 4 || !strings.Contains(r.stdout, "count: upgrade → rolled-back") || !strings.Contains(r.stdout, "other: upgrade → committed") || !strings.Contains(r.stdout, "no.such.Backend") {
		t.Errorf("exit %d, want 4, one rolled back and one not, and why\n%s%s", r.code, r.stdout, r.stderr)
	}
	f.piece(3)

	w.writeCountJob("task.cancellation.interval: 30002")
	if r := w.must("apply", "count.yaml"); !strings.Contains(r.stdout, "count: upgrade → committed") {
		t.Errorf("after the rollbacks:\n%s", r.stdout)
	}
	if n := len(w.clusters()); n != 2 {
		t.Errorf("%d JobManagers run, want 2", n)
	}
	f.piece(4)
	w.awaitCheckpoints("other", 3)
	w.checkCounts(f)
	w.compareCounts(f, "other")
}
