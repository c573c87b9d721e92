package cmd_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// folder is an empty working directory of a machine that has a Flink.
func folder(t *testing.T) {
	t.Helper()
	t.Setenv("FLINK_HOME", flinktest.Home(t))
	t.Chdir(t.TempDir())
}

// What answers at the gateway's address is something else: exit 1 and what was
// found there, and no Java.
func TestNoGateway(t *testing.T) {
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"a web page":       {answer(200, "text/html", "<html><body>Welcome to nginx!</body></html>"), ""},
		"not found":        {answer(404, "text/plain", "404 page not found"), ""},
		"another program":  {answer(200, "application/json", `{"status":"ok"}`), ""},
		"a JobManager":     {answer(200, "application/json", `{"refresh-interval":3000,"flink-version":"2.3.0"}`), ""},
		"no right":         {answer(401, "text/plain", "who are you?"), ""},
		"an endless page":  {func(w http.ResponseWriter, r *http.Request) { flood(w, r) }, ""},
		"broken JSON":      {answer(200, "application/json", `{"productName":"Apache Flink","vers`), ""},
		"another database": {answer(200, "application/json", `{"productName":"Trino","version":"440"}`), ""},
		"an old Flink":     {answer(200, "application/json", `{"productName":"Apache Flink","version":"1.16.3"}`), ""},
		"no answer at all": {func(w http.ResponseWriter, _ *http.Request) { hangUp(w) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder(t)
			write(t, "good.yaml", goodJob)
			server := httptest.NewServer(c.handler)
			defer server.Close()
			start := time.Now()
			r := try(t.Context(), "apply", "good.yaml", "--gateway", server.URL, "--dry-run")
			if r.code != 1 || r.out != "" || !strings.Contains(r.stderr, server.URL) || strings.Contains(r.stderr, "\tat ") {
				t.Errorf("exit %d, stdout %q, stderr %q", r.code, r.out, r.stderr)
			}
			const screen = 2 << 10
			if len(r.stderr) > screen || time.Since(start) > quick {
				t.Errorf("%d bytes after %v", len(r.stderr), time.Since(start))
			}
			t.Log(strings.TrimSpace(r.stderr))
			// Nothing was begun.
			if r := try(t.Context(), "status", "-o", "json"); !strings.Contains(r.out, `"jobs": []`) {
				t.Errorf("status: %s", r.out)
			}
		})
	}
}

func flood(w http.ResponseWriter, r *http.Request) {
	block := strings.Repeat("x", 1<<16)
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, block); err != nil {
			return
		}
	}
}

func hangUp(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

// spy passes everything on to the real gateway, but holds the first COMPILE PLAN
// until it is let go, and counts sessions.
type spy struct {
	proxy          *httputil.ReverseProxy
	opened, closed atomic.Int32
	compiling      chan struct{} // closed when a COMPILE PLAN has come
	once           sync.Once
}

func newSpy(t *testing.T, backend string) *spy {
	u, err := url.Parse(backend)
	if err != nil {
		t.Fatal(err)
	}
	return &spy{proxy: httputil.NewSingleHostReverseProxy(u), compiling: make(chan struct{})}
}

func (s *spy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/statements") {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if strings.Contains(string(body), "COMPILE PLAN") {
			s.once.Do(func() { close(s.compiling) })
			<-r.Context().Done()
			return
		}
	}
	s.proxy.ServeHTTP(w, r)
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/sessions"):
		s.opened.Add(1)
	case r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/sessions/"):
		s.closed.Add(1)
	}
}

// Ctrl-C while the gateway compiles: exit 130 at once, every session closed, and
// nothing begun.
func TestInterruptedWhileCompiling(t *testing.T) {
	folder(t)
	write(t, "good.yaml", goodJob)
	s := newSpy(t, gateway.Get(t).URL)
	server := httptest.NewServer(s)
	defer server.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	done := make(chan result, 1)
	go func() { done <- try(ctx, "apply", "good.yaml", "--gateway", server.URL) }()
	select {
	case <-s.compiling:
	case r := <-done:
		t.Fatalf("it ended before it compiled: %+v", r)
	}
	interrupt()
	select {
	case r := <-done:
		if r.code != 130 || r.out != "" || !strings.Contains(r.stderr, "interrupted") {
			t.Errorf("%+v", r)
		}
	case <-time.After(quick):
		t.Fatal("it does not end")
	}
	if s.opened.Load() == 0 || s.opened.Load() != s.closed.Load() {
		t.Errorf("%d sessions opened, %d closed", s.opened.Load(), s.closed.Load())
	}
	if r := try(t.Context(), "status", "-o", "json"); !strings.Contains(r.out, `"jobs": []`) {
		t.Errorf("status: %s", r.out)
	}
}

