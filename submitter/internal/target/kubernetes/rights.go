package kubernetes

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
	authv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// askAtOnce is how many rights are asked for at the same time.
const askAtOnce = 8

// right is what may be done with one resource, as a rule of a Role has it.
type right struct {
	group    string
	resource string // with its subresource: pods/log
	verbs    []string
}

const networking = "networking.k8s.io"

// Rights are those that examples/kubernetes/rbac.yaml gives the Role submitter.
var (
	everyRight = []right{
		{"batch", "jobs", []string{"create", "delete", "get", "list", "patch"}},
		{"apps", "deployments", []string{"create", "get", "list", "patch"}},
		{"", "services", []string{"create", "get", "list", "patch"}},
		{"", "configmaps", []string{"create", "delete", "get", "list", "patch"}},
		{"", "pods", []string{"list"}},
		{"", "pods/log", []string{"get"}},
		{"", "serviceaccounts", []string{"get"}},
		{"", "events", []string{"list"}},
		{"", "services/proxy", []string{"create", "get", "patch"}},
	}
	// Those that only some blocks need.
	policyRight  = right{networking, "networkpolicies", []string{"create", "get", "list", "patch"}}
	ingressRight = right{networking, "ingresses", []string{"create", "get", "list", "patch"}}
)

// wantedRights are those that jobs with these settings need.
func wantedRights(blocks []settings.Settings) []right {
	var policy, ingress bool
	for _, s := range blocks {
		policy = policy || s.NetworkPolicy != nil
		ingress = ingress || s.Ingress != nil
	}
	wanted := append([]right(nil), everyRight...)
	if policy {
		wanted = append(wanted, policyRight)
	}
	if ingress {
		wanted = append(wanted, ingressRight)
	}
	return wanted
}

// without asks which of the rights are not given; empty: all are.
func without(ctx context.Context, wanted []right, may func(ctx context.Context, verb string, r right) (bool, error)) (string, error) {
	lacking := make([][]string, len(wanted)) // verbs
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(askAtOnce)
	for i, r := range wanted {
		group.Go(func() error {
			for _, verb := range r.verbs {
				ok, err := may(ctx, verb, r)
				if err != nil {
					return err
				}
				if !ok {
					lacking[i] = append(lacking[i], verb)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	var missing []string
	for i, verbs := range lacking {
		if verbs != nil {
			missing = append(missing, strings.Join(verbs, ", ")+" "+wanted[i].resource)
		}
	}
	return strings.Join(missing, "; "), nil
}

// mayDo asks the API server whether we have the rights.
func (t *Target) mayDo(ctx context.Context, wanted []right) Finding {
	const name = "rights"
	missing, err := without(ctx, wanted, t.may)
	switch {
	case apierrors.IsForbidden(err):
		return good(name, notAllowed)
	case err != nil:
		return Finding{Name: name, Found: fmt.Sprintf("which rights we have in namespace %s: %v", t.namespace, err), Remedy: mendAnswer}
	case missing != "":
		return Finding{Name: name, Found: "missing: " + missing,
			Remedy: fmt.Sprintf("`kubectl -n %s apply -f %s`, and bind its Role submitter to this user", t.namespace, rbacFile)}
	}
	return good(name, "all of the Role submitter that the jobs need")
}

func (r right) attributes(namespace, verb string) *authv1.ResourceAttributes {
	resource, sub, _ := strings.Cut(r.resource, "/")
	return &authv1.ResourceAttributes{Namespace: namespace, Verb: verb, Group: r.group, Resource: resource, Subresource: sub}
}

func (t *Target) may(ctx context.Context, verb string, r right) (bool, error) {
	review := &authv1.SelfSubjectAccessReview{Spec: authv1.SelfSubjectAccessReviewSpec{ResourceAttributes: r.attributes(t.namespace, verb)}}
	answer, err := t.client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return false, err
	}
	return answer.Status.Allowed, nil
}
