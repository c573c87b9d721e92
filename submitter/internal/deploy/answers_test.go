package deploy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// once spoils the nth request to one endpoint.
func once(endpoint string, nth int, f deploytest.Fault) func(method, path string) deploytest.Fault {
	seen := 0
	return func(method, path string) deploytest.Fault {
		if method+" "+path != endpoint && !(strings.HasSuffix(endpoint, "*") && strings.HasPrefix(method+" "+path, strings.TrimSuffix(endpoint, "*"))) {
			return deploytest.None
		}
		if seen++; seen == nth {
			return f
		}
		return deploytest.None
	}
}

// TestLostAnswers loses one answer at every call in every way: the deployment is
// committed all the same, at once or by the next command.
func TestLostAnswers(t *testing.T) {
	acts := map[string]story{
		"launch":  {func(*deploytest.World) {}, applies(first)},
		"upgrade": {runs, applies(second)},
		"suspend": {runs, wishes(apply.Wish{State: manifest.Suspended})},
		"cancel":  {runs, wishes(apply.Wish{State: manifest.Cancelled})},
	}
	endpoints := []string{
		"POST /jobs/ID/stop", "GET /jobs/ID/savepoints/*", "GET /jobs/ID/status", "PATCH /jobs/ID",
		"GET /jobs/ID", "GET /jobs/ID/checkpoints", "POST /jobs/ID/checkpoints", "GET /jobs/ID/checkpoints/*",
	}
	faults := map[deploytest.Fault]string{
		deploytest.Reset: "reset", deploytest.Unheard: "unheard", deploytest.Unanswered: "unanswered",
		deploytest.Error500: "500", deploytest.Nonsense: "nonsense",
	}
	for action, s := range acts {
		for _, endpoint := range endpoints {
			for f, name := range faults {
				t.Run(fmt.Sprintf("%s/%s/%s", action, endpoint, name), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { loseOne(t, s, once(endpoint, 1, f), f) })
				})
			}
		}
	}
}

func loseOne(t *testing.T, s story, fault func(string, string) deploytest.Fault, f deploytest.Fault) {
	w := deploytest.New(t)
	s.before(w)
	w.Target.Fault = fault
	e, err := s.act(t.Context(), w.Applier())
	if err != nil {
		if f == deploytest.Reset || f == deploytest.Unheard || f == deploytest.Unanswered {
			t.Errorf("one lost answer ended the command: %v", err)
		}
		if !strings.HasPrefix(err.Error(), "orders: phase ") || w.Record().Phase.Final() {
			t.Errorf("%v, and the phase is %s", err, w.Record().Phase)
		}
		e, err = w.Applier().Continue(t.Context(), deploytest.Name)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.Want(e, journal.Committed)
	w.Check()
}

func TestSavepointTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.Target.Behave = behaves(1, deploytest.Behaviour{Stop: deploytest.Hangs})
		runs(w)
		_, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(second))
		if err == nil || !strings.Contains(err.Error(), "no savepoint within 1m0s (upgrade.savepoint-timeout)") {
			t.Errorf("%v", err)
		}
		w.Want(w.Record(), journal.Stopping)
		w.Target.Change(1, deploytest.Behaviour{})
		e := w.MustApply(deploytest.Job(second))
		if e.Launch.Number != 2 || e.Launch.Restored == "" {
			t.Errorf("the next apply ended with launch %+v", e.Launch)
		}
		w.Check()
	})
}

// TestStopsThatFail has stops that fail in all ways; the job is upgraded from the
// newest state or left alone.
func TestStopsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		stop    deploytest.Script
		phase   journal.Phase
		problem string
		state   string // what the new launch restores
		runs    []uint64
	}{
		"refused":            {deploytest.Refuses, journal.Failed, "the savepoint failed and the job runs on", "", []uint64{1}},
		"saved, but runs on": {deploytest.RunsOn, journal.Failed, "the savepoint failed and the job runs on", "", []uint64{1}},
		"saved, but FAILED":  {deploytest.FailsAfter, journal.Committed, "", "savepoints/", []uint64{2}},
		"FAILED":             {deploytest.Fails, journal.Committed, "", "checkpoints/", []uint64{2}},
		"died":               {deploytest.Dies, journal.Committed, "", "checkpoints/", []uint64{2}},
		"lingers":            {deploytest.Lingers, journal.Committed, "", "savepoints/", []uint64{2}},
		"silent":             {deploytest.Silent, journal.Committed, "", "savepoints/", []uint64{2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				w.Target.Behave = behaves(1, deploytest.Behaviour{Stop: c.stop})
				runs(w)
				e, _ := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(second))
				w.Want(e, c.phase)
				if !strings.Contains(e.Problem, c.problem) || c.state != "" && !strings.Contains(e.Launch.Restored, c.state) {
					t.Errorf("problem %q, restored %q", e.Problem, e.Launch.Restored)
				}
				if got := w.Target.Running(); fmt.Sprint(got) != fmt.Sprint(c.runs) {
					t.Errorf("launches %v run, want %v", got, c.runs)
				}
				w.Check()
			})
		})
	}
}

