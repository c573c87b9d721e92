package charts

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
)

// helm is the real one, which helm.sh builds once.
var helm = sync.OnceValues(func() (string, error) {
	cmd := exec.Command("./helm.sh")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
})

// run runs helm and returns what it prints.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	program, err := helm()
	if err != nil {
		t.Fatalf("charts/helm.sh: %v", err)
	}
	var errs bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+os.DevNull)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	return string(out) + errs.String(), err
}

func render(t *testing.T, release, chart string, more ...string) (string, error) {
	t.Helper()
	return run(t, append([]string{"template", release, chart, "--namespace", "jobs"}, more...)...)
}

// cases are the files of values of a chart.
func cases(t *testing.T, chart string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("testdata", chart, "*.values.yaml"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no values of %s: %v", chart, err)
	}
	return all
}

func TestTemplates(t *testing.T) {
	for _, chart := range names {
		for _, values := range cases(t, chart) {
			t.Run(values, func(t *testing.T) {
				t.Parallel()
				out, err := render(t, "orders", chart, "-f", values)
				if err != nil {
					t.Fatal(out)
				}
				golden(t, strings.TrimSuffix(values, ".values.yaml")+".golden.yaml", out)
				strict(t, out)
			})
		}
	}
}

// strict fails on fields that Kubernetes does not have.
func strict(t *testing.T, manifests string) {
	t.Helper()
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, one := range strings.Split(manifests, "\n---\n") {
		if strings.Contains(one, "\nkind: ServiceMonitor\n") || !strings.Contains(one, "kind:") {
			continue // it is not one of Kubernetes' own
		}
		if _, _, err := decoder.Decode([]byte(one), nil, nil); err != nil {
			t.Errorf("%v\n%s", err, one)
		}
	}
}

func TestLint(t *testing.T) {
	for _, chart := range names {
		for _, values := range cases(t, chart) {
			args := []string{"lint", "--strict", chart, "-f", values}
			if strings.HasSuffix(values, "everything.values.yaml") && chart == "flink-sql-job" {
				args = append(args, "--set", "manifest.name=test-release") // what lint calls its release
			}
			if out, err := run(t, args...); err != nil {
				t.Errorf("%s: %s", values, out)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	const job, platform = "flink-sql-job", "flink-sql-platform"
	whole := []string{"--set", "store=s3://b", "--set", "manifest.sql=INSERT INTO a SELECT 1"}
	asText := func(manifest string) []string {
		return []string{"--set", "store=s3://b", "--set-json", "manifest=" + strconv.Quote(manifest)}
	}
	for name, test := range map[string]struct {
		release, chart string
		args           []string
		want           string
	}{
		"no manifest":            {"orders", job, []string{"--set", "store=s3://b"}, "manifest is missing"},
		"no store":               {"orders", job, whole[2:], "store is missing"},
		"another name":           {"orders", job, slices.Concat(whole, []string{"--set", "manifest.name=other"}), "manifest.name is other and the release is called orders"},
		"another name in a text": {"orders", job, asText("name: other"), "manifest.name is other"},
		"two manifests":          {"orders", job, asText("name: orders\n---\nname: b"), "manifest is more than one YAML document"},
		"no YAML":                {"orders", job, asText("{"), "manifest is not YAML"},
		"no mapping":             {"orders", job, asText("- a"), "manifest is not YAML"},
		"no name of a job":       {"orders.v2", job, whole, "the release's name orders.v2 is the job's"},
		"a long name":            {strings.Repeat("a", 39), job, whole, "at most 38"},
		"unknown value":          {"orders", job, slices.Concat(whole, []string{"--set", "submiter.image=x"}), "submiter"},
		"wrong type":             {"orders", job, slices.Concat(whole, []string{"--set", "submitter.timeout=soon"}), "submitter/timeout"},
		"pull policy":            {"orders", job, slices.Concat(whole, []string{"--set", "submitter.imagePullPolicy=never"}), "imagePullPolicy"},
		"gateway without scheme": {"orders", job, slices.Concat(whole, []string{"--set", "gateway=gw:8083"}), "gateway"},
		"misspelt manifest":      {"orders", job, slices.Concat(whole, []string{"--set", "manifest.paralelism=2"}), "at '/manifest': additional properties 'paralelism'"},
		"below it":               {"orders", job, slices.Concat(whole, []string{"--set", "manifest.upgrade.healthTimeout=1m"}), "at '/manifest/upgrade': additional properties 'healthTimeout'"},
		"misspelt block":         {"orders", job, slices.Concat(whole, []string{"--set", "kubernetes.imgae=x"}), "at '/kubernetes': additional properties 'imgae'"},
		"in the manifest":        {"orders", job, slices.Concat(whole, []string{"--set", "manifest.kubernetes.imgae=x"}), "at '/manifest/kubernetes': additional properties 'imgae'"},
		"a block's role":         {"orders", job, slices.Concat(whole, []string{"--set", "kubernetes.jobManager.cpu=1"}), "at '/kubernetes/jobManager': additional properties 'cpu'"},
		"gateway for every host": {"p", platform, []string{"--set", "gateway.ingress.enabled=true"}, "gateway.ingress.host is missing"},
		"history for every host": {"p", platform, []string{"--set", "historyServer.enabled=true,historyServer.archiveDir=s3://b/h,historyServer.ingress.enabled=true"}, "historyServer.ingress.host is missing"},
		"archives without place": {"p", platform, []string{"--set", "historyServer.enabled=true"}, "historyServer.archiveDir is missing"},
		"no such value":          {"p", platform, []string{"--set", "gateway.replicas=2"}, "replicas"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := render(t, test.release, test.chart, test.args...)
			if err == nil || !strings.Contains(out, test.want) {
				t.Errorf("error %v, without %q:\n%s", err, test.want, out)
			}
		})
	}
}

// TestUnset: null takes a value away, at any depth.
func TestUnset(t *testing.T) {
	for _, unset := range []string{
		`manifest={"sql": "x", "parallelism": null, "upgrade": null, "kubernetes": {"image": null, "jobManager": null}}`,
		`kubernetes={"networkPolicy": null, "mode": null}`,
		"kubernetes=null",
		"submitter.config=null",
		"files=null",
	} {
		if out, err := render(t, "orders", "flink-sql-job", "--set", "store=s3://b,manifest.sql=x", "--set-json", unset); err != nil {
			t.Errorf("%s: %s", unset, out)
		}
	}
}

// TestSameRights: the platform chart gives the accounts what the plain manifests give.
func TestSameRights(t *testing.T) {
	out, err := render(t, "platform", "flink-sql-platform")
	if err != nil {
		t.Fatal(out)
	}
	plain, err := os.ReadFile("../examples/kubernetes/rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	chart, want := rights(t, out), rights(t, string(plain))
	if len(want) != 2 || !reflect.DeepEqual(chart, want) {
		t.Errorf("Roles of the chart: %v\nof examples/kubernetes/rbac.yaml: %v", chart, want)
	}
}

// rights are the rules of Roles, by name.
func rights(t *testing.T, manifests string) map[string]any {
	t.Helper()
	all := map[string]any{}
	decoder := yaml.NewDecoder(strings.NewReader(manifests))
	for {
		var o struct {
			Kind     string
			Metadata struct{ Name string }
			Rules    any
		}
		if err := decoder.Decode(&o); err != nil {
			break
		}
		if o.Kind == "Role" {
			all[o.Metadata.Name] = o.Rules
		}
	}
	return all
}
