package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAdopt loses the journal of a running job. apply leaves it alone, adopt goes
// on with its state, even when it is killed half way.
func TestAdopt(t *testing.T) {
	w := newWorld(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), 3)
	f.piece(0)
	w.writeCount("")
	w.must("apply", "count.yaml")
	w.awaitCheckpoints("count", 1)
	if err := os.RemoveAll(filepath.Join(w.objects, "journal")); err != nil {
		t.Fatal(err)
	}

	r := w.run("apply", "count.yaml", "--clean")
	if r.code != 1 || !strings.Contains(r.stdout, "`submitter adopt") || !strings.Contains(r.stdout, "cluster count-1") {
		t.Errorf("apply: exit %d, want 1 and the way out\n%s%s", r.code, r.stdout, r.stderr)
	}
	if r := w.run("adopt", "count.yaml", "--dry-run"); r.code != 0 || !strings.Contains(r.stdout, "count: upgrade") || w.entries("count") != 0 {
		t.Errorf("--dry-run: exit %d, %d entries\n%s%s", r.code, w.entries("count"), r.stdout, r.stderr)
	}
	// Another query, whose state carries on though it was made under another watermark,
	// which has to be approved: what the checkpoint holds is looked at, and Flink loads the
	// plan that is to run.
	w.write("tables.sql", strings.Replace(countTables, "INTERVAL '10' DAY", "INTERVAL '11' DAY", 1))
	if r := w.run("adopt", "count.yaml"); r.code != 3 || !strings.Contains(r.stdout, "KEPT-MIXED") {
		t.Errorf("another watermark, not approved: exit %d, want 3 and what is mixed\n%s%s", r.code, r.stdout, r.stderr)
	}
	approve := w.approval("adopt", "count.yaml", "--dry-run")
	if r := w.runWith(faultAt("decided", syscall.SIGKILL), "adopt", "count.yaml", "--approve", approve); r.code != -1 || w.phaseOf("count") != "decided" {
		t.Fatalf("adopt was not killed at decided: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	f.piece(1)
	w.must("adopt", "count.yaml")
	w.only(2)
	if j := w.status()["count"]; j.QueryVersion != 2 {
		t.Errorf("%+v, want query version 2", j)
	}
	f.piece(2)
	if r := w.must("apply", "count.yaml"); !strings.Contains(r.stdout, "count: nothing") {
		t.Errorf("apply after that:\n%s", r.stdout)
	}
	w.checkCounts(f)
}

// approval is the id that a command that looks prints for its one job.
func (w *world) approval(args ...string) string {
	w.t.Helper()
	r := w.run(append(args, "-o", "json")...)
	var report struct{ Jobs []struct{ Approval string } }
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || len(report.Jobs) != 1 || report.Jobs[0].Approval == "" {
		w.t.Fatalf("%q prints no approval id: exit %d, %v\n%s%s", args, r.code, err, r.stdout, r.stderr)
	}
	return report.Jobs[0].Approval
}
