package flinkrest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"flink-sql-driver/submitter/internal/javatrace"
)

// Kinds of Error, for errors.Is.
var (
	// ErrNotFound: the JobManager does not know the job, or the request asked about.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the job is in no condition for what was asked, for example
	// cancelling one that has ended.
	ErrConflict = errors.New("conflict")
	// ErrUnavailable: no JobManager answered. It proves nothing about the job.
	ErrUnavailable = errors.New("unavailable")
	// ErrProtocol: what answered is no JobManager, or lies.
	ErrProtocol = errors.New("unexpected answer")
)

// Error is a failed request. Its text has no stack trace.
type Error struct {
	Op     string // what was attempted: "status of job 1a2b…"
	URL    string // of the JobManager
	Status int    // of HTTP; 0 if there was no answer
	Cause  string // root cause, one line
	Class  string // of the Java exception, without its package; may be empty
	Trace  string // the whole Java stack trace; may be empty
	kind   error
	err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: JobManager at %s: %s", e.Op, e.URL, e.Cause)
}

// Is makes errors.Is tell the kinds.
func (e *Error) Is(kind error) bool { return e.kind != nil && e.kind == kind }

func (e *Error) Unwrap() error { return e.err }

func (c *Client) fail(op string, kind error, cause string) *Error {
	return &Error{Op: op, URL: c.base, kind: kind, Cause: cause}
}

// unavailable is for requests without an answer. The caller's own cancellation is
// returned as it is.
func (c *Client) unavailable(ctx context.Context, op string, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	e := c.fail(op, ErrUnavailable, cut(err.Error()))
	e.err = err
	var u *url.Error
	if errors.As(err, &u) {
		e.Cause = cut(u.Err.Error()) // the URL is named already
	}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Cause = "no answer in time"
	}
	return e
}

// refused makes an Error of an answer that is no success. Flink answers
// {"errors": [...]} with whole stack traces.
func (c *Client) refused(op string, resp *http.Response, body []byte) *Error {
	e := &Error{Op: op, URL: c.base, Status: resp.StatusCode}
	var answer struct {
		Errors []string `json:"errors"`
	}
	if json.Unmarshal(body, &answer) == nil && len(answer.Errors) > 0 {
		// The last one is the trace; before it stands "Internal server error."
		e.Trace = answer.Errors[len(answer.Errors)-1]
		root := javatrace.Root(javatrace.Chain(e.Trace))
		e.Class, e.Cause = root.Class, cut(root.Text())
	}
	e.kind = kindOf(resp.StatusCode, e)
	if e.Cause == "" {
		e.Cause = "answered " + resp.Status
	}
	return e
}

// kindOf knows that Flink reports an unknown job as 404 or, from other handlers,
// as 500 with a FlinkJobNotFoundException.
func kindOf(status int, e *Error) error {
	flink := e.Trace != ""
	switch {
	case strings.Contains(e.Trace, "FlinkJobNotFoundException"), status == http.StatusNotFound && flink:
		return ErrNotFound
	case status == http.StatusConflict:
		return ErrConflict
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return ErrUnavailable
	case !flink:
		return ErrProtocol
	}
	return nil
}

// maxCause keeps one cause from filling the screen.
const maxCause = 1000

func cut(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxCause {
		s = strings.ToValidUTF8(s[:maxCause], "") + "…"
	}
	return s
}
