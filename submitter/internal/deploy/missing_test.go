package deploy_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// move takes what is below a directory of the bucket away, and brings it back.
func move(w *deploytest.World, from, to string) {
	w.Helper()
	if err := os.Rename(filepath.Join(w.Dir, from), filepath.Join(w.Dir, to)); err != nil {
		w.Fatal(err)
	}
}

// mustWish carries a wish by hand out.
func mustWish(w *deploytest.World, wish apply.Wish) *journal.Entry {
	w.Helper()
	e, err := deploytest.Wish(w.Context(), w.Applier(), wish)
	if err != nil {
		w.Fatal(err)
	}
	return w.Want(e, journal.Committed)
}

func suspends(w *deploytest.World) { mustWish(w, apply.Wish{State: manifest.Suspended}) }

// TestNewestStateIsMissing: what is older is there, and is not gone back to in
// silence. Brought back, the state is gone on from.
func TestNewestStateIsMissing(t *testing.T) {
	resume := func(a *apply.Applier, ctx context.Context) (*apply.Assessment, error) {
		return a.AssessWish(ctx, deploytest.Name, apply.Wish{State: manifest.Running})
	}
	applies := func(plan string) func(*apply.Applier, context.Context) (*apply.Assessment, error) {
		return func(a *apply.Applier, ctx context.Context) (*apply.Assessment, error) {
			all, err := a.Assess(ctx, []*manifest.Job{deploytest.Job(plan)})
			if err != nil {
				return nil, err
			}
			return all[0], all[0].Err
		}
	}
	restarted := func(w *deploytest.World) {
		runs(w)
		mustWish(w, apply.Wish{Restart: true})
	}
	for name, c := range map[string]struct {
		before func(*deploytest.World)
		lost   string // directory
		assess func(*apply.Applier, context.Context) (*apply.Assessment, error)
		says   string
	}{
		"dead after a restart": {func(w *deploytest.World) {
			restarted(w)
			w.Target.Kill(2)
		}, "checkpoints", applies(first), "launch 2 completed checkpoints, but no complete checkpoint is in "},
		"dead, to be changed": {func(w *deploytest.World) {
			restarted(w)
			w.Target.Kill(2)
		}, "checkpoints", applies(second), "launch 2 completed checkpoints"},
		"dead after a rollback": {func(w *deploytest.World) {
			runs(w)
			w.Target.Behave = behaves(2, deploytest.Behaviour{Start: deploytest.Dies})
			if e, _ := deploytest.Apply(w.Context(), w.Applier(), deploytest.Job(second)); e.Phase != journal.RolledBack {
				w.Fatalf("%+v", e)
			}
			w.Target.Kill(3)
		}, "checkpoints", applies(first), "launch 3 completed checkpoints"},
		"failed after a checkpoint": {func(w *deploytest.World) {
			runs(w)
			w.Target.Behave = behaves(2, deploytest.Behaviour{Health: deploytest.FailsAfter})
			if e, _ := deploytest.Apply(w.Context(), w.Applier(), deploytest.Job(second)); e.Phase != journal.Failed {
				w.Fatalf("%+v", e)
			}
		}, "checkpoints", applies(second), "launch 2 completed checkpoints"},
		"suspended": {func(w *deploytest.World) {
			restarted(w)
			suspends(w)
		}, "savepoints", resume, "the state of launch 2 that it left when it was stopped, is gone or incomplete"},
		"suspended once": {func(w *deploytest.World) {
			runs(w)
			suspends(w)
		}, "savepoints", resume, "the state of launch 1 that it left when it was stopped, is gone or incomplete"},
		"no rollback": {func(w *deploytest.World) {
			runs(w)
			w.Target.Behave = behaves(2, deploytest.Behaviour{Start: deploytest.Dies})
			job := deploytest.Job(second)
			job.Upgrade.Rollback = manifest.Never
			if e, _ := deploytest.Apply(w.Context(), w.Applier(), job); e.Phase != journal.Failed {
				w.Fatalf("%+v", e)
			}
		}, "savepoints", applies(second), "the state of launch 1 that it left when it was stopped, is gone or incomplete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				c.before(w)
				time.Sleep(time.Minute) // for what is about to end
				move(w, c.lost, "elsewhere")
				before := w.Record().Number
				s, err := c.assess(w.Applier(), t.Context())
				if err != nil || s.Decision.Kind != change.Blocked || !strings.Contains(s.Decision.Reason, c.says) {
					t.Fatalf("%+v, %v", s.Decision, err)
				}
				if _, err := w.Applier().Carry(t.Context(), s); err != nil || w.Record().Number != before {
					t.Errorf("it was touched: %v", err)
				}
				if err := os.RemoveAll(filepath.Join(w.Dir, c.lost)); err != nil { // an attempt may have made it
					t.Fatal(err)
				}
				move(w, "elsewhere", c.lost)
				w.Target.Behave = nil
				a := w.Applier()
				if s, err = c.assess(a, t.Context()); err != nil || s.Decision.Kind != change.Restore {
					t.Fatalf("brought back: %+v, %v", s.Decision, err)
				}
				e, err := a.Carry(t.Context(), s) // from the newest state; the target checks that
				if err != nil {
					t.Fatal(err)
				}
				w.Want(e, journal.Committed)
				w.Check()
			})
		})
	}
}

