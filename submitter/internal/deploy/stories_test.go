package deploy_test

import (
	"context"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// story is one kind of deployment.
type story struct {
	before func(w *deploytest.World)
	act    func(ctx context.Context, a *apply.Applier) (*journal.Entry, error)
}

const (
	first  = "sum-having-5"
	second = "sum-having-6" // its state carries on
	third  = "sum-doubled"  // its does not
)

func applies(planName string, change ...func(*apply.Applier)) func(context.Context, *apply.Applier) (*journal.Entry, error) {
	return func(ctx context.Context, a *apply.Applier) (*journal.Entry, error) {
		for _, f := range change {
			f(a)
		}
		return deploytest.Apply(ctx, a, deploytest.Job(planName))
	}
}

func wishes(wish apply.Wish) func(context.Context, *apply.Applier) (*journal.Entry, error) {
	return func(ctx context.Context, a *apply.Applier) (*journal.Entry, error) {
		return deploytest.Wish(ctx, a, wish)
	}
}

func runs(w *deploytest.World) { w.MustApply(deploytest.Job(first)) }

// behaves makes the nth cluster behave badly.
func behaves(nth int, b deploytest.Behaviour) func(int) deploytest.Behaviour {
	return func(n int) deploytest.Behaviour {
		if n == nth {
			return b
		}
		return deploytest.Behaviour{}
	}
}

// stops has the first launch stop badly.
func stops(s deploytest.Script) func(*deploytest.World) {
	return func(w *deploytest.World) {
		w.Target.Behave = behaves(1, deploytest.Behaviour{Stop: s})
		runs(w)
	}
}

// stories are all kinds of deployments, and all ways in which they may end.
func stories() map[string]story {
	withClean := func(a *apply.Applier) { a.Policy.Clean = true }
	bad := func(b deploytest.Behaviour) func(*deploytest.World) {
		return func(w *deploytest.World) {
			runs(w)
			w.Target.Behave = behaves(2, b)
		}
	}
	return map[string]story{
		"launch":           {func(*deploytest.World) {}, applies(first)},
		"launch that dies": {func(w *deploytest.World) { w.Target.Behave = behaves(1, deploytest.Behaviour{Start: deploytest.Dies}) }, applies(first)},
		"launch that finishes": {func(w *deploytest.World) {
			w.Target.Behave = behaves(1, deploytest.Behaviour{Start: deploytest.Finishes})
		}, applies(first)},
		"upgrade": {runs, applies(second)},
		"clean upgrade": {func(w *deploytest.World) {
			runs(w)
			w.Target.Clean(2)
			w.Target.Clean(3)
		}, applies(third, withClean)},
		"upgrade, refused":            {stops(deploytest.Refuses), applies(second)},
		"upgrade, saved but runs on":  {stops(deploytest.RunsOn), applies(second)},
		"upgrade, saved but failed":   {stops(deploytest.FailsAfter), applies(second)},
		"upgrade, failed in stopping": {stops(deploytest.Fails), applies(second)},
		"upgrade, died in stopping":   {stops(deploytest.Dies), applies(second)},
		"upgrade, nobody was told":    {stops(deploytest.Silent), applies(second)},
		"rollback of a dead launch":   {bad(deploytest.Behaviour{Start: deploytest.Dies}), applies(second)},
		"rollback of a failed one":    {bad(deploytest.Behaviour{Start: deploytest.Fails}), applies(second)},
		"rollback of a hanging one":   {bad(deploytest.Behaviour{Start: deploytest.Hangs}), applies(second)},
		"rollback of a restarting":    {bad(deploytest.Behaviour{Start: deploytest.Restarts}), applies(second)},
		"rollback when unhealthy":     {bad(deploytest.Behaviour{Health: deploytest.Fails}), applies(second)},
		"rollback without checkpoint": {bad(deploytest.Behaviour{Health: deploytest.Refuses}), applies(second)},
		"rollback that fails too": {func(w *deploytest.World) {
			runs(w)
			w.Target.Behave = func(n int) deploytest.Behaviour {
				if n == 1 {
					return deploytest.Behaviour{}
				}
				return deploytest.Behaviour{Start: deploytest.Dies}
			}
		}, applies(second)},
		"failed after a checkpoint": {bad(deploytest.Behaviour{Health: deploytest.FailsAfter}), applies(second)},
		"restore of a dead job": {func(w *deploytest.World) {
			runs(w)
			w.Target.Kill(1)
		}, applies(first)},
		"restore with a change": {func(w *deploytest.World) {
			runs(w)
			w.Target.Kill(1)
		}, applies(second)},
		"restore in the place of an upgrade": {givenUp, applies(mended)},
		"rollback of such a restore": {func(w *deploytest.World) {
			givenUp(w)
			w.Target.Behave = behaves(len(w.Target.Started())+1, deploytest.Behaviour{Start: deploytest.Repeats})
		}, applies(mended)},
		"suspend":         {runs, wishes(apply.Wish{State: manifest.Suspended})},
		"suspend refused": {stops(deploytest.Refuses), wishes(apply.Wish{State: manifest.Suspended})},
		"suspend, died":   {stops(deploytest.Dies), wishes(apply.Wish{State: manifest.Suspended})},
		"resume": {func(w *deploytest.World) {
			runs(w)
			if _, err := deploytest.Wish(w.Context(), w.Applier(), apply.Wish{State: manifest.Suspended}); err != nil {
				w.Fatal(err)
			}
		}, wishes(apply.Wish{State: manifest.Running})},
		"restart": {runs, wishes(apply.Wish{Restart: true})},
		"cancel":  {runs, wishes(apply.Wish{State: manifest.Cancelled})},
		"run again after cancel": {func(w *deploytest.World) {
			runs(w)
			if _, err := deploytest.Wish(w.Context(), w.Applier(), apply.Wish{State: manifest.Cancelled}); err != nil {
				w.Fatal(err)
			}
			w.Target.Clean(2)
			w.Target.Clean(3)
		}, wishes(apply.Wish{State: manifest.Running})},
		"upgrade of a failing job":        {crashes, applies(second)},
		"upgrade, fails in its savepoint": {stops(deploytest.Crashes), applies(second)},
		"suspend of a failing job":        {crashes, wishes(apply.Wish{State: manifest.Suspended})},
		"cancel of a failing job":         {crashes, wishes(apply.Wish{State: manifest.Cancelled})},
		"upgrade that does not fit": {func(w *deploytest.World) {
			runs(w)
			w.Target.Operators = without(aggregate)
		}, applies(second)},
		"upgrade of a failing job that does not fit": {func(w *deploytest.World) {
			w.Target.Operators = with("99_join")
			crashes(w)
		}, applies(second)},
		"rollback to a failing job": {func(w *deploytest.World) {
			crashes(w)
			w.Target.Behave = behaves(2, deploytest.Behaviour{Start: deploytest.Dies})
		}, applies(second)},
		"delete": {func(w *deploytest.World) {
			runs(w)
			w.Target.Kill(1)
		}, func(ctx context.Context, a *apply.Applier) (*journal.Entry, error) {
			return nil, a.Delete(ctx, deploytest.Name)
		}},
		"launch without state": {func(*deploytest.World) {}, applies("filter")},
	}
}
