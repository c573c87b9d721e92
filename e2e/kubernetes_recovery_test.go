//go:build kubernetes

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// stations are what a JobManager's log says on its way to a running job, in order, and
// how the time until then is called.
var stations = []struct {
	line *regexp.Regexp
	unit string
}{
	{regexp.MustCompile(`Starting KubernetesApplicationClusterEntrypoint \(`), "s-to-JVM"},
	{regexp.MustCompile(`DefaultDispatcherRunner was granted leadership`), "s-to-leader"},
	// Of the job; its application has such a line, too.
	{regexp.MustCompile(`Job \S+ \(\w+\) switched from state CREATED to RUNNING`), "s-to-restored"},
}

// settled is longer than a JobManager has to have run for the driver to start it again at
// once (sql-driver.restart-after).
const settled = 61 * time.Second

// crashesMended is how many crashes within an hour the driver mends in the container.
const crashesMended = 3

// BenchmarkKubernetesRecovery kills a JobManager with SIGKILL and waits until all of its
// job runs again. It has no bound: most of the time is the lease of the leader that died,
// which keeps two from running one job.
func BenchmarkKubernetesRecovery(b *testing.B) {
	k := newKube(b)
	k.counting(1, "")
	k.awaitCheckpoints("count", 1)
	whole, parts := []float64{}, make([][]float64, len(stations))
	for b.Loop() {
		for i := range *pairs {
			if i > 0 && i%crashesMended == 0 { // a new launch has crashed never
				k.must("restart", "count")
				k.awaitCheckpoints("count", 1)
			}
			j := k.status()["count"]
			path := fmt.Sprintf("/api/v1/namespaces/%s/services/%s-rest:rest/proxy/jobs/%s", k.namespace, j.ClusterID, j.JobID)
			pod := k.pod("jobmanager")
			time.Sleep(time.Until(k.stations(pod)[0].Add(settled)))
			start := time.Now()
			k.killJava(pod)
			k.eventually("the job runs again", func() bool {
				var seen seenJob
				out, err := k.tryKubectl(nil, "get", "--raw", path)
				return err == nil && json.Unmarshal([]byte(out), &seen) == nil && seen.runs()
			})
			whole = append(whole, time.Since(start).Seconds())
			if k.pod("jobmanager") != pod {
				b.Fatalf("%s was replaced", pod)
			}
			last := start
			for i, at := range k.stations(pod) {
				parts[i] = append(parts[i], at.Sub(last).Seconds())
				last = at
			}
			k.awaitCheckpoints("count", 2)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(whole), "s")
	for i, s := range stations {
		b.ReportMetric(median(parts[i]), s.unit)
	}
}

// stations are the times that a JobManager's log gives for them, of its last start.
func (k *kube) stations(pod string) []time.Time {
	k.t.Helper()
	log := k.kubectl("-n", k.namespace, "logs", pod)
	if starts := stations[0].line.FindAllStringIndex(log, -1); starts != nil {
		last := starts[len(starts)-1][0]
		log = log[strings.LastIndex(log[:last], "\n")+1:]
	}
	var found []time.Time
	for line := range strings.Lines(log) {
		const layout = "2006-01-02 15:04:05.000"
		if len(found) < len(stations) && stations[len(found)].line.MatchString(line) && len(line) > len(layout) {
			at, err := time.Parse(layout, strings.Replace(line[:len(layout)], ",", ".", 1)) // containers have UTC
			must(k.t, err)
			found = append(found, at)
		}
	}
	if len(found) != len(stations) {
		k.t.Fatalf("of its stations the log of %s has %d:\n%s", pod, len(found), log)
	}
	return found
}
