package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// answerTimeout is how long the API server may take until it begins to answer, and
	// from one piece of its answer to the next.
	answerTimeout = 30 * time.Second
	// maxAnswer is more than the pods of 10,000 jobs take, in bytes.
	maxAnswer = 256 << 20
)

var errSilent = fmt.Errorf("the API server has said nothing for %s", answerTimeout)

// patient ends requests that the API server does not answer, or without end: client-go
// itself would wait, and keep what comes. Logs may be silent, and long.
type patient struct{ next http.RoundTripper }

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(answerTimeout, func() { cancel(errSilent) })
	answer, err := p.next.RoundTrip(r.WithContext(ctx))
	timer.Stop()
	if err != nil {
		err = silent(ctx, err)
		cancel(nil)
		return nil, err
	}
	b := &boundedBody{body: answer.Body, ctx: ctx, cancel: cancel, left: maxAnswer}
	if !strings.HasSuffix(r.URL.Path, "/log") {
		b.timer = timer
	}
	answer.Body = b
	return answer, nil
}

// silent puts our reason for ending a request in the place of "canceled".
func silent(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSilent) {
		return errSilent
	}
	return err
}

type boundedBody struct {
	body   io.ReadCloser
	ctx    context.Context // of the request that it answers
	cancel context.CancelCauseFunc
	timer  *time.Timer // nil: neither time nor size is limited
	left   int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.timer == nil {
		return b.body.Read(p)
	}
	b.timer.Reset(answerTimeout)
	n, err := b.body.Read(p)
	b.timer.Stop()
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the API server's answer has more than %d MiB", maxAnswer>>20)
	}
	if err != nil && err != io.EOF {
		err = silent(b.ctx, err)
	}
	return n, err
}

func (b *boundedBody) Close() error {
	err := b.body.Close()
	b.cancel(nil)
	return err
}
