package flinktest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Fault is what happens to requests that match.
type Fault struct {
	// Match chooses requests; nil: all of them.
	Match func(*http.Request) bool
	// Times is how many requests it happens to; 0: all of them.
	Times int
	// Skip lets that many matching requests through first.
	Skip int

	// Delay passes before anything else happens.
	Delay time.Duration
	// Status answers with this status and S3's error document instead of asking the
	// server; Code is the error code in it.
	Status int
	Code   string
	// DropReply lets the server act and then cuts the connection.
	DropReply bool
	// Truncate cuts the connection after so many bytes of the server's answer, -1:
	// after its headers.
	Truncate int
	// Then runs after the server has acted and before its reply is passed on.
	Then func()
}

// FaultProxy is an HTTP proxy that spoils the traffic to one server. It serves S3
// as well as gateways and JobManagers.
type FaultProxy struct {
	URL string

	mu      sync.Mutex
	faults  []*armed
	forward *httputil.ReverseProxy
	log     []string
	mercy   int
	inARow  map[string]int // how often a request was spoiled, with no answer in between
}

type armed struct {
	Fault
	seen, hit int
}

// S3Fault puts a proxy before a server for the length of the test.
func S3Fault(t testing.TB, target string) *FaultProxy {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &FaultProxy{inARow: make(map[string]int), forward: &httputil.ReverseProxy{
		// The signature covers the Host header, so it stays as the client wrote it.
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
			// Else the server's "100 Continue" is passed on, and a recorder takes it for
			// the answer. The client gets its own when its body is read.
			r.Out.Header.Del("Expect")
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	p.URL = s.URL
	return p
}

// Add arms a fault. Faults are tried in the order in which they were added, and
// the first that matches happens.
func (p *FaultProxy) Add(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, &armed{Fault: f})
}

// Mercy answers a request that was spoiled n times in a row, whatever by.
func (p *FaultProxy) Mercy(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mercy = n
}

// Clear disarms all faults.
func (p *FaultProxy) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

// Requests lists what was asked so far: "PUT /bucket/key", "PUT /bucket/key (reply dropped)".
func (p *FaultProxy) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.log...)
}

// ServeHTTP implements http.Handler.
func (p *FaultProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := p.pick(r)
	if f == nil {
		p.forward.ServeHTTP(w, r)
		return
	}
	select {
	case <-time.After(f.Delay):
	case <-r.Context().Done():
		return
	}
	switch {
	case f.Status != 0:
		_, _ = io.Copy(io.Discard, r.Body) // so that the client reads the answer and not a reset
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(f.Status)
		fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>injected</Message></Error>`, f.code())
	case f.DropReply:
		p.forward.ServeHTTP(httptest.NewRecorder(), r)
		f.then()
		panic(http.ErrAbortHandler)
	case f.Truncate != 0:
		p.truncate(w, r, f)
	default:
		rec := httptest.NewRecorder()
		p.forward.ServeHTTP(rec, r)
		f.then()
		copyHeader(w, rec)
		_, _ = w.Write(rec.Body.Bytes())
	}
}

func (p *FaultProxy) truncate(w http.ResponseWriter, r *http.Request, f *armed) {
	rec := httptest.NewRecorder()
	p.forward.ServeHTTP(rec, r)
	f.then()
	copyHeader(w, rec)
	body := rec.Body.Bytes()
	_, _ = w.Write(body[:min(max(0, f.Truncate), len(body))])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func copyHeader(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	for k, v := range rec.Result().Header {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
}

func (p *FaultProxy) pick(r *http.Request) *armed {
	p.mu.Lock()
	defer p.mu.Unlock()
	request := r.Method + " " + r.URL.String()
	line := r.Method + " " + r.URL.Path
	defer func() { p.log = append(p.log, line) }()
	for _, f := range p.faults {
		if f.Match != nil && !f.Match(r) {
			continue
		}
		if p.mercy > 0 && f.spoils() && p.inARow[request] == p.mercy {
			continue
		}
		if f.seen++; f.seen <= f.Skip || f.Times > 0 && f.hit >= f.Times {
			continue
		}
		f.hit++
		if f.spoils() {
			p.inARow[request]++
			line += " (" + f.String() + ")"
			return f
		}
		delete(p.inARow, request)
		return f
	}
	delete(p.inARow, request)
	return nil
}

func (f *armed) then() {
	if f.Then != nil {
		f.Then()
	}
}

// code is the error code that S3 sends with a status.
func (f *armed) code() string {
	if f.Code != "" {
		return f.Code
	}
	switch f.Status {
	case http.StatusConflict:
		return "ConditionalRequestConflict"
	case http.StatusServiceUnavailable:
		return "SlowDown"
	case http.StatusForbidden:
		return "AccessDenied"
	}
	return "InternalError"
}

// Key matches requests by method and by a part of their path. An empty method or
// part matches everything.
func Key(method, part string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return (method == "" || r.Method == method) && strings.Contains(r.URL.Path, part)
	}
}

func (f *armed) spoils() bool { return f.String() != "" }

// String says what the client gets instead of its answer; empty if it gets it.
func (f *armed) String() string {
	switch {
	case f.Status != 0:
		return fmt.Sprintf("answered with %d", f.Status)
	case f.DropReply:
		return "reply dropped"
	case f.Truncate != 0:
		return "reply cut off"
	}
	return ""
}
