package plan_test

import (
	"testing"

	"flink-sql-driver/plan"
)

// The vectors were computed apart from this code, with Python:
//
//	import hashlib
//	def base36(n): return "0123456789abcdefghijklmnopqrstuvwxyz"[n] if n < 36 else base36(n // 36) + base36(n % 36)
//	def job_id(namespace, cluster):
//	    return hashlib.sha256(b"".join(p.encode() + b"\0" for p in ("flink-sql-driver/job-id/1", namespace, cluster))).hexdigest()[:32]
//
// docs/formats.md publishes the first six.
func TestJobIDVectors(t *testing.T) {
	const longest = "abcdefghijklmnopqrstuvwxyzabcdefghijkl"
	for _, v := range []struct {
		namespace, name string
		launch          uint64
		cluster, job    string
	}{
		{"local", "orders", 1, "orders-1", "73497b1578f231882a08778fc45699c7"},
		{"local", "orders", 2, "orders-2", "bdcd961d203fa145d0ef061fcf224976"},
		{"local", "orders", 36, "orders-10", "56da1c2d1ca1faef7974c5a0b1e0e7b0"},
		{"default", "orders", 1, "orders-1", "7ae541b9cb44fd67eb87f08f59560c41"},
		{"prod", "a", 1295, "a-zz", "a702ab3d44dd038d91ef95818b3685b9"},
		{"prod", longest, 4294967296, longest + "-1z141z4", "637ec773531673547e65d6c59e3c3a56"},
		{"", "x", 0, "x-0", "66e055abf079f7b12fa033bf30c1d73b"},
		{"プロド", "a-b", 35, "a-b-z", "3a8eb69e39fe57f8fe2a0a95667168e2"},
		{"prod", "a", 1<<64 - 1, "a-3w5e11264sgsf", "f8f92c5f52a3ac2b65c75423bc624877"},
	} {
		cluster := plan.ClusterID(v.name, v.launch)
		if job := plan.JobID(v.namespace, cluster); cluster != v.cluster || job != v.job {
			t.Errorf("%s/%s launch %d: %s %s, want %s %s", v.namespace, v.name, v.launch, cluster, job, v.cluster, v.job)
		}
	}
	if n := len(plan.ClusterID(longest, 36*36*36*36*36*36-1)); n > 45 {
		t.Errorf("a cluster id of %d characters", n)
	}
	if plan.JobID("a", "b-c") == plan.JobID("a-b", "c") || plan.JobID("ab", "c") == plan.JobID("a", "bc") {
		t.Error("namespace and cluster id run together")
	}
}
