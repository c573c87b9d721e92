package apply_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// finding is a target that remembers what it was asked for, as the local one does.
type finding struct {
	*deploytest.Target
	asked *[]target.Launch
	extra []target.Found
}

func (f finding) Launch(ctx context.Context, l target.Launch) error {
	if !slices.ContainsFunc(*f.asked, func(o target.Launch) bool { return o.Ref == l.Ref }) {
		*f.asked = append(*f.asked, l)
	}
	return f.Target.Launch(ctx, l)
}

func (f finding) Find(ctx context.Context) ([]target.Found, error) {
	all := slices.Clone(f.extra)
	for _, l := range *f.asked {
		o, err := f.Observe(ctx, l.Ref)
		if err != nil {
			return nil, err
		}
		all = append(all, target.Found{Launch: l, Observation: o})
	}
	return all, nil
}

// orphaned is a world whose job runs without a record.
type orphaned struct {
	*deploytest.World
	target finding
}

func orphan(t *testing.T) orphaned {
	t.Helper()
	w := orphaned{World: deploytest.New(t)}
	w.target = finding{Target: w.Target, asked: new([]target.Launch)}
	if _, err := deploytest.Apply(t.Context(), w.applier(), deploytest.Job(first)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(w.Dir, "journal")); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w orphaned) applier() *apply.Applier {
	a := w.Applier()
	deploytest.On(a, w.target)
	return a
}

func (w orphaned) adopts(a *apply.Applier, job *manifest.Job) *apply.Assessment {
	w.Helper()
	all, err := a.AssessAdoption(w.Context(), []*manifest.Job{job})
	if err == nil {
		err = all[0].Err
	}
	if err != nil {
		w.Fatal(err)
	}
	return all[0]
}

// adopt carries an adoption out.
func (w orphaned) adopt(job *manifest.Job) *journal.Entry {
	w.Helper()
	a := w.applier()
	s := w.adopts(a, job)
	e, err := a.Carry(w.Context(), s)
	if err != nil {
		w.Fatalf("%s (%s): %v", s.Decision.Kind, s.Decision.Reason, err)
	}
	return w.Want(e, journal.Committed)
}

func TestApplyLeavesStraysAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := orphan(t)
		for _, clean := range []bool{false, true} {
			a := w.applier()
			a.Policy.Clean = clean
			d := assess(t, a, deploytest.Job(first)).Decision
			if d.Kind != change.Refused || !strings.Contains(d.Reason, "`submitter adopt orders.yaml`") || !strings.Contains(d.Reason, "cluster orders-1") {
				t.Errorf("%s (%s)", d.Kind, d.Reason)
			}
		}
		w.target.extra = []target.Found{{Launch: target.Launch{Ref: target.Ref{Name: deploytest.Name, ClusterID: "orders-9"}}, Observation: target.Observation{Condition: target.Unknown, Proof: "on another host"}}}
		for _, s := range []*apply.Assessment{assess(t, w.applier(), deploytest.Job(first)), w.adopts(w.applier(), deploytest.Job(first))} {
			if s.Decision.Kind != change.Unclear || !strings.Contains(s.Decision.Reason, "on another host") {
				t.Errorf("one of them is unknown: %s (%s)", s.Decision.Kind, s.Decision.Reason)
			}
		}
		w.target.extra[0].Observation.Condition = target.Running
		if d := w.adopts(w.applier(), deploytest.Job(first)).Decision; d.Kind != change.Refused || !strings.Contains(d.Reason, "2 launches") {
			t.Errorf("two run: %s (%s)", d.Kind, d.Reason)
		}
		if w.Record() != nil {
			t.Error("something was recorded")
		}
	})
}

// TestTwinInAnotherStore: a job that was adopted by another store is not started again from
// this one, by no command.
func TestTwinInAnotherStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := orphaned{World: deploytest.New(t)}
		w.target = finding{Target: w.Target, asked: new([]target.Launch)}
		if _, err := deploytest.Apply(t.Context(), w.applier(), deploytest.Job(first)); err != nil {
			t.Fatal(err)
		}
		if err := w.Target.Checkpoint(1); err != nil {
			t.Fatal(err)
		}
		w.Target.Kill(1)
		twin := target.Found{Launch: target.Launch{Ref: target.Ref{Name: deploytest.Name, ClusterID: "orders-2", Launch: 2}, Dir: "s3://other/launches/orders/2/"}, Observation: target.Observation{Condition: target.Running, Proof: "Job orders-2 is active"}}
		w.target.extra = []target.Found{twin}
		want := func(s *apply.Assessment) {
			t.Helper()
			if d := s.Decision; d.Kind != change.Refused || !strings.Contains(d.Reason, "s3://other/launches/orders/2/") || !strings.Contains(d.Reason, "orders-2 is active") {
				t.Errorf("%s (%s)", d.Kind, d.Reason)
			}
		}
		want(assess(t, w.applier(), deploytest.Job(first)))
		s, err := w.applier().AssessWish(w.Context(), deploytest.Name, apply.Wish{Restart: true})
		if err != nil {
			t.Fatal(err)
		}
		want(s)
		w.target.extra[0].Observation.Condition = target.Finished
		if d := assess(t, w.applier(), deploytest.Job(first)).Decision; d.Kind == change.Refused {
			t.Errorf("the twin has ended: %s (%s)", d.Kind, d.Reason)
		}
	})
}

