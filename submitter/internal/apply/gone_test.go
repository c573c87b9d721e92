package apply_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/target"
)

// far is a target of which this machine sees no launch of another site.
type far struct {
	target.Target
	site string
}

func (f far) Site(context.Context) (string, error) { return f.site, nil }

func (f far) Hidden(_ context.Context, r target.Ref) (string, error) {
	if r.Site == "" || r.Site == f.site {
		return "", nil
	}
	return "it was launched on " + r.Site, nil
}

func (f far) Observe(ctx context.Context, r target.Ref) (target.Observation, error) {
	if hidden, _ := f.Hidden(ctx, r); hidden != "" {
		return target.Observation{Condition: target.Unknown, Proof: hidden}, nil
	}
	if f.site == "new" {
		return target.Observation{Condition: target.Absent, Proof: "nothing is here"}, nil
	}
	return f.Target.Observe(ctx, r)
}

// TestLaunchOfAMachineThatIsNoMore: nothing is started beside a launch that cannot be
// seen, until somebody says that it is gone.
func TestLaunchOfAMachineThatIsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		old, young := w.Applier(), w.Applier()
		deploytest.On(old, far{w.Target, "old"})
		deploytest.On(young, far{w.Target, "new"})
		if _, err := deploytest.Apply(t.Context(), old, deploytest.Job(first)); err != nil {
			t.Fatal(err)
		}
		if site := w.Record().Launch.Site; site != "old" {
			t.Fatalf("the record says %q", site)
		}
		if _, err := old.Gone(t.Context(), deploytest.Name); err == nil || !strings.Contains(err.Error(), "can be seen from here") {
			t.Errorf("of a launch that can be seen: %v", err)
		}
		if s := assess(t, young, deploytest.Job(second)); s.Decision.Kind != change.Unclear || !strings.Contains(s.Decision.Reason, "launched on old") {
			t.Errorf("%s (%s)", s.Decision.Kind, s.Decision.Reason)
		}
		w.Target.Crash(1)
		if _, err := young.Gone(t.Context(), deploytest.Name); err != nil {
			t.Fatal(err)
		}
		if s := assess(t, young, deploytest.Job(first)); s.Decision.Kind != change.Restore || s.Facts.Newest == "" {
			t.Errorf("%s (%s) from %q", s.Decision.Kind, s.Decision.Reason, s.Facts.Newest)
		}
	})
}
