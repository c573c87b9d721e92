//go:build kubernetes

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKubernetesTwoAppliesAtOnce starts two: one deploys, the other leaves the job to it.
func TestKubernetesTwoAppliesAtOnce(t *testing.T) {
	k := newKube(t)
	f := k.feedCount(1, "")
	if codes := k.both("apply", "count.yaml"); codes[0] != 1 || codes[5] != 1 {
		t.Errorf("exit codes %v, want one 0 and one 5", codes)
	}
	k.only(1)
	k.checkCounts(f)
}

// TestKubernetesPausedHolder stops a submitter in the middle of an upgrade; another takes
// over and upgrades once more; then the first one wakes. It does no harm.
func TestKubernetesPausedHolder(t *testing.T) {
	k := newKube(t)
	f := k.counting(3, "")
	k.writeTolerantCount("task.cancellation.interval: 30001")
	wake := k.pauseAt("decided", "count.yaml")
	k.must("apply", "count.yaml", "--wait") // takes over after 30 seconds of silence
	f.piece(1)
	k.writeTolerantCount("task.cancellation.interval: 30002")
	k.must("apply", "count.yaml")
	before := k.status()["count"]
	wake()
	if after := k.status()["count"]; after != before {
		t.Errorf("the paused submitter changed something: %+v, was %+v", after, before)
	}
	k.only(before.Launch)
	f.piece(2)
	k.checkCounts(f)
}

// only checks that the job's newest launch is this one, and that there is no other.
func (k *kube) only(launch int) {
	k.t.Helper()
	j := k.status()["count"]
	if j.Launch != launch || j.Phase != "committed" || j.Status != "RUNNING" {
		k.t.Errorf("%+v, want launch %d, committed", j, launch)
	}
	if jobs := k.get("jobs"); len(jobs) != 1 || jobs[0] != "job.batch/"+j.ClusterID {
		k.t.Errorf("there are %v, want the Job of %s alone", jobs, j.ClusterID)
	}
}

// TestKubernetesStoreKilled: the S3 server is gone for a while, and the JobManager dies
// meanwhile. An apply leaves the job alone; when the store is back the job goes on.
func TestKubernetesStoreKilled(t *testing.T) {
	k := newKube(t)
	f := k.counting(3, "")
	k.awaitCheckpoints("count", 1)
	id := k.status()["count"].ClusterID
	k.s3.Process.Kill()
	f.piece(1)
	k.writeTolerantCount("task.cancellation.interval: 30001")
	if r := k.run("apply", "count.yaml"); r.code != 1 || !strings.Contains(r.stderr, strings.TrimPrefix(k.s3.Endpoint, "http://")) {
		t.Errorf("apply without its store: exit %d", r.code)
	}
	k.killJava(k.pod("jobmanager"))
	k.eventually("another JobManager is tried", func() bool { return len(k.get("pods", "-l", "component=jobmanager")) > 1 })
	must(t, k.s3.Restart())
	k.eventually("the job goes on", func() bool { return k.status()["count"].Status == "RUNNING" })
	if j := k.status()["count"]; j.ClusterID != id {
		t.Errorf("%+v, it was %s", j, id)
	}
	k.must("apply", "count.yaml")
	f.piece(2)
	k.checkCounts(f)
}

// kitVariable names the directory of the kit that made the cluster, whose node may be
// crashed.
const kitVariable = "E2E_KIT"

// TestKubernetesNodeKilled: the node dies and comes back. Status tells what the pods wait
// for; nobody but the node has to do anything.
func TestKubernetesNodeKilled(t *testing.T) {
	kit := os.Getenv(kitVariable)
	if kit == "" {
		t.Skipf("%s is not set: a node of somebody's cluster is not crashed", kitVariable)
	}
	k := newKube(t)
	f := k.counting(3, "")
	k.awaitCheckpoints("count", 1)
	before := k.status()["count"]
	node := k.kubectl("-n", k.namespace, "get", "pod", k.pod("jobmanager"), "-o", "jsonpath={.spec.nodeName}")
	run := func(script string) {
		t.Helper()
		if out, err := exec.Command(filepath.Join(kit, script)).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
	}
	run("crash.sh")
	back := false
	t.Cleanup(func() {
		if !back {
			run("up.sh")
		}
	})
	start := time.Now()
	f.piece(1)
	k.eventually("status names the node", func() bool {
		return strings.Contains(k.status()["count"].Problem, "its node "+node+" has")
	})
	t.Logf("told after %s: %s", time.Since(start).Round(time.Second), k.status()["count"].Problem)
	start = time.Now()
	run("up.sh")
	back = true
	k.eventually("the job runs again", func() bool { return k.status()["count"].Status == "RUNNING" })
	t.Logf("the node and the job were back after %s", time.Since(start).Round(time.Second))
	if after := k.status()["count"]; after.JobID != before.JobID || after.Launch != before.Launch || after.Problem != "" {
		t.Errorf("%+v, it was %+v", after, before)
	}
	k.must("apply", "count.yaml")
	f.piece(2)
	k.checkCounts(f)
	k.must("delete", "count")
	if left := k.get("jobs,services,deployments,pods"); len(left) > 0 {
		t.Errorf("after delete there is %v", left)
	}
}

