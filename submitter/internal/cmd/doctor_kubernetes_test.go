package cmd_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// deafServer answers like an API server that has nothing and allows nothing.
func deafServer(t *testing.T) (kubeconfig string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/version":
			w.Write([]byte(`{"gitVersion": "v1.34.4"}`))
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusCreated)
			w.Write([]byte(`{"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "status": {"allowed": false}}`))
		default:
			w.WriteHeader(http.StatusForbidden)
			w.Write([]byte(`{"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403}`))
		}
	}))
	t.Cleanup(server.Close)
	return `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, namespace: own}}], clusters: [{name: c, cluster: {server: "` + server.URL + `"}}]}`
}

// A place where nothing runs is not examined for launches; each namespace is, once.
func TestDoctorLooksAtClusters(t *testing.T) {
	folder(t)
	write(t, "kubeconfig", deafServer(t))
	write(t, "submitter.yaml", "targets:\n  prod: {kind: kubernetes, kubeconfig: kubeconfig}\n  lost: {kind: kubernetes, kubeconfig: nowhere}\ndefaults: {target: prod}\n")
	write(t, "jobs/a.yaml", strings.Replace(goodJob, "good", "a", 1)+"kubernetes: {namespace: other, secrets: [s3]}\n---\n"+
		strings.Replace(goodJob, "good", "b", 1)+"---\n"+strings.Replace(goodJob, "good", "c", 1))
	const local, memory = "memory-backed directory", "memory"
	for _, tc := range []struct {
		args           []string
		there, missing []string
	}{
		{nil, []string{"prod own: rights", "target lost", "store for Kubernetes"}, []string{local, "loopback ports", "prod other: rights"}},
		{[]string{"--target", "local"}, []string{local, "loopback ports"}, []string{"prod own: rights", "store for Kubernetes"}},
		{[]string{"jobs"}, []string{"prod own: namespace", "prod other: rights", "prod other: Secrets", "store for Kubernetes"}, []string{local, memory, "secrets", "target lost", "prod own: Secrets"}},
		{[]string{"jobs", "--target", "local"}, []string{local, memory}, []string{"prod own: rights", "prod other: rights"}},
	} {
		r, all := checks(t, append(tc.args, "--gateway", gateway.Get(t).URL)...)
		for _, name := range tc.there {
			if _, ok := all[name]; !ok {
				t.Errorf("%q: no check %q: %s", tc.args, name, r.out)
			}
		}
		for _, name := range tc.missing {
			if k, ok := all[name]; ok {
				t.Errorf("%q: %s: %+v", tc.args, name, k)
			}
		}
		if k, ok := all["prod own: rights"]; ok && (k.OK || !strings.Contains(k.Remedy, "kubectl -n own apply -f examples/kubernetes/rbac.yaml")) {
			t.Errorf("%q: %+v", tc.args, k)
		}
	}
}