// TestTakenOver adopts what runs, with the same query and with another one.
func TestTakenOver(t *testing.T) {
	for name, c := range map[string]struct {
		plan    string
		version int
		edit    func(w orphaned)
	}{
		"unchanged":     {first, 1, func(orphaned) {}},
		"another query": {second, 2, func(orphaned) {}},
		"no manifest":   {first, 1, func(w orphaned) { os.RemoveAll(filepath.Join(w.Dir, "manifests")) }},
		"no launches":   {first, 1, func(w orphaned) { os.RemoveAll(filepath.Join(w.Dir, "launches")) }},
		"other manifest": {first, 1, func(w orphaned) {
			os.WriteFile(filepath.Join(w.Dir, "manifests/orders.yaml"), []byte("meta: {query-version: 7, query-id: x}"), 0o644)
		}},
		"a wish to stop": {first, 1, func(orphaned) {}},
		"number was used": {first, 1, func(w orphaned) {
			os.MkdirAll(filepath.Join(w.Dir, "launches/orders/4"), 0o755)
			os.WriteFile(filepath.Join(w.Dir, "launches/orders/4/claim.json"), nil, 0o644)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := orphan(t)
				c.edit(w)
				job := deploytest.Job(c.plan)
				want := uint64(2)
				switch name {
				case "a wish to stop":
					job = deploytest.Job(first)
					job.State = manifest.Suspended
				case "number was used":
					want = 5
				}
				e := w.adopt(job)
				w.Check()
				if job.State == manifest.Suspended {
					if len(w.Target.Running()) != 0 || e.Savepoint.Location != w.Target.Newest() {
						t.Errorf("%v runs; %+v", w.Target.Running(), e)
					}
					e = w.again(deploytest.Job(first))
				}
				if e.Launch.Number != want || e.Launch.Restored == "" || e.Meta.QueryVersion != c.version || e.Owner != "team" {
					t.Errorf("launch %+v of version %d, owner %s", e.Launch, e.Meta.QueryVersion, e.Owner)
				}
				if got := w.Target.Running(); !slices.Equal(got, []uint64{want}) {
					t.Errorf("launches %v run", got)
				}
				if d := assess(t, w.applier(), deploytest.Job(c.plan)).Decision; d.Kind != change.Nothing {
					t.Errorf("apply after that: %s (%s)", d.Kind, d.Reason)
				}
				if d := w.adopts(w.applier(), job).Decision; d.Kind != change.Nothing {
					t.Errorf("adopt after that: %s (%s)", d.Kind, d.Reason)
				}
			})
		})
	}
}

// again is an ordinary apply.
func (w orphaned) again(job *manifest.Job) *journal.Entry {
	w.Helper()
	e, err := deploytest.Apply(w.Context(), w.applier(), job)
	if err != nil {
		w.Fatal(err)
	}
	return w.Want(e, journal.Committed)
}

// TestTakenOverFromAnotherBucket adopts with a bucket that never knew the job.
func TestTakenOverFromAnotherBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := orphan(t)
		w.move()
		w.adopt(deploytest.Job(second))
		w.Check()
		if got := w.Target.Running(); !slices.Equal(got, []uint64{2}) {
			t.Errorf("launches %v run", got)
		}
		w.again(deploytest.Job(first)) // an ordinary upgrade
		w.Check()
	})
}

// move makes another bucket the world's.
func (w *orphaned) move() {
	w.Helper()
	dir := w.TempDir()
	b, err := bucket.Open(w.Context(), "file://"+dir)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { b.Close() })
	w.Dir, w.Bucket, w.Target.Bucket = dir, b, b
}

