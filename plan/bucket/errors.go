package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"gocloud.dev/gcerrors"
)

// The kinds of error that callers act on.
var (
	ErrNotExist    = fs.ErrNotExist // no such object
	ErrExist       = fs.ErrExist    // Create: somebody else's object is there
	ErrDenied      = errors.New("access denied")
	ErrNoBucket    = errors.New("no such bucket")
	ErrUnreachable = errors.New("the store cannot be reached")
	ErrTooLarge    = errors.New("too large")
)

// Error is what every operation on a bucket fails with.
type Error struct {
	Op     string // what was attempted: read, write, create, list, …
	Object string // URI of the object, or the bucket's URL
	Err    error
	Remedy string // what the reader can do about it; may be empty
}

func (e *Error) Error() string {
	s := e.Op + " " + e.Object + ": " + message(e.Err)
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

func (b *Bucket) fail(op, key string, err error) error {
	return &Error{Op: op, Object: b.URI(key), Err: err, Remedy: remedy(err)}
}

func tooLarge(size, max int64) error {
	return fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, size, max)
}

// kindError gives a library's error one of our kinds without losing it.
type kindError struct {
	kind  error
	cause error
}

func (e *kindError) Error() string   { return e.kind.Error() + ": " + message(e.cause) }
func (e *kindError) Unwrap() []error { return []error{e.kind, e.cause} }

// apiError is implemented by the errors of the AWS SDK (smithy.APIError).
type apiError interface {
	ErrorCode() string
	ErrorMessage() string
}

// code is S3's name of an error; empty for errors of anything else.
func code(err error) string {
	var api apiError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// message renders the cause without the libraries' layers of wrapping.
func message(err error) string {
	var kind *kindError
	if errors.As(err, &kind) {
		if kind.kind == ErrNotExist || kind.kind == ErrExist {
			return kind.kind.Error()
		}
		return kind.Error()
	}
	var api apiError
	if errors.As(err, &api) {
		if m := api.ErrorMessage(); m != "" {
			return api.ErrorCode() + ": " + m
		}
		return api.ErrorCode()
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Error()
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.Error()
	}
	return err.Error()
}

// classify gives an error of gocloud.dev its kind.
func classify(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch code(err) {
	case "NoSuchBucket":
		return &kindError{ErrNoBucket, err}
	case "AccessDenied", "AllAccessDisabled", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch",
		"XAdminUserNotFound", "ExpiredToken", "InvalidToken", "RequestTimeTooSkewed", "AccountProblem":
		return &kindError{ErrDenied, err}
	}
	switch gcerrors.Code(err) {
	case gcerrors.NotFound:
		if strings.Contains(err.Error(), "bucket doesn't exist") || strings.Contains(err.Error(), "ContainerNotFound") {
			return &kindError{ErrNoBucket, err}
		}
		return &kindError{ErrNotExist, err}
	case gcerrors.AlreadyExists, gcerrors.FailedPrecondition:
		return &kindError{ErrExist, err}
	case gcerrors.PermissionDenied:
		return &kindError{ErrDenied, err}
	}
	if noCredentials(err) {
		return &kindError{ErrDenied, err}
	}
	var dns *net.DNSError
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) || errors.As(err, &dns) {
		return &kindError{ErrUnreachable, err}
	}
	return err
}

// noCredentials recognizes that the AWS SDK found no credentials; it has no
// error type for that.
func noCredentials(err error) bool {
	s := err.Error()
	return strings.Contains(s, "failed to refresh cached credentials") || strings.Contains(s, "get credentials:") ||
		strings.Contains(s, "static credentials are empty")
}
