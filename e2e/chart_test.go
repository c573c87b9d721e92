//go:build kubernetes

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// submitterVariable names the image of the submitter, which `make e2e` hands over.
const submitterVariable = "E2E_SUBMITTER_IMAGE"

// helmTimeout is what a story gives one helm command.
const helmTimeout = 5 * time.Minute

// helm runs the real one in the namespace and returns what it prints.
func (k *kube) helm(args ...string) (string, error) {
	k.t.Helper()
	out, err := k.quietHelm(args...)
	k.t.Logf("helm %s\n%s", strings.Join(args, " "), out)
	k.said.WriteString(out)
	return out, err
}

// quietHelm is helm for what fills pages.
func (k *kube) quietHelm(args ...string) (string, error) {
	k.t.Helper()
	program, err := exec.Command("../charts/helm.sh").Output()
	if err != nil {
		k.t.Fatalf("charts/helm.sh: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), helmTimeout+time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, strings.TrimSpace(string(program)), append([]string{"--namespace", k.namespace}, args...)...)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		k.t.Fatal(err)
	}
	return string(out), err
}

// mustHelm is helm with its usual timeout, for commands that have to succeed.
func (k *kube) mustHelm(args ...string) string {
	k.t.Helper()
	out, err := k.helm(append(args, "--timeout", helmTimeout.String())...)
	if err != nil {
		k.t.Fatalf("helm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

const chartedQuery = `
    CREATE TABLE numbers (n BIGINT, k AS n % 7) WITH ('connector' = 'datagen', 'rows-per-second' = '20');
    CREATE TABLE per_k (k BIGINT, c BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
    INSERT INTO per_k SELECT k, COUNT(*) FROM numbers GROUP BY k;`

// chartedJob are values of a job's release; every launch asks for little.
const chartedJob = `manifest:
  sql: |%s
  job-manager: {cpu: 0.1, memory: 1g}
  task-manager: {cpu: 0.1, memory: 1g}
  flinkProperties:
    execution.checkpointing.interval: 2 s
    task.cancellation.interval: 3000%d
    jobmanager.archive.fs.dir: 's3://%s/history'
store: %s
credentialsSecret: s3
kubernetes: {image: '%s', imagePullPolicy: Never}
submitter: {image: '%s', imagePullPolicy: Never}
`

const platformValues = `image: '%s'
imagePullPolicy: Never
credentialsSecret: s3
store: {url: '%s', image: '%s'}
flinkConfig: {s3.endpoint: '%s', s3.path-style-access: true, s3.region: %s}
gateway: {resources: {requests: {cpu: 50m, memory: 512Mi}, limits: {memory: 1Gi}}}
historyServer: {enabled: true, archiveDir: 's3://%s/history', resources: {requests: {cpu: 50m, memory: 256Mi}, limits: {memory: 512Mi}}}
`

// TestCharts is the life of a job that is a release of helm: installed, upgraded with its
// state, blocked, rolled back, tested, cut off by helm's timeout, uninstalled.
func TestCharts(t *testing.T) {
	k := newKube(t)
	plain, err := os.ReadFile("../examples/kubernetes/rbac.yaml")
	must(t, err)
	k.kubectlWith(plain, "-n", k.namespace, "delete", "-f", "-") // the chart brings its own
	image, submitter, store := needed(t, imageVariable), needed(t, submitterVariable), k.s3.BucketURL(k.s3.Endpoint)
	k.write("platform.yaml", fmt.Sprintf(platformValues, image, store, submitter, k.s3.Endpoint, k.s3.Region, k.s3.Bucket))
	k.mustHelm("install", "platform", "../charts/flink-sql-platform", "-f", filepath.Join(k.dir, "platform.yaml"), "--wait")
	k.actAsSubmitter() // the chart's account now

	values := filepath.Join(k.dir, "orders.yaml")
	job := func(query string, option int) {
		k.write("orders.yaml", fmt.Sprintf(chartedJob, query, option, k.s3.Bucket, store, image, submitter))
	}
	upgrade := []string{"upgrade", "orders", "../charts/flink-sql-job", "-f", values}
	runs := func(when string, launch int) string { // its job id
		t.Helper()
		j := k.status()["orders"]
		if j.Status != "RUNNING" || j.Launch != launch {
			t.Fatalf("%s: %+v, want launch %d", when, j, launch)
		}
		return j.JobID
	}

	job(chartedQuery, 1)
	k.mustHelm("install", "orders", "../charts/flink-sql-job", "-f", values)
	first := runs("installed", 1)

	job(chartedQuery, 2)
	k.mustHelm(upgrade...)
	id := runs("upgraded", 2)
	if from := k.restoredFrom("orders", 2); !strings.Contains(from, "/savepoints/orders/1/1-") {
		t.Errorf("launch 2 was restored from %q, not from a savepoint of launch 1", from)
	}

	k.eventually("the history server shows the job of launch 1", func() bool {
		out, err := k.tryKubectl(nil, "get", "--raw", fmt.Sprintf("/api/v1/namespaces/%s/services/platform-flink-sql-platform-history:http/proxy/jobs/%s", k.namespace, first))
		return err == nil && strings.Contains(out, `"state":"FINISHED"`)
	})

	job(strings.Replace(chartedQuery, "COUNT(*) FROM numbers", "SUM(n) FROM (SELECT * FROM numbers UNION ALL SELECT * FROM numbers)", 1), 2)
	out, err := k.helm(upgrade...)
	if err == nil || !strings.Contains(out, "in the way:") || !strings.Contains(out, "blocked to keep state: orders") {
		t.Errorf("helm does not tell why an upgrade is blocked: %v\n%s", err, out)
	}
	if out, err := k.helm("test", "orders"); err == nil || !strings.Contains(out, "blocked to keep state") {
		t.Errorf("the test of a blocked release: %v\n%s", err, out)
	}
	if now := runs("blocked", 2); now != id {
		t.Errorf("a blocked upgrade replaced job %s by %s", id, now)
	}
	k.mustHelm("rollback", "orders")
	if now := runs("rolled back", 2); now != id {
		t.Errorf("a rollback to what runs replaced job %s by %s", id, now)
	}
	k.mustHelm("test", "orders")

	job(chartedQuery, 3)
	if out, err := k.helm(append(upgrade, "--timeout", "3s")...); err == nil || !strings.Contains(out, "timed out") {
		t.Errorf("an upgrade in 3 s: %v\n%s", err, out)
	}
	k.mustHelm(upgrade...)
	runs("continued", 3)
	if from := k.restoredFrom("orders", 3); !strings.Contains(from, "/savepoints/orders/1/2-") {
		t.Errorf("launch 3 was restored from %q, not from a savepoint of launch 2", from)
	}
	k.noSecretInObjects()

	saved := k.uninstalled("orders")
	k.mustHelm("install", "orders", "../charts/flink-sql-job", "-f", values, "--set", "manifest.restore="+saved)
	runs("installed again", 4)
	if from := k.restoredFrom("orders", 4); from != saved {
		t.Errorf("launch 4 was restored from %q, not from %s", from, saved)
	}
	k.uninstalled("orders")
	k.mustHelm("uninstall", "platform")
	k.eventually("nothing is left in the namespace", func() bool {
		left := k.get("jobs,services,configmaps,deployments,pods,secrets,serviceaccounts,roles,rolebindings,networkpolicies")
		slices.Sort(left)
		return slices.Equal(left, []string{"configmap/kube-root-ca.crt", "secret/s3", "serviceaccount/default"})
	})
}

// uninstalled uninstalls a job's release and returns the savepoint, which has to be there.
func (k *kube) uninstalled(name string) string {
	k.t.Helper()
	out := k.mustHelm("uninstall", name)
	_, saved, _ := strings.Cut(out, "saved: ")
	saved, _, _ = strings.Cut(saved, "\n")
	key, found := strings.CutPrefix(saved, "s3://"+k.s3.Bucket+"/")
	if _, err := os.Stat(filepath.Join(k.objects, key, "_metadata")); !found || err != nil {
		k.t.Fatalf("the savepoint of an uninstall: %q, %v\n%s", saved, err, out)
	}
	return saved
}

// restoredFrom is what a launch was started from, by the journal.
func (k *kube) restoredFrom(name string, launch int) string {
	k.t.Helper()
	var history struct {
		Entries []struct {
			Launch *struct {
				Number   int
				Restored string
			}
		}
	}
	out, err := k.command(context.Background(), nil, "history", name, "-o", "json").Output()
	must(k.t, err)
	must(k.t, json.Unmarshal(out, &history))
	for _, e := range history.Entries {
		if e.Launch != nil && e.Launch.Number == launch {
			return e.Launch.Restored
		}
	}
	return ""
}

// noSecretInObjects: the bucket's secret key is in its Secret alone.
func (k *kube) noSecretInObjects() {
	k.t.Helper()
	objects := k.kubectl("-n", k.namespace, "get", "jobs,services,configmaps,deployments,pods,events", "-o", "yaml")
	for _, release := range []string{"platform", "orders"} {
		out, err := k.quietHelm("get", "all", release)
		must(k.t, err)
		objects += out
	}
	if strings.Contains(objects+k.said.String(), k.s3.SecretKey) {
		k.t.Error("the bucket's secret key is readable in objects or releases of the namespace, or was printed")
	}
}
