//go:build kubernetes

package e2e

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKubernetesContinuity is a job's life: upgrades, a JobManager and a TaskManager
// killed, stop and resume. Its final counts are those of an undisturbed run.
func TestKubernetesContinuity(t *testing.T) {
	k := newKube(t)
	f := k.counting(6, "")
	if j := k.status()["count"]; j.Status != "RUNNING" || j.ClusterID != "count-1" {
		t.Errorf("after launch: %+v", j)
	}
	f.piece(1)
	if r := k.must("savepoint", "trigger", "count"); len(k.glob("savepoints/count/1/kept-1-*/*/_metadata")) != 1 {
		t.Errorf("where is the savepoint?\n%s", r.stdout)
	}
	k.writeTolerantCount("task.cancellation.interval: 30001")
	if r := k.must("apply", "count.yaml"); !strings.Contains(r.stdout, "savepoint of launch 1") {
		t.Errorf("an upgrade without its savepoint:\n%s", r.stdout)
	}
	if old := k.get("jobs,services,configmaps,deployments,pods", "-l", "app.kubernetes.io/instance=count-1"); len(old) > 0 {
		t.Errorf("of launch 1 there still is %v", old)
	}
	if left := k.glob("ha/count-1/*"); len(left) > 0 {
		t.Errorf("high availability of launch 1 left %v", left)
	}

	before := k.status()["count"].JobID
	k.awaitCheckpoints("count", 1)
	k.killJava(k.pod("jobmanager"))
	f.piece(2)
	k.awaitSecondJobManager()
	if j := k.status()["count"]; j.JobID != before || j.Launch != 2 {
		t.Errorf("after a crash: %+v, it was job %s", j, before)
	}
	k.awaitCheckpoints("count", 1)
	k.kubectl("-n", k.namespace, "delete", "pod", k.pod("taskmanager"), "--wait=false")
	f.piece(3)
	k.awaitCheckpoints("count", 2)

	k.must("stop", "count")
	if left := k.get("jobs,services,deployments,pods", "-l", "app.kubernetes.io/managed-by=submitter"); len(left) > 0 {
		t.Errorf("of a stopped job there is %v", left)
	}
	f.piece(4)
	k.must("resume", "count")
	f.piece(5)
	k.checkCounts(f)

	k.must("delete", "count")
	left := k.get("jobs,services,configmaps,deployments,pods")
	if len(left) != 1 || left[0] != "configmap/kube-root-ca.crt" {
		t.Errorf("after delete there is %v", left)
	}
	if ha := k.glob("ha/*/*"); len(ha) > 0 {
		t.Errorf("after delete the bucket has %v", ha)
	}
}

// glob finds objects of the bucket.
func (k *kube) glob(pattern string) []string {
	k.t.Helper()
	found, err := filepath.Glob(filepath.Join(k.objects, pattern))
	must(k.t, err)
	return found
}

// counting starts the counting job over a feed of so many pieces, of which it has the
// first; setting is one of its options.
func (k *kube) counting(pieces int, setting string) *feed {
	k.t.Helper()
	f := k.feedCount(pieces, setting)
	if r := k.must("apply", "count.yaml"); !strings.Contains(r.stdout, "count: launch → committed") {
		k.t.Fatal(r.stdout)
	}
	return f
}

// awaitSecondJobManager waits until the job runs again after its JobManager's end.
func (k *kube) awaitSecondJobManager() {
	k.t.Helper()
	k.eventually("the JobManager is started again", func() bool {
		starts := 0
		for _, pod := range k.get("pods", "-l", "component=jobmanager") {
			log, _ := k.tryKubectl(nil, "-n", k.namespace, "logs", pod) // one that is only being made has none
			starts += strings.Count(log, "handing over to java")
		}
		return k.status()["count"].Status == "RUNNING" && starts == 2
	})
}

// writeTolerantCount is writeCount for jobs that are to go on after a TaskManager's end.
func (k *kube) writeTolerantCount(setting string) {
	if setting != "" {
		setting = "  " + setting + "\n"
	}
	text := strings.Replace(small(fmt.Sprintf(countJob, setting)), "restart-strategy.type: none", "restart-strategy.type: fixed-delay\n  restart-strategy.fixed-delay.attempts: 100", 1)
	k.write("count.yaml", text)
}

