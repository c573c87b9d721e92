package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// Three queries whose state carries on from one to the next.
const (
	good   = "sum"
	broken = "sum-printed"
	mended = "sum-faster-source"
)

func runsGood(w *deploytest.World) { w.MustApply(deploytest.Job(good)) }

func wished(state manifest.State) func(*deploytest.World) {
	return func(w *deploytest.World) {
		runsGood(w)
		if _, err := deploytest.Wish(w.Context(), w.Applier(), apply.Wish{State: state}); err != nil {
			w.Fatal(err)
		}
		time.Sleep(time.Minute)
	}
}

// impatient is a manifest that nobody may wait for to its health timeout.
func impatient(planName string) *manifest.Job {
	job := deploytest.Job(planName)
	job.Upgrade.HealthTimeout = 3 * time.Minute
	return job
}

func entry(n uint64) func(journal.Entry) bool {
	return func(e journal.Entry) bool { return e.Number == n }
}

func atPhase(p journal.Phase) func(journal.Entry) bool {
	return func(e journal.Entry) bool { return e.Phase == p }
}

// interrupted applies a job, and is interrupted right after an entry. It reports whether
// there was one.
func interrupted(w *deploytest.World, after func(journal.Entry) bool, job *manifest.Job, change ...func(*apply.Applier)) bool {
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	a := w.Applier()
	for _, f := range change {
		f(a)
	}
	there := false
	a.Step = func(e journal.Entry) {
		if after(e) {
			there = true
			cancel()
		}
	}
	_, _ = deploytest.Apply(ctx, a, job)
	return there
}

// TestSuperseded: wherever a deployment of what does not come up was cut off, the mended
// manifest runs soon, from the newest state, and nothing runs twice; the target checks
// what each launch starts from.
func TestSuperseded(t *testing.T) {
	reset := func(a *apply.Applier) { a.Policy.ResetState = true }
	for name, before := range map[string]func(*deploytest.World){
		"first launch":        func(*deploytest.World) {},
		"upgrade":             runsGood,
		"of a job that died":  func(w *deploytest.World) { runsGood(w); w.Target.Kill(1) },
		"of one that crashes": func(w *deploytest.World) { runsGood(w); w.Target.Crash(1) },
		"of a suspended job":  wished(manifest.Suspended),
	} {
		for _, bad := range []deploytest.Script{deploytest.Hangs, deploytest.Restarts, deploytest.Dies, deploytest.Repeats} {
			t.Run(fmt.Sprintf("%s, it %s", name, bad), func(t *testing.T) {
				t.Parallel()
				for n, there := uint64(1), true; there; n++ {
					synctest.Test(t, func(t *testing.T) {
						w := deploytest.New(t)
						before(w)
						begun := uint64(0)
						if r := w.Record(); r != nil {
							begun = r.Number
						}
						w.Target.Behave = behaves(len(w.Target.Started())+1, deploytest.Behaviour{Start: bad})
						if there = interrupted(w, entry(begun+n), impatient(broken), reset); !there {
							return
						}
						w.Target.Behave = nil // of what was not started yet
						at := w.Record().Phase
						start := time.Now()
						a := w.Applier()
						reset(a)
						e, err := deploytest.Apply(t.Context(), a, impatient(mended))
						if err != nil {
							t.Fatalf("cut off at %s: %v", at, err)
						}
						w.Want(e, journal.Committed)
						if took := time.Since(start); took > 25*time.Second {
							t.Errorf("cut off at %s: it took %s", at, took)
						}
						w.Check()
						time.Sleep(time.Minute)
						if got := w.Target.Running(); len(got) != 1 || got[0] != e.Launch.Number {
							t.Errorf("cut off at %s: launches %v run, the record has %d", at, got, e.Launch.Number)
						}
					})
				}
			})
		}
	}
}

// forgetful is a target whose launches would find no secret.
type forgetful struct{ target.Target }

func (forgetful) MissingSecrets(names []string, _ string) []string { return names }

