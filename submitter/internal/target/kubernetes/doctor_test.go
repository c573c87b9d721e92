package kubernetes

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// apiServer answers what Doctor asks. What is not spoken of is there and allowed.
type apiServer struct {
	codes  map[string]int // by path
	denied []string       // VERB RESOURCE
}

func (a apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	answer := func(code int, v any) {
		w.WriteHeader(code)
		json.NewEncoder(w).Encode(v)
	}
	if code := a.codes[r.URL.Path]; code != 0 {
		reason := map[int]metav1.StatusReason{401: metav1.StatusReasonUnauthorized, 403: metav1.StatusReasonForbidden, 404: metav1.StatusReasonNotFound}[code]
		answer(code, metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Reason: reason, Code: int32(code), Message: "no"})
		return
	}
	switch {
	case r.URL.Path == "/version":
		answer(200, map[string]string{"gitVersion": "v1.34.4"})
	case strings.HasSuffix(r.URL.Path, "/localsubjectaccessreviews"):
		var review authv1.LocalSubjectAccessReview
		body, err := io.ReadAll(r.Body)
		if err == nil {
			_, _, err = scheme.Codecs.UniversalDeserializer().Decode(body, nil, &review)
		}
		if err != nil {
			answer(400, nil)
			return
		}
		of := review.Spec.ResourceAttributes
		review.Status.Allowed = !slices.Contains(a.denied, review.Spec.User+" "+of.Verb+" "+of.Resource)
		answer(201, review)
	case strings.HasSuffix(r.URL.Path, "selfsubjectaccessreviews"):
		var review authv1.SelfSubjectAccessReview
		body, err := io.ReadAll(r.Body)
		if err == nil {
			_, _, err = scheme.Codecs.UniversalDeserializer().Decode(body, nil, &review) // clients speak protobuf
		}
		if err != nil || review.Spec.ResourceAttributes.Namespace != "jobs" {
			answer(400, nil)
			return
		}
		of := review.Spec.ResourceAttributes
		review.Status.Allowed = !slices.Contains(a.denied, strings.TrimSuffix(of.Verb+" "+of.Resource+"/"+of.Subresource, "/"))
		answer(201, review)
	case !strings.Contains(r.Header.Get("Accept"), "PartialObjectMetadata"):
		answer(500, nil) // it is to leave contents where they are
	default:
		answer(200, metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "meta.k8s.io/v1", Kind: "PartialObjectMetadata"}})
	}
}

