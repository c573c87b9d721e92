package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// Config says where and with what launches run.
type Config struct {
	// Kubeconfig is a file; empty: KUBECONFIG, ~/.kube/config, or, in a pod, its
	// service account.
	Kubeconfig string
	// Context of the kubeconfig; empty: its current one.
	Context string
	// Namespace; empty: the context's.
	Namespace string
	// Settings hold for every job that does not say otherwise.
	Settings settings.Settings
	// Store is Flink's URI of the store whose launches these are; empty: whichever.
	Store string
	// HA is Flink's URI of the directory ha/ in the bucket, and RemoveHA deletes what
	// lies in it for one cluster.
	HA       string
	RemoveHA func(ctx context.Context, clusterID string) error
	// StockStart runs Flink's own scripts, untuned.
	StockStart bool
	// UserAgent of requests.
	UserAgent string
}

// fieldManager owns the fields that are applied (server-side apply).
const fieldManager = "submitter"

// Target runs launches in one namespace. It is safe for concurrent use.
type Target struct {
	config    Config
	rest      *rest.Config
	client    kubernetes.Interface
	dynamic   dynamic.Interface
	namespace string

	mu   sync.Mutex
	site string // see Site
	// down are launches whose JobManager did not run when they were looked at last: it
	// need not be asked.
	down  sync.Map
	crowd crowd
}

var _ target.Target = (*Target)(nil)

// New reads the kubeconfig. It does not talk to the API server.
func New(c Config) (*Target, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = c.Kubeconfig
	rules.Warner = func(error) {} // New says which files are missing
	overrides := &clientcmd.ConfigOverrides{CurrentContext: c.Context}
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	rc, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("kubernetes target: %s; set KUBECONFIG, or kubeconfig and context of the target in submitter.yaml", unread(rules.GetLoadingPrecedence(), err))
	}
	t := &Target{config: c, rest: rc, namespace: c.Namespace}
	if t.namespace == "" {
		if t.namespace, _, err = loader.Namespace(); err != nil {
			return nil, fmt.Errorf("kubernetes target: %w", err)
		}
	}
	t.crowd.survey = t.launches
	// The API server has its own ways to hold back who asks too much (priority and
	// fairness), and says so.
	rc.QPS = -1
	rc.UserAgent = c.UserAgent
	rc.WarningHandler = rest.NoWarnings{}
	klog.LogToStderr(false) // what client-go has to say comes as errors, too
	klog.SetOutput(io.Discard)
	rc.Wrap(func(next http.RoundTripper) http.RoundTripper { return patient{next} })
	if t.client, err = kubernetes.NewForConfig(rc); err == nil {
		t.dynamic, err = dynamic.NewForConfig(rc)
	}
	if err != nil {
		return nil, fmt.Errorf("kubernetes target: %w", err)
	}
	return t, nil
}

// unread says why no configuration came of kubeconfigs, and which of them are there.
func unread(files []string, err error) string {
	var there, missing []string
	for _, f := range files {
		if _, statErr := os.Stat(f); statErr == nil {
			there = append(there, f)
		} else if f != "" {
			missing = append(missing, f)
		}
	}
	absent := "there is no kubeconfig " + strings.Join(missing, ", ")
	switch {
	case len(there) == 0 && len(missing) == 0:
		return "no kubeconfig is named"
	case len(there) == 0:
		return absent
	}
	reason := err.Error()
	if clientcmd.IsEmptyConfig(err) { // client-go's own text names a variable that we do not read
		reason = "it says of no cluster where it is, or has no current context"
	}
	text := "kubeconfig " + strings.Join(there, ", ") + ": " + reason
	if len(missing) > 0 {
		text += "; " + absent
	}
	return text
}

// Namespace that launches run in. It is part of their job ids.
func (t *Target) Namespace() string { return t.namespace }

// Effective is a manifest's block kubernetes, in JSON, laid over what holds for every job
// of this target. It is part of a release: what changes in it changes the job, and a
// rollback brings the old one back.
func (t *Target) Effective(own []byte) ([]byte, error) {
	s, err := settings.Over(t.config.Settings, own)
	if err != nil {
		return nil, err
	}
	return settings.Marshal(s)
}

// settings are those of one launch.
func (t *Target) settings(l target.Launch) (s settings.Settings, err error) {
	if s = t.config.Settings; l.Kubernetes != nil {
		s, err = settings.Parse(l.Kubernetes)
	}
	if err != nil {
		return s, err
	}
	if s.Namespace != "" && s.Namespace != t.namespace {
		return s, errors.New("kubernetes: namespace " + s.Namespace + " is not this target's, " + t.namespace)
	}
	if s.ServiceAccountName == "" {
		s.ServiceAccountName = settings.DefaultServiceAccount
	}
	if s.Image == "" {
		s.Image = settings.DefaultImage
	}
	if s.Mode == "" {
		s.Mode = settings.Native
	}
	return s, nil
}
