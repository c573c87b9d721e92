package deploy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
)

// damage cuts a file of a release in half.
func damage(w *deploytest.World, r *journal.Release, file string) {
	w.Helper()
	path := filepath.Join(w.Dir, "releases", deploytest.Name, r.Digest, file)
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, data[:len(data)/2], 0o644)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// TestDamagedBeforeTheStop: a release that could not be started leaves the running
// job alone.
func TestDamagedBeforeTheStop(t *testing.T) {
	for _, file := range []string{"plan.json", "config.json"} {
		t.Run(file, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				a := w.Applier()
				a.Step = func(e journal.Entry) {
					if e.Phase == journal.Published {
						damage(w, &e.Next.Release, file)
					}
				}
				e, err := deploytest.Apply(t.Context(), a, deploytest.Job(second))
				if err == nil || !strings.Contains(err.Error(), "its release cannot be started, and nothing was touched: ") || !strings.Contains(err.Error(), file+": wrong content") {
					t.Errorf("%v", err)
				}
				w.Want(e, journal.Failed)
				if got := w.Target.Running(); fmt.Sprint(got) != "[1]" || e.Launch.Number != 1 {
					t.Errorf("launches %v run, the record has launch %d", got, e.Launch.Number)
				}
				w.MustApply(deploytest.Job(second)) // publishes again
				w.Check()
			})
		})
	}
}

// TestDamagedReleaseIsNotRestarted: the release that runs was damaged in the
// bucket. It runs on; a restart would end it for good.
func TestDamagedReleaseIsNotRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		runs(w)
		damage(w, w.Record().Release, "plan.json")
		e, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{Restart: true})
		if err == nil || !strings.Contains(err.Error(), "nothing was touched") {
			t.Errorf("%v", err)
		}
		w.Want(e, journal.Failed)
		if got := w.Target.Running(); fmt.Sprint(got) != "[1]" {
			t.Errorf("launches %v run", got)
		}
	})
}

// TestDamagedAfterTheStop: the new release was damaged when the old job had ended
// already; the previous one comes back.
func TestDamagedAfterTheStop(t *testing.T) {
	for name, c := range map[string]struct {
		spoil   func(w *deploytest.World, e *journal.Entry)
		problem string
	}{
		"plan":   {func(w *deploytest.World, e *journal.Entry) { damage(w, e.Release, "plan.json") }, "plan.json: wrong content"},
		"config": {func(w *deploytest.World, e *journal.Entry) { damage(w, e.Release, "config.json") }, "config.json: wrong content"},
		"decision": {func(w *deploytest.World, _ *journal.Entry) {
			w.Put("launches/orders/2/decision.json", `{"version":1,"ver`)
		}, "launches/orders/2/decision.json"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				a := w.Applier()
				a.Step = func(e journal.Entry) {
					if e.Phase == journal.Decided {
						c.spoil(w, &e)
					}
				}
				e, err := deploytest.Apply(t.Context(), a, deploytest.Job(second))
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Errorf("%v", err)
				}
				w.Want(e, journal.RolledBack)
				if got := w.Target.Running(); fmt.Sprint(got) != "[3]" {
					t.Errorf("launches %v run", got)
				}
				w.MustApply(deploytest.Job(second))
				w.Check()
			})
		})
	}
}

// TestBothReleasesAreDamaged: nothing can run; the state is kept, and the job comes
// back once its release does.
func TestBothReleasesAreDamaged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		runs(w)
		old := w.Record().Release
		path := filepath.Join(w.Dir, "releases", deploytest.Name, old.Digest, "plan.json")
		plan, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a := w.Applier()
		a.Step = func(e journal.Entry) {
			if e.Phase == journal.Decided {
				damage(w, e.Release, "plan.json")
				damage(w, old, "plan.json")
			}
		}
		e, _ := deploytest.Apply(t.Context(), a, deploytest.Job(second))
		w.Want(e, journal.Failed)
		if !strings.Contains(e.Problem, "and the previous release did not come up again") {
			t.Errorf("%q", e.Problem)
		}
		if err := os.WriteFile(path, plan, 0o644); err != nil {
			t.Fatal(err)
		}
		w.MustApply(deploytest.Job(second)) // from the savepoint; the target checks that
		w.Check()
	})
}
