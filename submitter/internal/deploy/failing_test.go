package deploy_test

import (
	"context"
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

// crashes is a job that ran well, completed checkpoints, and keeps failing now.
func crashes(w *deploytest.World) {
	runs(w)
	w.Target.Crash(1)
}

// TestJobThatKeepsFailing: a job that cannot take a savepoint is cancelled soon and
// goes on from its newest checkpoint, as it would have done by itself.
func TestJobThatKeepsFailing(t *testing.T) {
	suspend := wishes(apply.Wish{State: manifest.Suspended})
	for name, c := range map[string]struct {
		before  func(*deploytest.World)
		act     func(context.Context, *apply.Applier) (*journal.Entry, error)
		givenUp string
		runs    []uint64
	}{
		"upgraded":           {crashes, applies(second), "the running job is RESTARTING: division by zero", []uint64{2}},
		"restarted":          {crashes, wishes(apply.Wish{Restart: true}), "the running job is RESTARTING", []uint64{2}},
		"suspended":          {crashes, suspend, "the running job is RESTARTING", nil},
		"cancelled":          {crashes, wishes(apply.Wish{State: manifest.Cancelled}), "", nil},
		"fails in stopping":  {stops(deploytest.Crashes), applies(second), "the savepoint failed and the running job is RESTARTING: Checkpoint Coordinator is suspending.", []uint64{2}},
		"and runs again":     {stops(deploytest.Recovers), applies(second), "the running job failed while its savepoint was taken", []uint64{2}},
		"fails in suspend":   {stops(deploytest.Crashes), suspend, "the savepoint failed and the running job is RESTARTING", nil},
		"starts after clean": {crashes, applies(third, func(a *apply.Applier) { a.Policy.Clean = true }), "RESTARTING", []uint64{2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				c.before(w)
				if strings.Contains(name, "clean") {
					w.Target.Clean(2)
				}
				start := time.Now()
				e, err := c.act(t.Context(), w.Applier())
				if err != nil {
					t.Fatal(err)
				}
				w.Want(e, journal.Committed)
				if took := time.Since(start); took > deploytest.SavepointTimeout/2 {
					t.Errorf("it took %s", took)
				}
				if c.givenUp != "" && (e.Savepoint == nil || !strings.Contains(e.Savepoint.GivenUp, c.givenUp) || !strings.Contains(e.Savepoint.Location, "checkpoints/")) {
					t.Errorf("the record has %+v", e.Savepoint)
				}
				endOf(w) // lets time pass
				if got := w.Target.Running(); fmt.Sprint(got) != fmt.Sprint(c.runs) {
					t.Errorf("launches %v run, want %v", got, c.runs)
				}
				w.Check()
			})
		})
	}
}

// TestJobThatComesBack fails and runs again: it gets its savepoint.
func TestJobThatComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		crashes(w)
		go func() {
			time.Sleep(5 * time.Second)
			w.Target.Recover(1)
		}()
		e := w.MustApply(deploytest.Job(second))
		if e.Savepoint.GivenUp != "" || !strings.Contains(e.Launch.Restored, "savepoints/") {
			t.Errorf("%+v", e.Savepoint)
		}
		w.Check()
	})
}

// TestFailingJobIsLeftAlone where ending it would lose something, or do another
// thing than was asked for.
func TestFailingJobIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*deploytest.World)
		job    func(*manifest.Job)
		says   string
	}{
		"no checkpoint": {func(w *deploytest.World) {
			crashes(w)
			w.LoseCheckpoints()
		}, func(*manifest.Job) {}, "it can take no savepoint, and launch 1 completed checkpoints, but no complete checkpoint is in "},
		"to be drained": {crashes, func(j *manifest.Job) { j.Upgrade.Drain = true }, "so it cannot be drained; to go on from its newest checkpoint, take `upgrade.drain` out of its manifest"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				c.before(w)
				job := deploytest.Job(second)
				c.job(job)
				e, err := deploytest.Apply(t.Context(), w.Applier(), job)
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v", err)
				}
				w.Want(e, journal.Failed)
				if got := w.Target.Running(); fmt.Sprint(got) != "[1]" {
					t.Errorf("launches %v run", got)
				}
			})
		})
	}
}

// TestRollbackToAFailingJob: the mended job is no good either. What was there before
// is started again and is not waited for.
func TestRollbackToAFailingJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		crashes(w)
		w.Target.Behave = func(nth int) deploytest.Behaviour {
			if nth == 2 {
				return deploytest.Behaviour{Start: deploytest.Dies}
			}
			return deploytest.Behaviour{Start: deploytest.Restarts}
		}
		start := time.Now()
		e, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(second))
		if err == nil || !strings.Contains(err.Error(), "it died at once; the previous release was started again as it was, failing: the running job is RESTARTING: division by zero") {
			t.Errorf("%v", err)
		}
		w.Want(e, journal.RolledBack)
		if took := time.Since(start); took > deploytest.SavepointTimeout/2 {
			t.Errorf("it took %s", took)
		}
		time.Sleep(time.Minute)
		if got := w.Target.Running(); fmt.Sprint(got) != "[3]" {
			t.Errorf("launches %v run", got)
		}
		w.Target.Behave = nil
		w.MustApply(deploytest.Job(second)) // from the checkpoint of launch 1; the target checks that
		w.Check()
	})
}
