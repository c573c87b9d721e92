package apply_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

const (
	first  = "sum-having-5"
	second = "sum-having-6" // its state carries on
)

func assess(t *testing.T, a *apply.Applier, job *manifest.Job) *apply.Assessment {
	t.Helper()
	all, err := a.Assess(t.Context(), []*manifest.Job{job})
	if err == nil {
		err = all[0].Err
	}
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// decides checks what an apply of job would do.
func decides(t *testing.T, w *deploytest.World, job *manifest.Job, want change.Kind, reason string) {
	t.Helper()
	if d := assess(t, w.Applier(), job).Decision; d.Kind != want || !strings.Contains(d.Reason, reason) {
		t.Errorf("%s (%s), want %s (…%s…)", d.Kind, d.Reason, want, reason)
	}
}

func TestAppliedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		e := w.MustApply(deploytest.Job(first))
		decides(t, w, deploytest.Job(first), change.Nothing, "no change")
		if again := w.MustApply(deploytest.Job(first)); again.Number != e.Number {
			t.Errorf("the second apply wrote entry %d", again.Number)
		}
		if _, err := os.Stat(filepath.Join(w.Dir, "manifests/orders.yaml")); err != nil {
			t.Error(err)
		}
	})
}

func TestLeftovers(t *testing.T) {
	for _, key := range []string{"manifests/orders.yaml", "savepoints/orders/1/1-aa/savepoint-1/_metadata", "checkpoints/orders/1/aa/chk-1/_metadata"} {
		synctest.Test(t, func(t *testing.T) {
			w := deploytest.New(t)
			if err := w.Bucket.Write(t.Context(), key, []byte("x")); err != nil {
				t.Fatal(err)
			}
			decides(t, w, deploytest.Job(first), change.Refused, strings.TrimSuffix(key, "/_metadata"))
			if err := w.Bucket.Write(t.Context(), strings.Replace(key, "orders", "orders2", 1), []byte("x")); err != nil {
				t.Fatal(err)
			}
			if err := w.Bucket.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			w.MustApply(deploytest.Job(first)) // another job's are none of its business
		})
	}
}

func TestDelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		remove := func() error { return w.Applier().Delete(t.Context(), deploytest.Name) }
		if err := remove(); err == nil || !strings.Contains(err.Error(), "orders: there is no record of it") {
			t.Errorf("of a job that never was: %v", err)
		}
		w.MustApply(deploytest.Job(first))
		if err := remove(); err == nil || !strings.Contains(err.Error(), "stop it first") {
			t.Errorf("of a running job: %v", err)
		}
		if _, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{State: manifest.Suspended}); err != nil {
			t.Fatal(err)
		}
		if err := remove(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(w.Dir, "manifests/orders.yaml")); !os.IsNotExist(err) {
			t.Errorf("its manifest: %v", err)
		}
		// A delete that was cut off before the manifest was gone.
		if err := w.Bucket.Write(t.Context(), "manifests/orders.yaml", nil); err != nil {
			t.Fatal(err)
		}
		if err := remove(); err != nil {
			t.Errorf("again: %v", err)
		}
		if err := remove(); err == nil {
			t.Error("of a deleted job: no error")
		}
		if _, err := w.Applier().AssessWish(t.Context(), deploytest.Name, apply.Wish{Restart: true}); err == nil {
			t.Error("a wish for a deleted job: no error")
		}
		decides(t, w, deploytest.Job(first), change.Refused, "savepoints/orders")
		clean := w.Applier()
		clean.Policy.Clean = true
		w.Target.Clean(2)
		e, err := deploytest.Apply(t.Context(), clean, deploytest.Job(first))
		if err != nil || e.Launch.Number != 2 || e.Meta.QueryVersion != 2 || len(e.Trusted) != 1 {
			t.Errorf("launched again: %+v, %v", e, err)
		}
		w.Check()
	})
}

func TestAdopt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		other := w.Applier()
		other.Policy.Owner = "others"
		if s := assess(t, other, deploytest.Job(second)); s.Decision.Kind != change.Refused {
			t.Errorf("somebody else's job: %+v", s.Decision)
		}
		if gone, err := other.Orphans(t.Context(), nil); err != nil || len(gone) != 0 {
			t.Errorf("somebody else's orphans: %v, %v", gone, err)
		}
		if before, err := other.Adopt(t.Context(), deploytest.Name); err != nil || before != "team" {
			t.Errorf("%q, %v", before, err)
		}
		if e, err := deploytest.Apply(t.Context(), other, deploytest.Job(second)); err != nil || e.Owner != "others" {
			t.Errorf("%+v, %v", e, err)
		}
		decides(t, w, deploytest.Job(second), change.Refused, `belongs to owner "others"`)
	})
}

func TestPrune(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		if gone, err := w.Applier().Orphans(t.Context(), map[string]bool{"orders": true}); err != nil || len(gone) != 0 {
			t.Errorf("known: %v, %v", gone, err)
		}
		a := w.Applier()
		gone, err := a.Orphans(t.Context(), nil)
		if err != nil || len(gone) != 1 || gone[0].Decision.Kind != change.Suspend {
			t.Fatalf("%+v, %v", gone, err)
		}
		e, err := a.Carry(t.Context(), gone[0])
		if err != nil || e.State != "suspended" || e.Savepoint.Location != w.Target.Newest() {
			t.Errorf("%+v, %v", e, err)
		}
		if gone, err := w.Applier().Orphans(t.Context(), nil); err != nil || len(gone) != 0 {
			t.Errorf("pruned twice: %v, %v", gone, err)
		}
		// Its manifest is back.
		if e := w.MustApply(deploytest.Job(first)); e.Launch.Number != 2 {
			t.Errorf("%+v", e)
		}
		w.Check()
	})
}

func TestWishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		wish := func(wish apply.Wish) *journal.Entry {
			t.Helper()
			e, err := deploytest.Wish(t.Context(), w.Applier(), wish)
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		w.MustApply(deploytest.Job(first))
		if e := wish(apply.Wish{State: manifest.Running}); e.Number != w.Record().Number || e.Override != "" {
			t.Errorf("running, as it is: %+v", e)
		}
		if e := wish(apply.Wish{State: manifest.Suspended}); e.Override != "suspended" || e.Action != journal.Suspend {
			t.Errorf("suspended: %+v", e)
		}
		decides(t, w, deploytest.Job(first), change.Nothing, "stopped by hand (") // the wish outlives the command
		if e := wish(apply.Wish{State: manifest.Running}); e.Override != "" || e.Launch.Number != 2 {
			t.Errorf("resumed: %+v", e)
		}
		if e := wish(apply.Wish{Restart: true}); e.Action != journal.Upgrade || e.Launch.Number != 3 || e.Meta.QueryVersion != 1 {
			t.Errorf("restarted: %+v", e)
		}
		if e := wish(apply.Wish{State: manifest.Cancelled}); e.Action != journal.Cancel || e.State != "cancelled" {
			t.Errorf("cancelled: %+v", e)
		}
		// A change of the manifest's own state ends the wish.
		job := deploytest.Job(first)
		job.State = manifest.Suspended
		if e := w.MustApply(job); e.Override != "" || e.State != "suspended" {
			t.Errorf("%+v", e)
		}
		w.Check()
	})
}

func TestWishForAJobThatWasNeverLaunched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		job := deploytest.Job(first)
		job.State = manifest.Suspended
		w.MustApply(job)
		s, err := w.Applier().AssessWish(t.Context(), deploytest.Name, apply.Wish{State: manifest.Running})
		if err != nil || s.Decision.Kind != change.Refused || !strings.Contains(s.Decision.Reason, "apply its manifest") {
			t.Errorf("%+v, %v", s.Decision, err)
		}
		w.MustApply(deploytest.Job(first))
		w.Check()
	})
}

// TestRecordedOnce: what only has to be recorded is recorded once, of a job that
// runs and of one that does not.
func TestRecordedOnce(t *testing.T) {
	described := func() *manifest.Job {
		j := deploytest.Job(first)
		j.Description = "what it does"
		return j
	}
	for name, before := range map[string]func(*deploytest.World){
		"running": func(*deploytest.World) {},
		"dead":    func(w *deploytest.World) { w.Target.Kill(1) },
	} {
		synctest.Test(t, func(t *testing.T) {
			w := deploytest.New(t)
			w.MustApply(deploytest.Job(first))
			e := w.MustApply(described())
			if e.Action != journal.Note || len(w.Target.Started()) != 1 {
				t.Fatalf("%+v", e)
			}
			before(w)
			w.MustApply(described())
			if name == "dead" {
				if e := w.Record(); e.Action != journal.Restore || e.Next != nil || e.Launch.Number != 2 {
					t.Errorf("%+v", e)
				}
			}
			decides(t, w, described(), change.Nothing, "no change")
			w.Check()
		})
	}
}

func TestFinishedJobIsRecordedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.Target.Behave = func(int) deploytest.Behaviour { return deploytest.Behaviour{Start: deploytest.Finishes} }
		const bounded = "values"
		w.MustApply(deploytest.Job(bounded))
		time.Sleep(time.Minute)
		decides(t, w, deploytest.Job(bounded), change.Nothing, "finished")
		job := deploytest.Job(bounded)
		job.Description = "what it does"
		w.MustApply(job)
		decides(t, w, job, change.Nothing, "finished")
		w.Check()
	})
}

func TestUnknownIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		w.Target.ObserveError = errors.New("no route to host")
		all, err := w.Applier().Assess(t.Context(), []*manifest.Job{deploytest.Job(second)})
		if err != nil || all[0].Err == nil || !strings.Contains(all[0].Err.Error(), "orders: no route to host") {
			t.Errorf("%v, %v", all[0].Err, err)
		}
		w.Target.ObserveError = nil
		w.Check()
	})
}

// settled is a target with a block kubernetes of its own.
type settled struct {
	*deploytest.Target
	block string
}

func (t settled) Effective([]byte) ([]byte, error) { return []byte(t.block), nil }

// TestTargetsBlock: what a target says of every job's pods is part of each job.
func TestTargetsBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		on := func(block string) *apply.Applier {
			a := w.Applier()
			deploytest.On(a, settled{w.Target, block})
			return a
		}
		job := deploytest.Job(first)
		if _, err := deploytest.Apply(t.Context(), on(`{"image":"one"}`), job); err != nil {
			t.Fatal(err)
		}
		if d := assess(t, on(`{"image":"one"}`), job).Decision; d.Kind != change.Nothing {
			t.Errorf("unchanged: %s (%s)", d.Kind, d.Reason)
		}
		if d := assess(t, on(`{"image":"two"}`), job).Decision; d.Kind != change.Upgrade {
			t.Errorf("changed: %s (%s)", d.Kind, d.Reason)
		}
		if _, err := deploytest.Apply(t.Context(), on(`{"image":"two"}`), job); err != nil {
			t.Fatal(err)
		}
		if got := string(w.Record().Release.Kubernetes); !strings.Contains(got, `"two"`) {
			t.Errorf("recorded %s", got)
		}
	})
}
