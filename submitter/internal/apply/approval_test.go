package apply_test

import (
	"testing"
	"testing/synctest"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/manifest"
)

// TestApproval: a change that mixes state, or whose meaning only the user knows, is
// carried out under its own approval id, with the state of every operator.
func TestApproval(t *testing.T) {
	for name, c := range map[string]struct{ old, new string }{
		"mixed":   {"sum-above-5", "sum-above-6"},
		"servers": {"../compat/testdata/kafka", "../compat/testdata/kafka-elsewhere"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := deploytest.New(t)
			before := w.MustApply(deploytest.Job(c.old))
			s := assess(t, w.Applier(), deploytest.Job(c.new))
			id := s.Comparison.ApprovalID
			if s.Decision.Kind != change.Blocked || !s.Comparison.TakesApproval() || id == "" {
				t.Fatalf("%s: %+v", name, s.Decision)
			}
			if again := assess(t, w.Applier(), deploytest.Job(c.new)).Comparison.ApprovalID; again != id {
				t.Errorf("%s: the id is %s, and was %s", name, again, id)
			}
			for _, wrong := range []string{"000000000000", ""} {
				a := w.Applier()
				a.Policy.Approve = []string{wrong}
				if e, err := deploytest.Apply(t.Context(), a, deploytest.Job(c.new)); err != nil || e.Number != before.Number {
					t.Errorf("%s, approved as %q: %+v, %v", name, wrong, e, err)
				}
			}
			job := deploytest.Job(c.new)
			job.Upgrade = manifest.Upgrade{SavepointTimeout: job.Upgrade.SavepointTimeout, HealthTimeout: job.Upgrade.HealthTimeout, Approve: id}
			e := w.MustApply(job)
			if e.Launch.Number != before.Launch.Number+1 || e.Launch.Restored == "" {
				t.Errorf("%s: %+v", name, e.Launch)
			}
			if was, is := ids(t, w, before.Release.Digest), ids(t, w, e.Release.Digest); was["group-aggregate"] != is["group-aggregate"] || was["table-source-scan"] != is["table-source-scan"] {
				t.Errorf("%s: the operators had the ids %v and have %v", name, was, is)
			}
			decides(t, w, job, change.Nothing, "no change")
			w.Check()
		})
	}
}

// ids are the node ids of a published plan.
func ids(t *testing.T, w *deploytest.World, digest string) map[string]int {
	t.Helper()
	data, err := w.Bucket.Read(t.Context(), "releases/"+deploytest.Name+"/"+digest+"/plan.json", plan.MaxSize)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, n := range p.Nodes() {
		found[n.Type] = n.ID
	}
	return found
}
