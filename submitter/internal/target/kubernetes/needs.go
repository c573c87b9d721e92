package kubernetes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"

	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

var (
	serviceAccounts = schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
	secrets         = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	configMaps      = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

// kindsNeeded are the kinds of objects that blocks name, in the order in which they are
// shown.
var kindsNeeded = []struct {
	kind     string
	resource schema.GroupVersionResource
	create   string // kubectl create
}{
	{"ServiceAccount", serviceAccounts, "serviceaccount %s"},
	{"Secret", secrets, "secret generic %s …"},
	{"ConfigMap", configMaps, "configmap %s …"},
}

// needs are the jobs that name an object, by its resource and name.
type needs map[schema.GroupVersionResource]map[string][]string

func (n needs) add(job string, s settings.Settings) {
	one := func(r schema.GroupVersionResource, name string) {
		if name == "" {
			return
		}
		if n[r] == nil {
			n[r] = map[string][]string{}
		}
		jobs := n[r][name]
		if job != "" && !slices.Contains(jobs, job) {
			jobs = append(jobs, job)
		}
		n[r][name] = jobs
	}
	one(serviceAccounts, s.ServiceAccountName)
	for _, name := range s.Secrets {
		one(secrets, name)
	}
	for _, p := range s.ImagePullSecrets {
		one(secrets, p.Name)
	}
	if s.Ingress != nil {
		one(secrets, s.Ingress.TLSSecret)
	}
	must := func(optional *bool) bool { return optional == nil || !*optional }
	for _, e := range s.EnvFrom {
		if r := e.SecretRef; r != nil && must(r.Optional) {
			one(secrets, r.Name)
		}
		if r := e.ConfigMapRef; r != nil && must(r.Optional) {
			one(configMaps, r.Name)
		}
	}
	for _, e := range s.Env {
		from := e.ValueFrom
		if from == nil {
			from = &corev1.EnvVarSource{}
		}
		if r := from.SecretKeyRef; r != nil && must(r.Optional) {
			one(secrets, r.Name)
		}
		if r := from.ConfigMapKeyRef; r != nil && must(r.Optional) {
			one(configMaps, r.Name)
		}
	}
}

// areThere looks for every object that is needed, as far as we may. Only metadata is
// asked for, so that no Secret comes here.
func (t *Target) areThere(ctx context.Context, objects metadata.Interface, n needs) []Finding {
	var all []Finding
	for _, k := range kindsNeeded {
		var there, hidden []string
		flaws := false
		for _, name := range slices.Sorted(maps.Keys(n[k.resource])) {
			_, err := objects.Resource(k.resource).Namespace(t.namespace).Get(ctx, name, metav1.GetOptions{})
			switch {
			case err == nil:
				there = append(there, name)
			case apierrors.IsForbidden(err):
				hidden = append(hidden, name)
			default:
				flaws = true
				all = append(all, t.lacks(k.kind, name, k.create, n[k.resource][name], err))
			}
		}
		if found := seen(there, hidden); found != "" && !flaws {
			all = append(all, good(k.kind+"s", found))
		}
	}
	return all
}

// seen tells of the objects of one kind of which none is known to be missing.
func seen(there, hidden []string) string {
	found := strings.Join(there, ", ")
	if len(hidden) == 0 {
		return found
	}
	if found != "" {
		found += "; "
	}
	return found + notAllowed + " at " + strings.Join(hidden, ", ")
}

// lacks tells of one object that is missing, or could not be looked for.
func (t *Target) lacks(kind, name, create string, jobs []string, err error) Finding {
	f := Finding{Name: kind + " " + name, Found: err.Error(), Remedy: mendAnswer}
	if !apierrors.IsNotFound(err) {
		return f
	}
	f.Found = fmt.Sprintf("not in namespace %s; needed by %s", t.namespace, some(jobs))
	f.Remedy = fmt.Sprintf("`kubectl -n %s create %s`, or correct its name in the block kubernetes", t.namespace, fmt.Sprintf(create, name))
	switch {
	case kind == "ServiceAccount" && name == settings.DefaultServiceAccount:
		f.Remedy = fmt.Sprintf("`kubectl -n %s apply -f %s`", t.namespace, rbacFile)
	case kind == "ServiceAccount":
		f.Remedy += fmt.Sprintf("; it needs what the Role flink of %s gives", rbacFile)
	}
	return f
}

// some shows the first few of many jobs.
func some(jobs []string) string {
	const enough = 3
	switch {
	case len(jobs) == 0:
		return "the target's jobs"
	case len(jobs) <= enough:
		return strings.Join(jobs, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(jobs[:enough], ", "), len(jobs)-enough)
}
