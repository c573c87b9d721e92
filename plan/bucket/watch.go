package bucket

import (
	"context"
	"errors"
	"io"
	"net/http/httptrace"
	"sync"
	"time"
)

const (
	// connectTimeout is for the first connection of an operation, over all tries of
	// the cloud's library, whose own default is 30 s for each of three.
	connectTimeout = 10 * time.Second
	// stallTimeout is how long an operation may go on with nothing happening: no
	// connection, no request sent, no answer, no bytes. An upload sends 8 MiB a part.
	stallTimeout = 2 * time.Minute
)

var (
	errConnect = &kindError{ErrUnreachable, errors.New("no connection within " + connectTimeout.String())}
	errStalled = errors.New("the store has stopped answering (nothing came for " + stallTimeout.String() + ")")
)

// watch ends an operation on which the store does nothing any more. The clouds'
// libraries leave that to timeouts of whole operations, which big objects and
// slow links make useless. It learns of progress from net/http, which all of the
// libraries use, and from the bytes that pass.
type watch struct {
	cancel context.CancelCauseFunc

	mu        sync.Mutex
	timer     *time.Timer
	connected bool // a connection was had once
	trying    bool // the connect timeout runs
	stopped   bool
}

func newWatch(ctx context.Context) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{cancel: cancel}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:              func(string) { w.connecting() },
		GotConn:              func(httptrace.GotConnInfo) { w.progress(true) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { w.progress(true) },
		GotFirstResponseByte: func() { w.progress(true) },
	})
	return ctx, w
}

func (w *watch) connecting() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.connected || w.trying {
		return
	}
	w.trying = true
	w.arm(connectTimeout, errConnect)
}

// progress starts the stall timer anew.
func (w *watch) progress(connected bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if connected {
		w.connected = true
		w.trying = false
	}
	if w.trying {
		return // bytes that are read for an upload prove nothing about the store
	}
	w.arm(stallTimeout, errStalled)
}

// pause stops the clock while the caller, not the store, is slow.
func (w *watch) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.trying && w.timer != nil {
		w.timer.Stop()
	}
}

func (w *watch) arm(d time.Duration, cause error) {
	if w.timer != nil {
		w.timer.Stop()
	}
	if !w.stopped {
		w.timer = time.AfterFunc(d, func() { w.cancel(cause) })
	}
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	if w.timer != nil {
		w.timer.Stop()
	}
	w.cancel(nil)
}

// cause puts our reason for ending an operation in the place of "canceled".
func cause(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if c := context.Cause(ctx); c != nil && (errors.Is(c, ErrUnreachable) || errors.Is(c, errStalled)) {
		return c
	}
	return ctx.Err()
}

// watchedSource is what an upload reads from.
type watchedSource struct {
	io.Reader
	watch *watch
}

func (s watchedSource) Read(p []byte) (int, error) {
	s.watch.pause()
	n, err := s.Reader.Read(p)
	s.watch.progress(false)
	return n, err
}