// small asks for little of the node's processors and may use more: several jobs have to
// fit on one that has two.
func small(manifest string) string {
	return strings.Replace(manifest, "flinkProperties:\n", "job-manager: {cpu: 0.1}\ntask-manager: {cpu: 0.1}\nflinkProperties:\n  kubernetes.taskmanager.cpu.limit-factor: 20\n", 1)
}

// TestKubernetesFinished: a bounded job is never run again, and what became of it stays
// visible.
func TestKubernetesFinished(t *testing.T) {
	k := newKube(t)
	k.write("in/rows.csv", "1,a\n2,b\n")
	k.write("copy.yaml", small(fmt.Sprintf(copyJob, "first")))
	k.must("apply", "copy.yaml")
	k.eventually("the job has finished", func() bool { return k.status()["copy"].Status == "FINISHED" })
	if r := k.must("apply", "copy.yaml"); !strings.Contains(r.stdout, "copy: nothing") {
		t.Errorf("a finished job:\n%s", r.stdout)
	}
	k.eventually("only its JobManager's pod is left", func() bool { return len(k.get("pods")) == 1 })
	if pods := k.get("pods"); !strings.Contains(k.kubectl("-n", k.namespace, "logs", pods[0]), "FINISHED") {
		t.Errorf("the log of %s does not say how the job ended", pods[0])
	}
	if r := k.must("logs", "copy"); !strings.Contains(r.stdout, "FINISHED") {
		t.Errorf("its log:\n%.500s", r.stdout)
	}
	k.eventually("its JobManager has ended, too", func() bool {
		return strings.Contains(k.must("apply", "copy.yaml").stdout, "copy: nothing (finished)")
	})
	k.deleteJob("copy-1")
	if r := k.must("apply", "copy.yaml"); !strings.Contains(r.stdout, "copy: nothing (finished)") {
		t.Errorf("its Job was deleted, and the record knows that it had finished:\n%s", r.stdout)
	}
	if j := k.status()["copy"]; j.Status != "FINISHED" || j.Launch != 1 {
		t.Errorf("%+v", j)
	}

	k.write("unseen.yaml", small(strings.Replace(fmt.Sprintf(copyJob, "second"), "name: copy", "name: unseen", 1)))
	k.must("apply", "unseen.yaml")
	k.eventually("the job has finished", func() bool { return k.status()["unseen"].Status == "FINISHED" })
	k.deleteJob("unseen-1")
	// Its deployment may have seen the end already.
	if r := k.run("apply", "unseen.yaml"); !(r.code == 3 && strings.Contains(r.stdout, "may have finished")) && !strings.Contains(r.stdout, "unseen: nothing (finished)") {
		t.Errorf("its Job was deleted before anybody noted its end: exit %d\n%s", r.code, r.stdout)
	}
	if jobs := k.get("jobs"); len(jobs) > 0 {
		t.Errorf("it is run again: %v", jobs)
	}
}

// deleteJob deletes a Job, as its time to live would, and waits until its pods are gone.
func (k *kube) deleteJob(name string) {
	k.t.Helper()
	k.kubectl("-n", k.namespace, "delete", "job", name)
	k.eventually("its pods are gone", func() bool { return len(k.get("pods")) == 0 })
}

// TestKubernetesStandalone has a Deployment make the TaskManagers.
func TestKubernetesStandalone(t *testing.T) {
	k := newKube(t)
	k.settings(needed(t, imageVariable), "      mode: standalone\n")
	f := k.counting(3, "")
	k.awaitCheckpoints("count", 1)
	pod := k.pod("jobmanager")
	time.Sleep(settled) // from then on the driver starts it again, in the same pod
	k.killJava(pod)
	f.piece(1)
	k.awaitSecondJobManager()
	if now := k.pod("jobmanager"); now != pod {
		t.Errorf("%s took the place of %s", now, pod)
	}
	k.writeTolerantCount("task.cancellation.interval: 30001")
	k.must("apply", "count.yaml")
	f.piece(2)
	k.checkCounts(f)
	k.must("delete", "count")
	if left := k.get("jobs,services,deployments,pods,configmaps"); len(left) != 1 {
		t.Errorf("after delete there is %v", left)
	}
}