// TestMissingStateAndClean: --clean is said for just that.
func TestMissingStateAndClean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		runs(w)
		mustWish(w, apply.Wish{Restart: true})
		w.Target.Kill(2)
		w.LoseCheckpoints()
		a := w.Applier()
		a.Policy.Clean = true
		w.Target.Clean(3)
		e, err := deploytest.Apply(t.Context(), a, deploytest.Job(first))
		if err != nil || e.Launch.Restored != "" || len(e.Trusted) != 1 {
			t.Errorf("%+v, %v", e, err)
		}
		w.Check()
	})
}

// TestStateLostWhileDeploying: a deployment does not fall back to older state either.
func TestStateLostWhileDeploying(t *testing.T) {
	for name, c := range map[string]struct {
		behave deploytest.Script
		crash  bool
		runs   int
		says   string
	}{
		"dies in stopping": {deploytest.Dies, false, 0, "nothing older was started"},
		"keeps failing":    {"", true, 1, "it can take no savepoint, and launch 2 completed checkpoints"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				w.Target.Behave = behaves(2, deploytest.Behaviour{Stop: c.behave})
				runs(w)
				mustWish(w, apply.Wish{Restart: true})
				if c.crash {
					w.Target.Crash(2)
				}
				w.LoseCheckpoints()
				e, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(second))
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v", err)
				}
				w.Want(e, journal.Failed)
				if got := w.Target.Running(); len(got) != c.runs || len(w.Target.Started()) != 2 {
					t.Errorf("launches %v run, %v were started", got, w.Target.Started())
				}
				w.Check()
			})
		})
	}
}

// TestDescribe says what is restored, in the terms of the record.
func TestDescribe(t *testing.T) {
	r := &journal.Entry{Name: "orders", Launch: &journal.LaunchRef{Number: 12, JobID: "c12", QueryVersion: 1},
		Trusted: []journal.LaunchRef{{Number: 1, JobID: "c1", QueryVersion: 1}}}
	for uri, want := range map[string]string{
		"s3://b/checkpoints/orders/1/c12/chk-17":             "checkpoint 17 of launch 12, ",
		"s3://b/savepoints/orders/1/1-00ff/savepoint-c1-abc": "savepoint of launch 1, ",
		"s3://b/savepoints/orders/1/12-00ff/savepoint-c12-a": "savepoint of launch 12, ",
		"s3://elsewhere/mine":                                "savepoint, ",
	} {
		if got := deploy.Describe(uri, r); got != want+uri {
			t.Errorf("%s: %q", uri, got)
		}
	}
}
