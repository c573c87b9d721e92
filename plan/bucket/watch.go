package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptrace"
	"sync"
	"time"
)

// patient is how long a store may take.
type patient struct {
	// connect is for the first connection of an operation, over all tries of the
	// cloud's library, whose own default is 30 s for each of three.
	connect time.Duration
	// stall is how long an operation may go on with nothing happening: no connection,
	// no request sent, no answer, no bytes. An upload sends 8 MiB a part.
	stall time.Duration
}

var usual = patient{connect: 10 * time.Second, stall: 2 * time.Minute}

// errStalled is the kind of error of a store that fell silent.
var errStalled = errors.New("the store has stopped answering")

// watch ends an operation on which the store does nothing any more. The clouds'
// libraries leave that to timeouts of whole operations, which big objects and
// slow links make useless. It learns of progress from net/http, which all of the
// libraries use, and from the bytes that pass.
type watch struct {
	cancel context.CancelCauseFunc
	limits patient

	mu        sync.Mutex
	timer     *time.Timer
	connected bool // a connection was had once
	trying    bool // the connect timeout runs
	stopped   bool
}

func newWatch(ctx context.Context, limits patient) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{cancel: cancel, limits: limits}
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
	w.arm(w.limits.connect, &kindError{ErrUnreachable, fmt.Errorf("no connection within %s", w.limits.connect)})
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
	w.arm(w.limits.stall, fmt.Errorf("%w: nothing came for %s", errStalled, w.limits.stall))
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
