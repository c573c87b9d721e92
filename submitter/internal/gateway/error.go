package gateway

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/javatrace"
)

// Kind says what went wrong, as far as a caller would act on it.
type Kind string

// The kinds.
const (
	SQL         Kind = "sql"           // Flink refused the statement
	SessionGone Kind = "session gone"  // expired, or the gateway was restarted
	Unavailable Kind = "unavailable"   // nobody answered, or not in time
	NotAGateway Kind = "not a gateway" // something else answers there
	Auth        Kind = "auth"          // credentials missing or refused, or no trust
	TooLarge    Kind = "too large"     // an answer above the limit
	Protocol    Kind = "protocol"      // an answer that makes no sense
)

// Error is a failed exchange or statement. Its text is one line without a stack
// trace, which is in Trace.
type Error struct {
	Kind Kind
	Op   string // what was attempted
	URL  string // of the gateway
	// Cause is the root cause: the last "Caused by" of Flink's trace, its first line
	// without class and position.
	Cause string
	Class string   // of the root cause, without its package; may be empty
	More  []string // further lines of the root cause's message
	// Expected is what the parser could have gone on with: words, and the names of its
	// tokens in angle brackets.
	Expected []string
	// Line and Column, from 1, of the statement that was sent; 0 if Flink gave none.
	// End is where the part in question ends, inclusive.
	Line, Column       int
	EndLine, EndColumn int
	Trace              string // whole Java stack trace; may be empty

	err   error
	final bool // asking again will not help
}

func (e *Error) Error() string {
	if e.Kind != SQL || e.Op == opening { // no statement of the reader's is to blame
		return fmt.Sprintf("SQL Gateway at %s: %s: %s", e.URL, e.Op, e.Cause)
	}
	if e.Line == 0 {
		return e.Cause
	}
	return fmt.Sprintf("%s (line %d, column %d)", e.Cause, e.Line, e.Column)
}

func (e *Error) Unwrap() error { return e.err }

// Is reports whether err is an Error of a kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

func (c *Client) fail(op string, kind Kind, cause string) *Error {
	return &Error{Kind: kind, Op: op, URL: c.base, Cause: cause}
}

// unavailable is for exchanges without an answer. The caller's own end of patience
// is returned as it is.
func (c *Client) unavailable(parent context.Context, op string, timeout time.Duration, err error) error {
	if parent.Err() != nil {
		return parent.Err()
	}
	e := c.fail(op, Unavailable, cut(err.Error()))
	e.err = err
	var u *url.Error
	if errors.As(err, &u) {
		e.Cause = cut(u.Err.Error()) // the URL is named already
	}
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate), strings.Contains(e.Cause, "tls: "):
		e.Kind = Auth
	case errors.Is(err, context.DeadlineExceeded):
		e.Cause, e.final = "no answer within "+timeout.String(), true
	case errors.Is(err, io.EOF):
		e.Cause = "it hung up without an answer"
	}
	return e
}

// jsonProblem is what is wrong with an answer, without names of our own types.
func jsonProblem(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return "a JSON " + kind.Value + " where something else belongs"
	}
	return err.Error()
}

// refused makes an Error of an answer that is no success.
func (c *Client) refused(op string, resp *http.Response, body []byte) error {
	var answer struct {
		Errors []string `json:"errors"`
	}
	if json.Unmarshal(body, &answer) == nil && len(answer.Errors) > 0 && !isProxy(resp.StatusCode) {
		// The last one is the trace; before it stands this, which says nothing.
		const saysNothing = "Internal server error."
		if last := answer.Errors[len(answer.Errors)-1]; last != saysNothing {
			return c.flinkError(op, resp.StatusCode, last)
		}
		return c.fail(op, Protocol, "answered "+resp.Status+" and no reason; the gateway's log may have one")
	}
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusProxyAuthRequired:
		return c.fail(op, Auth, "answered "+resp.Status+"; are the token or the client certificate right?")
	case isProxy(code) || code == http.StatusTooManyRequests:
		return c.fail(op, Unavailable, "answered "+resp.Status)
	case code >= 300 && code < 400:
		return c.fail(op, NotAGateway, "answered "+resp.Status+" to "+cut(resp.Header.Get("Location"))+"; redirects are not followed, give the address itself")
	}
	return c.fail(op, Protocol, "answered "+resp.Status+"; a Flink SQL Gateway gives a reason")
}

