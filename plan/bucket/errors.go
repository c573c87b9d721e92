package bucket

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
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

func (e *kindError) Error() string {
	switch c := code(e.cause); c {
	case "AccessDenied", "NoSuchBucket", "NotFound", "Forbidden":
		return e.kind.Error() + " (" + c + ")" // its message says the same again
	}
	return e.kind.Error() + ": " + message(e.cause)
}
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
		if m := strings.TrimRight(api.ErrorMessage(), ". "); m != "" {
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
	if noCredentials(err) {
		return credentialsMessage(err)
	}
	var path *fs.PathError
	if errors.As(err, &path) && (!filepath.IsAbs(path.Path) || strings.Contains(path.Path, tempPrefix)) {
		return path.Err.Error() // the object is named already
	}
	var request *url.Error
	if errors.As(err, &request) {
		if errors.Is(request.Err, io.EOF) {
			return "the server hung up without an answer"
		}
		return request.Err.Error()
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
	if unreachable(err) {
		return &kindError{ErrUnreachable, err}
	}
	return err
}

// unreachable recognizes what no further try will change.
func unreachable(err error) bool {
	var dns *net.DNSError
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) ||
		errors.As(err, &dns) || plainHTTP(err) || untrusted(err)
}

// plainHTTP recognizes a server that does not speak TLS; net/http has no value
// for it.
func plainHTTP(err error) bool {
	return strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

func untrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate)
}

// noCredentials recognizes that the AWS SDK found no credentials; it has no
// error type for that.
func noCredentials(err error) bool {
	var kind *kindError
	if errors.As(err, &kind) {
		err = kind.cause // the kind's own text is shorter
	}
	s := err.Error()
	return strings.Contains(s, "failed to refresh cached credentials") || strings.Contains(s, "get credentials:") ||
		strings.Contains(s, "static credentials are empty")
}

// credentialsMessage is the end of what the SDK says, unless that is only the last
// of all places where it looked.
func credentialsMessage(err error) string {
	_, detail, ok := strings.Cut(err.Error(), "failed to refresh cached credentials, ")
	if !ok || strings.Contains(detail, "no EC2 IMDS role found") {
		return "no credentials were found"
	}
	return detail
}