// doctored is what Doctor finds, each finding on one line.
func doctored(t *testing.T, a apiServer, blocks map[string]string) string {
	t.Helper()
	server := httptest.NewServer(a)
	defer server.Close()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	text := `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}], users: [{name: u, user: {}}], clusters: [{name: c, cluster: {server: "` + server.URL + `"}}]}`
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := New(Config{Kubeconfig: kubeconfig, Namespace: "jobs"})
	if err != nil {
		t.Fatal(err)
	}
	var launches []target.Launch
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		launches = append(launches, target.Launch{Ref: target.Ref{Name: name}, Kubernetes: []byte(blocks[name])})
	}
	var lines []string
	for _, f := range k.Doctor(t.Context(), launches) {
		if f.OK == (f.Remedy != "") {
			t.Errorf("%s: ok is %v and the remedy %q", f.Name, f.OK, f.Remedy)
		}
		line := f.Name + ": " + strings.ReplaceAll(f.Found, server.URL, "URL")
		if !f.OK {
			line += " → " + f.Remedy
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

const everything = `{"serviceAccountName": "runner", "secrets": ["passwords"], "imagePullSecrets": [{"name": "pull"}],
	"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a"}}}, {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "b"}}}, {"name": "C", "value": "c"}],
	"envFrom": [{"secretRef": {"name": "s3"}}, {"configMapRef": {"name": "conf"}}, {"secretRef": {"name": "perhaps", "optional": true}}],
	"networkPolicy": {}, "ingress": {"host": "h", "tlsSecret": "tls"}}`

func TestDoctor(t *testing.T) {
	const (
		core    = "/api/v1/namespaces/jobs"
		review  = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
		up      = "API server: Kubernetes v1.34.4 at URL\n"
		start   = up + "namespace: jobs\n"
		rights  = "rights: all of the Role submitter that the jobs need\n"
		apply   = "`kubectl -n jobs apply -f examples/kubernetes/rbac.yaml`"
		theirs  = "\nrights of the account flink: all of the Role flink that its jobs need"
		flink   = "ServiceAccounts: flink" + theirs
		runners = "\nrights of the account runner: all of the Role flink that its jobs need"
		local   = "/apis/authorization.k8s.io/v1/namespaces/jobs/localsubjectaccessreviews"
		wrong   = `{"mode": "x"}`
	)
	_, bad := settings.Parse([]byte(wrong))
	one := map[string]string{"a": ""}
	for name, tc := range map[string]struct {
		server apiServer
		blocks map[string]string
		want   string
	}{
		"bad credentials":   {apiServer{codes: map[string]int{"/version": 401}}, one, "API server: URL does not say its version: the server has asked for the client to provide credentials → " + mendAnswer},
		"version forbidden": {apiServer{codes: map[string]int{"/version": 403}}, one, "API server: URL, version: not allowed to look\nnamespace: jobs\n" + rights + flink},
		"no namespace": {apiServer{codes: map[string]int{core: 404}}, one,
			up + "namespace: there is no namespace jobs → `kubectl create namespace jobs`, or name another in the target or the manifest"},
		"no namespace, for the Role submitter": {apiServer{codes: map[string]int{core: 403, core + "/configmaps/" + rootCA: 404}}, one,
			up + "namespace: there is no namespace jobs → `kubectl create namespace jobs`, or name another in the target or the manifest"},
		"nothing may be looked at": {apiServer{codes: map[string]int{core: 403, core + "/configmaps/" + rootCA: 403, review: 403, local: 403, core + "/serviceaccounts/flink": 403}}, one,
			up + "namespace: jobs: not allowed to look\nrights: not allowed to look\nServiceAccounts: not allowed to look at flink"},
		"rights are missing": {apiServer{denied: []string{"create jobs", "patch jobs", "get pods/log", "list ingresses"}}, one,
			start + "rights: missing: create, patch jobs; get pods/log → " + apply + ", and bind its Role submitter to this user\n" + flink},
		"rights of some blocks": {apiServer{denied: []string{"list ingresses"}}, map[string]string{"a": everything},
			start + "rights: missing: list ingresses → " + apply + ", and bind its Role submitter to this user\n" +
				"ServiceAccounts: runner\nSecrets: passwords, pull, s, s3, tls\nConfigMaps: c, conf" + runners},
		"objects are missing": {apiServer{codes: map[string]int{core + "/serviceaccounts/flink": 404, core + "/secrets/tls": 404, core + "/secrets/s": 403, core + "/configmaps/c": 404}},
			map[string]string{"a": everything, "b": everything, "c": "", "d": ""},
			start + rights + "ServiceAccount flink: not in namespace jobs; needed by c, d → " + apply +
				"\nSecret tls: not in namespace jobs; needed by a, b → `kubectl -n jobs create secret generic tls …`, or correct its name in the block kubernetes" +
				"\nConfigMap c: not in namespace jobs; needed by a, b → `kubectl -n jobs create configmap c …`, or correct its name in the block kubernetes" + theirs + runners},
		"Secrets are not for us": {apiServer{codes: map[string]int{core + "/secrets/s3": 403, core + "/secrets/t": 403}}, map[string]string{"a": `{"secrets": ["s3", "t"]}`},
			start + rights + "ServiceAccounts: flink\nSecrets: not allowed to look at s3, t" + theirs},
		"an account without its Role": {apiServer{denied: []string{"system:serviceaccount:jobs:flink list configmaps", "system:serviceaccount:jobs:flink watch configmaps"}}, one,
			start + rights + "ServiceAccounts: flink\nrights of the account flink: missing: list, watch configmaps → " + apply + ", and bind its Role flink to the account"},
		"standalone needs less": {apiServer{denied: []string{"system:serviceaccount:jobs:flink create pods"}}, map[string]string{"a": `{"mode": "standalone"}`}, start + rights + flink},
		"an account of one's own": {apiServer{codes: map[string]int{core + "/serviceaccounts/runner": 404}}, map[string]string{"": `{"serviceAccountName": "runner"}`},
			start + rights + "ServiceAccount runner: not in namespace jobs; needed by the target's jobs → `kubectl -n jobs create serviceaccount runner`, or correct its name in the block kubernetes; it needs what the Role flink of examples/kubernetes/rbac.yaml gives" + runners},
		"a wrong block": {apiServer{}, map[string]string{"a": wrong}, start + "kubernetes of a: " + bad.Error() + " → " + mendSettings + "\n" + strings.TrimSpace(rights)},
		"all is well":   {apiServer{}, one, start + rights + flink},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, doctored(t, tc.server, tc.blocks)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestRightsAreTheRole: what is asked for is what the shipped Role gives.
func TestRightsAreTheRole(t *testing.T) {
	text, err := os.ReadFile("../../../../" + rbacFile)
	if err != nil {
		t.Fatal(err)
	}
	var given []string
	for _, doc := range strings.Split(string(text), "\n---\n") {
		var role rbacv1.Role
		if err := yaml.Unmarshal([]byte(doc), &role); err != nil {
			t.Fatal(err)
		}
		if role.Kind != "Role" || role.Name != "submitter" {
			continue
		}
		for _, rule := range role.Rules {
			for _, r := range rule.Resources {
				given = append(given, rule.APIGroups[0]+" "+r+" "+strings.Join(rule.Verbs, " "))
			}
		}
	}
	var asked []string
	for _, r := range wantedRights([]settings.Settings{{NetworkPolicy: &settings.NetworkPolicy{}}, {Ingress: &settings.Ingress{}}}) {
		asked = append(asked, r.group+" "+r.resource+" "+strings.Join(r.verbs, " "))
	}
	slices.Sort(given)
	slices.Sort(asked)
	if diff := cmp.Diff(given, asked); diff != "" {
		t.Errorf("-given +asked for\n%s", diff)
	}
}
