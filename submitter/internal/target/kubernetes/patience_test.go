package kubernetes

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// sluggish is a server that begins to answer after a while, and gives its answer one
// byte after the other.
type sluggish struct {
	begins, each time.Duration
	bytes        int64
}

func (s sluggish) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := pass(r.Context(), s.begins); err != nil {
		return nil, err
	}
	return &http.Response{Body: &sluggishBody{r.Context(), s}}, nil
}

type sluggishBody struct {
	ctx context.Context
	s   sluggish
}

func (b *sluggishBody) Read(p []byte) (int, error) {
	if b.s.bytes == 0 {
		return 0, io.EOF
	}
	n := len(p)
	if b.s.each > 0 {
		n = 1
	}
	b.s.bytes -= min(b.s.bytes, int64(n))
	return n, pass(b.ctx, b.s.each)
}

func (b *sluggishBody) Close() error { return nil }

func pass(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestPatience(t *testing.T) {
	const log = "/api/v1/namespaces/lab/pods/orders-b-x/log"
	for name, c := range map[string]struct {
		server sluggish
		path   string
		want   string // empty: all is read
	}{
		"at once":                {sluggish{bytes: 10}, "/", ""},
		"slow":                   {sluggish{begins: answerTimeout - 1, each: answerTimeout - 1, bytes: 10}, "/", ""},
		"no answer":              {sluggish{begins: time.Hour}, "/", errSilent.Error()},
		"no answer about a log":  {sluggish{begins: time.Hour}, log, errSilent.Error()},
		"no end of the answer":   {sluggish{each: time.Hour, bytes: 10}, "/", errSilent.Error()},
		"a log that says little": {sluggish{each: time.Hour, bytes: 10}, log, ""},
		"an answer without end":  {sluggish{bytes: 1 << 62}, "/", "more than 256 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://api"+c.path, nil)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := patient{c.server}.RoundTrip(r)
				if err == nil {
					_, err = io.Copy(io.Discard, answer.Body)
					err = errors.Join(err, answer.Body.Close())
				}
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("%v, want %q", err, c.want)
				}
			})
		})
	}
}
