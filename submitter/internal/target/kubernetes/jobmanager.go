package kubernetes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/target"
)

// JobManager gives access to a launch's REST API through the API server's proxy to its
// service, which works from wherever the API server can be reached.
func (t *Target) JobManager(_ context.Context, r target.Ref) (*flinkrest.Client, error) {
	if _, down := t.down.Load(r.ClusterID); down {
		return flinkrest.New(t.proxyURL(r.ClusterID), flinkrest.Options{Transport: nobody{}}), nil
	}
	transport, err := rest.TransportFor(t.rest)
	if err != nil {
		return nil, fmt.Errorf("JobManager of %s: %w", r.ClusterID, err)
	}
	return flinkrest.New(t.proxyURL(r.ClusterID), flinkrest.Options{Transport: proxied{transport}, UserAgent: t.rest.UserAgent}), nil
}

// proxied tells the API server's own answers from the JobManager's: that there is no such
// service does not mean that there is no such job.
type proxied struct{ next http.RoundTripper }

// maxStatus is more than the API server says of an error, in bytes.
const maxStatus = 64 << 10

func (p proxied) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := p.next.RoundTrip(r)
	if err != nil || answer.StatusCode < http.StatusBadRequest {
		return answer, err
	}
	head, err := io.ReadAll(io.LimitReader(answer.Body, maxStatus))
	if err != nil {
		return nil, errors.Join(err, answer.Body.Close())
	}
	var s metav1.Status
	if json.Unmarshal(head, &s) == nil && s.Kind == "Status" && s.Message != "" {
		return nil, errors.Join(errors.New("the API server says: "+oneLine(s.Message)), answer.Body.Close())
	}
	answer.Body = body{io.MultiReader(bytes.NewReader(head), answer.Body), answer.Body}
	return answer, nil
}

type body struct {
	io.Reader
	io.Closer
}

// nobody answers: what is known already need not be asked of the API server.
type nobody struct{}

func (nobody) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("its pod does not run")
}

// proxyURL names the service's port: without it the API server finds no endpoint.
func (t *Target) proxyURL(clusterID string) string {
	host := t.rest.Host
	if !strings.Contains(host, "://") {
		host = "https://" + host
	}
	return fmt.Sprintf("%s/api/v1/namespaces/%s/services/%s:rest/proxy", strings.TrimRight(host, "/"), t.namespace, restServiceName(clusterID))
}
