//go:build kubernetes

package e2e

import (
	"strings"
	"testing"
)

// TestKubernetesTargetBlock: what submitter.yaml says of a target's pods is part of each
// job: changing it is a change, and a rollback brings the old one back.
func TestKubernetesTargetBlock(t *testing.T) {
	k := newKube(t)
	f := k.counting(3, "")
	k.awaitCheckpoints("count", 1)
	image := needed(t, imageVariable)

	k.settings(image, "      nodeSelector: {kubernetes.io/os: linux}\n")
	if r := k.must("diff", "count.yaml"); !strings.Contains(r.stdout, "kubernetes.nodeSelector.kubernetes.io/os = linux: restart") {
		t.Errorf("diff:\n%s", r.stdout)
	}
	if r := k.must("apply", "count.yaml"); !strings.Contains(r.stdout, "savepoint of launch 1") {
		t.Errorf("apply:\n%s", r.stdout)
	}
	f.piece(1)
	k.awaitCheckpoints("count", 1)

	k.settings(image+"-not-there", "")
	if r := k.run("apply", "count.yaml"); r.code != 1 || !strings.Contains(r.stdout, image+"-not-there") {
		t.Errorf("an image that is not there: exit %d\n%s", r.code, r.stdout)
	}
	if j := k.status()["count"]; j.Launch != 4 || j.Status != "RUNNING" {
		t.Errorf("after the rollback: %+v", j)
	}
	pod := k.kubectl("-n", k.namespace, "get", "pod", k.pod("jobmanager"), "-o", "jsonpath={.spec.containers[0].image} {.spec.nodeSelector}")
	if !strings.HasPrefix(pod, image+" ") || !strings.Contains(pod, "linux") {
		t.Errorf("the rollback runs %s", pod)
	}
	f.piece(2)
	k.checkCounts(f)
}

// TestKubernetesNeeds: what a job's pods would wait for is told by doctor, and refused by
// an upgrade before anything is stopped; so is an account that may not do what Flink needs.
func TestKubernetesNeeds(t *testing.T) {
	k := newKube(t)
	f := k.counting(2, "")
	k.awaitCheckpoints("count", 1)
	pod := k.pod("jobmanager")
	image := needed(t, imageVariable)
	// Of Secrets, and of what others may do, the submitter's own account is not told.
	admin := []string{"KUBECONFIG=" + needed(t, "KUBECONFIG")}
	doctor := func(code int, want ...string) {
		t.Helper()
		r := k.runWith(admin, "doctor")
		for _, w := range want {
			if r.code != code || !strings.Contains(r.stdout, w) {
				t.Errorf("doctor: exit %d, and not %q:\n%s", r.code, w, r.stdout)
			}
		}
	}
	refused := func(env []string, missing string) {
		t.Helper()
		if r := k.runWith(env, "apply", "count.yaml"); r.code != 1 || !strings.Contains(r.stdout, "nothing was touched: "+missing) || strings.Contains(r.stdout, "starts from") {
			t.Errorf("without %s: exit %d\n%s", missing, r.code, r.stdout)
		}
	}
	doctor(0, "rights of the account flink")

	k.settings(image, "      serviceAccountName: runner\n      secrets: [orders-db]\n")
	doctor(1, "ServiceAccount runner", "Secret orders-db", "not in namespace "+k.namespace)
	refused(nil, "ServiceAccount runner")
	k.kubectl("-n", k.namespace, "create", "serviceaccount", "runner")
	refused(admin, "Secret orders-db")
	k.kubectl("-n", k.namespace, "create", "secret", "generic", "orders-db", "--from-literal=PASSWORD=x")
	doctor(1, "rights of the account runner", "missing: create, delete, list, watch pods")
	if now := k.pod("jobmanager"); now != pod {
		t.Errorf("JobManager %s was replaced by %s", pod, now)
	}
	k.settings(image, "      env: [{name: AGAIN, value: \"1\"}]\n")
	k.kubectl("-n", k.namespace, "create", "quota", "few", "--hard=services=0")
	refused(nil, `services "count-4-rest" is forbidden: exceeded quota`) // two launches were refused before
	k.kubectl("-n", k.namespace, "delete", "quota", "few")
	if now := k.pod("jobmanager"); now != pod {
		t.Errorf("JobManager %s was replaced by %s", pod, now)
	}
	f.piece(1)
	k.must("apply", "count.yaml")
	k.checkCounts(f)
}
