package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	sessionID   = "11111111-1111-1111-1111-111111111111"
	operationID = "22222222-2222-2222-2222-222222222222"
	resultPath  = "/v4/sessions/" + sessionID + "/operations/" + operationID + "/result/"
)

// liar answers as a gateway does, but for what a test replaces.
type liar struct {
	handlers map[string]http.HandlerFunc // "POST /v4/sessions"
	cancels  atomic.Int32
	closes   atomic.Int32 // of operations
	ends     atomic.Int32 // of sessions
	beats    atomic.Int32
}

func newLiar(t *testing.T, opts Options, replace map[string]http.HandlerFunc) (*Client, *liar) {
	t.Helper()
	l := &liar{handlers: map[string]http.HandlerFunc{
		"GET /v1/api_versions": answer(200, `{"versions":["V1","V2","V3","V4"]}`),
		"GET /v1/info":         answer(200, `{"productName":"Apache Flink","version":"2.3.0"}`),
		"POST /v4/sessions":    answer(200, `{"sessionHandle":"`+sessionID+`"}`),
		"DELETE /v4/sessions/" + sessionID: func(w http.ResponseWriter, r *http.Request) {
			l := w.(*recorder).liar
			l.ends.Add(1)
			answer(200, `{"status":"CLOSED"}`)(w, r)
		},
		"POST /v4/sessions/" + sessionID + "/statements": answer(200, `{"operationHandle":"`+operationID+`"}`),
		"GET " + resultPath + "0":                        answer(200, `{"resultType":"EOS","results":{"columns":[],"data":[]}}`),
	}}
	for k, v := range replace {
		l.handlers[k] = v
	}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	c, err := New(server.URL, opts)
	if err != nil {
		t.Fatal(err)
	}
	return c, l
}

type recorder struct {
	http.ResponseWriter
	liar *liar
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/cancel"):
		l.cancels.Add(1)
	case strings.HasSuffix(r.URL.Path, "/close"):
		l.closes.Add(1)
	case strings.HasSuffix(r.URL.Path, "/heartbeat"):
		l.beats.Add(1)
	}
	h := l.handlers[r.Method+" "+r.URL.Path]
	if h == nil {
		h = answer(200, "{}")
	}
	h(&recorder{w, l}, r)
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// broken sends half an answer and breaks the connection.
func broken(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"a":`)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func hang(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func endless(w http.ResponseWriter, r *http.Request) {
	chunk := []byte(strings.Repeat(" ", 1<<16))
	for r.Context().Err() == nil {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func execute(ctx context.Context, c *Client) (*Result, error) {
	s, err := c.Open(ctx, "test", nil)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Execute(ctx, "SELECT 1", nil)
}

func TestWhatIsNoGateway(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"HTML":             answer(200, "<html>welcome</html>"),
		"another product":  answer(200, `{"productName":"Apache Spark","version":"4.0"}`),
		"a JobManager":     answer(404, `{"errors":["Not found: /v1/info"]}`),
		"wrong types":      answer(200, `{"productName":7}`),
		"null":             answer(200, "null"),
		"404 page":         answer(404, "<html>no</html>"),
		"endless":          endless,
		"redirect to here": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newLiar(t, Options{}, map[string]http.HandlerFunc{"GET /v1/info": h})
			_, err := c.Info(t.Context())
			if !Is(err, NotAGateway) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestVersions(t *testing.T) {
	for offered, want := range map[string]string{`["V1","V2"]`: "/v2/x", `["V2","V3","V4","V5"]`: "/v4/x", `["V3","V1"]`: "/v3/x"} {
		c, _ := newLiar(t, Options{}, map[string]http.HandlerFunc{"GET /v1/api_versions": answer(200, `{"versions":`+offered+`}`)})
		if got, err := c.path(t.Context(), "/x"); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", offered, got, err, want)
		}
	}
	for _, offered := range []string{`["V1"]`, `["V9"]`, `[]`} {
		c, _ := newLiar(t, Options{}, map[string]http.HandlerFunc{"GET /v1/api_versions": answer(200, `{"versions":`+offered+`}`)})
		if _, err := c.path(t.Context(), "/x"); !Is(err, NotAGateway) {
			t.Errorf("%s: %v", offered, err)
		}
	}
}

// TestResultsThatLie: every one is an error of the kind Protocol.
func TestResultsThatLie(t *testing.T) {
	next := func(token string) string { return `"nextResultUri":"` + resultPath + token + `?rowFormat=JSON"` }
	for name, body := range map[string]string{
		"HTML":                 "<html>",
		"empty":                "",
		"unknown type":         `{"resultType":"MAYBE"}`,
		"wrong types":          `{"resultType":"PAYLOAD","results":{"columns":7}}`,
		"data is a string":     `{"resultType":"EOS","results":{"columns":[],"data":"x"}}`,
		"short row":            `{"resultType":"EOS","results":{"columns":[{"name":"a"}],"data":[{"fields":[]}]}}`,
		"page names itself":    `{"resultType":"PAYLOAD",` + next("0") + `}`,
		"page skips":           `{"resultType":"PAYLOAD",` + next("2") + `}`,
		"token too large":      `{"resultType":"PAYLOAD",` + next("99999999999999999999") + `}`,
		"no next page":         `{"resultType":"PAYLOAD"}`,
		"not ready, no next":   `{"resultType":"NOT_READY"}`,
		"not ready, next page": `{"resultType":"NOT_READY",` + next("1") + `}`,
		"another session":      `{"resultType":"PAYLOAD","nextResultUri":"/v4/sessions/x/operations/` + operationID + `/result/1"}`,
		"another operation":    `{"resultType":"PAYLOAD","nextResultUri":"/v4/sessions/` + sessionID + `/operations/x/result/1"}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, l := newLiar(t, Options{}, map[string]http.HandlerFunc{"GET " + resultPath + "0": answer(200, body)})
			_, err := execute(t.Context(), c)
			if !Is(err, Protocol) {
				t.Errorf("got %v", err)
			}
			if l.closes.Load() != 1 || l.ends.Load() != 1 {
				t.Errorf("%d operations and %d sessions closed, want one each", l.closes.Load(), l.ends.Load())
			}
		})
	}
}