// TestOlderSavepointOfAJobThatRanOn: the savepoint was written, the stop failed
// unheard, the job ran on, completed a checkpoint and died.
func TestOlderSavepointOfAJobThatRanOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.Target.Behave = behaves(1, deploytest.Behaviour{Stop: deploytest.RunsOn})
		runs(w)
		deaf := true
		w.Target.Fault = func(method, path string) deploytest.Fault {
			if deaf && strings.Contains(path, "savepoints") {
				return deploytest.Reset
			}
			return deploytest.None
		}
		if _, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(second)); err == nil {
			t.Fatal("it did not fail")
		}
		deaf = false
		if err := w.Target.Checkpoint(1); err != nil {
			t.Fatal(err)
		}
		w.Target.Kill(1)
		e := w.MustApply(deploytest.Job(second))
		if !strings.Contains(e.Launch.Restored, "checkpoints/") {
			t.Errorf("restored %s", e.Launch.Restored)
		}
		w.Check()
	})
}

// TestDiesInStoppingWithoutAnyState: only a plan without state may start from
// nothing.
func TestDiesInStoppingWithoutAnyState(t *testing.T) {
	for plan, phase := range map[string]journal.Phase{first: journal.Failed, "filter": journal.Committed} {
		synctest.Test(t, func(t *testing.T) {
			w := deploytest.New(t)
			w.Target.Behave = behaves(1, deploytest.Behaviour{Stop: deploytest.Dies})
			w.MustApply(deploytest.Job(plan))
			w.LoseCheckpoints()
			e, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{Restart: true})
			if (err != nil) != (phase == journal.Failed) {
				t.Error(err)
			}
			w.Want(e, phase)
			if phase == journal.Failed && !strings.Contains(e.Problem, "it ended without a savepoint: launch 1 completed checkpoints, but no complete checkpoint is in ") {
				t.Errorf("%q", e.Problem)
			}
			w.Check()
		})
	}
}

func TestTargetCannotBeAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		a := w.Applier()
		down := errors.New("no route to host")
		a.Step = func(e journal.Entry) {
			if e.Phase == journal.Stopping {
				w.Target.ObserveError = down
			}
		}
		runs(w)
		_, err := deploytest.Apply(t.Context(), a, deploytest.Job(second))
		if !errors.Is(err, down) || !strings.HasPrefix(err.Error(), "orders: phase stopping: ") {
			t.Errorf("%v", err)
		}
		w.Target.ObserveError = nil
		time.Sleep(time.Minute)
		w.MustApply(deploytest.Job(second))
		w.Check()
	})
}

// TestJobManagerThatHangs: its process lives and says nothing. The story says so soon
// and what to do; nobody ends it in doubt. Once somebody has, the job goes on.
func TestJobManagerThatHangs(t *testing.T) {
	for name, ends := range map[string]bool{"is ended by hand": true, "wakes up": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				hangs := true
				w.Target.Fault = func(string, string) deploytest.Fault {
					if hangs {
						return deploytest.Unanswered
					}
					return deploytest.None
				}
				begun, said := time.Now(), 0
				a := w.Applier()
				a.Progress = func(_ string, _ journal.Phase, text string) {
					if !strings.Contains(text, "its JobManager does not answer") {
						return
					}
					if said++; !strings.Contains(text, "end its process by hand") || !strings.Contains(text, "it runs") {
						t.Error(text)
					}
					if time.Since(begun) > deploytest.SavepointTimeout/2 || len(w.Target.Running()) != 1 {
						t.Errorf("after %s, launches %v run", time.Since(begun), w.Target.Running())
					}
					hangs = false
					if ends {
						w.Target.Kill(1)
					}
				}
				e, err := deploytest.Apply(t.Context(), a, deploytest.Job(second))
				if err != nil {
					t.Fatal(err)
				}
				w.Want(e, journal.Committed)
				if said != 1 || strings.Contains(e.Launch.Restored, "checkpoints/") != ends {
					t.Errorf("said %d times, restored %s", said, e.Launch.Restored)
				}
				w.Check()
			})
		})
	}
}
