//go:build kubernetes

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// kube is a user's directory, an S3 server that pods reach, and a namespace of a real
// Kubernetes in which the jobs run.
type kube struct {
	*world
	namespace string
	s3        *flinktest.S3Server
}

// What `make e2e` hands over: which cluster, which image, and the address of this
// machine that pods reach.
const (
	imageVariable = "E2E_IMAGE"
	hostVariable  = "E2E_HOST"
)

func needed(t testing.TB, variable string) string {
	t.Helper()
	v := os.Getenv(variable)
	if v == "" {
		t.Fatalf("%s is not set; `make e2e` sets it", variable)
	}
	return v
}

// newKube makes a namespace with the service account of docs/kubernetes.md. The
// directory is shown to pods at the same path, so that they can read and write files in
// it, as user 9999.
func newKube(t testing.TB) *kube {
	t.Helper()
	needed(t, "KUBECONFIG")
	k := &kube{namespace: "e2e-" + strings.ToLower(rand.Text()[:8]), s3: flinktest.S3At(t, needed(t, hostVariable))}
	k.world = newWorld(t)
	k.objects = filepath.Join(k.s3.Root, k.s3.Bucket)
	k.env = append(k.env, k.s3.Env()...)
	k.env = append(k.env, "SUBMITTER_STORE="+k.s3.BucketURL(k.s3.Endpoint), "SUBMITTER_GATEWAY="+gateway.Get(t).URL, "NAMESPACE="+k.namespace)
	for dir := k.dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		must(t, os.Chmod(dir, 0o755))
	}
	must(t, os.Mkdir(filepath.Join(k.dir, "out"), 0o777))
	must(t, os.Chmod(filepath.Join(k.dir, "out"), 0o777))
	k.kubectl("create", "namespace", k.namespace)
	t.Cleanup(func() {
		if t.Failed() {
			k.keep()
		}
		k.kubectl("delete", "namespace", k.namespace, "--timeout=120s")
	})
	rbac, err := os.ReadFile("../examples/kubernetes/rbac.yaml")
	must(t, err)
	k.kubectlWith(rbac, "-n", k.namespace, "apply", "-f", "-")
	k.kubectlWith([]byte(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s3"},
		"stringData": {"AWS_ACCESS_KEY_ID": %q, "AWS_SECRET_ACCESS_KEY": %q}}`, k.s3.AccessKey, k.s3.SecretKey)), "-n", k.namespace, "apply", "-f", "-")
	k.settings(needed(t, imageVariable), "")
	k.actAsSubmitter()
	k.must("init")
	return k
}

// actAsSubmitter has the programs under test use the service account of the example, so
// that what it may do is enough. kubectl stays with the rights of KUBECONFIG.
func (k *kube) actAsSubmitter() {
	k.t.Helper()
	read := func(args ...string) string { return strings.TrimSpace(k.kubectl(args...)) }
	const cluster = "jsonpath={.clusters[0].cluster.%s}"
	config := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "submitter",
		"clusters": [{"name": "c", "cluster": {"server": %q, "certificate-authority-data": %q}}],
		"users": [{"name": "u", "user": {"token": %q}}],
		"contexts": [{"name": "submitter", "context": {"cluster": "c", "user": "u"}}]}`,
		read("config", "view", "--minify", "--raw", "-o", fmt.Sprintf(cluster, "server")),
		read("config", "view", "--minify", "--raw", "--flatten", "-o", fmt.Sprintf(cluster, "certificate-authority-data")),
		read("-n", k.namespace, "create", "token", "submitter", "--duration", "2h"))
	file := filepath.Join(k.t.TempDir(), "kubeconfig")
	must(k.t, os.WriteFile(file, []byte(config), 0o600))
	k.env = append(k.env, "KUBECONFIG="+file)
}

// settings writes submitter.yaml.
func (k *kube) settings(image, more string) {
	k.write("submitter.yaml", fmt.Sprintf(`defaults: {target: cluster}
targets:
  cluster:
    kind: kubernetes
    namespace: %s
    kubernetes:
      image: %s
      imagePullPolicy: Never
      envFrom: [{secretRef: {name: s3}}]
      podTemplate:
        spec:
          containers:
            - name: flink-main-container
              volumeMounts: [{name: host, mountPath: %[3]s}]
          volumes: [{name: host, hostPath: {path: %[3]s}}]
%[4]s`, k.namespace, image, k.dir, more))
}

// kubectlTimeout bounds one call.
const kubectlTimeout = 3 * time.Minute

// kubectl runs kubectl in no certain namespace; it has to succeed.
func (k *kube) kubectl(args ...string) string { return k.kubectlWith(nil, args...) }

func (k *kube) kubectlWith(in []byte, args ...string) string {
	k.t.Helper()
	out, err := k.tryKubectl(in, args...)
	if err != nil {
		k.t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (k *kube) tryKubectl(in []byte, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), kubectlTimeout)
	defer cancel()
	c := exec.CommandContext(ctx, "kubectl", args...)
	c.Stdin = bytes.NewReader(in)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	return out.String() + errs.String(), err
}

// get lists names of objects of the namespace.
func (k *kube) get(kinds string, more ...string) []string {
	k.t.Helper()
	return strings.Fields(k.kubectl(append([]string{"-n", k.namespace, "get", kinds, "-o", "name"}, more...)...))
}

// killJava kills the process of a pod the hard way, from the node, which is this
// machine.
func (k *kube) killJava(pod string) {
	k.t.Helper()
	pid := k.javaOf(pod)
	if pid == 0 {
		k.t.Fatalf("no java process of pod %s was found", pod)
	}
	must(k.t, syscall.Kill(pid, syscall.SIGKILL))
}

// javaOf is the id of the java process of a pod; 0: there is none.
func (k *kube) javaOf(pod string) int {
	k.t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	must(k.t, err)
	for _, file := range all {
		environ, _ := os.ReadFile(file)
		cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if bytes.Contains(environ, []byte("HOSTNAME="+pod+"\x00")) && bytes.Contains(cmdline, []byte("java\x00")) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			must(k.t, err)
			return pid
		}
	}
	return 0
}

// pod is the newest running pod of a role.
func (k *kube) pod(role string) string {
	k.t.Helper()
	var found string
	k.eventually("a "+role+" runs", func() bool {
		all := k.get("pods", "-l", "component="+role, "--field-selector", "status.phase=Running", "--sort-by", "metadata.creationTimestamp")
		if len(all) > 0 {
			found = strings.TrimPrefix(all[len(all)-1], "pod/")
		}
		return len(all) > 0
	})
	return found
}

// keep writes down what a failed story leaves: events, logs, objects. E2E_KEEP names the
// folder.
func (k *kube) keep() {
	dir := os.Getenv("E2E_KEEP")
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "flink-sql-e2e")
	}
	dir = filepath.Join(dir, k.t.Name())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		k.t.Log(err)
		return
	}
	var errs error
	save := func(name string, args ...string) {
		out, err := k.tryKubectl(nil, append([]string{"-n", k.namespace}, args...)...)
		errs = errors.Join(errs, err, os.WriteFile(filepath.Join(dir, name), []byte(out), 0o644))
	}
	save("events.txt", "get", "events", "--sort-by", "lastTimestamp")
	save("objects.yaml", "get", "jobs,pods,deployments,services,configmaps", "-o", "yaml")
	save("pods.txt", "get", "pods", "-o", "wide")
	for _, pod := range k.get("pods") {
		save(strings.TrimPrefix(pod, "pod/")+".log", "logs", pod, "--all-containers")
	}
	k.t.Logf("events, logs and objects are in %s (%v)", dir, errs)
}