func TestNextPageNeverLeadsElsewhere(t *testing.T) {
	c, _ := newLiar(t, Options{}, map[string]http.HandlerFunc{
		"GET " + resultPath + "0": answer(200, `{"resultType":"PAYLOAD","nextResultUri":"http://127.0.0.1:1`+resultPath+`1?rowFormat=JSON"}`),
		"GET " + resultPath + "1": answer(200, `{"resultType":"EOS"}`),
	})
	if _, err := execute(t.Context(), c); err != nil {
		t.Error(err)
	}
}

func TestHandlesThatAreNone(t *testing.T) {
	for path, body := range map[string]string{
		"POST /v4/sessions": `{"sessionHandle":"../../x"}`,
		"POST /v4/sessions/" + sessionID + "/statements": `{"operationHandle":7}`,
	} {
		c, _ := newLiar(t, Options{}, map[string]http.HandlerFunc{path: answer(200, body)})
		if _, err := execute(t.Context(), c); !Is(err, Protocol) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestHugeResults(t *testing.T) {
	page := `{"resultType":"PAYLOAD","nextResultUri":"` + resultPath + `%d","results":{"columns":[{"name":"a"}],"data":[{"fields":["` + strings.Repeat("x", 1000) + `"]}]}}`
	handlers := map[string]http.HandlerFunc{}
	for i := range 100 {
		handlers[fmt.Sprintf("GET %s%d", resultPath, i)] = answer(200, fmt.Sprintf(page, i+1))
	}
	c, _ := newLiar(t, Options{MaxResult: 20_000}, handlers)
	if _, err := execute(t.Context(), c); !Is(err, TooLarge) {
		t.Errorf("many pages: %v", err)
	}
	c, _ = newLiar(t, Options{MaxResult: 20_000}, map[string]http.HandlerFunc{"GET " + resultPath + "0": endless})
	if _, err := execute(t.Context(), c); !Is(err, TooLarge) {
		t.Errorf("one endless page: %v", err)
	}
}

func TestEndlessNotReady(t *testing.T) {
	notReady := map[string]http.HandlerFunc{"GET " + resultPath + "0": answer(200, `{"resultType":"NOT_READY","nextResultUri":"`+resultPath+`0"}`)}
	t.Run("the statement's time limit", func(t *testing.T) {
		c, l := newLiar(t, Options{StatementTimeout: 200 * time.Millisecond}, notReady)
		if _, err := execute(t.Context(), c); !Is(err, Unavailable) || !strings.Contains(err.Error(), "no result within 200ms") {
			t.Errorf("got %v", err)
		}
		cleanedUp(t, l)
	})
	t.Run("the caller's patience", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var asked atomic.Int32
		c, l := newLiar(t, Options{}, map[string]http.HandlerFunc{"GET " + resultPath + "0": func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) == 3 {
				cancel()
			}
			notReady["GET "+resultPath+"0"](w, r)
		}})
		if _, err := execute(ctx, c); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		cleanedUp(t, l)
	})
}

