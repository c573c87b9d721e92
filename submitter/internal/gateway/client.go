// Package gateway is a client of Flink's SQL Gateway REST API (FLIP-91), versions
// 2 to 4. It knows of sessions, statements and results, and nothing of what they
// are for.
package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// Defaults of Options.
const (
	defaultRequestTimeout    = 30 * time.Second
	defaultStatementTimeout  = 10 * time.Minute
	defaultHeartbeatInterval = time.Minute // a tenth of sql-gateway.session.idle-timeout's default
	defaultMaxResult         = 256 << 20
)

// maxSmallAnswer bounds every answer that is no page of a result, traces included.
const maxSmallAnswer = 16 << 20

// Options change how a Client talks. The zero value is good for a gateway on this
// machine.
type Options struct {
	CAFile   string // PEM; empty: the system's
	CertFile string // client certificate, PEM, with KeyFile
	KeyFile  string
	// Token gives the bearer token; it is asked for every request, so it may change.
	// TokenFile is a file that holds one. At most one of the two.
	Token     func(context.Context) (string, error)
	TokenFile string

	UserAgent         string
	RequestTimeout    time.Duration // of one exchange; 0: 30 s
	StatementTimeout  time.Duration // of one Execute; 0: 10 min
	HeartbeatInterval time.Duration // 0: 1 min
	MaxResult         int64         // bytes of all pages of one result; 0: 256 MiB
}

// Client talks to one SQL Gateway. It is safe for concurrent use.
type Client struct {
	base string
	opts Options
	http *http.Client

	mu      sync.Mutex
	version string // path of the API version agreed on: "/v4"; empty before
}

// New makes a client for the gateway at address, an http or https URL that may
// have a path. It does no I/O but reading the files that opts name.
func New(address string, opts Options) (*Client, error) {
	base, err := checkURL(address)
	if err != nil {
		return nil, err
	}
	if opts.Token != nil && opts.TokenFile != "" {
		return nil, fmt.Errorf("SQL Gateway %s: a token and a token file are given; one is enough", base)
	}
	transport, err := newTransport(opts)
	if err != nil {
		return nil, fmt.Errorf("SQL Gateway %s: %w", base, err)
	}
	setDefaults(&opts)
	return &Client{base: base, opts: opts, http: &http.Client{
		Transport: transport,
		// A redirect could carry statements and token to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func setDefaults(o *Options) {
	if o.RequestTimeout == 0 {
		o.RequestTimeout = defaultRequestTimeout
	}
	if o.StatementTimeout == 0 {
		o.StatementTimeout = defaultStatementTimeout
	}
	if o.HeartbeatInterval == 0 {
		o.HeartbeatInterval = defaultHeartbeatInterval
	}
	if o.MaxResult == 0 {
		o.MaxResult = defaultMaxResult
	}
}

// checkURL refuses addresses with credentials, which would be printed with it.
func checkURL(address string) (string, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "", fmt.Errorf("the SQL Gateway's address is not a URL such as http://localhost:8083")
	case u.User != nil:
		return "", fmt.Errorf("SQL Gateway %s: credentials do not belong in its address; use a token file", u.Redacted())
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", fmt.Errorf("SQL Gateway %q: the address must be a URL such as http://localhost:8083", address)
	case u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Errorf("SQL Gateway %q: the address must end with its path", address)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// URL is the gateway's address.
func (c *Client) URL() string { return c.base }

// exchange is one request: what it is for, and what comes back.
type exchange struct {
	op     string
	method string
	path   string // with the version, see Client.path
	in     any    // nil: no body
	out    any    // nil: the answer does not matter
	limit  int64  // bytes of the answer; 0: maxSmallAnswer
	// timeout of this exchange; 0: Options.RequestTimeout
	timeout time.Duration
}

// do makes one exchange and returns the size of the answer. GETs are repeated
// while nobody answers; so is whatever never left this machine.
func (c *Client) do(ctx context.Context, x exchange) (int64, error) {
	return retry(ctx, func() (int64, error) { return c.once(ctx, x) }, x.method == http.MethodGet)
}

func (c *Client) once(parent context.Context, x exchange) (int64, error) {
	timeout := x.timeout
	if timeout == 0 {
		timeout = c.opts.RequestTimeout
	}
	ctx, cancel := context.WithTimeout(parent, timeout)
	defer cancel()
	req, err := c.request(ctx, x)
	if err != nil {
		return 0, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, c.unavailable(parent, x.op, timeout, err)
	}
	defer resp.Body.Close()
	limit := x.limit
	if limit == 0 || resp.StatusCode != http.StatusOK {
		limit = maxSmallAnswer
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return 0, c.unavailable(parent, x.op, timeout, err)
	case int64(len(body)) > limit:
		return 0, c.fail(x.op, TooLarge, fmt.Sprintf("the answer is larger than the limit of %d bytes", limit))
	case resp.StatusCode != http.StatusOK:
		return 0, c.refused(x.op, resp, body)
	}
	if x.out == nil {
		return int64(len(body)), nil
	}
	if err := json.Unmarshal(body, x.out); err != nil {
		return 0, c.fail(x.op, Protocol, "the answer makes no sense: "+jsonProblem(err))
	}
	return int64(len(body)), nil
}

func (c *Client) request(ctx context.Context, x exchange) (*http.Request, error) {
	var body io.Reader
	if x.in != nil {
		b, err := json.Marshal(x.in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, x.method, c.base+x.path, body)
	if err != nil {
		return nil, c.fail(x.op, Protocol, err.Error())
	}
	if x.in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.opts.UserAgent != "" {
		req.Header.Set("User-Agent", c.opts.UserAgent)
	}
	token, err := c.token(ctx)
	if err != nil {
		return nil, c.fail(x.op, Auth, err.Error())
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

func (c *Client) token(ctx context.Context) (string, error) {
	switch {
	case c.opts.Token != nil:
		return c.opts.Token(ctx)
	case c.opts.TokenFile != "":
		b, err := os.ReadFile(c.opts.TokenFile)
		if err != nil {
			return "", fmt.Errorf("token file: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return "", nil
}
