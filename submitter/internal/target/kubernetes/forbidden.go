package kubernetes

import (
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// remedied adds to an error what to do about it, where whoever asked has no right to.
// What admission refuses, a quota say, is Forbidden, too, but of no user.
func remedied(err error) error {
	if apierrors.IsForbidden(err) && strings.Contains(err.Error(), "is forbidden: User ") {
		return fmt.Errorf("%w; for the rights that are needed see %s", err, rbacFile)
	}
	if apierrors.IsUnauthorized(err) {
		return fmt.Errorf("%w; the kubeconfig's token or certificate is wrong or has expired: get another one", err)
	}
	return err
}
