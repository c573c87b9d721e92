package gateway

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"time"
)

// closeTimeout is what closing a session or an operation may take, whatever
// became of the caller's context.
const closeTimeout = 5 * time.Second

// configureTimeout is for statements that the gateway runs while the request
// waits: ADD JAR downloads, CREATE CATALOG connects.
const configureTimeout = 5 * time.Minute

// handle is a handle as the gateway makes them (java.util.UUID).
var handle = regexp.MustCompile(`^[0-9a-fA-F-]{32,36}$`)

// Session is one session of the gateway, kept alive until Close. Statements of a
// session run one after the other; Execute is not for concurrent use.
type Session struct {
	client *Client
	id     string
	path   string // /v4/sessions/<handle>

	stop   context.CancelFunc // ends the heartbeat
	beats  sync.WaitGroup
	closed sync.Once
	err    error // of Close
}

// Open opens a session with the given options. The caller must Close it.
func (c *Client) Open(ctx context.Context, name string, properties map[string]string) (*Session, error) {
	path, err := c.path(ctx, "/sessions")
	if err != nil {
		return nil, err
	}
	type opened struct {
		s   *Session
		err error
	}
	done := make(chan opened, 1)
	go func() {
		// Not under ctx: a session whose handle nobody waits for could not be closed.
		s, err := c.open(context.WithoutCancel(ctx), path, name, properties)
		done <- opened{s, err}
	}()
	select {
	case o := <-done:
		return o.s, o.err
	case <-ctx.Done():
		go func() {
			if o := <-done; o.s != nil {
				_ = o.s.Close() // nobody is left to tell
			}
		}()
		return nil, ctx.Err()
	}
}

// opening is what Open attempts.
const opening = "opening a session"

func (c *Client) open(ctx context.Context, path, name string, properties map[string]string) (*Session, error) {
	var answer struct {
		Handle string `json:"sessionHandle"`
	}
	if properties == nil {
		properties = map[string]string{}
	}
	in := map[string]any{"sessionName": name, "properties": properties}
	if _, err := c.do(ctx, exchange{op: opening, method: http.MethodPost, path: path, in: in, out: &answer}); err != nil {
		return nil, err
	}
	if !handle.MatchString(answer.Handle) {
		return nil, c.fail(opening, Protocol, "the answer has no session handle")
	}
	s := &Session{client: c, id: answer.Handle, path: path + "/" + url.PathEscape(answer.Handle)}
	beat, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.beats.Go(func() { s.keepAlive(beat) })
	return s, nil
}

// ID is the session's handle.
func (s *Session) ID() string { return s.id }

// keepAlive sends heartbeats. A lost one does not matter: ten fit in the idle time.
func (s *Session) keepAlive(ctx context.Context) {
	tick := time.NewTicker(s.client.opts.HeartbeatInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_, err := s.client.once(ctx, exchange{op: "heartbeat", method: http.MethodPost, path: s.path + "/heartbeat"})
		if Is(err, SessionGone) {
			return // the next statement will say so
		}
	}
}

// Close ends the session on the gateway, also when the context of everything else
// has ended. Closing again is no error, nor is closing a session that is gone.
func (s *Session) Close() error {
	s.closed.Do(func() {
		s.stop()
		s.beats.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		_, err := s.client.once(ctx, exchange{op: "closing a session", method: http.MethodDelete, path: s.path})
		if err != nil && !Is(err, SessionGone) {
			s.err = err
		}
	})
	return s.err
}

// Configure runs one statement that only changes the session: SET, DDL, ADD JAR.
// Unlike Execute it is one round trip, and the gateway refuses everything else.
func (s *Session) Configure(ctx context.Context, statement string) error {
	in := map[string]any{"statement": statement}
	_, err := s.client.do(ctx, exchange{
		op: "configuring a session", method: http.MethodPost, path: s.path + "/configure-session", in: in, timeout: configureTimeout,
	})
	return err
}

// Options returns the session's options as they are in effect.
func (s *Session) Options(ctx context.Context) (map[string]string, error) {
	var answer struct {
		Properties map[string]string `json:"properties"`
	}
	_, err := s.client.do(ctx, exchange{op: "options of a session", method: http.MethodGet, path: s.path, out: &answer})
	return answer.Properties, err
}