// TestNotSuperseded: what is cut off is brought to its end as ever where the manifest did
// not change in what runs, or where the mended one could not follow.
func TestNotSuperseded(t *testing.T) {
	for name, c := range map[string]struct {
		job  func() *manifest.Job
		a    func(*apply.Applier)
		want journal.Phase // of the deployment that was cut off
		says string
	}{
		"the same manifest": {func() *manifest.Job { return deploytest.Job(broken) }, nil, journal.RolledBack, ""},
		"another description": {func() *manifest.Job {
			job := deploytest.Job(broken)
			job.Description = "mended"
			return job
		}, nil, journal.RolledBack, ""},
		"one that would lose state": {func() *manifest.Job { return deploytest.Job("sum-doubled") }, nil, journal.RolledBack, ""},
		"one that does not compile": {func() *manifest.Job { return deploytest.Job(broken) }, func(a *apply.Applier) {
			a.Files = nil
			a.Compile = func(context.Context, []apply.Request) []apply.Result {
				return []apply.Result{{Err: errors.New("no such column")}}
			}
		}, journal.RolledBack, "no such column"},
		"one whose launch would lack a secret": {func() *manifest.Job {
			job := deploytest.Job(mended)
			job.FlinkProperties = map[string]string{"db.password": "${secret:DB_PASSWORD}"}
			return job
		}, func(a *apply.Applier) {
			t, _ := a.At(deploytest.Here)
			deploytest.On(a, forgetful{t})
		}, journal.RolledBack, "no secret DB_PASSWORD"},
		"of another owner": {func() *manifest.Job { return deploytest.Job(mended) }, func(a *apply.Applier) { a.Policy.Owner = "others" }, journal.RolledBack, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runsGood(w)
				w.Target.Behave = behaves(2, deploytest.Behaviour{Start: deploytest.Hangs})
				if !interrupted(w, atPhase(journal.Decided), deploytest.Job(broken)) {
					t.Fatalf("at %s", w.Record().Phase)
				}
				a := w.Applier()
				files := a.Files
				if c.a != nil {
					c.a(a)
				}
				a.Files = files
				var ends []journal.Phase
				a.Step = func(e journal.Entry) {
					if e.Phase.Final() {
						ends = append(ends, e.Phase)
					}
				}
				_, err := deploytest.Apply(t.Context(), a, c.job())
				if c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
					t.Errorf("%v, want %q", err, c.says)
				}
				if len(ends) == 0 || ends[0] != c.want {
					t.Errorf("the deployment that was cut off ended with %v, want %s first (%v)", ends, c.want, err)
				}
				w.Check()
			})
		})
	}
}

// TestSupersededWithState: a launch that completed a checkpoint has the job's newest
// state, and the mended manifest goes on from that.
func TestSupersededWithState(t *testing.T) {
	for name, before := range map[string]func(*deploytest.World){"first launch": func(*deploytest.World) {}, "upgrade": runsGood} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				before(w)
				next := len(w.Target.Started()) + 1
				cut, cancel := context.WithCancel(t.Context())
				w.Target.Effect = func(what string) { // the answer to its first checkpoint is never heard
					if strings.Contains(what, "checkpoints of launch "+fmt.Sprint(next)) {
						cancel()
					}
				}
				_, _ = deploytest.Apply(cut, w.Applier(), impatient(broken))
				w.Target.Effect = nil
				if r := w.Record(); r.Phase != journal.Running {
					t.Fatalf("it was cut off at %s", r.Phase)
				}
				w.Target.Crash(uint64(next))
				e, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(mended))
				if err != nil {
					t.Fatal(err)
				}
				w.Want(e, journal.Committed)
				if !strings.Contains(e.Launch.Restored, "checkpoints/") {
					t.Errorf("it started from %q, not from the checkpoint of launch %d", e.Launch.Restored, next)
				}
				w.Check()
			})
		})
	}
}

// givenUp is an upgrade that was ended before it got healthy.
func givenUp(w *deploytest.World) {
	runsGood(w)
	w.Target.Behave = behaves(2, deploytest.Behaviour{Start: deploytest.Hangs})
	if !interrupted(w, atPhase(journal.Decided), deploytest.Job(broken)) {
		w.Fatalf("at %s", w.Record().Phase)
	}
	var failed *deploy.FailedError
	if _, err := ending(w).Continue(w.Context(), deploytest.Name); !errors.As(err, &failed) {
		w.Fatal(err)
	}
	w.Target.Behave = nil
}

// TestWayBack: the mended manifest that follows an upgrade which was cut off is no good
// either. The release that ran before both comes back, from its savepoint.
func TestWayBack(t *testing.T) {
	for name, c := range map[string]struct {
		rollback string
		want     journal.Phase
		runs     string
	}{
		"auto":  {manifest.Auto, journal.RolledBack, "[4]"},
		"never": {manifest.Never, journal.Failed, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runsGood(w)
				w.Target.Behave = func(nth int) deploytest.Behaviour {
					if nth == 2 || nth == 3 {
						return deploytest.Behaviour{Start: deploytest.Repeats}
					}
					return deploytest.Behaviour{}
				}
				cut, cancel := context.WithCancel(t.Context())
				w.Target.Effect = func(what string) {
					if what == "launch 2" {
						cancel()
					}
				}
				_, _ = deploytest.Apply(cut, w.Applier(), impatient(broken))
				w.Target.Effect = nil
				job := impatient(mended)
				job.Upgrade.Rollback = c.rollback
				e, err := deploytest.Apply(t.Context(), w.Applier(), job)
				if err == nil || !strings.Contains(err.Error(), "it failed 3 times in the same way") {
					t.Errorf("%v", err)
				}
				w.Want(e, c.want)
				w.Check()
				if got := fmt.Sprint(w.Target.Running()); got != c.runs {
					t.Errorf("launches %s run, want %s", got, c.runs)
				}
				if c.want == journal.Failed {
					return
				}
				if want := w.Plan(good); e.Release.PlanDigest != want {
					t.Errorf("plan %s runs, want %s", e.Release.PlanDigest, want)
				}
				w.MustApply(deploytest.Job(mended))
				w.Check()
			})
		})
	}
}
