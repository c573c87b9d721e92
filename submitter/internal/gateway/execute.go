package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A warm compilation takes 50 to 150 ms, so the first questions come quickly; from
// then on a result is late by at most a part in pollShare of what it took.
const (
	firstPoll = 10 * time.Millisecond
	lastPoll  = 500 * time.Millisecond
	pollShare = 16
)

// maxPages bounds results whose pages are empty for ever.
const maxPages = 1_000_000

// Execute runs one statement and returns all of its result. executionConfig are
// options for this statement only; it may be nil. When ctx ends, the statement is
// cancelled on the gateway.
func (s *Session) Execute(ctx context.Context, statement string, executionConfig map[string]string) (*Result, error) {
	const op = "executing a statement"
	limited, cancel := context.WithTimeout(ctx, s.client.opts.StatementTimeout)
	defer cancel()
	var answer struct {
		Handle string `json:"operationHandle"`
	}
	in := map[string]any{"statement": statement}
	if len(executionConfig) > 0 {
		in["executionConfig"] = executionConfig
	}
	if _, err := s.client.do(limited, exchange{op: op, method: http.MethodPost, path: s.path + "/statements", in: in, out: &answer}); err != nil {
		return nil, s.outcome(ctx, limited, op, err)
	}
	if !handle.MatchString(answer.Handle) {
		return nil, s.client.fail(op, Protocol, "the answer has no operation handle")
	}
	o := operation{session: s, id: answer.Handle, path: s.path + "/operations/" + url.PathEscape(answer.Handle)}
	result, err := o.fetch(limited)
	if err != nil || !result.ok { // of an OK nothing is left but the handle, which ends with the session
		o.close(limited.Err() != nil)
	}
	if err != nil {
		return nil, s.outcome(ctx, limited, op, err)
	}
	return result, nil
}

// outcome tells the caller's end of patience from the statement's time limit.
func (s *Session) outcome(ctx, limited context.Context, op string, err error) error {
	if ctx.Err() == nil && limited.Err() != nil {
		return s.client.fail(op, Unavailable, "no result within "+s.client.opts.StatementTimeout.String())
	}
	return err
}

type operation struct {
	session *Session
	id      string
	path    string
}

// close frees the operation on the gateway, and cancels it first if it still runs.
func (o operation) close(running bool) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	c := o.session.client
	// A failure is left to the end of the session, which closes everything.
	if running {
		_, _ = c.once(ctx, exchange{op: "cancelling a statement", method: http.MethodPost, path: o.path + "/cancel"})
	}
	_, _ = c.once(ctx, exchange{op: "closing a statement", method: http.MethodDelete, path: o.path + "/close"})
}

// fetch reads the result page by page.
func (o operation) fetch(ctx context.Context) (*Result, error) {
	c := o.session.client
	result := &Result{}
	left := c.opts.MaxResult
	begin := time.Now()
	token := int64(0)
	for range maxPages {
		var p page
		n, err := c.do(ctx, exchange{op: "fetching a result", method: http.MethodGet, path: fmt.Sprintf("%s/result/%d?rowFormat=JSON", o.path, token), out: &p, limit: left})
		if err != nil {
			return nil, err
		}
		if left -= n; left <= 0 {
			return nil, c.fail("fetching a result", TooLarge, fmt.Sprintf("it is larger than the limit of %d bytes", c.opts.MaxResult))
		}
		more, err := result.add(p)
		if err != nil {
			return nil, c.fail("fetching a result", Protocol, err.Error())
		}
		if !more {
			return result, nil
		}
		next, err := o.next(p)
		if err != nil {
			return nil, err
		}
		if ready := p.Type == payload; ready && next != token+1 || !ready && next != token {
			return nil, c.fail("fetching a result", Protocol, fmt.Sprintf("page %d is followed by page %d", token, next))
		}
		if token = next; len(p.Results.Data) > 0 {
			begin = time.Now()
			continue
		}
		if err := sleep(ctx, min(max(time.Since(begin)/pollShare, firstPoll), lastPoll)); err != nil {
			return nil, err
		}
	}
	return nil, c.fail("fetching a result", TooLarge, fmt.Sprintf("it has more than %d pages", maxPages))
}

// nextURI is what the gateway's next page is called. Nothing but the token is
// taken from it, so that it leads nowhere else.
var nextURI = regexp.MustCompile(`/sessions/([^/]+)/operations/([^/]+)/result/(\d+)$`)

func (o operation) next(p page) (int64, error) {
	path, _, _ := strings.Cut(p.Next, "?")
	m := nextURI.FindStringSubmatch(path)
	if m == nil || m[1] != o.session.id || m[2] != o.id {
		return 0, o.session.client.fail("fetching a result", Protocol, "the next page is not one of this result")
	}
	token, err := strconv.ParseInt(m[3], 10, 64)
	if err != nil {
		return 0, o.session.client.fail("fetching a result", Protocol, "the next page has no number")
	}
	return token, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
