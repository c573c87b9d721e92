package deploy_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
)

// TestLaunchThatCannotRun: what fails in the same way three times, or of something that
// cannot pass, is not waited for; what may pass is, to the health timeout.
func TestLaunchThatCannotRun(t *testing.T) {
	const (
		timeout = 10 * time.Minute
		soon    = 10 * time.Second
	)
	for name, c := range map[string]struct {
		before func(*deploytest.World)
		act    func(w *deploytest.World) (*journal.Entry, error)
		starts deploytest.Script
		phase  journal.Phase
		says   string
		in     [2]time.Duration
		runs   string
	}{
		"launch, the same again":      {func(*deploytest.World) {}, nil, deploytest.Repeats, journal.Failed, "it failed 3 times in the same way: For input string: 'x2'", [2]time.Duration{0, soon}, "[]"},
		"launch, a class is missing":  {func(*deploytest.World) {}, nil, deploytest.Lacks, journal.Failed, "it cannot run: ClassNotFoundException: org.acme.Missing", [2]time.Duration{0, soon / 5}, "[]"},
		"launch, all sorts":           {func(*deploytest.World) {}, nil, deploytest.Varies, journal.Failed, "not running within 10m0s", [2]time.Duration{timeout, timeout + soon}, "[]"},
		"upgrade, the same again":     {runs, nil, deploytest.Repeats, journal.RolledBack, "it failed 3 times in the same way", [2]time.Duration{0, 2 * soon}, "[3]"},
		"upgrade, a class is missing": {runs, nil, deploytest.Lacks, journal.RolledBack, "it cannot run", [2]time.Duration{0, soon}, "[3]"},
		"restart, the same again": {runs, func(w *deploytest.World) (*journal.Entry, error) {
			return deploytest.Wish(w.Context(), w.Applier(), apply.Wish{Restart: true})
		}, deploytest.Repeats, journal.RolledBack, "times in the same way", [2]time.Duration{time.Minute, time.Minute + 2*soon}, "[3]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				c.before(w)
				next := len(w.Target.Started()) + 1
				w.Target.Behave = behaves(next, deploytest.Behaviour{Start: c.starts})
				act := c.act
				if act == nil {
					act = func(w *deploytest.World) (*journal.Entry, error) {
						job := deploytest.Job(second)
						job.Upgrade.HealthTimeout = timeout
						return deploytest.Apply(w.Context(), w.Applier(), job)
					}
				}
				begun := time.Now()
				e, err := act(w)
				took := time.Since(begun)
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, want %q", err, c.says)
				}
				w.Want(e, c.phase)
				if took < c.in[0] || took > c.in[1] {
					t.Errorf("it took %s, want %v", took, c.in)
				}
				w.Check()
				if got := fmt.Sprint(w.Target.Running()); got != c.runs {
					t.Errorf("launches %s run, want %s", got, c.runs)
				}
			})
		})
	}
}
