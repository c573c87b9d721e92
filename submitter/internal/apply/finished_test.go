package apply_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

const (
	boundedStateful  = "copy-files"
	boundedStateless = "values"
)

// vanish deletes what the target shows of a launch, as Kubernetes does with Jobs that
// ended long ago.
func vanish(t *testing.T, w *deploytest.World, launch uint64) {
	t.Helper()
	if err := w.Target.Remove(t.Context(), target.Ref{Launch: launch}); err != nil {
		t.Fatal(err)
	}
}

// TestFinishIsRecorded: a job that was seen finished never runs a second time by itself,
// however long its target remembers it.
func TestFinishIsRecorded(t *testing.T) {
	finishes := func(w *deploytest.World) {
		if err := w.Target.Finish(1, 0); err != nil {
			w.Fatal(err)
		}
	}
	applies := func(w *deploytest.World, plan string) { w.MustApply(deploytest.Job(plan)) }
	for name, c := range map[string]struct {
		plan   string
		before func(*deploytest.World)
		see    func(w *deploytest.World, plan string)
		writes bool // what sees it only records
	}{
		"seen by apply":            {boundedStateful, finishes, applies, true},
		"seen by apply, no state":  {boundedStateless, finishes, applies, true},
		"seen by a description":    {boundedStateful, finishes, func(w *deploytest.World, plan string) { w.MustApply(described(plan)) }, false},
		"seen by resume":           {boundedStateful, finishes, func(w *deploytest.World, _ string) { wish(w, manifest.Running) }, true},
		"seen by stop":             {boundedStateful, finishes, func(w *deploytest.World, _ string) { wish(w, manifest.Suspended); wish(w, manifest.Running) }, false},
		"seen by stop, no state":   {boundedStateless, finishes, func(w *deploytest.World, _ string) { wish(w, manifest.Suspended); wish(w, manifest.Running) }, false},
		"seen by its deployment":   {boundedStateless, nil, nil, false},
		"seen by that, with state": {boundedStateful, nil, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				if c.before == nil {
					w.Target.Behave = func(int) deploytest.Behaviour { return deploytest.Behaviour{Start: deploytest.Finishes} }
				}
				e := w.MustApply(deploytest.Job(c.plan))
				time.Sleep(time.Minute)
				if c.before != nil {
					c.before(w)
					time.Sleep(time.Second)
					c.see(w, c.plan)
				}
				seen := w.Record()
				if !seen.Launch.Finished || seen.Launch.Number != 1 || seen.Next != nil {
					t.Fatalf("%+v", seen)
				}
				if c.writes && (seen.Number != e.Number+1 || seen.Action != journal.Note) {
					t.Errorf("entry %d after %d: %+v", seen.Number, e.Number, seen)
				}
				job := deploytest.Job(c.plan)
				if name == "seen by a description" {
					job = described(c.plan)
				}
				for range 2 {
					decides(t, w, job, change.Nothing, "finished")
					if again := w.MustApply(job); again.Number != seen.Number {
						t.Errorf("another apply wrote entry %d", again.Number)
					}
					vanish(t, w, 1)
				}
				if got := w.Target.Started(); len(got) != 1 {
					t.Errorf("launches %v were started", got)
				}
				w.Check()
			})
		})
	}
}

func described(plan string) *manifest.Job {
	j := deploytest.Job(plan)
	j.Description = "what it does"
	return j
}

func wish(w *deploytest.World, s manifest.State) {
	w.Helper()
	if _, err := deploytest.Wish(w.Context(), w.Applier(), apply.Wish{State: s}); err != nil {
		w.Fatal(err)
	}
}

