//go:build kubernetes

package e2e

import (
	"strings"
	"testing"
)

// TestKubernetesAdopt moves a running job to another store: there apply leaves it alone,
// adopt goes on with its state, and in the old store nobody starts it again.
func TestKubernetesAdopt(t *testing.T) {
	k := newKube(t)
	f := k.counting(3, "")
	k.awaitCheckpoints("count", 1)
	old := k.env
	k.env = append(k.env[:len(k.env):len(k.env)], "SUBMITTER_STORE="+k.s3.BucketURL(k.s3.Endpoint)+"&prefix=other/")
	k.objects += "/other"
	k.must("init")

	if r := k.run("apply", "count.yaml", "--clean"); r.code != 1 || !strings.Contains(r.stdout, "`submitter adopt") || !strings.Contains(r.stdout, "cluster count-1") {
		t.Errorf("apply: exit %d, want 1 and the way out\n%s%s", r.code, r.stdout, r.stderr)
	}
	if r := k.must("adopt", "count.yaml"); !strings.Contains(r.stdout, "savepoint of launch 1") {
		t.Errorf("adopted without its state:\n%s", r.stdout)
	}
	if j := k.status()["count"]; j.Launch != 2 || j.Status != "RUNNING" {
		t.Errorf("adopted: %+v", j)
	}
	if n := len(k.glob("savepoints/count/1/1-*/*/_metadata")); n != 1 {
		t.Errorf("the new store has %d savepoints of launch 1", n)
	}
	f.piece(1)

	here := k.env
	k.env = old
	if r := k.run("apply", "count.yaml"); r.code != 1 || !strings.Contains(r.stdout, "launched from another store") || len(k.get("jobs")) != 1 {
		t.Errorf("apply in the old store: exit %d, Jobs %v\n%s", r.code, k.get("jobs"), r.stdout)
	}
	k.env = here
	f.piece(2)
	k.checkCounts(f)
	k.must("delete", "count")
	if left := k.get("jobs,services,deployments,pods,configmaps"); len(left) != 1 {
		t.Errorf("after delete there is %v", left)
	}
}
