package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
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

// idle are jobs that want no cluster, on a target of their own.
func idle(n int) []*manifest.Job {
	var all []*manifest.Job
	for i := range n {
		job := deploytest.Job("sum-above-5")
		job.Name, job.State = fmt.Sprintf("idle-%02d", i), manifest.Suspended
		all = append(all, job)
	}
	return all
}

// besides has an applier see the idle jobs elsewhere than the world's own.
func besides(w *deploytest.World, a *apply.Applier) *apply.Applier {
	there := apply.Place{Target: "local", Namespace: "idle"}
	empty := &deploytest.Target{Bucket: w.Bucket, Metadata: w.Target.Metadata}
	at := a.At
	a.Home = func(j *manifest.Job) (apply.Place, error) {
		if strings.HasPrefix(j.Name, "idle-") {
			return there, nil
		}
		return deploytest.Here, nil
	}
	a.At = func(p apply.Place) (target.Target, error) {
		if p == there {
			return empty, nil
		}
		return at(p)
	}
	return a
}

// leave begins a deployment of the world's job that stops at a phase: it is held until
// free is called.
func leave(t *testing.T, w *deploytest.World, planName string, at journal.Phase) (free func()) {
	reached, end, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var once sync.Once
	a := w.Applier()
	ctx, cancel := context.WithCancel(t.Context())
	a.Step = func(e journal.Entry) {
		if e.Phase == at {
			once.Do(func() { close(reached) })
			<-end
		}
	}
	go func() {
		defer close(done)
		_, _ = deploytest.Apply(ctx, a, deploytest.Job(planName))
	}()
	<-reached
	return sync.OnceFunc(func() {
		cancel()
		close(end)
		<-done
	})
}

// TestEachJobStandsAlone: one job is held, cannot be settled, or hangs where it was cut
// off. All others are done, and long before that.
func TestEachJobStandsAlone(t *testing.T) {
	for name, c := range map[string]struct {
		// spoil returns what is to be called in the end.
		spoil func(*testing.T, *deploytest.World) func()
		unset func(*apply.Applier)
		code  int
		says  string
	}{
		"held": {
			spoil: func(t *testing.T, w *deploytest.World) func() { return leave(t, w, "sum-above-5", journal.Published) },
			code:  exitHeld, says: "orders is being deployed by",
		},
		"cannot be settled": {
			spoil: func(t *testing.T, w *deploytest.World) func() {
				leave(t, w, "sum-above-5", journal.Published)()
				return func() {}
			},
			unset: func(a *apply.Applier) {
				at := a.At
				a.At = func(p apply.Place) (target.Target, error) {
					if p == deploytest.Here {
						return nil, errors.New("no such target")
					}
					return at(p)
				}
			},
			code: exitSomeFailed, says: "no such target",
		},
		"cannot be seen": {
			spoil: func(t *testing.T, w *deploytest.World) func() {
				w.MustApply(deploytest.Job("sum-above-5"))
				w.Target.ObserveError = errors.New("the API server is on fire")
				return func() {}
			},
			code: exitSomeFailed, says: "on fire",
		},
		"hangs": {
			spoil: func(t *testing.T, w *deploytest.World) func() {
				w.Target.Behave = func(int) deploytest.Behaviour { return deploytest.Behaviour{Start: deploytest.Hangs} }
				leave(t, w, "sum-above-5", journal.Decided)()
				return func() {}
			},
			code: exitSomeFailed, says: "not running within",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				end := c.spoil(t, w)
				defer end()
				a := besides(w, w.Applier())
				if c.unset != nil {
					c.unset(a)
				}
				begun, last := time.Now(), time.Duration(0)
				var mu sync.Mutex
				a.Step = func(e journal.Entry) {
					mu.Lock()
					defer mu.Unlock()
					if strings.HasPrefix(e.Name, "idle-") {
						last = max(last, time.Since(begun))
					}
				}
				this := &work{applier: a, jobs: append([]*manifest.Job{deploytest.Job("sum-above-5")}, idle(50)...)}
				all, err := a.Assess(t.Context(), this.jobs)
				if err != nil {
					t.Fatal(err)
				}
				if err := stops(all); err != nil {
					t.Fatalf("it stops all others: %v", err)
				}
				r := this.carryAll(t.Context(), all, 2)
				if got := exitCode(t.Context(), verdict(t.Context(), all, r)); got != c.code {
					t.Errorf("exit %d, want %d", got, c.code)
				}
				if !strings.Contains(r.Jobs[0].Problem, c.says) || r.Jobs[0].Held != (c.code == exitHeld) {
					t.Errorf("the report says %+v, want %q", r.Jobs[0], c.says)
				}
				for _, j := range r.Jobs[1:] {
					if j.Action != change.Record || j.Result != journal.Committed {
						t.Errorf("%s: %s → %s, %s", j.Name, j.Action, j.Result, j.Problem)
					}
				}
				if last > 5*time.Second {
					t.Errorf("the last of the others was done after %s", last)
				}
			})
		})
	}
}

