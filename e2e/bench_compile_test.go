package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"flink-sql-driver/e2e/flinktest"
)

const (
	manifests     = 100
	compileAtOnce = 4 // the submitter's own number
	compileTurns  = 5
)

// compiledScript is a window aggregation like that of the quickstart.
const compiledScript = `CREATE TABLE flights (carrier STRING, flight STRING, origin STRING, dest STRING, dep_delay STRING, time_hour STRING,
  scheduled AS TO_TIMESTAMP(REPLACE(REPLACE(time_hour, 'T', ' '), 'Z', '')),
  WATERMARK FOR scheduled AS scheduled - INTERVAL '1' DAY
) WITH ('connector' = 'filesystem', 'path' = 'file:///in', 'format' = 'csv', 'source.monitor-interval' = '1 s');
CREATE TABLE per_day (departed STRING, carrier STRING, flights BIGINT) WITH ('connector' = 'filesystem', 'path' = 'file:///out', 'format' = 'csv');
INSERT INTO per_day
SELECT DATE_FORMAT(window_start, 'yyyy-MM-dd'), carrier, COUNT(*)
FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(scheduled), INTERVAL '1' DAY))
GROUP BY window_start, window_end, carrier;
`

// BenchmarkCompile compiles manifests through a warm gateway, as a whole command,
// and takes turns with a loop that posts the same statements in as many sessions
// and does nothing else.
func BenchmarkCompile(b *testing.B) {
	const bound = 1.1
	g := flinktest.Gateway(b, flinktest.GatewayOptions{})
	w := newWorld(b)
	for i := range manifests {
		name := fmt.Sprintf("j-%d", i)
		w.write("jobs/"+name+".yaml", "name: "+name+"\nsql: |\n  "+strings.ReplaceAll(compiledScript, "\n", "\n  "))
	}
	if err := os.Mkdir(filepath.Join(w.dir, "plans"), 0o755); err != nil {
		b.Fatal(err)
	}
	ours := func() float64 {
		start := time.Now()
		if r := w.run("compile", "jobs", "--gateway", g.URL, "--output-dir", "plans"); r.code != 0 {
			b.Fatal(r.stderr)
		}
		return time.Since(start).Seconds()
	}
	bare := func() float64 {
		start := time.Now()
		if err := compileBare(g.URL, b.TempDir()); err != nil {
			b.Fatal(err)
		}
		return time.Since(start).Seconds()
	}
	// A planner gets faster with every plan, for a while.
	bare()
	ours()
	bare()
	var mine, theirs []float64
	for b.Loop() {
		for range compileTurns {
			mine = append(mine, ours())
			theirs = append(theirs, bare())
		}
	}
	compare(b, "s", mine, theirs, bound)
}

// compileBare is the loop to compare with.
func compileBare(gateway, dir string) error {
	var group errgroup.Group
	group.SetLimit(compileAtOnce)
	for i := range manifests {
		group.Go(func() error { return compileOne(gateway, filepath.Join(dir, fmt.Sprintf("%d.json", i))) })
	}
	return group.Wait()
}

// compileOne compiles the script in a session of its own.
func compileOne(gateway, file string) error {
	var session struct{ SessionHandle string }
	if err := call(http.MethodPost, gateway+"/v4/sessions", map[string]any{}, &session); err != nil {
		return err
	}
	url := gateway + "/v4/sessions/" + session.SessionHandle
	statements := strings.Split(strings.TrimSuffix(compiledScript, ";\n"), ";\n")
	last := len(statements) - 1
	for _, s := range statements[:last] {
		if err := call(http.MethodPost, url+"/configure-session", map[string]any{"statement": s}, nil); err != nil {
			return err
		}
	}
	var operation struct{ OperationHandle string }
	err := call(http.MethodPost, url+"/statements", map[string]any{"statement": "COMPILE PLAN 'file://" + file + "' FOR " + statements[last]}, &operation)
	if err != nil {
		return err
	}
	var result struct{ ResultType string }
	for result.ResultType == "" || result.ResultType == "NOT_READY" {
		time.Sleep(10 * time.Millisecond)
		if err := call(http.MethodGet, url+"/operations/"+operation.OperationHandle+"/result/0?rowFormat=JSON", nil, &result); err != nil {
			return err
		}
	}
	if _, err := os.ReadFile(file); err != nil {
		return err
	}
	return call(http.MethodDelete, url, nil, nil)
}

// call speaks JSON over HTTP.
func call(method, url string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %.300s", method, url, resp.Status, data)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}
