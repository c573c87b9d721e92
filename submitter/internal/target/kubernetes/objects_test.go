package kubernetes

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"flink-sql-driver/submitter/internal/flinkconf"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

var update = flag.Bool("update", false, "write the golden files")

func orders() target.Launch {
	return target.Launch{
		Ref:       target.Ref{Name: "orders", Launch: 11, ClusterID: "orders-b", JobID: "0123456789abcdef0123456789abcdef"},
		PlanURI:   "s3://jobs/releases/orders/d/plan.json",
		ConfigURI: "s3://jobs/releases/orders/d/config.json#sha256=00", Dir: "s3://jobs/launches/orders/11/",
		Options:      map[string]string{"execution.checkpointing.interval": "60 s", "s3.endpoint": "http://s3"},
		QueryVersion: 3,
	}
}

func of(l target.Launch, block string) cluster {
	s, err := settings.Parse([]byte(block))
	if err != nil {
		panic(err)
	}
	t := &Target{config: Config{Settings: s}, namespace: "jobs"}
	full, err := t.settings(l)
	if err != nil {
		panic(err)
	}
	return cluster{launch: l, settings: full, namespace: "jobs", uid: "11111111-2222-3333-4444-555555555555", haDir: "s3://jobs/ha"}
}

// TestObjects shows everything that is made for a launch.
func TestObjects(t *testing.T) {
	plain := orders()
	plain.Options = map[string]string{"parallelism.default": "4"}
	plain.TaskManager = journal.Size{CPU: 2, Memory: "2 gb", Slots: 2}
	for name, c := range map[string]cluster{
		"native":               of(orders(), ``),
		"without-checkpoints":  of(plain, ``),
		"standalone":           of(orders(), `{"mode": "standalone"}`),
		"standalone-stateless": of(plain, `{"mode": "standalone"}`),
		"everything": of(orders(), `{
			"image": "example.org/driver:1", "imagePullPolicy": "Always", "imagePullSecrets": [{"name": "pull"}], "serviceAccountName": "runner",
			"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a"}}}], "envFrom": [{"secretRef": {"name": "s3"}}],
			"secrets": ["passwords", "tokens"], "nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "flink", "operator": "Exists"}],
			"podTemplate": {"metadata": {"annotations": {"team": "orders"}, "labels": {"app": "mine", "cost": "7"}},
				"spec": {"containers": [{"name": "flink-main-container", "env": [{"name": "B", "value": "2"}], "command": ["sh"]}, {"name": "sidecar", "image": "s"}]}},
			"jobManager": {"podTemplate": {"spec": {"priorityClassName": "high", "containers": [{"name": "flink-main-container", "resources": {"requests": {"cpu": "3"}}}]}}},
			"networkPolicy": {"restFrom": [{"namespaceSelector": {"matchLabels": {"team": "ops"}}}], "ingress": [{"ports": [{"port": 9249}]}]},
			"ingress": {"host": "{name}.flink.example.org", "className": "nginx", "tlsSecret": "cert", "annotations": {"a": "b"}},
			"taskManager": {"podTemplate": {"spec": {"containers": [{"name": "flink-main-container", "env": [{"name": "B", "value": "3"}]}]}}}
		}`),
	} {
		t.Run(name, func(t *testing.T) {
			job, err := c.job()
			if err != nil {
				t.Fatal(err)
			}
			owned, err := c.owned()
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			for _, o := range append([]any{job}, owned...) {
				data, err := yaml.Marshal(o)
				if err != nil {
					t.Fatal(err)
				}
				got.WriteString("---\n")
				got.Write(data)
			}
			golden(t, filepath.Join("testdata", name+".yaml"), got.Bytes())
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// TestImposedOptions: no option of a manifest changes what a launch is.
func TestImposedOptions(t *testing.T) {
	l := orders()
	for _, k := range []string{"rest.port", "kubernetes.cluster-id", "kubernetes.namespace", "kubernetes.service-account", "sql-driver.instance", "rest.bind-port", "sql-driver.private-dir"} {
		l.Options[k] = "mine"
	}
	for k, v := range of(l, ``).options() {
		if v == "mine" {
			t.Errorf("%s is the manifest's", k)
		}
	}
}

func TestHighlyAvailable(t *testing.T) {
	for interval, want := range map[string]bool{"": false, "0": false, "0 s": false, "0ms": false, "60 s": true, "10min": true, "500": true, " 3 s": true, "-1": false} {
		l := orders()
		l.Options["execution.checkpointing.interval"] = interval
		if got := highlyAvailable(l); got != want {
			t.Errorf("%q: %v", interval, got)
		}
	}
}

// TestJavaOptions compares with the distribution's own config.yaml.
func TestJavaOptions(t *testing.T) {
	home := os.Getenv("FLINK_HOME")
	if home == "" {
		t.Fatal("FLINK_HOME is not set; set it to a Flink 2.x distribution: export FLINK_HOME=$(bin/submitter local install --print)")
	}
	stock, err := flinkconf.Read(filepath.Join(home, "conf", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if stock["env.java.opts.all"] != javaOptions {
		t.Errorf("Flink has %q", stock["env.java.opts.all"])
	}
}

func TestQuantity(t *testing.T) {
	for text, want := range map[string]string{"1600m": "1600Mi", "1g": "1Gi", "2 gb": "2Gi", "512 MB": "512Mi", "1024": "1Ki", "1t": "1Ti"} {
		if q, err := quantity(text); err != nil || q.String() != want {
			t.Errorf("%s: %s, %v", text, q.String(), err)
		}
	}
	for _, text := range []string{"", "m", "1x", "-1g", "99999999999999999999", "9999999999t"} {
		if q, err := quantity(text); err == nil {
			t.Errorf("%q is %s", text, q.String())
		}
	}
}

// TestSecretsAreNames: what a launch needs of secrets is names.
func TestSecretsAreNames(t *testing.T) {
	c := of(orders(), `{"secrets": ["passwords"]}`)
	job, err := c.job()
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(job)
	for _, want := range []string{`"secret":{"name":"passwords"}`, `"mountPath":"/var/run/secrets/flink-sql"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in %s", want, data)
		}
	}
}

// TestTemplateWithoutContainers: what a podTemplate does not speak of stays.
func TestTemplateWithoutContainers(t *testing.T) {
	c := of(orders(), `{"image": "example.org/driver:1", "podTemplate": {"spec": {"priorityClassName": "high"}}, "taskManager": {"podTemplate": {"metadata": {"annotations": {"a": "b"}}}}}`)
	for role, template := range map[string]func(map[string]string) (corev1.PodTemplateSpec, error){jobManager: c.jobManagerPod, taskManager: c.taskManagerPod} {
		p, err := template(c.options())
		if err != nil {
			t.Fatal(err)
		}
		if p.Spec.PriorityClassName != "high" || len(p.Spec.Containers) != 1 || p.Spec.Containers[0].Image != "example.org/driver:1" {
			t.Errorf("%s: %+v", role, p.Spec)
		}
	}
}

// TestImposedIsDecided: whatever a launch sets, the manifest's author is told of.
func TestImposedIsDecided(t *testing.T) {
	c := of(orders(), `{"image": "a", "imagePullPolicy": "Always", "serviceAccountName": "b"}`)
	for _, own := range []map[string]string{c.imposed(), c.recoverable(), c.native(), pins} {
		for key := range own {
			if _, ok := target.DecidedBy(target.Kubernetes, key); !ok {
				t.Errorf("%s is set by the target, which target.DecidedBy does not know", key)
			}
		}
	}
}

// TestOtherAddresses: what a release of an older version sets does not move a launch to
// where nobody looks.
func TestOtherAddresses(t *testing.T) {
	l := orders()
	l.Options = map[string]string{"web.port": "1", "jobmanager.rpc.bind-port": "2", "taskmanager.host": "localhost", "rest.address": "x", "kubernetes.taskmanager.cpu": "9"}
	got := of(l, ``).options()
	for key, want := range map[string]string{"rest.bind-port": "8081", "rest.port": "8081", "web.port": "", "jobmanager.rpc.bind-port": "6123", "taskmanager.host": "", "rest.address": "", "kubernetes.taskmanager.cpu": ""} {
		if got[key] != want {
			t.Errorf("%s = %q, want %q", key, got[key], want)
		}
	}
}
