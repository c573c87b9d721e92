package deploy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// aggregate ends the uid of the operator with state of all plans here.
const aggregate = "_group-aggregate"

// without has the first launch's state lack an operator, with has it hold one that
// no plan has.
func without(suffix string) func(uint64, []string) []string {
	return func(launch uint64, uids []string) []string {
		return slices.DeleteFunc(uids, func(uid string) bool { return launch == 1 && strings.HasSuffix(uid, suffix) })
	}
}

func with(uid string) func(uint64, []string) []string {
	return func(launch uint64, uids []string) []string {
		if launch == 1 {
			uids = append(uids, uid)
		}
		return uids
	}
}

// TestStateThatDoesNotFit: the new release is never started; the previous one goes
// on from what was saved.
func TestStateThatDoesNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		before    func(*deploytest.World)
		operators func(uint64, []string) []string
		never     bool
		phase     journal.Phase
		says      string
		restored  string
	}{
		"lacks an operator": {runs, without(aggregate), false, journal.RolledBack,
			"the new release was not started, since it does not fit what launch 1 left: ", "savepoints/"},
		"and says which": {runs, without(aggregate), false, journal.RolledBack, "_group-aggregate (", "savepoints/"},
		"holds another":  {runs, with("99_join"), false, journal.RolledBack, "the savepoint holds state of operator 99_join", "savepoints/"},
		"a checkpoint": {crashes, with("99_join"), false, journal.RolledBack,
			"99_join", "checkpoints/"},
		"never": {runs, with("99_join"), true, journal.Failed, "Its state is kept: file://", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				w.Target.Operators = c.operators
				c.before(w)
				job := deploytest.Job(second)
				if c.never {
					job.Upgrade.Rollback = manifest.Never
				}
				e, err := deploytest.Apply(t.Context(), w.Applier(), job)
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v", err)
				}
				w.Want(e, c.phase)
				if !strings.Contains(e.Launch.Restored, c.restored) || e.Next != nil || e.Previous != nil {
					t.Errorf("%+v", e)
				}
				want := "[1 3]"
				if c.never {
					want = "[1]"
				}
				if got := w.Target.Started(); fmt.Sprint(got) != want {
					t.Errorf("launches %v were started, want %s", got, want)
				}
				w.Target.Operators = nil
				if c.never {
					w.MustApply(deploytest.Job(first)) // from the savepoint; the target checks that
				}
				w.Check()
			})
		})
	}
}

// TestStateIsNotCompared where there is nothing that could be, or nothing to find
// out: the new release is started as ever.
func TestStateIsNotCompared(t *testing.T) {
	clean := applies(third, func(a *apply.Applier) { a.Policy.Clean = true })
	for name, c := range map[string]struct {
		story story
		spoil func(w *deploytest.World)
		says  string
	}{
		"of a newer Flink": {story{runs, applies(second)}, func(w *deploytest.World) { w.Target.Format = 7 }, "it has version 7; versions 3 to 6 are read"},
		"same plan":        {story{runs, wishes(apply.Wish{Restart: true})}, func(w *deploytest.World) { w.Target.Operators = without(aggregate) }, ""},
		"clean":            {story{runs, clean}, func(w *deploytest.World) { w.Target.Operators = without(aggregate); w.Target.Clean(2) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				c.story.before(w)
				c.spoil(w)
				var told []string
				a := w.Applier()
				a.Progress = func(_ string, _ journal.Phase, text string) { told = append(told, text) }
				e, err := c.story.act(t.Context(), a)
				if err != nil {
					t.Fatal(err)
				}
				w.Want(e, journal.Committed)
				if e.Launch.Number != 2 || !strings.Contains(strings.Join(told, "\n"), c.says) {
					t.Errorf("launch %d\n%s", e.Launch.Number, strings.Join(told, "\n"))
				}
				w.Check()
			})
		})
	}
}

// TestStateTornAfterItCounted: what was whole when the job stopped is cut off or gone
// when it is looked at again. Flink refuses it, not this program for ever.
func TestStateTornAfterItCounted(t *testing.T) {
	for name, keep := range map[string]int{"cut off": 50, "empty": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				a := w.Applier()
				a.Step = func(e journal.Entry) {
					if e.Phase == journal.Stopped {
						key := strings.TrimPrefix(e.Savepoint.Location, w.Bucket.URI("")) + "/_metadata"
						w.Put(key, string(w.Target.Metadata[:keep]))
					}
				}
				e, err := deploytest.Apply(t.Context(), a, deploytest.Job(second))
				if err != nil {
					t.Fatal(err) // the script reads no state
				}
				w.Want(e, journal.Committed)
				w.Check()
			})
		})
	}
}