// TestKubernetesSecrets: a secret of a table and one of an option come from a Kubernetes
// Secret, and are nowhere but there and in the pods' memory. (Flink's own store for high
// availability holds the job as it runs: docs/kubernetes.md.)
func TestKubernetesSecrets(t *testing.T) {
	k := newKube(t)
	table, option := rand.Text(), rand.Text()
	canaries := []string{table, option, k.s3.SecretKey}
	k.kubectlWith([]byte(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "canaries"},
		"stringData": {"TABLE_PASSWORD": %q, "OPTION_TOKEN": %q}}`, table, option)), "-n", k.namespace, "apply", "-f", "-")
	k.write("safe.yaml", small(`name: safe
flinkProperties:
  execution.checkpointing.interval: 1 s
  safe.token: ${secret:OPTION_TOKEN}
kubernetes: {secrets: [canaries]}
sql: |
  CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
  CREATE TABLE lines (n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'file://${env:PWD}/out', 'csv.null-literal' = '${secret:TABLE_PASSWORD}');
  INSERT INTO lines SELECT n FROM numbers
`))
	k.must("apply", "-v", "safe.yaml")
	k.awaitCheckpoints("safe", 1)
	k.must("diff", "safe.yaml")
	k.must("status", "-o", "json")
	k.must("history", "safe", "-o", "json")
	shown := k.kubectl("-n", k.namespace, "get", "configmaps,pods,jobs,deployments,services,events", "-o", "yaml")
	for _, pod := range k.get("pods") {
		shown += k.kubectl("-n", k.namespace, "logs", pod) + k.kubectl("-n", k.namespace, "describe", pod)
	}
	jobManager := k.pod("jobmanager")
	for _, c := range canaries {
		if strings.Contains(shown, c) || strings.Contains(k.said.String(), c) {
			t.Errorf("the secret %s is shown", c)
		}
		for _, file := range k.holding(c, k.objects) {
			if !strings.HasPrefix(file, filepath.Join(k.objects, "ha")+"/") {
				t.Errorf("the secret %s is in the bucket: %s", c, file)
			}
		}
		if c != k.s3.SecretKey && !strings.Contains(k.kubectl("-n", k.namespace, "exec", jobManager, "--", "grep", "-rlF", c, "/dev/shm"), "/dev/shm/") {
			t.Errorf("the secret %s is not where the JobManager needs it", c)
		}
	}
}

// TestKubernetesSubmitterKilled kills the submitter after entries of an upgrade; the next
// apply goes on, with the same end.
func TestKubernetesSubmitterKilled(t *testing.T) {
	k := newKube(t)
	f := k.counting(4, "")
	for i, phase := range []string{"stopping", "stopped", "decided"} {
		f.piece(i + 1)
		k.writeTolerantCount(fmt.Sprintf("task.cancellation.interval: %d", 30001+i))
		if r := k.runWith(faultAt(phase, syscall.SIGKILL), "apply", "count.yaml"); r.code != -1 {
			t.Fatalf("it was not killed: exit %d\n%s", r.code, r.stderr)
		}
		k.must("apply", "count.yaml")
		if j := k.status()["count"]; j.Status != "RUNNING" || j.Launch != i+2 {
			t.Errorf("killed at %s: %+v", phase, j)
		}
		if jobs := k.get("jobs"); len(jobs) != 1 {
			t.Errorf("killed at %s: there are %v", phase, jobs)
		}
	}
	k.checkCounts(f)
}

// TestKubernetesKilledAtItsEnd kills a JobManager whose job has ended and cleaned up after
// itself, before the process ends: somebody has not fetched the result of a savepoint yet,
// and Flink waits for that. The pod that follows does not run the job again.
func TestKubernetesKilledAtItsEnd(t *testing.T) {
	k := newKube(t)
	k.counting(1, "rest.async.store-duration: 120 s")
	k.awaitCheckpoints("count", 1)
	j := k.status()["count"]
	job := fmt.Sprintf("/api/v1/namespaces/%s/services/%s-rest:rest/proxy/jobs/%s", k.namespace, j.ClusterID, j.JobID)
	k.kubectlWith([]byte(`{"targetDirectory": "s3://`+k.s3.Bucket+`/savepoints/count/by-hand", "drain": false}`), "create", "--raw", job+"/stop", "-f", "-")
	k.eventually("the job has ended", func() bool {
		return strings.Contains(k.kubectl("get", "--raw", job), `"state":"FINISHED"`)
	})
	results := filepath.Join(k.objects, "ha", j.ClusterID, "job-result-store", j.JobID+".json")
	k.eventually("its result is written", func() bool { _, err := os.Stat(results); return err == nil })
	k.killJava(k.pod("jobmanager"))
	k.kubectl("-n", k.namespace, "wait", "--for=condition=Complete", "job/"+j.ClusterID, "--timeout=120s")
	pods := k.get("pods", "-l", "component=jobmanager", "--sort-by", "metadata.creationTimestamp")
	var log string
	for _, pod := range pods { // the driver started it again, or Kubernetes did
		log += k.kubectl("-n", k.namespace, "logs", pod)
	}
	if starts, runs := len(stations[0].line.FindAllString(log, -1)), len(stations[2].line.FindAllString(log, -1)); starts != 2 || runs != 1 {
		t.Errorf("the JobManager was started %d times, the job ran %d times", starts, runs)
	}
}

// TestKubernetesProblems: what keeps a pod from starting is told within seconds, and a
// release that cannot start is replaced by the one before.
func TestKubernetesProblems(t *testing.T) {
	k := newKube(t)
	k.counting(1, "")

	with := func(block string) {
		text, err := os.ReadFile(filepath.Join(k.dir, "count.yaml"))
		must(t, err)
		k.write("worse.yaml", string(text)+"kubernetes: "+block+"\n")
	}
	for what, c := range map[string]struct{ block, told string }{
		"an image that is not there":  {"{image: 'localhost/no/such:1'}", "ErrImageNeverPull"},
		"a Secret that is not there":  {"{envFrom: [{secretRef: {name: nobodys}}]}", `secret "nobodys" not found`},
		"a driver that must not read": {"{env: [{name: AWS_ACCESS_KEY_ID, value: nobody}]}", "access denied"},
		"TaskManagers not admitted":   {"{taskManager: {podTemplate: {spec: {priorityClassName: nobodys}}}}", "cannot make TaskManagers: pods"},
		"a pod that is not admitted":  {"{podTemplate: {spec: {priorityClassName: nobodys}}}", "no PriorityClass with name nobodys was found"},
	} {
		with(c.block)
		if r := k.run("apply", "worse.yaml"); r.code != 1 || !strings.Contains(r.stdout, c.told) || !strings.Contains(r.stdout, "rolled-back") {
			t.Errorf("%s: exit %d\n%s", what, r.code, r.stdout)
		}
		if j := k.status()["count"]; j.Status != "RUNNING" {
			t.Errorf("%s: after the rollback: %+v", what, j)
		}
	}

	with("{podTemplate: {spec: {priority: many}}}")
	if r := k.run("apply", "worse.yaml"); r.code == 0 || !strings.Contains(r.stderr, "podTemplate.spec.priority") {
		t.Errorf("a podTemplate that is none: exit %d\n%s", r.code, r.stderr)
	}
	before := k.status()["count"]
	with("{podTemplate: {spec: {containers: [{name: flink-main-container, ports: [{containerPort: 70000}]}]}}}")
	if r := k.run("apply", "worse.yaml"); r.code != 1 || !strings.Contains(r.stdout, "nothing was touched: Job.batch") {
		t.Errorf("pods that Kubernetes refuses: exit %d\n%s", r.code, r.stdout)
	}
	if after := k.status()["count"]; after.ClusterID != before.ClusterID || after.Status != "RUNNING" {
		t.Errorf("it was touched: %+v, was %+v", after, before)
	}

	k.waits("lost", "kubernetes: {nodeSelector: {nowhere: here}}", "didn't match Pod's node affinity/selector")
	k.kubectl("-n", k.namespace, "create", "quota", "full", "--hard=pods="+fmt.Sprint(len(k.get("pods"))))
	k.waits("many", "kubernetes: {}", "exceeded quota: full")
}

// waits applies a job whose pod waits for something, and has status tell for what.
func (k *kube) waits(name, block, why string) {
	k.t.Helper()
	k.write(name+".yaml", strings.NewReplacer("name: count", "name: "+name, "target-table: per_day", "target-table: per_day\n"+block+"\nupgrade: {health-timeout: 30 s}").Replace(small(fmt.Sprintf(countJob, ""))))
	start := time.Now()
	done := make(chan result, 1)
	go func() { done <- k.run("apply", name+".yaml") }()
	k.within(20*time.Second, "status says why "+name+" waits", func() bool { return strings.Contains(k.status()[name].Problem, why) })
	k.t.Logf("%s: told after %s", name, time.Since(start).Round(time.Second))
	if r := <-done; r.code != 1 || !strings.Contains(r.stdout, why) {
		k.t.Errorf("%s: exit %d\n%s", name, r.code, r.stdout)
	}
}

// TestKubernetesDrift: what somebody deleted or edited is shown, and apply brings it back
// without a restart.
func TestKubernetesDrift(t *testing.T) {
	k := newKube(t)
	k.counting(1, "")
	pod := k.pod("jobmanager")
	for what, change := range map[string][]string{
		"service/count-1-rest":           {"delete", "service", "count-1-rest"},
		"/count-1-rest":                  {"patch", "service", "count-1-rest", "--type=merge", "-p", `{"spec": {"selector": {"more": "narrow"}}}`},
		"configmap/flink-config-count-1": {"patch", "configmap", "flink-config-count-1", "--type=merge", "-p", `{"data": {"config.yaml": "broken: true"}}`},
		"deployment/count-1":             {"scale", "deployment", "count-1", "--replicas=1"},
	} {
		k.kubectl(append([]string{"-n", k.namespace}, change...)...)
		if j := k.status()["count"]; !strings.Contains(j.Problem, strings.SplitN(what, "/", 2)[1]) {
			t.Errorf("%s: status does not tell: %+v", what, j)
		}
		if r := k.run("diff", "count.yaml", "--exit-code"); r.code != 6 || !strings.Contains(r.stdout, strings.SplitN(what, "/", 2)[1]) {
			t.Errorf("%s: diff: exit %d\n%s", what, r.code, r.stdout)
		}
		k.must("apply", "count.yaml")
		if j := k.status()["count"]; j.Status != "RUNNING" || j.Problem != "" || j.Launch != 1 {
			t.Errorf("%s: after apply: %+v", what, j)
		}
	}
	if now := k.pod("jobmanager"); now != pod {
		t.Errorf("JobManager %s was replaced by %s", pod, now)
	}
}

// TestKubernetesAnchorDeleted: the Deployment that owns the TaskManagers was deleted, and
// they with it. A JobManager that knows the old one could only make pods that Kubernetes
// deletes, so another one goes on with the job.
func TestKubernetesAnchorDeleted(t *testing.T) {
	k := newKube(t)
	f := k.counting(2, "")
	k.awaitCheckpoints("count", 1)
	pod := k.pod("jobmanager")
	k.kubectl("-n", k.namespace, "delete", "deployment", "count-1")
	if r := k.run("diff", "count.yaml", "--exit-code"); r.code != 6 || !strings.Contains(r.stdout, "Deployment count-1 is gone") {
		t.Errorf("diff: exit %d\n%s", r.code, r.stdout)
	}
	f.piece(1)
	if r := k.must("apply", "count.yaml"); !strings.Contains(r.stdout, "repaired") {
		t.Errorf("apply:\n%s", r.stdout)
	}
	k.eventually("the job runs again", func() bool { j := k.status()["count"]; return j.Status == "RUNNING" && j.Problem == "" })
	if now := k.pod("jobmanager"); now == pod {
		t.Errorf("JobManager %s goes on with a Deployment that is no more", pod)
	}
	k.checkCounts(f)
	if j := k.status()["count"]; j.Launch != 1 {
		t.Errorf("launch %d: the job was launched again", j.Launch)
	}
}
