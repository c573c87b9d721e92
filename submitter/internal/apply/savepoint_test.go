package apply_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/savepoint"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/manifest"
)

// heldOf is what a checkpoint of a plan of plan/testdata holds.
func heldOf(t *testing.T, name string) *savepoint.Savepoint {
	t.Helper()
	data, err := os.ReadFile("../../../plan/testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	s := &savepoint.Savepoint{Kind: "checkpoint"}
	for _, n := range p.Nodes() {
		o := savepoint.Operator{ID: plan.OperatorID(n.UID()), UID: n.UID()}
		if n.Stateful() {
			o.HasState, o.Bytes, o.Kinds = true, 10, []string{savepoint.KindKeyed}
		}
		s.Operators = append(s.Operators, o)
	}
	return s
}

func foreign(kind string, bytes int64) savepoint.Operator {
	return savepoint.Operator{ID: "00", UID: "99_join", HasState: true, Bytes: bytes, Kinds: []string{kind}}
}

// TestVerdictIsCheckedAgainstTheState: of a job that runs and of a dead one.
func TestVerdictIsCheckedAgainstTheState(t *testing.T) {
	gone := fmt.Errorf("chk-3: %w", bucket.ErrNotExist)
	broken := errors.New("the store is down")
	for name, c := range map[string]struct {
		extra         []savepoint.Operator
		err           error
		running, dead change.Kind // empty: an error
	}{
		"fits":              {nil, nil, change.Upgrade, change.Restore},
		"foreign state":     {[]savepoint.Operator{foreign(savepoint.KindKeyed, 5)}, nil, change.Blocked, change.Blocked},
		"in flight":         {[]savepoint.Operator{foreign(savepoint.KindChannel, 5)}, nil, change.Upgrade, change.Blocked},
		"an empty handle":   {[]savepoint.Operator{foreign(savepoint.KindKeyed, 0)}, nil, change.Upgrade, change.Blocked},
		"deleted meanwhile": {nil, gone, change.Upgrade, change.Restore},
		"cannot be read":    {nil, broken, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				w.MustApply(deploytest.Job(first))
				a := w.Applier()
				a.Inspect = func(_ context.Context, uri string) (*savepoint.Savepoint, error) {
					if uri != w.Target.Newest() {
						t.Errorf("%s is looked at, the newest state is %s", uri, w.Target.Newest())
					}
					s := heldOf(t, first)
					s.Operators = append(s.Operators, c.extra...)
					return s, c.err
				}
				check := func(want change.Kind) {
					t.Helper()
					job := deploytest.Job(second)
					job.Upgrade.OnQueryChange = "judge"
					all, err := a.Assess(t.Context(), []*manifest.Job{job})
					if err != nil {
						t.Fatal(err)
					}
					s := all[0]
					if want == "" {
						if !errors.Is(s.Err, broken) {
							t.Errorf("%v", s.Err)
						}
						return
					}
					if s.Err != nil || s.Decision.Kind != want {
						t.Errorf("%s (%s), want %s; %v", s.Decision.Kind, s.Decision.Reason, want, s.Err)
					}
					if want == change.Blocked && !strings.Contains(said(s.Decision), "99_join") {
						t.Error(said(s.Decision))
					}
					if name == "fits" && (len(s.Comparison.Operators) == 0 || s.Comparison.Operators[0].Bytes == nil) {
						t.Errorf("%+v", s.Comparison.Operators)
					}
				}
				check(c.running)
				w.Target.Kill(1)
				time.Sleep(time.Minute)
				check(c.dead)
			})
		})
	}
}

func TestReadSavepoint(t *testing.T) {
	w := deploytest.New(t)
	a := w.Applier()
	if _, err := a.ReadSavepoint(t.Context(), w.Bucket.URI("savepoints/x")); !errors.Is(err, bucket.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if err := w.Bucket.Write(t.Context(), "savepoints/x/_metadata", w.Target.Metadata); err != nil {
		t.Fatal(err)
	}
	if s, err := a.ReadSavepoint(t.Context(), w.Bucket.URI("savepoints/x")); err != nil || len(s.Operators) == 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := w.Bucket.Write(t.Context(), "savepoints/x/_metadata", w.Target.Metadata[:100]); err != nil {
		t.Fatal(err)
	}
	if _, err := a.ReadSavepoint(t.Context(), w.Bucket.URI("savepoints/x")); err == nil || !strings.Contains(err.Error(), "savepoints/x: ") {
		t.Errorf("%v", err)
	}
}
