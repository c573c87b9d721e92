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
