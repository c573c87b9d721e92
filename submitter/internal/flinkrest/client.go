// Package flinkrest is a client of the JobManager's REST API, of the part that
// deploying a job needs. It never retries: its callers poll, and know whether
// asking twice is safe.
package flinkrest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	defaultTimeout = 15 * time.Second
	// defaultMaxAnswer is far above a job of thousands of vertices.
	defaultMaxAnswer = 64 << 20
)

// Options change how a Client talks. The zero value is good.
type Options struct {
	// Transport carries the requests: TLS, credentials, a Kubernetes API server's
	// service proxy. Nil: http.DefaultTransport.
	Transport http.RoundTripper
	Timeout   time.Duration // of one exchange; 0: 15 s
	MaxAnswer int64         // bytes of one answer; 0: 64 MiB
	UserAgent string
}

// Client talks to one JobManager. It is safe for concurrent use.
type Client struct {
	base string
	opts Options
	http *http.Client
}

// New makes a client for the REST API at baseURL, which may have a path. It does
// no I/O.
func New(baseURL string, opts Options) *Client {
	if opts.Timeout == 0 {
		opts.Timeout = defaultTimeout
	}
	if opts.MaxAnswer == 0 {
		opts.MaxAnswer = defaultMaxAnswer
	}
	return &Client{
		base: strings.TrimRight(baseURL, "/"),
		opts: opts,
		http: &http.Client{
			Transport: opts.Transport,
			// A redirect would carry credentials elsewhere; Flink sends none.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// URL is where the client sends its requests; Flink's web UI is there too.
func (c *Client) URL() string { return c.base }

// call makes one request and decodes the JSON answer into out, which may be nil.
func (c *Client) call(ctx context.Context, op, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	resp, err := c.send(ctx, op, method, path, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxAnswer+1))
	if err != nil {
		return c.unavailable(ctx, op, err)
	}
	if int64(len(body)) > c.opts.MaxAnswer {
		return c.fail(op, ErrProtocol, fmt.Sprintf("the answer is longer than %d bytes", c.opts.MaxAnswer))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return c.refused(op, resp, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return c.fail(op, ErrProtocol, "not the answer of a JobManager: "+err.Error())
	}
	return nil
}

func (c *Client) send(ctx context.Context, op, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, c.fail(op, ErrProtocol, err.Error())
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.opts.UserAgent != "" {
		req.Header.Set("User-Agent", c.opts.UserAgent)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unavailable(ctx, op, err)
	}
	return resp, nil
}

// escape makes an id of unknown origin one path element.
func escape(id string) string { return url.PathEscape(id) }