// apply --dry-run on a real gateway, with flags on either side, prints what it
// would do and does nothing.
func TestDryRun(t *testing.T) {
	folder(t)
	write(t, "manifests/good.yaml", goodJob)
	url := gateway.Get(t).URL
	for _, args := range [][]string{
		{"apply", "manifests/", "--dry-run", "--gateway", url},
		{"apply", "--dry-run", "--gateway", url, "manifests/"},
		{"deploy", "--gateway=" + url, "--path", "manifests/", "--dry-run"},
		{"diff", "manifests/", "--gateway", url},
	} {
		if r := try(t.Context(), args...); r.code != 0 || !strings.HasPrefix(r.out, "good: launch (new)\n  starts from: nothing") {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if r := try(t.Context(), "diff", "manifests/", "--gateway", url, "--exit-code"); r.code != 6 || strings.Count(r.stderr, "\n") != 1 || !strings.HasPrefix(r.stderr, "store: file://") {
		t.Errorf("--exit-code: %+v", r)
	}
	r := try(t.Context(), "diff", "manifests/", "--gateway", url, "-o", "json", "--approve", "3f9c0a12d4e5")
	if r.code != 0 || !strings.Contains(r.out, `"action": "launch"`) || !strings.Contains(r.stderr, "warning: --approve 3f9c0a12d4e5 approves no change that is pending") {
		t.Errorf("json: %+v", r)
	}
	// One wrong manifest stops all, unless --keep-going leaves it out.
	write(t, "manifests/wrong.yaml", "name: wrong\n")
	if r := try(t.Context(), "diff", "manifests/", "--gateway", url); r.code != 2 || r.out != "" {
		t.Errorf("a wrong one: %+v", r)
	}
	if r := try(t.Context(), "diff", "manifests/", "--gateway", url, "--keep-going"); r.code != 4 || !strings.HasPrefix(r.out, "good: launch (new)") ||
		!strings.Contains(r.stderr, "manifests/wrong.yaml:1:") {
		t.Errorf("--keep-going: %+v", r)
	}
	if err := os.Remove("manifests/wrong.yaml"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(".flink-sql/store"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a dry run made a store: %v", err)
	}
	if r := try(t.Context(), "compile", "manifests/", "--gateway", url); r.code != 0 || !strings.HasPrefix(r.out, `{"edges":`) {
		t.Errorf("compile: %+v", r)
	}
	if r := try(t.Context(), "status", "-o", "json"); !strings.Contains(r.out, `"jobs": []`) {
		t.Errorf("status: %s", r.out)
	}
	if r := try(t.Context(), "doctor", "--gateway", url); !strings.Contains(r.out, "ok    SQL Gateway") {
		t.Errorf("doctor: %+v", r)
	}
}

// What only the planner knows is an error at the manifest's line, without Java's
// trace unless that is asked for.
func TestSQLThatIsWrong(t *testing.T) {
	folder(t)
	write(t, "bad.yaml", "name: bad\nsql: |\n  CREATE TABLE x (a INT) WITH ('connector' = 'blackhole');\n  INSERT INTO x SELECT nothing FROM x;\n")
	url := gateway.Get(t).URL
	r := try(t.Context(), "apply", "bad.yaml", "--gateway", url)
	if r.code != 2 || r.out != "" || !strings.Contains(r.stderr, "bad.yaml:4:") || strings.Contains(r.stderr, "\tat ") {
		t.Errorf("%+v", r)
	}
	if v := try(t.Context(), "apply", "bad.yaml", "--gateway", url, "-v"); !strings.Contains(v.stderr, "\tat ") {
		t.Errorf("-v has no trace: %q", v.stderr)
	}
}

// A gateway of another Flink is asked who it is, and for nothing else.
func TestGatewayOfAnotherVersion(t *testing.T) {
	folder(t)
	write(t, "good.yaml", "flink-version: 2.3\n"+goodJob)
	var others atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/info" {
			others.Add(1)
			w.WriteHeader(http.StatusInternalServerError)
		}
		io.WriteString(w, `{"productName":"Apache Flink","version":"1.16.3"}`)
	}))
	defer server.Close()
	for _, args := range [][]string{{"apply"}, {"compile"}} {
		r := try(t.Context(), append(args, "good.yaml", "--gateway", server.URL)...)
		if r.code != 2 || r.out != "" || !strings.Contains(r.stderr, "good.yaml:1:1: flink-version: the job wants Flink 2.3 and the gateway at "+server.URL+" is 1.16.3") {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", args, r.code, r.out, r.stderr)
		}
	}
	if n := others.Load(); n > 0 {
		t.Errorf("%d other requests", n)
	}
}