// TestNotTakenOver: what is not known to go well is not begun.
func TestNotTakenOver(t *testing.T) {
	release := func(file string) func(*orphaned) {
		return func(w *orphaned) {
			found, err := filepath.Glob(filepath.Join(w.Dir, "releases/orders/*", file))
			if err != nil || len(found) != 1 {
				w.Fatal(found, err)
			}
			if err := os.Remove(found[0]); err != nil {
				w.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		plan string
		edit func(*orphaned)
		kind change.Kind
		why  string
	}{
		"incompatible":  {"max", func(*orphaned) {}, change.Blocked, "cluster orders-1 runs without a record and is left alone; not judged yet"},
		"no plan":       {first, release("plan.json"), change.Blocked, "plan.json"},
		"no config":     {first, release("config.json"), change.Blocked, "/stop"},
		"nothing runs":  {first, func(w *orphaned) { w.Target.Kill(1); time.Sleep(time.Minute) }, change.Refused, "apply starts it"},
		"another state": {first, func(w *orphaned) { (*w.target.asked)[0].PlanURI = "gopher://x/y" }, change.Blocked, "gopher"},
		"other bytes":   {first, func(w *orphaned) { (*w.target.asked)[0].ConfigURI += "0" }, change.Blocked, "not the driver config"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := orphan(t)
				c.edit(&w)
				before := w.Target.Running()
				a := w.applier()
				s := w.adopts(a, deploytest.Job(c.plan))
				if s.Decision.Kind != c.kind || !strings.Contains(said(s.Decision), c.why) {
					t.Errorf("%s (%s)", s.Decision.Kind, said(s.Decision))
				}
				if e, err := a.Carry(t.Context(), s); err != nil || w.Record() != nil && e == nil {
					t.Errorf("%+v, %v", e, err)
				}
				if w.Record() != nil || !slices.Equal(w.Target.Running(), before) {
					t.Errorf("recorded %+v, launches %v run", w.Record(), w.Target.Running())
				}
			})
		})
	}
}

// TestAdoptionCutOff kills the command after every entry; another one goes on.
func TestAdoptionCutOff(t *testing.T) {
	const entries = 9
	for n := uint64(1); n <= entries; n++ {
		synctest.Test(t, func(t *testing.T) {
			w := orphan(t)
			if n%2 == 0 {
				w.move()
			}
			a := w.applier()
			a.Step = func(e journal.Entry) {
				if e.Number == n {
					runtime.Goexit()
				}
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = a.Carry(t.Context(), w.adopts(a, deploytest.Job(second)))
			}()
			<-done
			_, err := w.applier().Continue(t.Context(), deploytest.Name)
			if n == 1 && err != nil && strings.Contains(err.Error(), "nothing was touched") {
				err = nil
			}
			if err != nil {
				t.Fatal(err)
			}
			w.again(deploytest.Job(second))
			w.Check()
			if got := w.Target.Running(); !slices.Equal(got, []uint64{2}) && !(n == 1 && slices.Equal(got, []uint64{3})) {
				t.Errorf("killed after entry %d: launches %v run", n, got)
			}
			if e := w.Record(); e.Phase != journal.Committed || e.Meta.QueryVersion != 2 {
				t.Errorf("killed after entry %d: %+v", n, e)
			}
		})
	}
}

// TestAdoptionThatGoesWrong: what was taken over is a job like any other.
func TestAdoptionThatGoesWrong(t *testing.T) {
	for name, c := range map[string]struct {
		behave  func(w orphaned)
		phase   journal.Phase
		running uint64
	}{
		"the new launch fails": {func(w orphaned) {
			w.Target.Behave = func(nth int) deploytest.Behaviour {
				if nth == 2 {
					return deploytest.Behaviour{Start: deploytest.Dies}
				}
				return deploytest.Behaviour{}
			}
		}, journal.RolledBack, 3},
		"no savepoint": {func(w orphaned) { w.Target.Change(1, deploytest.Behaviour{Stop: deploytest.Refuses}) }, journal.Failed, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := orphan(t)
				if c.running == 1 {
					w.move()
				}
				c.behave(w)
				a := w.applier()
				a.Carry(t.Context(), w.adopts(a, deploytest.Job(second)))
				if e := w.Record(); e == nil || e.Phase != c.phase || e.Launch.Number != c.running || e.Problem == "" {
					t.Fatalf("%+v", e)
				}
				if got := w.Target.Running(); !slices.Equal(got, []uint64{c.running}) {
					t.Errorf("launches %v run", got)
				}
				w.Target.Behave = nil
				if c.running == 1 {
					w.Target.Change(1, deploytest.Behaviour{})
				}
				w.again(deploytest.Job(second))
				w.Check()
			})
		})
	}
}
