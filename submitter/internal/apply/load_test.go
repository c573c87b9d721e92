package apply_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/manifest"
)

// TestPlansAreLoadedBeforeAnythingIsTouched: those that are to run with other ids
// than they were compiled with.
func TestPlansAreLoadedBeforeAnythingIsTouched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		var answer error
		asked := 0
		applier := func() *apply.Applier {
			a := w.Applier()
			inner := a.Compile
			a.Compile = func(ctx context.Context, r []apply.Request) []apply.Result { // as after a gateway's other work
				results := inner(ctx, r)
				for i := range results {
					const used = 500
					results[i].Plan, results[i].Err = plan.Shift(results[i].Plan, used)
				}
				return results
			}
			a.Load = func(_ context.Context, loads []apply.Loading) []error {
				asked += len(loads)
				if len(loads) != 1 || !bytes.Contains(loads[0].Plan, []byte("group-aggregate")) {
					t.Errorf("%d plans are loaded", len(loads))
				}
				return []error{answer}
			}
			return a
		}
		if _, err := deploytest.Apply(t.Context(), w.Applier(), deploytest.Job(first)); err != nil || asked != 0 {
			t.Fatalf("the first launch runs what was compiled: %d loaded, %v", asked, err)
		}
		answer = errors.New("orders: Flink cannot load the plan")
		number := w.Record().Number
		if _, err := deploytest.Apply(t.Context(), applier(), deploytest.Job(second)); !errors.Is(err, answer) || asked != 1 || w.Record().Number != number {
			t.Errorf("%v; %d loaded; entry %d", err, asked, w.Record().Number)
		}
		answer = fmt.Errorf("orders: %w", compile.ErrUnseen)
		s := assess(t, applier(), deploytest.Job(second))
		if s.Decision.Kind != change.Upgrade || len(s.Decision.Warnings) != 1 {
			t.Errorf("%+v", s.Decision)
		}
		answer = nil
		asked = 0
		if s := assess(t, applier(), deploytest.Job("max")); s.Decision.Kind != change.Blocked || asked != 0 {
			t.Errorf("of a blocked job %d plans are loaded", asked)
		}
		if _, err := deploytest.Apply(t.Context(), applier(), deploytest.Job(second)); err != nil || asked != 1 {
			t.Errorf("%d loaded, %v", asked, err)
		}
		w.Check()
	})
}

// runsOn is a target with a Flink.
type runsOn struct {
	*deploytest.Target
	version string
}

func (r runsOn) FlinkVersion() string { return r.version }

// compiledBy is an applier whose gateway is of one Flink, and whose target of another.
func compiledBy(w *deploytest.World, gateway, there string) *apply.Applier {
	a := w.Applier()
	deploytest.On(a, runsOn{w.Target, there})
	inner := a.Compile
	a.Compile = func(ctx context.Context, r []apply.Request) []apply.Result {
		results := inner(ctx, r)
		for i := range results {
			data := bytes.Replace(results[i].Plan.Bytes(), []byte(`"flinkVersion":"2.3"`), []byte(`"flinkVersion":"`+gateway+`"`), 1)
			results[i].Plan, results[i].Err = plan.Parse(data)
		}
		return results
	}
	return a
}

// TestPlanOfAnotherFlink: the record's plan was compiled by one version, the
// gateway is of another.
func TestPlanOfAnotherFlink(t *testing.T) {
	for _, c := range []struct{ recorded, gateway, why string }{
		{"2.2", "2.3", "Flink 2.2 compiled the old plan and Flink 2.3 the new one"},
		{"2.3", "2.2", "Flink 2.2 does not read the state of a newer one"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := deploytest.New(t)
			const there = "2.3.0"
			if _, err := deploytest.Apply(t.Context(), compiledBy(w, c.recorded, there), deploytest.Job(first)); err != nil {
				t.Fatal(err)
			}
			a := compiledBy(w, c.gateway, there)
			if d := assess(t, a, deploytest.Job(first)).Decision; d.Kind != change.Nothing {
				t.Errorf("a newer gateway alone recompiles nothing: %s (%s)", d.Kind, d.Reason)
			}
			config := deploytest.Job(first)
			config.FlinkProperties = map[string]string{"web.timeout": "1"}
			a.Policy.Refresh = true
			for _, job := range []*manifest.Job{deploytest.Job(second), deploytest.Job(first), config} {
				s := assess(t, a, job)
				if s.Decision.Kind != change.Blocked || !strings.Contains(said(s.Decision), c.why) || !strings.Contains(said(s.Decision), "Flink "+c.recorded+" again") {
					t.Errorf("%s (%s)", s.Decision.Kind, said(s.Decision))
				}
			}
			a.Policy.Clean = true
			w.Target.Clean(2)
			if e, err := deploytest.Apply(t.Context(), a, deploytest.Job(second)); err != nil || e.Launch.Number != 2 {
				t.Errorf("--clean: %+v, %v", e, err)
			}
			w.Check()
		})
	}
}

// TestTargetWithAnOlderFlink: what cannot run there is not started there.
func TestTargetWithAnOlderFlink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		const want = "orders: Flink 2.3 compiled its plan, and its target runs Flink 2.2.1, which cannot read that"
		if _, err := deploytest.Apply(t.Context(), compiledBy(w, "2.3", "2.2.1"), deploytest.Job(first)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("a new job: %v", err)
		}
		if _, err := deploytest.Apply(t.Context(), compiledBy(w, "2.2", "2.3.0"), deploytest.Job(first)); err != nil {
			t.Errorf("an older plan: %v", err)
		}
		w2 := deploytest.New(t)
		e := w2.MustApply(deploytest.Job(first))
		s, err := compiledBy(w2, "2.3", "2.2.1").AssessWish(t.Context(), deploytest.Name, apply.Wish{Restart: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := compiledBy(w2, "2.3", "2.2.1").Carry(t.Context(), s); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("restart: %v", err)
		}
		if w2.Record().Number != e.Number {
			t.Error("restart touched the job")
		}
	})
}
