package kubernetes

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"flink-sql-driver/submitter/internal/target"
)

// remedied adds to an error what to do about it, where whoever asked has no right to, and
// tells an API server that gives no answer (target.ErrUnavailable) from one that refuses.
// What admission refuses, a quota say, is Forbidden, too, but of no user.
func remedied(err error) error {
	switch {
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), "is forbidden: User "):
		return fmt.Errorf("%w; for the rights that are needed see %s", err, rbacFile)
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("%w; the kubeconfig's token or certificate is wrong or has expired: get another one", err)
	case unanswered(err):
		return target.Unavailable(err)
	}
	return err
}

// unanswered reports whether an error is no word of an API server, or one that asks for
// patience. A webhook that cannot be reached is an error of the server's own.
func unanswered(err error) bool {
	var network net.Error
	var untrusted *tls.CertificateVerificationError
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.As(err, &untrusted), unapplicable(err):
		return false
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	}
	return apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) || apierrors.IsTooManyRequests(err) ||
		apierrors.IsServiceUnavailable(err) || apierrors.IsInternalError(err)
}
