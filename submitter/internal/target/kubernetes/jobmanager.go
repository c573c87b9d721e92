package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

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
	return flinkrest.New(t.proxyURL(r.ClusterID), flinkrest.Options{Transport: transport, UserAgent: t.rest.UserAgent}), nil
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
