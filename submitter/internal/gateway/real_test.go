package gateway_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/submitter/internal/gateway"
)

var shared flinktest.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

func client(t *testing.T, url string) *gateway.Client {
	t.Helper()
	c, err := gateway.New(url, gateway.Options{UserAgent: "gateway-test"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t *testing.T, c *gateway.Client, options map[string]string) *gateway.Session {
	t.Helper()
	s, err := c.Open(t.Context(), t.Name(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mustExecute(t *testing.T, s *gateway.Session, statement string) *gateway.Result {
	t.Helper()
	r, err := s.Execute(t.Context(), statement, nil)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return r
}

func TestRealInfo(t *testing.T) {
	info, err := client(t, shared.Get(t).URL).Info(t.Context())
	if err != nil || !strings.HasPrefix(info.Version, "2.") {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestRealSession(t *testing.T) {
	s := open(t, client(t, shared.Get(t).URL), map[string]string{"pipeline.name": "orders"})
	mustExecute(t, s, "SET 'table.exec.state.ttl' = '1 h'")
	if err := s.Configure(t.Context(), "SET 'parallelism.default' = '3'"); err != nil {
		t.Error(err)
	}
	if err := s.Configure(t.Context(), "SELECT 1"); !gateway.Is(err, gateway.SQL) {
		t.Errorf("configuring by a SELECT: %v", err)
	}
	options, err := s.Options(t.Context())
	if err != nil || options["pipeline.name"] != "orders" || options["table.exec.state.ttl"] != "1 h" || options["parallelism.default"] != "3" {
		t.Errorf("%v, %v", options, err)
	}
	mustExecute(t, s, "CREATE TABLE t (a INT NOT NULL, `b c` STRING) WITH ('connector'='datagen')")
	r := mustExecute(t, s, "DESCRIBE t")
	if len(r.Rows) != 2 || r.Rows[1].Text(r.Index("name")) != "b c" || r.Rows[0].Text(r.Index("null")) != "false" {
		t.Errorf("%+v", r)
	}
}

func TestRealErrors(t *testing.T) {
	s := open(t, client(t, shared.Get(t).URL), nil)
	mustExecute(t, s, "CREATE TABLE src (a INT, b STRING) WITH ('connector'='datagen')")
	for statement, want := range map[string]string{
		"SELECT a,\n  idx FROM src":              "Column 'idx' not found in any table (line 2, column 3)",
		"SELECT a FROM nope":                     "Object 'nope' not found (line 1, column 15)",
		"SELECT a,, b FROM src":                  `Encountered "," (line 1, column 10)`,
		"SELECT a FROM src WHERE":                `Encountered "<EOF>" (line 1, column 23)`,
		"CREATE TABLE y (a INTE)":                "Unknown identifier 'INTE' (line 1, column 19)",
		"ADD JAR 'file:///nope.jar'":             "jar or artifact resource [file:/nope.jar] not found.",
		"SELECT 1; SELECT 2":                     "",
		"SELECT a + b FROM src":                  "Cannot apply '+' to arguments of type '<INTEGER> + <VARCHAR(2147483647)>'. Supported form(s): '<NUMERIC> + <NUMERIC>' (line 1, column 8)",
		strings.Repeat("(", 9):                   "",
		"EXPLAIN SELECT '" + "\x00\u2028" + "é'": "-",
	} {
		_, err := s.Execute(t.Context(), statement, nil)
		if want == "-" {
			continue // whatever Flink says, it says it in time
		}
		if !gateway.Is(err, gateway.SQL) || want != "" && err.Error() != want {
			t.Errorf("%.40s: %v, want %s", statement, err, want)
		}
		var e *gateway.Error
		if errors.As(err, &e) && (e.Trace == "" || strings.Contains(e.Error(), "\n")) {
			t.Errorf("%.40s: %q", statement, e.Error())
		}
	}
	mustExecute(t, s, "SHOW TABLES") // the session is none the worse
}

func TestRealRows(t *testing.T) {
	s := open(t, client(t, shared.Get(t).URL), map[string]string{"execution.target": "local", "execution.runtime-mode": "batch"})
	r := mustExecute(t, s, "SELECT * FROM (VALUES (1, 'a''b', CAST(NULL AS STRING)), (2, 'é\n', 'x')) AS v (n, s, z) ORDER BY n")
	if len(r.Rows) != 2 || r.Rows[0].Text(1) != "a'b" || r.Rows[0].Text(2) != "" || r.Rows[1].Text(1) != "é\n" || r.Columns[2].Name != "z" || !r.IsQuery {
		t.Errorf("%+v", r)
	}
}

// TestRealCancel: a query that never ends is ended on the gateway too, so that the
// session, which runs one statement at a time, takes the next one.
func TestRealCancel(t *testing.T) {
	s := open(t, client(t, shared.Get(t).URL), map[string]string{"execution.target": "local"})
	mustExecute(t, s, "CREATE TABLE src (a INT) WITH ('connector'='datagen','rows-per-second'='1')")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if _, err := s.Execute(ctx, "SELECT a FROM src", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	mustExecute(t, s, "SHOW TABLES")
}

func TestRealSessionGone(t *testing.T) {
	c := client(t, shared.Get(t).URL)
	s := open(t, c, nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Execute(t.Context(), "SHOW TABLES", nil); !gateway.Is(err, gateway.SessionGone) {
		t.Errorf("got %v", err)
	}
}

// TestRealDeath: killed in the middle of a statement, paused, restarted.
func TestRealDeath(t *testing.T) {
	g := flinktest.Gateway(t, flinktest.GatewayOptions{})
	s := open(t, client(t, g.URL), map[string]string{"execution.target": "local"})
	mustExecute(t, s, "CREATE TABLE src (a INT) WITH ('connector'='datagen','rows-per-second'='1')")
	done := make(chan error, 1)
	go func() {
		_, err := s.Execute(t.Context(), "SELECT a FROM src", nil)
		done <- err
	}()
	time.Sleep(500 * time.Millisecond) // into the statement; any moment will do
	g.Kill()
	if err := <-done; !gateway.Is(err, gateway.Unavailable) {
		t.Errorf("killed: %v", err)
	}
	if err := g.Restart(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Execute(t.Context(), "SHOW TABLES", nil); !gateway.Is(err, gateway.SessionGone) {
		t.Errorf("restarted: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing a session that is gone: %v", err)
	}
	if err := g.Pause(); err != nil {
		t.Fatal(err)
	}
	defer g.Resume()
	impatient, err := gateway.New(g.URL, gateway.Options{RequestTimeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := impatient.Info(t.Context()); !gateway.Is(err, gateway.Unavailable) || !strings.Contains(err.Error(), "no answer within 2s") {
		t.Errorf("paused: %v", err)
	}
}
