//go:build kubernetes

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"flink-sql-driver/e2e/flinktest"
)

// baseVariable names the image without driver and class archives.
const baseVariable = "E2E_BASE_IMAGE"

// BenchmarkKubernetesApplyToRunning brings one job from its manifest to RUNNING, and
// starts the same plan by hand from plain manifests with an image that has neither driver
// nor archives. The two take turns on a warm node.
func BenchmarkKubernetesApplyToRunning(b *testing.B) {
	const bound = 0.8
	base := needed(b, baseVariable)
	k := newKube(b)
	k.write("jobs/warm.yaml", k.endless("warm"))
	k.must("apply", "jobs/warm.yaml")
	plans, err := filepath.Glob(filepath.Join(k.objects, "releases/warm/*/plan.json"))
	if err != nil || len(plans) != 1 {
		b.Fatalf("plans %v, %v", plans, err)
	}
	k.must("delete", "warm")
	var ours, theirs []float64
	for b.Loop() {
		for range *pairs {
			name := fmt.Sprintf("j-%d", len(ours))
			k.write("jobs/"+name+".yaml", k.endless(name))
			start := time.Now()
			k.must("apply", "jobs/"+name+".yaml")
			ours = append(ours, time.Since(start).Seconds())
			k.must("delete", name)
			theirs = append(theirs, k.byHand(fmt.Sprintf("h-%d", len(theirs)), base, plans[0]))
		}
	}
	compare(b, "s", ours, theirs, bound)
}

func (k *kube) endless(name string) string {
	return small(strings.Replace(endlessJob, "name: count\n", "name: "+name+"\nflinkProperties:\n  parallelism.default: 1\n", 1))
}

// byHand starts a plan with kubectl and returns the seconds until all of it runs.
func (k *kube) byHand(cluster, image, plan string) float64 {
	k.t.Helper()
	text, err := os.ReadFile("testdata/by-hand.yaml")
	must(k.t, err)
	var stock struct {
		Env struct {
			Java struct{ Opts struct{ All string } }
		}
	}
	conf, err := os.ReadFile(filepath.Join(flinktest.Home(k.t), "conf", "config.yaml"))
	must(k.t, err)
	must(k.t, yaml.Unmarshal(conf, &stock))
	const job = "0123456789abcdef0123456789abcdef"
	objects := strings.NewReplacer("CLUSTER", cluster, "NAMESPACE", k.namespace, "IMAGE", image, "JOBID", job, "JAVAOPTIONS", stock.Env.Java.Opts.All).Replace(string(text))
	start := time.Now()
	k.kubectl("-n", k.namespace, "create", "configmap", cluster+"-plan", "--from-file=plan.json="+plan)
	k.kubectlWith([]byte(objects), "-n", k.namespace, "apply", "-f", "-")
	path := fmt.Sprintf("/api/v1/namespaces/%s/services/%s-rest:rest/proxy/jobs/%s", k.namespace, cluster, job)
	for end := start.Add(commandTimeout); ; time.Sleep(100 * time.Millisecond) {
		var seen seenJob
		out, err := k.tryKubectl(nil, "get", "--raw", path)
		if err == nil && json.Unmarshal([]byte(out), &seen) == nil && seen.runs() {
			break
		}
		if time.Now().After(end) {
			k.t.Fatalf("the job by hand does not run: %s", out)
		}
	}
	took := time.Since(start).Seconds()
	k.kubectl("-n", k.namespace, "delete", "job/"+cluster, "deployment/"+cluster, "service/"+cluster, "service/"+cluster+"-rest", "configmap/"+cluster+"-plan", "configmap/flink-config-"+cluster)
	k.eventually("its pods are gone", func() bool { return len(k.get("pods")) == 0 })
	return took
}
