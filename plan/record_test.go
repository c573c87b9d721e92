package plan_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan"
)

// update compiles the statements of testdata/queries.sql anew and stores the
// plans in testdata as Flink writes them:
//
//	FLINK_HOME=… go test ./plan -run Recorded -update
var update = flag.Bool("update", false, "record testdata/*.json on the Flink in $FLINK_HOME")

var gateway flinktest.Shared

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(gateway.Run(m))
}

// TestRecordedPlans compiles every query on a real gateway. The plan's canonical
// form must be that of the recorded one, although the ids differ: that is what
// lets the other tests do with the recorded plans.
func TestRecordedPlans(t *testing.T) {
	s := newSession(t)
	tables, queries := readQueries(t)
	for _, ddl := range tables {
		s.execute(ddl)
	}
	for name, query := range queries {
		file := filepath.Join("testdata", name+".json")
		compiled := s.compile(query)
		if *update {
			if err := os.WriteFile(file, compiled, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		recorded, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := parse(t, compiled), parse(t, recorded); !bytes.Equal(got.Canonical(), want.Canonical()) {
			t.Errorf("%s: Flink compiles\n%s\nrecorded is\n%s", name, got.Canonical(), want.Canonical())
		}
	}
}

// TestFlinkTakesOurForms lets Flink load plans in our form, with its ids and with
// ids that are neither small nor in order.
func TestFlinkTakesOurForms(t *testing.T) {
	s := newSession(t)
	for _, file := range recordedFiles(t) {
		p := parseFile(t, file)
		ids := map[int]int{}
		for i, n := range p.Nodes() {
			ids[n.ID] = 1_000_000 - 7*i
		}
		renumbered, err := p.Renumber(ids)
		if err != nil {
			t.Fatal(err)
		}
		for form, content := range map[string][]byte{"canonical": p.Canonical(), "bytes": p.Bytes(), "renumbered": renumbered.Bytes()} {
			path := filepath.Join(t.TempDir(), form+".json")
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			// An existing file is loaded and checked; what follows FOR is not used.
			s.execute("CREATE TABLE IF NOT EXISTS nowhere (x INT) WITH ('connector' = 'blackhole')")
			s.execute(fmt.Sprintf("COMPILE PLAN 'file://%s' IF NOT EXISTS FOR INSERT INTO nowhere VALUES (1)", path))
		}
	}
}

// readQueries reads statements separated by lines of ----; those that begin with
// a comment "-- name" are queries, the others tables.
func readQueries(t *testing.T) (tables []string, queries map[string]string) {
	t.Helper()
	text, err := os.ReadFile("testdata/queries.sql")
	if err != nil {
		t.Fatal(err)
	}
	queries = map[string]string{}
	for _, s := range strings.Split(string(text), "\n----\n") {
		s = strings.TrimSpace(s)
		if name, query, ok := strings.Cut(s, "\n"); ok && strings.HasPrefix(name, "-- ") {
			queries[strings.TrimPrefix(name, "-- ")] = query
		} else {
			tables = append(tables, s)
		}
	}
	return tables, queries
}

func recordedFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded plans: %v", err)
	}
	return files
}

func parseFile(t *testing.T, file string) *plan.Compiled {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, data)
}

func parse(t *testing.T, data []byte) *plan.Compiled {
	t.Helper()
	p, err := plan.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// session is a gateway session, as little of one as these tests need.
type session struct {
	t   *testing.T
	url string
	dir string
	n   int
}

func newSession(t *testing.T) *session {
	t.Helper()
	s := &session{t: t, url: gateway.Get(t).URL + "/v2/sessions", dir: t.TempDir()}
	var opened struct{ SessionHandle string }
	s.call(http.MethodPost, s.url, map[string]any{}, &opened)
	s.url += "/" + opened.SessionHandle
	t.Cleanup(func() { s.call(http.MethodDelete, s.url, nil, nil) })
	return s
}

// compile returns the compiled plan of an INSERT or statement set.
func (s *session) compile(query string) []byte {
	s.t.Helper()
	s.n++
	file := filepath.Join(s.dir, fmt.Sprintf("%d.json", s.n))
	s.execute("COMPILE PLAN 'file://" + file + "' FOR " + query)
	data, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}

func (s *session) execute(statement string) {
	s.t.Helper()
	var operation struct{ OperationHandle string }
	s.call(http.MethodPost, s.url+"/statements", map[string]any{"statement": statement}, &operation)
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		var result struct{ ResultType string }
		s.call(http.MethodGet, s.url+"/operations/"+operation.OperationHandle+"/result/0?rowFormat=JSON", nil, &result)
		if result.ResultType != "NOT_READY" {
			return
		}
		time.Sleep(20 * time.Millisecond) // between polls
	}
	s.t.Fatalf("not done after a minute: %s", statement)
}

func (s *session) call(method, url string, body, answer any) {
	s.t.Helper()
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			s.t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, url, &content)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s %v: %s", method, url, body, rootCause(string(data)))
	}
	if answer != nil {
		if err := json.Unmarshal(data, answer); err != nil {
			s.t.Fatalf("%s: %v", data, err)
		}
	}
}

// failure is the answer of a call that does not succeed.
func (s *session) failure(url string) string {
	s.t.Helper()
	response, err := http.Get(url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

// rootCause is the last cause in an answer that holds a Java stack trace.
func rootCause(answer string) string {
	cause := answer[max(0, strings.LastIndex(answer, "Caused by: ")):]
	cause, _, _ = strings.Cut(cause, `\n\tat`)
	return cause
}