// TestKubernetesCrashesOften: three crashes within an hour are mended in the container, as
// soon as they happen. The fourth is left to Kubernetes, where everybody sees it, and the
// job goes on all the same.
func TestKubernetesCrashesOften(t *testing.T) {
	k := newKube(t)
	f := k.counting(3, "sql-driver.restart-after: 1 ms")
	k.awaitCheckpoints("count", 1)
	before := k.status()["count"]
	pod := k.pod("jobmanager")
	for range crashesMended {
		old := k.javaOf(pod)
		k.killJava(pod)
		k.eventually("java runs again in the pod", func() bool {
			now := k.javaOf(pod)
			return now != 0 && now != old
		})
	}
	f.piece(1)
	k.killJava(pod)
	k.eventually("status tells of it", func() bool {
		return strings.Contains(k.status()["count"].Problem, pod+" ended with code 137 and is being started again within 10s")
	})
	k.eventually("another pod has the job", func() bool { return k.status()["count"].Status == "RUNNING" })
	if now := k.pod("jobmanager"); now == pod {
		t.Errorf("it still is %s", pod)
	}
	if log := k.kubectl("-n", k.namespace, "logs", pod); strings.Count(log, "it is started again") != 3 || !strings.Contains(log, "crashed 3 times before within 1h0m0s") {
		t.Errorf("its log:\n%s", log)
	}
	if after := k.status()["count"]; after.JobID != before.JobID || after.Launch != before.Launch {
		t.Errorf("%+v, it was %+v", after, before)
	}
	f.piece(2)
	k.checkCounts(f)
}

// feedCount makes the counting job's files; the first of its pieces is there.
func (k *kube) feedCount(pieces int, setting string) *feed {
	k.t.Helper()
	f := newFeed(k.t, filepath.Join(k.dir, "in"), pieces)
	k.write("tables.sql", countTables)
	k.writeTolerantCount(setting)
	f.piece(0)
	return f
}

// TestKubernetesMeddling: others have a Job of that name, delete what Flink keeps for high
// availability, and the Service through which a job is stopped.
func TestKubernetesMeddling(t *testing.T) {
	k := newKube(t)
	f := k.feedCount(4, "")
	k.kubectlWith([]byte(`{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "count-1"}, "spec": {"suspend": true,
		"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "localhost/pause:1"}]}}}}`), "-n", k.namespace, "create", "-f", "-")
	if r := k.run("apply", "count.yaml"); r.code != 1 || !strings.Contains(r.stdout, "count-1 of something else") {
		t.Errorf("a Job of that name: exit %d\n%s", r.code, r.stdout)
	}
	if jobs := k.get("jobs"); len(jobs) != 1 {
		t.Errorf("there are %v, want the Job that is not ours", jobs)
	}
	k.kubectl("-n", k.namespace, "delete", "job/count-1")
	k.must("apply", "count.yaml")
	f.piece(1)
	k.awaitCheckpoints("count", 3)

	id := k.status()["count"].ClusterID
	for _, m := range k.get("configmaps") {
		if strings.HasSuffix(m, "-config-map") {
			k.kubectl("-n", k.namespace, "delete", m)
		}
	}
	k.eventually("another JobManager is there", func() bool { return len(k.get("pods", "-l", "component=jobmanager")) > 1 })
	k.eventually("the job runs again", func() bool { return k.status()["count"].Status == "RUNNING" })
	f.piece(2)
	k.awaitCheckpoints("count", 2)

	k.kubectl("-n", k.namespace, "delete", "service", id+"-rest")
	k.must("stop", "count")
	k.must("resume", "count")
	f.piece(3)
	k.checkCounts(f)
}
