package kubernetes

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flink-sql-driver/submitter/internal/target"
)

// answers of an API server, by the path below the namespace: a text, an object, or a
// Status with its code. Everything else is not found.
type answers map[string]any

func (a answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(r.URL.Path, "/namespaces/lab/")
	answer, ok := a[path]
	if !ok {
		answer = metav1.Status{Code: http.StatusNotFound, Reason: metav1.StatusReasonNotFound, Message: path + " not found"}
	}
	if text, ok := answer.(string); ok {
		_, _ = w.Write([]byte(text))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if s, ok := answer.(metav1.Status); ok {
		s.TypeMeta, s.Status = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, metav1.StatusFailure
		answer = s
		w.WriteHeader(int(s.Code))
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func forbidden(what string) metav1.Status {
	return metav1.Status{Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: what + ` is forbidden: User "eve" cannot list resource "` + what + `" in API group "" in the namespace "lab"`}
}

// on is a target whose API server answers so.
func on(t *testing.T, a answers) *Target {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	made, err := New(Config{Kubeconfig: kubeconfig(t, server.URL), Namespace: "lab"})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func kubeconfig(t *testing.T, server string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	text := `{"apiVersion": "v1", "kind": "Config", "current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "a"}}],
		"clusters": [{"name": "a", "cluster": {"server": "` + server + `"}}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSiteOfNoNamespace(t *testing.T) {
	_, err := on(t, nil).Site(t.Context())
	const want = "namespace lab is not there (or was made this moment); `kubectl create namespace lab`, then `kubectl -n lab apply -f examples/kubernetes/rbac.yaml`"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestForbidden: whoever lacks a right is told where the rights are listed.
func TestForbidden(t *testing.T) {
	no := on(t, answers{"jobs": forbidden("jobs"), "jobs/orders-b": forbidden("jobs"), "pods": forbidden("pods"), "configmaps/" + rootCA: forbidden("configmaps")})
	l := orders()
	l.ClusterID = "orders-b"
	for name, call := range map[string]func() error{
		"Launch": func() error { return no.Launch(t.Context(), l) },
		"Remove": func() error { return no.Remove(t.Context(), l.Ref) },
		"Site":   func() error { _, err := no.Site(t.Context()); return err },
		"Find":   func() error { _, err := no.Find(t.Context()); return err },
		"Survey": func() error { _, err := no.Survey(t.Context()); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "see examples/kubernetes/rbac.yaml") {
			t.Errorf("%s: %v", name, err)
		}
	}
	quota := forbidden("pods")
	quota.Message = `pods "x" is forbidden: exceeded quota: small`
	err := on(t, answers{"jobs": quota}).Launch(t.Context(), target.Launch{Ref: l.Ref})
	if err == nil || strings.Contains(err.Error(), "rbac.yaml") {
		t.Errorf("a quota: %v", err)
	}
}

func TestNewWithoutKubeconfig(t *testing.T) {
	there := kubeconfig(t, "http://h")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		env    string
		config Config
		want   string
	}{
		"of the target": {"", Config{Kubeconfig: "/nope"}, "kubernetes target: there is no kubeconfig /nope; set KUBECONFIG"},
		"of KUBECONFIG": {"/nope:/nor", Config{Context: "prod"}, "there is no kubeconfig /nope, /nor; set KUBECONFIG"},
		"no context":    {there + ":/nope", Config{Context: "prod"}, "kubeconfig " + there + `: context "prod" does not exist; there is no kubeconfig /nope; set`},
		"empty":         {empty, Config{}, "kubeconfig " + empty + ": it says of no cluster where it is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KUBECONFIG", tc.env)
			_, err := New(tc.config)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "KUBERNETES_MASTER") {
				t.Errorf("%v, want %s", err, tc.want)
			}
		})
	}
}
