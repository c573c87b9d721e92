package kubernetes

import (
	"context"
	"fmt"

	authv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// Rights that examples/kubernetes/rbac.yaml gives the Role flink.
var (
	leaderRight = right{"", "configmaps", []string{"create", "delete", "get", "list", "patch", "update", "watch"}}
	nativeRight = []right{
		{"", "pods", []string{"create", "delete", "list", "watch"}},
		{"apps", "deployments", []string{"get", "delete"}},
		leaderRight,
	}
)

// accounts are the rights that the pods' service accounts need.
func accounts(blocks []settings.Settings) map[string][]right {
	needed := map[string][]right{}
	for _, s := range blocks {
		switch {
		case s.Mode == settings.Native:
			needed[s.ServiceAccountName] = nativeRight
		case needed[s.ServiceAccountName] == nil:
			needed[s.ServiceAccountName] = []right{leaderRight}
		}
	}
	return needed
}

// accountMay finds out what an account lacks; nothing is said where we may not ask.
func (t *Target) accountMay(ctx context.Context, account string, wanted []right) []Finding {
	name := "rights of the account " + account
	missing, err := without(ctx, wanted, func(ctx context.Context, verb string, r right) (bool, error) {
		return t.accountMayDo(ctx, account, verb, r)
	})
	switch {
	case apierrors.IsForbidden(err):
		return nil
	case err != nil:
		return []Finding{{Name: name, Found: fmt.Sprintf("in namespace %s: %v", t.namespace, err), Remedy: mendAnswer}}
	case missing != "":
		return []Finding{{Name: name, Found: "missing: " + missing,
			Remedy: fmt.Sprintf("`kubectl -n %s apply -f %s`, and bind its Role flink to the account", t.namespace, rbacFile)}}
	}
	return []Finding{good(name, "all of the Role flink that its jobs need")}
}

// accountMayDo asks for an account what may asks for us.
func (t *Target) accountMayDo(ctx context.Context, account, verb string, r right) (bool, error) {
	review := &authv1.LocalSubjectAccessReview{ObjectMeta: metav1.ObjectMeta{Namespace: t.namespace}, Spec: authv1.SubjectAccessReviewSpec{
		User:               "system:serviceaccount:" + t.namespace + ":" + account,
		Groups:             []string{"system:serviceaccounts", "system:serviceaccounts:" + t.namespace, "system:authenticated"},
		ResourceAttributes: r.attributes(t.namespace, verb),
	}}
	answer, err := t.client.AuthorizationV1().LocalSubjectAccessReviews(t.namespace).Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return false, err
	}
	return answer.Status.Allowed, nil
}
