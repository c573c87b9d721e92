package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTwoDirectories shares a store between two clones of the manifests on one machine:
// a job that was started from the one is seen, and stopped with a savepoint, from the
// other.
func TestTwoDirectories(t *testing.T) {
	one, two := newGuest(t), newGuest(t)
	f := newFeed(t, filepath.Join(one.dir, "in"), 2)
	two.env = append(two.env, "SUBMITTER_STORE=file://"+one.objects, "PWD="+one.dir)
	for _, w := range []*world{one, two} {
		w.writeCount("")
	}
	f.piece(0)
	one.must("apply", "count.yaml")
	if j := two.status()["count"]; j.Status != "RUNNING" {
		t.Fatalf("seen from the other directory: %+v", j)
	}
	if r := two.must("diff", "count.yaml"); !strings.Contains(r.stdout, "count: nothing") {
		t.Errorf("diff in the other directory:\n%s", r.stdout)
	}
	if r := two.must("stop", "count"); !strings.Contains(r.stdout, "saved: file://") {
		t.Errorf("stop in the other directory:\n%s", r.stdout)
	}
	if j := one.status()["count"]; j.Status != "SUSPENDED" {
		t.Errorf("after that: %+v", j)
	}
	f.piece(1)
	two.must("resume", "count") // its launches are the other directory's from now on
	if j := one.status()["count"]; j.Status != "RUNNING" || j.Launch != 2 {
		t.Errorf("after resume: %+v", j)
	}
	one.checkCounts(f)
}