func cleanedUp(t *testing.T, l *liar) {
	t.Helper()
	if l.cancels.Load() != 1 || l.closes.Load() != 1 || l.ends.Load() != 1 {
		t.Errorf("cancelled %d and closed %d operations and %d sessions, want one each", l.cancels.Load(), l.closes.Load(), l.ends.Load())
	}
}

func TestSlowAndDyingServers(t *testing.T) {
	for name, tt := range map[string]struct {
		path string
		h    http.HandlerFunc
		kind Kind
	}{
		"hanging open":        {"POST /v4/sessions", hang, Unavailable},
		"hanging statement":   {"POST /v4/sessions/" + sessionID + "/statements", hang, Unavailable},
		"hanging result":      {"GET " + resultPath + "0", hang, Unavailable},
		"close that fails":    {"DELETE /v4/sessions/" + sessionID, answer(500, "x"), ""},
		"broken result":       {"GET " + resultPath + "0", broken, Unavailable},
		"broken statement":    {"POST /v4/sessions/" + sessionID + "/statements", broken, Unavailable},
		"503 from a proxy":    {"GET " + resultPath + "0", answer(503, "<html>"), Unavailable},
		"401":                 {"POST /v4/sessions", answer(401, ""), Auth},
		"403 with a document": {"POST /v4/sessions", answer(403, "<html>"), Auth},
		"500 with HTML":       {"GET " + resultPath + "0", answer(500, "<html>"), Protocol},
		"session gone":        {"POST /v4/sessions/" + sessionID + "/statements", answer(500, `{"errors":["Internal server error.","a.B: x\n\tat a\nCaused by: a.C: Session '11' does not exist."]}`), SessionGone},
		"500 with no reason":  {"GET " + resultPath + "0", answer(500, `{"errors":["Internal server error."]}`), Protocol},
		"out of memory":       {"GET " + resultPath + "0", answer(500, `{"errors":["java.lang.OutOfMemoryError: Java heap space"]}`), Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			opts := Options{}
			if strings.HasPrefix(name, "hanging") {
				opts.RequestTimeout = 150 * time.Millisecond
			}
			c, _ := newLiar(t, opts, map[string]http.HandlerFunc{tt.path: tt.h})
			_, err := execute(t.Context(), c)
			if tt.kind == "" && err != nil || tt.kind != "" && !Is(err, tt.kind) {
				t.Errorf("got %v, want kind %q", err, tt.kind)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

// A session that the gateway refuses is no statement's fault: the error names the
// gateway and what was attempted.
func TestRefusedSession(t *testing.T) {
	for _, body := range []string{`{"errors":["Internal server error."]}`, `{"errors":["Internal server error.","java.lang.IllegalStateException: no more sessions\n\tat x.Y"]}`} {
		c, _ := newLiar(t, Options{}, map[string]http.HandlerFunc{"POST /v4/sessions": answer(500, body)})
		_, err := execute(t.Context(), c)
		if err == nil || !strings.HasPrefix(err.Error(), "SQL Gateway at "+c.URL()+": opening a session: ") || strings.Contains(err.Error(), "Internal server error.") {
			t.Errorf("%v", err)
		}
	}
}

func TestOnlyGETsAreRepeated(t *testing.T) {
	var posts, gets atomic.Int32
	c, _ := newLiar(t, Options{}, map[string]http.HandlerFunc{
		"POST /v4/sessions/" + sessionID + "/statements": func(w http.ResponseWriter, r *http.Request) {
			posts.Add(1)
			answer(200, `{"operationHandle":"`+operationID+`"}`)(w, r)
		},
		"GET " + resultPath + "0": func(w http.ResponseWriter, r *http.Request) {
			if gets.Add(1) < 3 {
				broken(w, r)
			}
			answer(200, `{"resultType":"EOS"}`)(w, r)
		},
	})
	if _, err := execute(t.Context(), c); err != nil || gets.Load() != 3 || posts.Load() != 1 {
		t.Errorf("%d GETs, %d POSTs, %v", gets.Load(), posts.Load(), err)
	}
	posts.Store(0)
	c, _ = newLiar(t, Options{}, map[string]http.HandlerFunc{
		"POST /v4/sessions/" + sessionID + "/statements": func(w http.ResponseWriter, r *http.Request) { posts.Add(1); broken(w, r) },
	})
	if _, err := execute(t.Context(), c); !Is(err, Unavailable) || posts.Load() != 1 {
		t.Errorf("%d POSTs, %v", posts.Load(), err)
	}
}

func TestOpenThatIsGivenUpIsStillClosed(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	c, l := newLiar(t, Options{}, map[string]http.HandlerFunc{
		"POST /v4/sessions": func(w http.ResponseWriter, r *http.Request) {
			close(arrived)
			<-release
			answer(200, `{"sessionHandle":"`+sessionID+`"}`)(w, r)
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := c.Open(ctx, "test", nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	close(release)
	eventually(t, "the session is closed", func() bool { return l.ends.Load() == 1 })
}

func TestHeartbeats(t *testing.T) {
	c, l := newLiar(t, Options{HeartbeatInterval: 5 * time.Millisecond}, nil)
	s, err := c.Open(t.Context(), "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "three heartbeats", func() bool { return l.beats.Load() >= 3 })
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	beats := l.beats.Load()
	if l.ends.Load() != 1 {
		t.Errorf("closed %d times", l.ends.Load())
	}
	if l.beats.Load() != beats {
		t.Error("a heartbeat after the end")
	}
}

func TestTokenGoesIntoTheHeaderOnly(t *testing.T) {
	var header, uri string
	c, _ := newLiar(t, Options{UserAgent: "test/1", Token: func(context.Context) (string, error) { return "s3cret", nil }}, map[string]http.HandlerFunc{
		"GET /v1/info": func(w http.ResponseWriter, r *http.Request) {
			header, uri = r.Header.Get("Authorization")+" "+r.UserAgent(), r.RequestURI
			answer(401, "no")(w, r)
		},
	})
	_, err := c.Info(t.Context())
	if !Is(err, Auth) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
	if header != "Bearer s3cret test/1" || strings.Contains(uri, "s3cret") {
		t.Errorf("header %q, URI %q", header, uri)
	}
}

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"", "localhost:8083", "ftp://h", "http://", "http://h?x=1", "http://h#x", "http://user:s3cret@h", "http://%zz"} {
		_, err := New(bad, Options{})
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if c, err := New("https://h:1/prefix/", Options{}); err != nil || c.URL() != "https://h:1/prefix" {
		t.Errorf("%v", err)
	}
	for _, bad := range []Options{{CAFile: "/nonexistent"}, {CAFile: "/dev/null"}, {CertFile: "/nonexistent"},
		{TokenFile: "x", Token: func(context.Context) (string, error) { return "", nil }}} {
		if _, err := New("http://h", bad); err == nil {
			t.Errorf("%+v passed", bad)
		}
	}
}

func TestRowText(t *testing.T) {
	r := Row{Fields: []json.RawMessage{[]byte(`"a\"b"`), []byte("null"), []byte("1.50"), []byte("true"), []byte(`{"x":1}`)}}
	for i, want := range []string{`a"b`, "", "1.50", "true", `{"x":1}`, ""} {
		if got := r.Text(i); got != want {
			t.Errorf("field %d: %q, want %q", i, got, want)
		}
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
