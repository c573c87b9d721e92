package apply_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// numbering is an applier whose gateway gives nodes other ids than those of the
// recorded plans, and which looks at savepoints.
func numbering(w *deploytest.World, from int) *apply.Applier {
	a := w.Applier()
	a.Inspect = a.ReadSavepoint
	compile := a.Compile
	a.Compile = func(ctx context.Context, requests []apply.Request) []apply.Result {
		results := compile(ctx, requests)
		for i, r := range results {
			if r.Err == nil {
				results[i].Plan, results[i].Err = plan.Shift(r.Plan, from)
			}
		}
		return results
	}
	return a
}

// deleted stops the job with a savepoint, deletes its record and returns where the
// savepoint is.
func deleted(w *deploytest.World) string {
	w.Helper()
	e, err := deploytest.Wish(w.Context(), numbering(w, 50), apply.Wish{State: manifest.Suspended})
	if err != nil {
		w.Fatal(err)
	}
	time.Sleep(time.Minute)
	if err := w.Applier().Delete(w.Context(), deploytest.Name); err != nil {
		w.Fatal(err)
	}
	return e.Savepoint.Location
}

// uids are those of the plan that a launch runs.
func uids(w *deploytest.World, e *journal.Entry) string {
	w.Helper()
	data, err := w.Bucket.Read(w.Context(), "releases/orders/"+e.Release.Digest+"/plan.json", plan.MaxSize)
	if err != nil {
		w.Fatal(err)
	}
	p, err := plan.Parse(data)
	if err != nil {
		w.Fatal(err)
	}
	var all []string
	for _, n := range p.Nodes() {
		if n.Stateful() {
			all = append(all, n.UID())
		}
	}
	return strings.Join(all, " ")
}

// TestRestoreAfterDelete: a job's own savepoint is restored though the gateway gives its
// operators other ids than they had, and what the manifest changes is judged.
func TestRestoreAfterDelete(t *testing.T) {
	lose := func(dir string) func(*deploytest.World) {
		return func(w *deploytest.World) {
			if err := os.RemoveAll(filepath.Join(w.Dir, dir)); err != nil {
				w.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		plan    string
		lost    func(*deploytest.World)
		edit    func(*manifest.Job)
		policy  func(*change.Policy)
		blocked string // part of why; empty: it is started from the savepoint
		fails   string // part of the error
		warns   string
	}{
		"the same manifest": {plan: first},
		"in other words": {plan: first, edit: func(j *manifest.Job) {
			j.Restore = strings.Replace(j.Restore, "/savepoints/", "//savepoints/", 1) + "/"
		}},
		"the journal is lost, too":            {plan: first, lost: lose("journal")},
		"the releases are lost, too":          {plan: first, lost: lose("releases"), warns: "is not known in this store"},
		"another filter":                      {plan: second},
		"another query":                       {plan: "sum-doubled", blocked: "--clean"},
		"another query, --clean":              {plan: "sum-doubled", policy: func(p *change.Policy) { p.Clean = true }},
		"another kind of query":               {plan: "two-sinks", blocked: "nodes"},
		"another kind, the releases are lost": {plan: "join", lost: lose("releases"), fails: "Apply first the manifest that it was taken with"},
		"max-parallelism":                     {plan: first, edit: func(j *manifest.Job) { j.MaxParallelism = 64 }, blocked: "its state was written under max-parallelism 128"},
		"the same max-parallelism":            {plan: first, edit: func(j *manifest.Job) { j.Parallelism = 100 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				before, err := deploytest.Apply(t.Context(), numbering(w, 50), deploytest.Job(first))
				if err != nil {
					t.Fatal(err)
				}
				had := uids(w, before)
				job := deploytest.Job(c.plan)
				job.Restore = deleted(w)
				if c.lost != nil {
					c.lost(w)
				}
				if c.edit != nil {
					c.edit(job)
				}
				a := numbering(w, 7)
				if c.policy != nil {
					c.policy(&a.Policy)
				}
				all, err := a.Assess(t.Context(), []*manifest.Job{job})
				if err != nil {
					t.Fatal(err)
				}
				s := all[0]
				if c.fails != "" {
					if s.Err == nil || !strings.Contains(s.Err.Error(), c.fails) {
						t.Errorf("%v", s.Err)
					}
					return
				}
				if s.Err != nil {
					t.Fatal(s.Err)
				}
				if said := strings.Join(append(s.Decision.Why, s.Decision.Reason, s.Decision.Remedy), "; "); c.blocked != "" {
					if s.Decision.Kind != change.Blocked || !strings.Contains(said, c.blocked) {
						t.Errorf("%+v", s.Decision)
					}
					return
				}
				if got := strings.Join(s.Decision.Warnings, "; "); !strings.Contains(got, c.warns) || (got == "") != (c.warns == "") {
					t.Errorf("warnings %q", got)
				}
				clean := c.policy != nil
				if clean {
					w.Target.Clean(2)
				}
				e, err := a.Carry(t.Context(), s)
				if err != nil {
					t.Fatal(err)
				}
				w.Want(e, journal.Committed)
				if !clean && uids(w, e) != had || e.Launch.Number != 2 || clean != (e.Launch.Restored == "") {
					t.Errorf("%+v of %s, which had %s", e.Launch, uids(w, e), had)
				}
				if e.Release.MaxParallelism != before.Release.MaxParallelism && !clean {
					t.Errorf("max-parallelism %d", e.Release.MaxParallelism)
				}
				w.Check()
				if again := assess(t, numbering(w, 9), job); again.Decision.Kind != change.Nothing {
					t.Errorf("again: %+v", again.Decision)
				}
			})
		})
	}
}

// TestLeftoversNameTheNewestState, so that it can be put into restore as it is.
func TestLeftoversNameTheNewestState(t *testing.T) {
	for name, c := range map[string]struct {
		after func(*deploytest.World) // a job of which launch 11 runs
		want  string
	}{
		"a savepoint": {func(w *deploytest.World) { deleted(w) }, "savepoints/orders/1/11-"},
		"a checkpoint": {func(w *deploytest.World) {
			w.Put("savepoints/orders/1/kept-11-aa/savepoint-1/_metadata", "asked for by hand, some time before")
			w.Target.Kill(11)
			if err := w.Applier().Delete(w.Context(), deploytest.Name); err != nil {
				w.Fatal(err)
			}
		}, "checkpoints/orders/1/" + plan.JobID("local", plan.ClusterID("orders", 11)) + "/chk-"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				w.MustApply(deploytest.Job(first))
				for range 10 {
					if _, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{Restart: true}); err != nil {
						t.Fatal(err)
					}
				}
				c.after(w)
				newest := w.Target.Newest()
				s := assess(t, numbering(w, 7), deploytest.Job(first))
				if s.Decision.Kind != change.Refused || !strings.Contains(s.Decision.Reason, "holds "+newest+"; put that into `restore` to go on from there") || !strings.Contains(newest, c.want) {
					t.Errorf("%+v, the newest is %s", s.Decision, newest)
				}
				job := deploytest.Job(first)
				job.Restore = newest
				if s := assess(t, numbering(w, 7), job); s.Decision.Kind != change.Launch {
					t.Errorf("%+v", s.Decision)
				}
			})
		})
	}
}
