package deploy_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// checked is a target that says beforehand what it would refuse.
type checked struct {
	*deploytest.Target
	refused string
	err     error
}

func (c *checked) Check(context.Context, target.Launch) (string, error) { return c.refused, c.err }

// TestCheckedBeforehand: what could not be started does not have the running job stopped.
func TestCheckedBeforehand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		runs(w)
		c := &checked{Target: w.Target, err: errors.New("connection refused")}
		a := w.Applier()
		deploytest.On(a, c)
		if _, err := deploytest.Apply(t.Context(), a, deploytest.Job(second)); err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("a check that could not be made: %v", err)
		}
		if e := w.Record(); e.Phase != journal.Published || e.Launch.Number != 1 {
			t.Errorf("%s of launch %d", e.Phase, e.Launch.Number)
		}
		c.err, c.refused = nil, "no such port"
		_, err := deploytest.Apply(t.Context(), a, deploytest.Job(second))
		if err == nil || !strings.Contains(err.Error(), "it would not be started, and nothing was touched: no such port") {
			t.Errorf("a launch that would be refused: %v", err)
		}
		if e := w.Record(); e.Phase != journal.Failed || e.Launch.Number != 1 {
			t.Errorf("%s of launch %d", e.Phase, e.Launch.Number)
		}
		c.refused = ""
		if _, err := deploytest.Apply(t.Context(), a, deploytest.Job(second)); err != nil {
			t.Error(err)
		}
		w.Check()
	})
}
