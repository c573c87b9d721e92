package kubernetes

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/target"
)

// TestForeign: a Job of the same name from another store is neither taken for ours nor
// removed.
func TestForeign(t *testing.T) {
	for _, tc := range []struct {
		name, dir, origin string
		want              string // in the proof; empty: it is ours
	}{
		{"ours", "s3://jobs/launches/orders/11/", "", ""},
		{"another store's", "s3://others/launches/orders/11/", "", "launched from another store (s3://others/launches/orders/11/)"},
		{"adopted from there", "s3://others/launches/orders/11/", "s3://others/launches/orders/11/", ""},
		{"nobody's", "", "", "is not one of this program's"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := orders()
			l.Dir = tc.dir
			job, err := of(l, ``).job()
			if err != nil {
				t.Fatal(err)
			}
			if tc.dir == "" {
				job.Annotations = nil
			}
			client := fake.NewClientset(job)
			k := &Target{config: Config{Store: "s3://jobs/"}, client: client, namespace: "jobs"}
			r := orders().Ref
			r.Origin = tc.origin
			o, err := k.Observe(t.Context(), r)
			if err != nil || (o.Condition == target.Unknown) != (tc.want != "") || !strings.Contains(o.Proof, tc.want) {
				t.Errorf("%+v, %v", o, err)
			}
			if err := k.Remove(t.Context(), r); err != nil {
				t.Error(err)
			}
			left, err := client.BatchV1().Jobs("jobs").List(t.Context(), metav1.ListOptions{})
			if err != nil || (len(left.Items) == 1) != (tc.want != "") {
				t.Errorf("after Remove there are %d Jobs, %v", len(left.Items), err)
			}
		})
	}
}

// TestTaken: what somebody else made is found before anything is touched; what is left of
// a Job of ours is not somebody else's.
func TestTaken(t *testing.T) {
	service := func(change func(*corev1.Service)) *corev1.Service {
		s := &corev1.Service{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, ObjectMeta: metav1.ObjectMeta{Name: "orders-b-rest", Namespace: "lab"}}
		change(s)
		return s
	}
	l := orders()
	l.ClusterID = "orders-b"
	for name, c := range map[string]struct {
		service *corev1.Service
		taken   bool
	}{
		"somebody else's": {service(func(*corev1.Service) {}), true},
		"of another Job":  {service(func(s *corev1.Service) { s.OwnerReferences = []metav1.OwnerReference{{Kind: "Job", Name: "nightly"}} }), true},
		"ours":            {service(func(s *corev1.Service) { s.OwnerReferences = []metav1.OwnerReference{{Kind: "Job", Name: "orders-b"}} }), false},
		"orphaned":        {service(func(s *corev1.Service) { s.Annotations = map[string]string{annotationMade: "x"} }), false},
	} {
		t.Run(name, func(t *testing.T) {
			k := on(t, answers{"services/orders-b-rest": c.service})
			refused, err := k.Check(t.Context(), l)
			if err != nil || strings.Contains(refused, "there is a Service orders-b-rest that this program did not make") != c.taken {
				t.Errorf("%q, %v", refused, err)
			}
		})
	}
}

// TestCheckFindsWhatIsMissing: a name that nobody may look at is no proof of anything.
func TestCheckFindsWhatIsMissing(t *testing.T) {
	l := orders()
	l.Kubernetes = []byte(`{"serviceAccountName": "runner", "secrets": ["db"]}`)
	for name, c := range map[string]struct {
		answers answers
		want    string
	}{
		"missing":    {answers{"secrets/db": metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}}}, "ServiceAccount runner: not in namespace lab; needed by orders; `kubectl -n lab create serviceaccount runner`"},
		"both":       {answers{}, "Secret db: not in namespace lab"},
		"not looked": {answers{"serviceaccounts/runner": forbidden("serviceaccounts"), "secrets/db": forbidden("secrets")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := on(t, c.answers)
			block, err := k.settings(l)
			if err != nil {
				t.Fatal(err)
			}
			lacking, err := k.lacking(t.Context(), l.Name, block)
			if err != nil || !strings.Contains(lacking, c.want) || c.want == "" && lacking != "" {
				t.Errorf("%q, %v", lacking, err)
			}
		})
	}
}

// TestAPIServersOwnAnswers: that there is no such service does not mean that there is no
// such job.
func TestAPIServersOwnAnswers(t *testing.T) {
	for answer, want := range map[string]error{
		`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"services \"orders-b-rest\" not found","reason":"NotFound","code":404}`: flinkrest.ErrUnavailable,
		`{"errors":["Job 0 not found"]}`: flinkrest.ErrNotFound,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(answer))
		}))
		_, err := flinkrest.New(server.URL, flinkrest.Options{Transport: proxied{http.DefaultTransport}}).JobStatus(context.Background(), "0")
		server.Close()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", answer, err, want)
		}
	}
}
