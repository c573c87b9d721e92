package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// TestNewLaunchIsNoGood upgrades to launches that are no good in all ways.
func TestNewLaunchIsNoGood(t *testing.T) {
	for name, c := range map[string]struct {
		behaviour deploytest.Behaviour
		never     bool // rollback: never
		refused   bool // by the target
		aborted   bool // by its standby
		phase     journal.Phase
		problem   string
		runs      []uint64
		restored  string // of the launch that is recorded in the end
	}{
		"dies":           {behaviour: deploytest.Behaviour{Start: deploytest.Dies}, phase: journal.RolledBack, problem: "it died at once", runs: []uint64{3}, restored: "savepoints/"},
		"fails":          {behaviour: deploytest.Behaviour{Start: deploytest.Fails}, phase: journal.RolledBack, problem: "the job is FAILED", runs: []uint64{3}, restored: "savepoints/"},
		"hangs":          {behaviour: deploytest.Behaviour{Start: deploytest.Hangs}, phase: journal.RolledBack, problem: "not running within 30s (upgrade.health-timeout)", runs: []uint64{3}, restored: "savepoints/"},
		"no checkpoint":  {behaviour: deploytest.Behaviour{Health: deploytest.Refuses}, phase: journal.RolledBack, problem: "not healthy within 30s (upgrade.health-timeout)", runs: []uint64{3}, restored: "savepoints/"},
		"fails early":    {behaviour: deploytest.Behaviour{Health: deploytest.Fails}, phase: journal.RolledBack, problem: "the job is FAILED", runs: []uint64{3}, restored: "savepoints/"},
		"fails late":     {behaviour: deploytest.Behaviour{Health: deploytest.FailsAfter}, phase: journal.Failed, problem: "would write that again", restored: "savepoints/"},
		"never":          {behaviour: deploytest.Behaviour{Start: deploytest.Fails}, never: true, phase: journal.Failed, problem: "the job is FAILED", restored: "savepoints/"},
		"never, hanging": {behaviour: deploytest.Behaviour{Start: deploytest.Restarts}, never: true, phase: journal.Failed, problem: "the job is RESTARTING", restored: "savepoints/"},
		"refused":        {refused: true, phase: journal.RolledBack, problem: "it could not be started: no such secret", runs: []uint64{3}, restored: "savepoints/"},
		"aborted":        {aborted: true, phase: journal.RolledBack, problem: "its cluster gave up waiting: no room", runs: []uint64{3}, restored: "savepoints/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				w.Target.Behave = behaves(2, c.behaviour)
				if c.refused {
					w.Target.Behave = nil
					w.Target.Refuse = func(n uint64) error {
						if n == 2 {
							return errors.New("no such secret")
						}
						return nil
					}
				}
				if c.aborted {
					w.Target.Behave = nil
					d := launch.Decision{Verdict: launch.Abort, ClusterID: "orders-2", Reason: "no room"}
					if _, err := launch.Decide(t.Context(), w.Bucket, deploytest.Name, 2, d); err != nil {
						t.Fatal(err)
					}
				}
				job := deploytest.Job(second)
				if c.never {
					job.Upgrade.Rollback = manifest.Never
				}
				e, err := deploytest.Apply(t.Context(), w.Applier(), job)
				if err == nil {
					t.Error("the command succeeded")
				}
				w.Want(e, c.phase)
				if !strings.Contains(e.Problem, c.problem) || !strings.Contains(e.Launch.Restored, c.restored) {
					t.Errorf("problem %q, restored %q", e.Problem, e.Launch.Restored)
				}
				if e.Next != nil || e.Previous != nil || e.Settings != nil {
					t.Errorf("the final entry still has what only an unfinished deployment needs: %+v", e)
				}
				endOf(w) // lets time pass
				if got := w.Target.Running(); fmt.Sprint(got) != fmt.Sprint(c.runs) {
					t.Errorf("launches %v run, want %v", got, c.runs)
				}
				w.Target.Behave, w.Target.Refuse = nil, nil
				w.MustApply(deploytest.Job(second)) // from the newest state; the target checks that
				w.Check()
			})
		})
	}
}

func TestRollbackFailsToo(t *testing.T) {
	for name, b := range map[string]deploytest.Behaviour{
		"dies":          {Start: deploytest.Dies},
		"hangs":         {Start: deploytest.Hangs},
		"no checkpoint": {Health: deploytest.Refuses},
		"fails late":    {Health: deploytest.FailsAfter},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				w.Target.Behave = func(nth int) deploytest.Behaviour {
					if nth == 2 {
						return deploytest.Behaviour{Start: deploytest.Dies}
					}
					return b
				}
				e, _ := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(second))
				w.Want(e, journal.Failed)
				if !strings.Contains(e.Problem, "it died at once; and the previous release did not come up again: ") {
					t.Errorf("problem %q", e.Problem)
				}
				endOf(w)
				if got := w.Target.Running(); len(got) != 0 {
					t.Errorf("launches %v run", got)
				}
				w.Target.Behave = nil
				w.MustApply(deploytest.Job(first))
				w.Check()
			})
		})
	}
}

