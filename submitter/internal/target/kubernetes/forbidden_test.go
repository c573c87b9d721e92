package kubernetes

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flink-sql-driver/submitter/internal/target"
)

// TestUnanswered: only a server that said no has refused.
func TestUnanswered(t *testing.T) {
	services := schema.GroupResource{Resource: "services"}
	request := func(err error) error {
		return fmt.Errorf("a: %w", &url.Error{Op: "Patch", URL: "https://k8s", Err: err})
	}
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{request(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), true},
		{request(syscall.ECONNRESET), true},
		{request(io.EOF), true},
		{request(context.DeadlineExceeded), true},
		{request(context.Canceled), false},
		{request(&tls.CertificateVerificationError{Err: errors.New("unknown authority")}), false},
		{io.ErrUnexpectedEOF, true},
		{apierrors.NewServiceUnavailable("starting"), true},
		{apierrors.NewTooManyRequests("slow down", 1), true},
		{apierrors.NewInternalError(errors.New("failed calling webhook")), true},
		{apierrors.NewInternalError(errors.New("failed to create typed patch object")), false},
		{apierrors.NewForbidden(services, "a", errors.New("exceeded quota")), false},
		{apierrors.NewUnauthorized("who?"), false},
		{apierrors.NewNotFound(services, "a"), false},
		{errors.New("x"), false},
		{nil, false},
	} {
		if err := remedied(tc.err); errors.Is(err, target.ErrUnavailable) != tc.want {
			t.Errorf("%v: %v", tc.err, err)
		}
	}
}
