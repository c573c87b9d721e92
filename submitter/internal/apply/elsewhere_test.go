package apply_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// other works on another target, on which nothing of this world can be seen.
func other(w *deploytest.World, kind, namespace string) *apply.Applier {
	a := w.Applier()
	there := apply.Place{Target: kind, Namespace: namespace}
	empty := &deploytest.Target{Bucket: w.Bucket, Metadata: w.Target.Metadata}
	a.Home = func(*manifest.Job) (apply.Place, error) { return there, nil }
	a.At = func(p apply.Place) (target.Target, error) {
		if p != there {
			return nil, errors.New("there is no such target")
		}
		return empty, nil
	}
	return a
}

func TestJobOfAnotherTarget(t *testing.T) {
	for _, there := range [][2]string{{"kubernetes", "prod"}, {"local", "laptop"}} {
		synctest.Test(t, func(t *testing.T) {
			w := deploytest.New(t)
			before := w.MustApply(deploytest.Job(first)).Number
			a := other(w, there[0], there[1])
			for _, job := range []*manifest.Job{deploytest.Job(first), deploytest.Job(second)} {
				s := assess(t, a, job)
				if s.Decision.Kind != change.Refused || !strings.Contains(s.Decision.Reason, "target local") || !strings.Contains(s.Decision.Reason, "`submitter stop orders`") {
					t.Errorf("apply: %s (%s)", s.Decision.Kind, s.Decision.Reason)
				}
				if _, err := a.Carry(t.Context(), s); err != nil {
					t.Error(err)
				}
			}
			for _, wish := range []apply.Wish{{State: manifest.Suspended}, {Restart: true}, {State: manifest.Cancelled}} {
				if s, err := a.AssessWish(t.Context(), deploytest.Name, wish); err != nil || s.Decision.Kind != change.Refused {
					t.Errorf("%+v: %+v, %v", wish, s, err)
				}
			}
			if gone, err := a.Orphans(t.Context(), nil); err != nil || len(gone) != 1 || gone[0].Decision.Kind != change.Refused {
				t.Errorf("prune: %+v, %v", gone, err)
			}
			if err := a.Delete(t.Context(), deploytest.Name); err == nil || !strings.Contains(err.Error(), "target local") {
				t.Errorf("delete: %v", err)
			}
			if n := w.Record().Number; n != before || len(w.Target.Running()) != 1 {
				t.Errorf("entry %d, launches %v run", n, w.Target.Running())
			}
			w.Check()
		})
	}
}

// TestMovedToAnotherTarget stops a job where it is and applies it elsewhere.
func TestMovedToAnotherTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		if _, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{State: manifest.Suspended}); err != nil {
			t.Fatal(err)
		}
		savepoint := w.Target.Newest()
		a := other(w, "kubernetes", "prod")
		if s, err := a.AssessWish(t.Context(), deploytest.Name, apply.Wish{State: manifest.Running}); err != nil || s.Decision.Kind != change.Refused || !strings.Contains(s.Decision.Reason, "apply its manifest") {
			t.Errorf("resume elsewhere: %+v, %v", s, err)
		}
		a.Policy.ResetState = true
		s := assess(t, a, deploytest.Job(first))
		if s.Decision.Kind != change.Restore {
			t.Fatalf("%s (%s)", s.Decision.Kind, s.Decision.Reason)
		}
		old := w.Record().Launch.JobID
		a.Step = func(e journal.Entry) {
			if e.Target != "kubernetes" || e.Namespace != "prod" {
				t.Errorf("entry %d is of the target %s %s", e.Number, e.Target, e.Namespace)
			}
			if e.Phase == journal.Decided && (e.Launch.Restored != savepoint || e.Launch.JobID == old) {
				t.Errorf("%+v", e.Launch)
			}
		}
		ends(a, s, t)
		decides(t, w, deploytest.Job(first), change.Refused, "target kubernetes prod")
	})
}

// ends carries an assessment out; the stand-in there knows nothing of the state
// that was written here, so only the record counts.
func ends(a *apply.Applier, s *apply.Assessment, t *testing.T) {
	t.Helper()
	if e, err := a.Carry(t.Context(), s); err != nil || e.Phase != journal.Committed {
		t.Fatalf("%+v, %v", e, err)
	}
}

// TestCutOffOnAnotherTarget: only who sees the launches may go on.
func TestCutOffOnAnotherTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		a := w.Applier()
		a.Step = func(e journal.Entry) {
			if e.Phase == journal.Stopping {
				panic("cut off")
			}
		}
		func() {
			defer func() { _ = recover() }()
			_, _ = deploytest.Apply(t.Context(), a, deploytest.Job(second))
		}()
		number := w.Record().Number
		_, err := other(w, "kubernetes", "prod").Unlock(t.Context(), deploytest.Name)
		var held *journal.HeldError
		if err == nil || errors.As(err, &held) || !strings.Contains(err.Error(), "was cut off") {
			t.Errorf("%v", err)
		}
		if w.Record().Number != number {
			t.Error("it was taken over")
		}
		if _, err := w.Applier().Unlock(t.Context(), deploytest.Name); err != nil {
			t.Error(err)
		}
		w.Check()
	})
}
