package apply_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// said is all that a decision says.
func said(d change.Decision) string {
	return strings.Join(append([]string{d.Reason}, append(d.Why, d.Remedy)...), "; ")
}

// What prune stopped runs again once its manifest is back: nobody said stop.
func TestPrunedJobComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		// A wish by hand does not outlive the manifest that it was against.
		suspended := deploytest.Job(first)
		suspended.State = manifest.Suspended
		w.MustApply(suspended)
		if _, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{State: manifest.Running}); err != nil {
			t.Fatal(err)
		}
		a := w.Applier()
		gone, err := a.Orphans(t.Context(), nil)
		if err != nil || len(gone) != 1 || gone[0].Decision.Kind != change.Suspend || gone[0].Decision.Reason != "no manifest names it" {
			t.Fatalf("%+v, %v", gone, err)
		}
		e, err := a.Carry(t.Context(), gone[0])
		if err != nil || e.Action != journal.Suspend || e.Override != "" || e.State != "suspended" {
			t.Fatalf("%+v, %v", e, err)
		}
		decides(t, w, suspended, change.Nothing, "suspended, as it should be")
		before := e.Launch.Number
		if e := w.MustApply(deploytest.Job(first)); e.Action != journal.Restore || e.Launch.Number != before+1 || e.State != "running" {
			t.Errorf("%+v", e)
		}
		w.Check()
	})
}

// When and by whom a job was stopped is told even if other entries came after.
func TestStoppedByHandSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		stop, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{State: manifest.Suspended})
		if err != nil {
			t.Fatal(err)
		}
		a := w.Applier()
		a.Policy.Owner = "other"
		if _, err := a.Adopt(t.Context(), deploytest.Name); err != nil {
			t.Fatal(err)
		}
		s := assess(t, a, deploytest.Job(first))
		if by := s.Facts.Wish; by == nil || by.Number > stop.Number || by.Override != "suspended" || s.Decision.Kind != change.Nothing {
			t.Errorf("%+v, %+v", by, s.Decision)
		}
	})
}

// TestCancelledAfterItFailed: of a job that failed and is not wanted any more nothing stays
// on its target.
func TestCancelledAfterItFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		if _, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(first)); err != nil {
			t.Fatal(err)
		}
		w.Target.Kill(1)
		a := w.Applier()
		s, err := a.AssessWish(t.Context(), deploytest.Name, apply.Wish{State: manifest.Cancelled})
		if err != nil {
			t.Fatal(err)
		}
		e, err := a.Carry(t.Context(), s)
		if err != nil || e.State != string(manifest.Cancelled) {
			t.Fatalf("%+v, %v", e, err)
		}
		if o, err := w.Target.Observe(t.Context(), deploy.RefOf(e.Name, *e.Launch)); err != nil || o.Condition != target.Absent {
			t.Errorf("it still has %+v, %v", o, err)
		}
	})
}
