package deploy_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
)

// TestRestartsThatNobodySees: a job without checkpoints that restarts between two
// looks, every time, is not healthy.
func TestRestartsThatNobodySees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.Target.Behave = behaves(1, deploytest.Behaviour{Start: deploytest.Flickers})
		e, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job("filter"))
		if err == nil || !strings.Contains(err.Error(), "not healthy within 30s (upgrade.health-timeout): it did not run 10s without a restart") {
			t.Errorf("%v", err)
		}
		w.Want(e, journal.Failed)
		w.Check()
	})
}

const problem = "taskmanager-1 ended with code 239, 4 times in a row"

// TestProblemThatStays: what the target knows is told at once, and ends the wait
// long before the health timeout.
func TestProblemThatStays(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*deploytest.World)
		phase  journal.Phase
	}{
		"launch":  {func(*deploytest.World) {}, journal.Failed},
		"upgrade": {runs, journal.RolledBack},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				c.before(w)
				bad := deploytest.Behaviour{Start: deploytest.Hangs, Problem: problem}
				w.Target.Behave = behaves(len(w.Target.Started())+1, bad)
				job := deploytest.Job(second)
				job.Upgrade.HealthTimeout = time.Hour
				start, told := time.Now(), time.Duration(-1)
				a := w.Applier()
				a.Progress = func(_ string, _ journal.Phase, text string) {
					if text == problem && told < 0 {
						told = time.Since(start)
					}
				}
				e, err := deploytest.Apply(t.Context(), a, job)
				if err == nil || !strings.Contains(err.Error(), problem) {
					t.Errorf("%v", err)
				}
				w.Want(e, c.phase)
				if took := time.Since(start); took > time.Minute || told < 0 || told > 5*time.Second {
					t.Errorf("it was told after %s, and took %s", told, took)
				}
				w.Check()
			})
		})
	}
}

// TestProblemThatPasses: a process that ended was started again.
func TestProblemThatPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.Target.Behave = behaves(1, deploytest.Behaviour{Start: deploytest.Hangs, Problem: problem})
		go func() {
			time.Sleep(15 * time.Second)
			w.Target.Change(1, deploytest.Behaviour{})
		}()
		w.MustApply(deploytest.Job(first))
		w.Check()
	})
}

// TestProblemAtTheTimeout: a wait that is short names what it waited for, too.
func TestProblemAtTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.Target.Behave = behaves(1, deploytest.Behaviour{Start: deploytest.Hangs, Problem: problem})
		job := deploytest.Job(first)
		job.Upgrade.HealthTimeout = 10 * time.Second
		if _, err := deploytest.Apply(t.Context(), w.Applier(), job); err == nil || !strings.Contains(err.Error(), "not running within 10s (upgrade.health-timeout): "+problem) {
			t.Errorf("%v", err)
		}
	})
}

// TestTooFewSlots: a job that waits for slots says so when its time is over.
func TestTooFewSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.Target.Behave = behaves(1, deploytest.Behaviour{Start: deploytest.Starves})
		e, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(first))
		if err == nil || !strings.Contains(err.Error(), "8 slots are needed, and the TaskManagers that have come (1) give 2") {
			t.Errorf("%v", err)
		}
		w.Want(e, journal.Failed)
	})
}

// TestAnswersElsewhere: a launch that its target sees run is not called failed because its
// JobManager cannot be asked. It is left alone, and the next apply finds it well, or
// whoever does not want to wait cancels it.
func TestAnswersElsewhere(t *testing.T) {
	for name, before := range map[string]func(*deploytest.World){"launch": func(*deploytest.World) {}, "upgrade": runs, "given up": func(*deploytest.World) {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				before(w)
				launches := uint64(len(w.Target.Started()) + 1)
				deaf := true
				w.Target.Fault = func(_, path string) deploytest.Fault {
					if deaf && slices.Contains(w.Target.Started(), launches) {
						return deploytest.Unheard
					}
					return deploytest.None
				}
				e, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(second))
				if err == nil || e.Phase.Final() || !slices.Equal(w.Target.Running(), []uint64{launches}) {
					t.Errorf("%v in phase %s, launches %v run", err, e.Phase, w.Target.Running())
				}
				if name == "given up" {
					_, _ = ending(w).Unlock(t.Context(), deploytest.Name) // says that it was given up
					time.Sleep(time.Minute)
					if got := w.Target.Running(); len(got) > 0 {
						t.Errorf("launches %v run", got)
					}
					return
				}
				deaf = false
				w.MustApply(deploytest.Job(second))
				if got := w.Target.Running(); !slices.Equal(got, []uint64{launches}) {
					t.Errorf("launches %v run", got)
				}
				w.Check()
			})
		})
	}
}
