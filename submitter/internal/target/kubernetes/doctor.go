package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/metadata"

	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// answerWithin is how long the API server may take to say its version.
const answerWithin = 10 * time.Second

const (
	rbacFile     = "examples/kubernetes/rbac.yaml"
	notAllowed   = "not allowed to look"
	mendAnswer   = "`kubectl version` has to work with the same kubeconfig and context: correct them, renew their credentials, or start the cluster"
	mendSettings = "correct the block kubernetes of the manifest or of the target"
)

// Finding is something that launches need, and whether it is there.
type Finding struct {
	Name   string
	OK     bool
	Found  string
	Remedy string // empty if OK
}

func good(name, found string) Finding { return Finding{Name: name, OK: true, Found: found} }

// Doctor looks for what launches need before they can be made: an API server that
// answers, the namespace, rights in it, and the objects that the launches name. What
// nobody may look at is no failure. Of the launches, only names and blocks kubernetes
// count. It changes nothing, and never gets the content of a Secret.
func (t *Target) Doctor(ctx context.Context, launches []target.Launch) []Finding {
	server := t.answers(ctx)
	if !server.OK {
		return []Finding{server}
	}
	all := []Finding{server}
	objects, err := metadata.NewForConfig(t.rest)
	if err != nil {
		return append(all, Finding{Name: "namespace", Found: err.Error(), Remedy: mendAnswer})
	}
	namespace := t.namespaceIsThere(ctx, objects)
	if all = append(all, namespace); !namespace.OK {
		return all
	}
	var blocks []settings.Settings
	needed := needs{}
	for _, l := range launches {
		s, err := t.settings(l)
		if err != nil {
			all = append(all, Finding{Name: "kubernetes of " + l.Name, Found: err.Error(), Remedy: mendSettings})
			continue
		}
		blocks = append(blocks, s)
		needed.add(l.Name, s)
	}
	all = append(all, t.mayDo(ctx, wantedRights(blocks)))
	all = append(all, t.areThere(ctx, objects, needed)...)
	of := accounts(blocks)
	for _, account := range slices.Sorted(maps.Keys(of)) {
		all = append(all, t.accountMay(ctx, account, of[account])...)
	}
	return all
}

// answers asks the API server for its version.
func (t *Target) answers(ctx context.Context) Finding {
	const name = "API server"
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	data, err := t.client.Discovery().RESTClient().Get().AbsPath("/version").DoRaw(ctx)
	var v version.Info
	switch {
	case apierrors.IsForbidden(err):
		return good(name, t.rest.Host+", version: "+notAllowed)
	case err == nil:
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		return Finding{Name: name, Found: fmt.Sprintf("%s does not say its version: %v", t.rest.Host, err), Remedy: mendAnswer}
	}
	return good(name, "Kubernetes "+v.GitVersion+" at "+t.rest.Host)
}

// namespaceIsThere asks for the namespace, and, where that is forbidden, for a ConfigMap
// that every namespace has: the Role submitter may read those.
func (t *Target) namespaceIsThere(ctx context.Context, objects metadata.Interface) Finding {
	const name = "namespace"
	_, err := objects.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).Get(ctx, t.namespace, metav1.GetOptions{})
	if apierrors.IsForbidden(err) {
		_, err = objects.Resource(configMaps).Namespace(t.namespace).Get(ctx, rootCA, metav1.GetOptions{})
	}
	switch {
	case err == nil:
		return good(name, t.namespace)
	case apierrors.IsForbidden(err):
		return good(name, t.namespace+": "+notAllowed)
	case apierrors.IsNotFound(err):
		return Finding{Name: name, Found: "there is no namespace " + t.namespace,
			Remedy: fmt.Sprintf("`kubectl create namespace %s`, or name another in the target or the manifest", t.namespace)}
	}
	return Finding{Name: name, Found: fmt.Sprintf("namespace %s: %v", t.namespace, err), Remedy: mendAnswer}
}