// TestEndIsNotRecorded: what looks finished and is not, or needs no such record.
func TestEndIsNotRecorded(t *testing.T) {
	for name, c := range map[string]struct {
		plan string
		end  func(*deploytest.World)
	}{
		"cancelled by hand": {boundedStateful, func(w *deploytest.World) { wish(w, manifest.Cancelled) }},
		"stopped by hand":   {boundedStateful, func(w *deploytest.World) { wish(w, manifest.Suspended) }},
		"cancelled from outside, then to be stopped": {boundedStateful, func(w *deploytest.World) {
			w.Target.Cancel(1)
			time.Sleep(time.Second)
			wish(w, manifest.Suspended)
		}},
		"died": {boundedStateless, func(w *deploytest.World) { w.Target.Kill(1); wish(w, manifest.Suspended) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				w.MustApply(deploytest.Job(c.plan))
				c.end(w)
				time.Sleep(time.Minute)
				before := w.Record().Number
				w.MustApply(deploytest.Job(c.plan)) // by hand it is held
				if e := w.Record(); e.Launch.Finished || e.Number != before {
					t.Errorf("%+v", e)
				}
			})
		})
	}
}

// TestNobodySawItFinish: the target shows nothing of a bounded job any more, and it left
// no state. It may have done all of its work, so it is not run again in silence.
func TestNobodySawItFinish(t *testing.T) {
	for _, plan := range []string{boundedStateless, boundedStateful} {
		clean := func(w *deploytest.World) (*journal.Entry, error) {
			a := w.Applier()
			a.Policy.Clean = true
			return deploytest.Apply(w.Context(), a, deploytest.Job(plan))
		}
		ways := map[string]func(*deploytest.World) (*journal.Entry, error){"--clean": clean}
		if plan == boundedStateless { // the other's state is missing, which restart does not accept
			ways["restart"] = func(w *deploytest.World) (*journal.Entry, error) {
				return deploytest.Wish(w.Context(), w.Applier(), apply.Wish{Restart: true})
			}
			ways["another query"] = func(w *deploytest.World) (*journal.Entry, error) {
				return deploytest.Apply(w.Context(), w.Applier(), deploytest.Job("filter"))
			}
		}
		for way, again := range ways {
			t.Run(plan+", "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := deploytest.New(t)
					before := w.MustApply(deploytest.Job(plan)).Number
					vanish(t, w, 1)
					w.LoseCheckpoints()
					for _, job := range []*manifest.Job{deploytest.Job(plan), described(plan)} {
						s := assess(t, w.Applier(), job)
						if s.Decision.Kind != change.Blocked || !strings.Contains(s.Decision.Reason, "may have finished") || !strings.Contains(s.Decision.Remedy, "apply --clean") {
							t.Errorf("%+v", s.Decision)
						}
						if _, err := w.Applier().Carry(t.Context(), s); err != nil || w.Record().Number != before {
							t.Errorf("it was touched: %v", err)
						}
					}
					w.Target.Clean(2)
					e, err := again(w)
					if err != nil {
						t.Fatal(err)
					}
					if w.Want(e, journal.Committed); e.Launch.Number != 2 || e.Launch.Restored != "" || e.Launch.Finished {
						t.Errorf("%+v", e.Launch)
					}
					w.Check()
				})
			})
		}
	}
}

// TestVanishedWithACheckpoint: it had not finished, or Flink would have deleted that.
func TestVanishedWithACheckpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(boundedStateful))
		vanish(t, w, 1)
		if e := w.MustApply(deploytest.Job(boundedStateful)); e.Launch.Number != 2 || e.Launch.Restored == "" {
			t.Errorf("%+v", e.Launch)
		}
		w.Check()
	})
}

// TestVanishedAfterAnUpgrade: what a launch without state was started from is no proof
// that it has not finished.
func TestVanishedAfterAnUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(boundedStateless))
		if _, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{Restart: true}); err != nil {
			t.Fatal(err)
		}
		if w.Record().Launch.Restored == "" {
			t.Fatal("it restored nothing")
		}
		vanish(t, w, 2)
		decides(t, w, deploytest.Job(boundedStateless), change.Blocked, "may have finished")
	})
}
