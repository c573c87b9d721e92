package deploy_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// TestFinishedBeforeItIsStopped: a bounded job comes to its end before it is stopped,
// while that is asked for, or while its process is still up.
func TestFinishedBeforeItIsStopped(t *testing.T) {
	const bounded = "copy-files"
	changes := func(ctx context.Context, a *apply.Applier) (*journal.Entry, error) {
		job := deploytest.Job(bounded)
		job.FlinkProperties = map[string]string{"restart-strategy.type": "none"}
		return deploytest.Apply(ctx, a, job)
	}
	suspend := wishes(apply.Wish{State: manifest.Suspended})
	for name, c := range map[string]struct {
		finishes string // when
		stays    time.Duration
		act      func(context.Context, *apply.Applier) (*journal.Entry, error)
		started  int
	}{
		"upgraded":                 {"before", 5 * time.Second, changes, 2},
		"upgraded, and lingers":    {"before", time.Hour, changes, 2},
		"restarted":                {"before", 5 * time.Second, wishes(apply.Wish{Restart: true}), 2},
		"suspended":                {"before", 5 * time.Second, suspend, 1},
		"cancelled":                {"before", 5 * time.Second, wishes(apply.Wish{State: manifest.Cancelled}), 1},
		"finishes when asked":      {"asked", 5 * time.Second, changes, 2},
		"suspended, ends":          {"asked", 5 * time.Second, suspend, 1},
		"gone before it was asked": {"stopping", 0, changes, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				w.MustApply(deploytest.Job(bounded))
				finish := func() {
					if err := w.Target.Finish(1, c.stays); err != nil {
						t.Error(err)
					}
				}
				w.Target.Clean(2)
				a := w.Applier()
				switch c.finishes {
				case "before":
					finish()
				case "asked":
					w.Target.Effect = func(what string) {
						if what == "POST /jobs/"+w.Record().Launch.JobID+"/stop of launch 1" {
							w.Target.Effect = nil
							finish()
						}
					}
				case "stopping":
					a.Step = func(e journal.Entry) {
						if e.Phase == journal.Stopping && !e.Savepoint.Finished {
							finish()
						}
					}
				}
				e, err := c.act(t.Context(), a)
				if err != nil {
					t.Fatal(err)
				}
				w.Want(e, journal.Committed)
				if got := len(w.Target.Started()); got != c.started {
					t.Errorf("%d launches were started, want %d", got, c.started)
				}
				if c.started == 2 && (e.Launch.Restored != "" || e.Launch.Number != 2) {
					t.Errorf("%+v", e.Launch)
				}
				if e.Action == journal.Suspend && !e.Savepoint.Finished {
					t.Errorf("%+v", e.Savepoint)
				}
				if e.Action == journal.Suspend { // nothing to go on with
					if e := mustWish(w, apply.Wish{State: manifest.Running}); e.Launch.Number != 1 || e.State != "running" {
						t.Errorf("resumed: %+v", e)
					}
				}
				w.Check()
			})
		})
	}
}

// TestNewRunFails: the release before has finished its work, so it is not brought back;
// the next apply starts anew.
func TestNewRunFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		const bounded = "copy-files"
		w.MustApply(deploytest.Job(bounded))
		if err := w.Target.Finish(1, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		w.Target.Behave = behaves(2, deploytest.Behaviour{Start: deploytest.Dies})
		for n := range uint64(3) {
			w.Target.Clean(n + 2)
		}
		e, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{Restart: true})
		if err == nil {
			t.Error("the command succeeded")
		}
		w.Want(e, journal.Failed)
		if e := w.MustApply(deploytest.Job(bounded)); e.Launch.Restored != "" || e.Launch.Number != 3 {
			t.Errorf("%+v", e.Launch)
		}
		w.Check()
	})
}
