//go:build kubernetes

package e2e

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// counted is a proxy before the API server that counts requests by kind of object and verb.
type counted struct {
	mu sync.Mutex
	by map[string]int
}

func (c *counted) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := c.by
	c.by = map[string]int{}
	return by
}

func total(by map[string]int) (n int) {
	for _, k := range by {
		n += k
	}
	return n
}

// countRequests puts a proxy between submitter and API server.
func (k *kube) countRequests() *counted {
	k.t.Helper()
	c := &counted{by: map[string]int{}}
	upstream, err := url.Parse(strings.TrimSpace(k.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")))
	must(k.t, err)
	proxy := httputil.NewSingleHostReverseProxy(upstream)
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: 100} //nolint:gosec // the token is a test's
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		kind := "other"
		for i, p := range parts {
			if p == "namespaces" && len(parts) > i+2 {
				kind = parts[i+2]
				if strings.Contains(r.URL.Path, "/proxy/") {
					kind += "/proxy"
				}
			}
		}
		c.mu.Lock()
		c.by[r.Method+" "+kind]++
		c.mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	k.t.Cleanup(server.Close)
	authority := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	token := strings.TrimSpace(k.kubectl("-n", k.namespace, "create", "token", "submitter"))
	file := filepath.Join(k.t.TempDir(), "counted")
	must(k.t, os.WriteFile(file, []byte(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "x",
		"clusters": [{"name": "c", "cluster": {"server": %q, "certificate-authority-data": %q}}], "users": [{"name": "u", "user": {"token": %q}}],
		"contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}`, server.URL, authority, token)), 0o600))
	k.env = append(k.env, "KUBECONFIG="+file)
	return c
}

// Bounds of what many jobs may cost.
const (
	manyJobs        = 50
	manyRecords     = 200
	callsForAJob    = 30 // to launch it, wait for it, and give it up
	callsForNothing = 12 // one LIST of each kind, and a few that name the cluster
	mostMemory      = 200.0
	nothingBound    = 5 * time.Second
)

// measured runs the submitter and gives the peak of its memory in MiB.
func (k *kube) measured(args ...string) (stdout string, code int, took time.Duration, mib float64) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	c := k.command(ctx, nil, args...)
	start := time.Now()
	out, _ := c.Output()
	return string(out), c.ProcessState.ExitCode(), time.Since(start), float64(c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024
}

// TestKubernetesMany deploys many jobs at once, which no node takes, and looks at still
// more records that need nothing. What that asks of the API server is counted.
func TestKubernetesMany(t *testing.T) {
	k := newKube(t)
	calls := k.countRequests()
	const endless = `name: %s
%ssql: |
  CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
  CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
  INSERT INTO nowhere SELECT n FROM numbers;
flinkProperties: {execution.checkpointing.interval: 10 s}
`
	for i := range manyJobs {
		k.write(fmt.Sprintf("many/j-%d.yaml", i), fmt.Sprintf(endless, fmt.Sprintf("j-%d", i), "kubernetes: {nodeSelector: {nowhere: here}}\nupgrade: {health-timeout: 20 s}\n"))
	}
	out, code, took, mib := k.measured("apply", "many", "--parallelism", "50", "--keep-going")
	by := calls.take()
	t.Logf("%d jobs at once: %s, %.0f MiB, %d requests: %v", manyJobs, took.Round(time.Second), mib, total(by), by)
	if n := strings.Count(out, "nodes are available"); code == 0 || n < manyJobs {
		t.Errorf("exit %d, %d of %d jobs say why\n%.3000s", code, n, manyJobs, out)
	}
	if n := total(by); n > manyJobs*callsForAJob {
		t.Errorf("%d requests for %d jobs, want at most %d each", n, manyJobs, callsForAJob)
	}
	if mib > mostMemory {
		t.Errorf("%.0f MiB, want at most %.0f", mib, mostMemory)
	}

	k.write("few/r-0.yaml", small(strings.Replace(fmt.Sprintf(endless, "r-0", ""), "flinkProperties: {execution.checkpointing.interval: 10 s}", "flinkProperties:\n  execution.checkpointing.interval: 10 s", 1)))
	k.must("apply", "few")
	k.copyLaunch("r-0", manyRecords)
	k.must("apply", "few") // reads every record once
	calls.take()
	out, code, took, mib = k.measured("apply", "few")
	by = calls.take()
	t.Logf("nothing to do for %d records: %s, %.0f MiB, %d requests: %v", manyRecords, took.Round(time.Millisecond), mib, total(by), by)
	if n := strings.Count(out, "nothing ("); code != 0 || n != manyRecords {
		t.Errorf("exit %d, %d of %d have nothing to do\n%.3000s", code, n, manyRecords, out)
	}
	if n := total(by); n > callsForNothing {
		t.Errorf("%d requests, want at most %d", n, callsForNothing)
	}
	if took > nothingBound || mib > mostMemory {
		t.Errorf("%s and %.0f MiB, want at most %s and %.0f", took, mib, nothingBound, mostMemory)
	}
}

// copyLaunch gives jobs the record of a running one, and objects like its own, but pods
// that no node takes.
func (k *kube) copyLaunch(name string, n int) {
	k.t.Helper()
	manifest, err := os.ReadFile(filepath.Join(k.dir, "few", name+".yaml"))
	must(k.t, err)
	var others []string
	for i := 1; i < n; i++ {
		other := fmt.Sprintf("r-%d", i)
		others = append(others, other)
		k.copyRecord(name, other)
		k.write("few/"+other+".yaml", strings.Replace(string(manifest), "name: "+name, "name: "+other, 1))
	}
	id := name + "-1"
	job := k.object("job/" + id)
	oldUID := job["metadata"].(map[string]any)["uid"].(string)
	spec := job["spec"].(map[string]any)
	delete(spec, "selector")
	template := spec["template"].(map[string]any)
	labels := template["metadata"].(map[string]any)["labels"].(map[string]any)
	for _, l := range []string{"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"} {
		delete(labels, l)
	}
	template["spec"].(map[string]any)["nodeSelector"] = map[string]any{"nowhere": "here"}
	k.clone(name, others, nil, job)

	uids := map[string]string{}
	for line := range strings.Lines(k.kubectl("-n", k.namespace, "get", "jobs", "-o", `jsonpath={range .items[*]}{.metadata.name} {.metadata.uid}{"\n"}{end}`)) {
		if job, uid, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			uids[strings.TrimSuffix(job, "-1")] = uid
		}
	}
	uids[""] = oldUID
	k.clone(name, others, uids, k.object("configmap/flink-config-"+id), k.object("service/"+id+"-rest"), k.object("deployment/"+id))
}

// object is one as it can be made again.
func (k *kube) object(name string) map[string]any {
	k.t.Helper()
	var o map[string]any
	must(k.t, json.Unmarshal([]byte(k.kubectl("-n", k.namespace, "get", name, "-o", "json")), &o))
	delete(o, "status")
	meta := o["metadata"].(map[string]any)
	for _, f := range []string{"resourceVersion", "creationTimestamp", "managedFields", "generation"} {
		delete(meta, f)
	}
	if spec, ok := o["spec"].(map[string]any); ok {
		delete(spec, "clusterIP")
		delete(spec, "clusterIPs")
	}
	return o
}

// clone makes objects again for each of others. uids are those of their Jobs; under "" the
// one that they take the place of.
func (k *kube) clone(name string, others []string, uids map[string]string, objects ...map[string]any) {
	k.t.Helper()
	for part := range slices.Chunk(others, 50) {
		list := map[string]any{"apiVersion": "v1", "kind": "List"}
		var items []json.RawMessage
		for _, o := range objects {
			text, err := json.Marshal(o)
			must(k.t, err)
			for _, other := range part {
				t := strings.ReplaceAll(string(text), name, other)
				if uids != nil {
					t = strings.ReplaceAll(t, uids[""], uids[other])
				}
				items = append(items, json.RawMessage(t))
			}
		}
		list["items"] = items
		data, err := json.Marshal(list)
		must(k.t, err)
		k.kubectlWith(data, "-n", k.namespace, "create", "-f", "-")
	}
}
