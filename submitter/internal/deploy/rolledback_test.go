package deploy_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
)

// TestProblemOfARollback is that of the launch that was no good, not of the one that
// runs: the manifest that this was started from has nothing to do, and once that was
// applied the record has no problem any more.
func TestProblemOfARollback(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*deploytest.World)
		says  string
	}{
		"it died": {func(w *deploytest.World) {
			w.Target.Behave = behaves(2, deploytest.Behaviour{Start: deploytest.Dies})
		}, "rolled back from launch 2: it died at once"},
		"it was never started": {func(w *deploytest.World) {
			w.Target.Operators = without(aggregate)
		}, "rolled back from launch 2: the new release was not started"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				c.spoil(w)
				runs(w)
				e, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(second))
				if err == nil || w.Want(e, journal.RolledBack).Launch.Number != 3 || !strings.HasPrefix(e.Problem, c.says) {
					t.Fatalf("%v: %q", err, e.Problem)
				}
				if s := assessed(w, deploytest.Job(first)); s.Decision.Kind != change.Nothing {
					t.Errorf("%+v", s.Decision)
				}
				for range 2 {
					over := w.MustApply(deploytest.Job(first))
					if over.Number != e.Number+1 || over.Phase != journal.Committed || over.Action != journal.Note || over.Problem != "" || over.Launch.Number != 3 {
						t.Errorf("%+v", over)
					}
				}
				w.Check()
			})
		})
	}
}