// isProxy tells the statuses of a proxy that cannot reach the gateway.
func isProxy(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// gone are the messages of org.apache.flink.table.gateway.service.session.SessionManagerImpl
// and …operation.OperationManager for handles that they do not know.
var gone = regexp.MustCompile(`^Session '[^']*' does not exist\.?$|^Can not find the submitted operation in the OperationManager`)

// flinkError reduces a trace of the gateway.
func (c *Client) flinkError(op string, status int, trace string) *Error {
	chain := javatrace.Chain(trace)
	root := javatrace.Root(chain)
	e := c.fail(op, SQL, root.Message)
	e.Class, e.Trace = root.Class, trace
	e.More, e.Expected = expectations(root.More)
	switch {
	case gone.MatchString(root.Message):
		e.Kind, e.Cause = SessionGone, "the session is gone: it expired, or the gateway was restarted"
		return e
	case root.Class == "OutOfMemoryError":
		e.Kind, e.Cause = Unavailable, "the gateway is out of memory: "+root.Message
		e.final = true
		return e
	case status != http.StatusInternalServerError:
		e.Kind = Protocol
	}
	for _, cause := range chain {
		e.findPosition(cause.Message)
	}
	root.Message = stripPosition(root.Message)
	e.Cause = cut(root.Text())
	if e.Cause == "" {
		e.Cause = "Flink gives no reason"
	}
	return e
}

// The ways in which Calcite and Flink's parser write positions.
var (
	span  = regexp.MustCompile(`[Ff]rom line (\d+), column (\d+) to line (\d+), column (\d+)`)
	point = regexp.MustCompile(`[Aa]t line (\d+), column (\d+)`)

	prefix   = regexp.MustCompile(`^(?:SQL (?:validation|parse) failed\. )*(?:From line \d+, column \d+ to line \d+, column \d+: |At line \d+, column \d+: )?`)
	anywhere = regexp.MustCompile(` (?:from line \d+, column \d+ to line \d+, column \d+|at line \d+, column \d+)\.?`)
)

// findPosition takes the position out of a message; a later cause's, being nearer
// to the root, replaces an earlier one's.
func (e *Error) findPosition(message string) {
	if m := span.FindStringSubmatch(message); m != nil {
		e.Line, e.Column, e.EndLine, e.EndColumn = number(m[1]), number(m[2]), number(m[3]), number(m[4])
		return
	}
	if m := point.FindStringSubmatch(message); m != nil {
		e.Line, e.Column = number(m[1]), number(m[2])
		e.EndLine, e.EndColumn = e.Line, e.Column
	}
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0 // beyond any statement
	}
	return n
}

// stripPosition removes positions from a message: they count in the statement as
// it was sent, which its author never saw.
func stripPosition(message string) string {
	message = message[len(prefix.FindString(message)):]
	return strings.TrimSpace(anywhere.ReplaceAllString(message, ""))
}

// expectations splits the parser's list of a hundred tokens from what else a message
// says. Each token stands in a line of its own: `"ABS" ...`.
func expectations(lines []string) (more, expected []string) {
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "Was expecting") })
	if i < 0 {
		return lines, nil
	}
	for _, line := range lines[i+1:] {
		if token, _, _ := strings.Cut(strings.TrimSpace(line), " "); token != "" {
			expected = append(expected, strings.Trim(token, `"`))
		}
	}
	return lines[:i], expected
}

const maxCause = 2000 // bytes

func cut(s string) string {
	if len(s) > maxCause {
		s = strings.ToValidUTF8(s[:maxCause], "") + "…"
	}
	return s
}
