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
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// TestSavepointOfABoundedJobIsGone: Flink stops the job with a savepoint and deletes
// its checkpoints, as it does for a job that finishes. Its savepoint is lost before
// anybody looks at it: nothing is started, then or later, until it is back.
func TestSavepointOfABoundedJobIsGone(t *testing.T) {
	changes := func(ctx context.Context, a *apply.Applier) (*journal.Entry, error) {
		return deploytest.Apply(ctx, a, changed("copy-files"))
	}
	for name, c := range map[string]struct {
		stop deploytest.Script
		when string // the phase, or the effect, after which it is lost
		cut  bool   // the command ends there
		act  func(context.Context, *apply.Applier) (*journal.Entry, error)
	}{
		"upgraded":                            {act: changes},
		"restarted":                           {act: wishes(apply.Wish{Restart: true})},
		"suspended":                           {act: wishes(apply.Wish{State: manifest.Suspended})},
		"nobody was told":                     {stop: deploytest.Silent, act: changes},
		"its JobManager lingers":              {stop: deploytest.Lingers, act: changes},
		"cut off before it was asked to stop": {cut: true, when: "asked", act: changes},
		"cut off once it was asked to stop":   {cut: true, when: "posted", act: changes},
		"cut off once it was told":            {cut: true, when: "taken", act: changes},
		"cut off, and nobody was told":        {stop: deploytest.Silent, cut: true, when: "posted", act: changes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				w.Target.Behave = behaves(1, deploytest.Behaviour{Stop: c.stop})
				w.MustApply(deploytest.Job("copy-files"))
				w.Target.Stopped = func(uint64) { move(w, "savepoints", "elsewhere") }
				if c.cut {
					cutOff(w, c.when, c.act)
					time.Sleep(time.Minute) // all ends that is to end
				}
				a := w.Applier()
				e, err := a.Continue(t.Context(), deploytest.Name)
				if !c.cut {
					e, err = c.act(t.Context(), a)
				}
				if err == nil || !strings.Contains(err.Error(), "nothing older was started. Bring that back") {
					t.Errorf("%v", err)
				}
				w.Want(e, journal.Failed)
				if got := w.Target.Started(); len(got) != 1 {
					t.Errorf("launches %v were started", got)
				}
				s := assessed(w, changed("copy-files"))
				if s.Decision.Kind != change.Blocked || !strings.Contains(s.Decision.Reason, "its newest state is missing: launch 1 was stopped with a savepoint, and no complete one is in ") {
					t.Errorf("%+v", s.Decision)
				}
				if err := os.RemoveAll(filepath.Join(w.Dir, "savepoints")); err != nil {
					t.Fatal(err)
				}
				move(w, "elsewhere", "savepoints")
				w.Target.Behave = nil
				e, err = deploytest.Apply(t.Context(), resetting(w), changed("copy-files"))
				if err != nil {
					t.Fatal(err)
				}
				if w.Want(e, journal.Committed); !strings.Contains(e.Launch.Restored, "savepoints/") {
					t.Errorf("brought back, and %+v", e.Launch)
				}
				w.Check()
			})
		})
	}
}

// resetting is an applier to which no wish by hand counts.
func resetting(w *deploytest.World) *apply.Applier {
	a := w.Applier()
	a.Policy.ResetState = true
	return a
}

// assessed is what is to be done with a job.
func assessed(w *deploytest.World, job *manifest.Job) *apply.Assessment {
	w.Helper()
	all, err := resetting(w).Assess(w.Context(), []*manifest.Job{job})
	if err != nil || all[0].Err != nil {
		w.Fatal(err, all[0].Err)
	}
	return all[0]
}

// cutOff carries f out until it has asked the job to stop, before it hears of an
// answer, or has written the answer down.
func cutOff(w *deploytest.World, when string, f func(context.Context, *apply.Applier) (*journal.Entry, error)) {
	a := w.Applier()
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	a.Step = func(e journal.Entry) {
		if s := e.Savepoint; s != nil && (when == "asked" && s.Asked || when == "taken" && s.Taken) {
			cancel()
		}
	}
	w.Target.Effect = func(what string) {
		if when == "posted" && strings.HasSuffix(what, "/stop of launch 1") {
			cancel()
		}
	}
	if _, err := f(ctx, a); err == nil {
		w.Fatal("it was not cut off")
	}
	w.Target.Effect = nil
}

// TestRefusedStopOfABoundedJob: the job runs on and comes to its end by itself later.
func TestRefusedStopOfABoundedJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.Target.Behave = behaves(1, deploytest.Behaviour{Stop: deploytest.Refuses})
		w.MustApply(deploytest.Job("copy-files"))
		if e, err := deploytest.Apply(t.Context(), w.Applier(), changed("copy-files")); err == nil || e.Phase != journal.Failed {
			t.Fatalf("%v, %+v", err, e)
		}
		if err := w.Target.Finish(1, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if s := assessed(w, deploytest.Job("copy-files")); s.Decision.Kind != change.Nothing || s.Decision.Reason != "finished" {
			t.Errorf("%+v", s.Decision)
		}
		w.Check()
	})
}