// TestVerdictOfAMixture: what failed counts more than what is blocked, and that more than
// what is held and only has to be waited for.
func TestVerdictOfAMixture(t *testing.T) {
	of := func(kind change.Kind, err error) *apply.Assessment {
		return &apply.Assessment{Job: &manifest.Job{Name: "a"}, Decision: change.Decision{Kind: kind}, Err: err}
	}
	done, blocked := of(change.Nothing, nil), of(change.Blocked, nil)
	held := of(change.Nothing, &journal.HeldError{Entry: &journal.Entry{}})
	late := of(change.Upgrade, fmt.Errorf("a: %w", journal.ErrTaken))
	wrong := of(change.Nothing, errors.New("x"))
	for name, c := range map[string]struct {
		all  []*apply.Assessment
		want int
	}{
		"all done":            {[]*apply.Assessment{done, done}, exitDone},
		"one is held":         {[]*apply.Assessment{done, held, done}, exitHeld},
		"all are held":        {[]*apply.Assessment{held, held}, exitHeld},
		"somebody was faster": {[]*apply.Assessment{done, late}, exitHeld},
		"held, and blocked":   {[]*apply.Assessment{done, held, blocked}, exitBlocked},
		"held, and failed":    {[]*apply.Assessment{held, wrong}, exitSomeFailed},
		"one failed":          {[]*apply.Assessment{done, wrong}, exitSomeFailed},
		"blocked, and failed": {[]*apply.Assessment{blocked, wrong}, exitSomeFailed},
		"all failed":          {[]*apply.Assessment{wrong, wrong}, exitFailed},
	} {
		got := exitDone
		if err := verdict(t.Context(), c.all, changeReport{}); err != nil {
			got = exitCode(t.Context(), err)
		}
		if got != c.want {
			t.Errorf("%s: exit %d, want %d", name, got, c.want)
		}
	}
}

// TestEndedWhileLookedAfter: what was taken for running, and only to be looked after, was
// about to end. It is started again by the same command.
func TestEndedWhileLookedAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		job := deploytest.Job("sum-above-5")
		w.MustApply(job)
		w.Target.Leave(1)
		w.Target.Effect = func(what string) {
			if what == "launch 1" {
				w.Target.Kill(1)
			}
		}
		this := &work{applier: w.Applier(), jobs: []*manifest.Job{job}}
		all, err := this.applier.Assess(t.Context(), this.jobs)
		if err != nil {
			t.Fatal(err)
		}
		r := this.carryAll(t.Context(), all, 1)
		if err := verdict(t.Context(), all, r); err != nil || r.Jobs[0].Result != journal.Committed || r.Jobs[0].Launch != 2 {
			t.Errorf("%v: %+v", err, r.Jobs[0])
		}
		if got := fmt.Sprint(w.Target.Running()); got != "[2]" {
			t.Errorf("launches %s run", got)
		}
		w.Check()
	})
}

// TestContinuedOnly: a mistake in one manifest ends the command. What was cut off is
// brought to its end, but nothing is ended for a manifest that does not follow.
func TestContinuedOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.Target.Behave = func(int) deploytest.Behaviour { return deploytest.Behaviour{Start: deploytest.Hangs} }
		leave(t, w, "sum", journal.Decided)()
		w.Target.Behave = nil
		this := &work{applier: w.Applier(), jobs: []*manifest.Job{deploytest.Job("sum-printed")}}
		all, err := this.applier.Assess(t.Context(), this.jobs)
		if err != nil {
			t.Fatal(err)
		}
		if !all[0].Supersedes(all[0].Facts.Record) {
			t.Error("its manifest would not supersede what was cut off")
		}
		this.continueOnly(t.Context(), all, 1)
		if r := w.Record(); r.Phase != journal.Committed || r.Release.PlanDigest != w.Plan("sum") {
			t.Errorf("%s (%s)", r.Phase, r.Problem)
		}
		w.Check()
	})
}