// TestSickLaunchRecovers: the submitter dies once it has decided to roll back; the
// new launch gets well and completes a checkpoint before anybody goes on.
func TestSickLaunchRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		runs(w)
		w.Target.Behave = behaves(2, deploytest.Behaviour{Health: deploytest.Refuses})
		ctx, cancel := context.WithCancel(t.Context())
		a := w.Applier()
		a.Step = func(e journal.Entry) {
			if e.Phase == journal.RollingBack {
				cancel()
			}
		}
		_, _ = deploytest.Apply(ctx, a, deploytest.Job(second))
		w.Want(w.Record(), journal.RollingBack)
		if err := w.Target.Checkpoint(w.Record().Launch.Number); err != nil {
			t.Fatal(err)
		}
		e, _ := w.Applier().Continue(t.Context(), deploytest.Name)
		w.Want(e, journal.Failed)
		w.MustApply(deploytest.Job(second))
		w.Check()
	})
}

// TestBucketFails spoils the bucket at each kind of write: the phase stays, the
// error says what was attempted, and the next command goes on.
func TestBucketFails(t *testing.T) {
	for name, c := range map[string]struct {
		at    journal.Phase
		block string // a file stands where this directory should be
		names string
	}{
		"publish":  {journal.Compiled, "releases/orders", "releases/orders/"},
		"decision": {journal.Stopped, "launches/orders", "launches/orders/2/decision.json"},
		"manifest": {journal.Healthy, "manifests", "manifests/orders.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				dir := filepath.Join(w.Dir, c.block)
				a := w.Applier()
				a.Step = func(e journal.Entry) {
					if e.Phase == c.at {
						obstruct(t, dir)
					}
				}
				_, err := deploytest.Apply(t.Context(), a, deploytest.Job(second))
				if err == nil || !strings.Contains(err.Error(), c.names) || !strings.HasPrefix(err.Error(), "orders: phase ") {
					t.Errorf("%v, want an error that names %s", err, c.names)
				}
				if w.Record().Phase.Final() {
					t.Errorf("phase %s", w.Record().Phase)
				}
				unblock(t, dir)
				if name == "publish" {
					e, _ := w.Applier().Continue(t.Context(), deploytest.Name)
					w.Want(e, journal.Failed)
				}
				w.MustApply(deploytest.Job(second))
				w.Check()
			})
		})
	}
}

func obstruct(t *testing.T, dir string) {
	t.Helper()
	if err := os.Rename(dir, dir+".away"); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

func unblock(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir+".away", dir); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

// TestTornSavepoint: the job died in writing its savepoint, which is none then.
func TestTornSavepoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.Target.Behave = behaves(1, deploytest.Behaviour{Stop: deploytest.Dies})
		runs(w)
		a := w.Applier()
		a.Step = func(e journal.Entry) {
			if e.Phase == journal.Stopping && e.Savepoint.Location == "" {
				if err := w.Bucket.Write(t.Context(), e.Savepoint.Directory+"savepoint-1/_metadata", w.Target.Metadata[:100]); err != nil {
					t.Error(err)
				}
			}
		}
		e, err := deploytest.Wish(t.Context(), a, apply.Wish{Restart: true})
		if err != nil {
			t.Fatal(err)
		}
		w.Want(e, journal.Committed)
		if !strings.Contains(e.Launch.Restored, "checkpoints/") {
			t.Errorf("restored %s", e.Launch.Restored)
		}
		w.Check()
	})
}

// TestTakenForDead: nothing is started beside a launch that runs after all.
func TestTakenForDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		runs(w)
		w.Target.Kill(1)
		a := w.Applier()
		a.Step = func(e journal.Entry) {
			if e.Phase == journal.Published {
				w.Target.Revive(1)
			}
		}
		e, err := deploytest.Apply(t.Context(), a, deploytest.Job(first))
		if err == nil || !strings.Contains(err.Error(), "launch 1 was taken for dead and runs after all (it runs)") {
			t.Errorf("%v", err)
		}
		w.Want(e, journal.Failed)
		if e.Launch.Number != 1 || len(w.Target.Started()) != 1 {
			t.Errorf("the record has launch %d, and %v were started", e.Launch.Number, w.Target.Started())
		}
		if e := w.MustApply(deploytest.Job(second)); e.Action != journal.Upgrade || e.Launch.Number != 3 {
			t.Errorf("the next apply did %s to launch %d", e.Action, e.Launch.Number)
		}
		w.Check()
	})
}

// TestNobodyKnows: as long as a launch may run, its deployment waits.
func TestNobodyKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		runs(w)
		w.Target.Kill(1)
		a := w.Applier()
		a.Step = func(e journal.Entry) { w.Target.Unknown(1, e.Phase == journal.Published) }
		_, err := deploytest.Apply(t.Context(), a, deploytest.Job(first))
		if err == nil || !strings.Contains(err.Error(), "launch 1 is unknown (nobody knows), so nothing else may be started") {
			t.Errorf("%v", err)
		}
		w.Want(w.Record(), journal.Published)
		w.Target.Unknown(1, false)
		w.MustApply(deploytest.Job(first))
		w.Check()
	})
}
