package flinkrest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const jobID = "0123456789abcdef0123456789abcdef"

// calls are all methods, so that every one meets every bad server.
var calls = map[string]func(context.Context, *Client) error{
	"Jobs":        func(ctx context.Context, c *Client) error { _, err := c.Jobs(ctx); return err },
	"JobStatus":   func(ctx context.Context, c *Client) error { _, err := c.JobStatus(ctx, jobID); return err },
	"JobDetails":  func(ctx context.Context, c *Client) error { _, err := c.JobDetails(ctx, jobID); return err },
	"Exceptions":  func(ctx context.Context, c *Client) error { _, err := c.Exceptions(ctx, jobID); return err },
	"Checkpoints": func(ctx context.Context, c *Client) error { _, err := c.Checkpoints(ctx, jobID); return err },
	"Cancel":      func(ctx context.Context, c *Client) error { return c.Cancel(ctx, jobID) },
	"StopWithSave": func(ctx context.Context, c *Client) error {
		return c.StopWithSavepoint(ctx, jobID, "file:/x", false, "aa")
	},
	"TriggerSavepoint": func(ctx context.Context, c *Client) error { return c.TriggerSavepoint(ctx, jobID, "file:/x", "aa") },
	"SavepointStatus":  func(ctx context.Context, c *Client) error { _, err := c.SavepointStatus(ctx, jobID, "aa"); return err },
	"TriggerCheckp":    func(ctx context.Context, c *Client) error { return c.TriggerCheckpoint(ctx, jobID) },
	"Dispose":          func(ctx context.Context, c *Client) error { return c.DisposeSavepoint(ctx, "file:/x") },
	"Overview":         func(ctx context.Context, c *Client) error { _, err := c.Overview(ctx); return err },
	"Config":           func(ctx context.Context, c *Client) error { _, err := c.Config(ctx); return err },
	"Instance":         func(ctx context.Context, c *Client) error { _, err := c.Instance(ctx); return err },
	"JobManagerLog":    func(ctx context.Context, c *Client) error { _, err := c.JobManagerLog(ctx, 10); return err },
}

const trace = `{"errors":["Internal server error.","<Exception on server side:\na.b.Outer: outer\n\tat a.B.c(B.java:1)\nCaused by: org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job (x)\n\tat a.B.c(B.java:2)\n\nEnd of exception on server side>"]}`

func TestBadServersGiveClearErrors(t *testing.T) {
	servers := map[string]struct {
		serve http.HandlerFunc
		kind  error
		text  string
	}{
		"unknown job as 500": {answer(500, trace), ErrNotFound, "Could not find Flink job (x)"},
		"unknown job as 404": {answer(404, `{"errors":["org.apache.flink.runtime.rest.NotFoundException: Job x not found\n\tat a.B.c(D)"]}`), ErrNotFound, "Job x not found"},
		"conflict":           {answer(409, `{"errors":["a.B: it has ended"]}`), ErrConflict, "it has ended"},
		"HTML instead":       {answer(404, "<html>nothing here</html>"), ErrProtocol, "404"},
		"bad gateway":        {answer(502, "<html>nginx</html>"), ErrUnavailable, "502"},
		"a redirect":         {redirect, ErrProtocol, "302"},
		"RST in the middle":  {reset, ErrUnavailable, ""},
	}
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(s.serve)
			defer server.Close()
			for method, call := range calls {
				err := call(t.Context(), New(server.URL, Options{}))
				if !errors.Is(err, s.kind) || !strings.Contains(fmt.Sprint(err), s.text) {
					t.Errorf("%s: got %v, want %v with %q", method, err, s.kind, s.text)
				}
				if strings.Contains(fmt.Sprint(err), "B.java") {
					t.Errorf("%s: a stack trace in %q", method, err)
				}
			}
		})
	}
}

// TestLiesAreNotBelieved: a success status with the wrong body. Cancel needs none
// and a log may be anything.
func TestLiesAreNotBelieved(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "HTML": "<html>hello</html>", "null": "null", "number": "7", "string": `"x"`, "wrong types": `{"jobs":7,"status":7,"jid":7,"counts":7,"request-id":7,"exceptionHistory":7,"flink-version":7}`,
		"truncated": `{"jobs":[{"jid":"a"`, "empty object": "{}", "huge": `{"a":"` + strings.Repeat("x", 2000) + `"}`,
		"another job": `{"jid":"ff","state":"RUNNING","status":{"id":"WHATEVER"},"request-id":"bb"}`,
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer(200, body))
			defer server.Close()
			for method, call := range calls {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				err := call(ctx, New(server.URL, Options{MaxAnswer: 1000}))
				cancel()
				switch {
				case method == "Cancel" || method == "JobManagerLog":
				case method == "Jobs" || method == "Exceptions" || method == "Config" || method == "Instance":
					// An empty list is an answer.
				case method == "TriggerCheckp" || method == "Dispose" || !errors.Is(err, ErrProtocol):
					if err == nil {
						t.Errorf("%s believed %q", method, body)
					}
				}
			}
		})
	}
}

func TestASilentServerTimesOut(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(hang)
	_, err := New(server.URL, Options{Timeout: 50 * time.Millisecond}).JobStatus(t.Context(), jobID)
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("got %v", err)
	}
}

func TestCancellationIsReturnedAsItIs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for method, call := range calls {
		if err := call(ctx, New("http://127.0.0.1:1", Options{})); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", method, err)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	l.Close()
	if _, err := New(url, Options{}).Overview(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}

func TestAnIDCannotChangeThePath(t *testing.T) {
	var seen string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { seen = r.RequestURI; answer(404, "")(w, r) }))
	defer server.Close()
	_, _ = New(server.URL+"/prefix/", Options{}).JobStatus(t.Context(), "../../shutdown?x=")
	if want := "/prefix/jobs/..%2F..%2Fshutdown%3Fx=/status"; seen != want {
		t.Errorf("asked for %s, want %s", seen, want)
	}
}

func TestLastBytes(t *testing.T) {
	whole := strings.Repeat("0123456789", 50_000)
	for _, limit := range []int{0, 1, 10, 100_000, len(whole), len(whole) + 1} {
		got, err := lastBytes(strings.NewReader(whole), limit)
		if want := whole[max(0, len(whole)-limit):]; err != nil || string(got) != want {
			t.Errorf("limit %d: %d bytes, %v", limit, len(got), err)
		}
	}
	if _, err := lastBytes(io.MultiReader(strings.NewReader("x"), failing{}), 10); err == nil {
		t.Error("a broken read passed")
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "http://127.0.0.1:1/elsewhere", http.StatusFound)
}

// reset promises more than it sends and cuts the connection.
func reset(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, "{")
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
