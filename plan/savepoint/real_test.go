package savepoint_test

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

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/savepoint"
)

// patience for what a JVM does on a busy machine.
const patience = 3 * time.Minute

// TestRealFlink runs a plan on a real Flink, takes a savepoint and a checkpoint of
// it, and compares what they hold with what the plan says.
func TestRealFlink(t *testing.T) {
	backends := []string{"rocksdb"}
	if *update {
		backends = append(backends, "hashmap") // its savepoints are the same, its checkpoints are not
	}
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) { realFlink(t, backend) })
	}
}

func realFlink(t *testing.T, backend string) {
	dir := t.TempDir()
	input := filepath.Join(dir, "input")
	if err := os.MkdirAll(input, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(input, "a.csv"), []byte("1,a\n2,b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf(`CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'datagen', 'rows-per-second' = '20', 'fields.customer.max' = '9');
CREATE TABLE names (customer BIGINT, name STRING) WITH ('connector' = 'filesystem', 'path' = 'file://%s', 'format' = 'csv', 'source.monitor-interval' = '1 s');
CREATE TABLE sums (customer BIGINT, n BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE named (customer BIGINT, name STRING) WITH ('connector' = 'blackhole');
COMPILE AND EXECUTE PLAN 'file://%s/plan.json' FOR STATEMENT SET BEGIN
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders GROUP BY customer;
INSERT INTO named SELECT o.customer, n.name FROM orders o JOIN names n ON o.customer = n.customer;
END;`, input, dir)
	job := flinktest.StandaloneJob(t, script, map[string]string{
		"execution.checkpointing.dir":                               "file://" + dir + "/checkpoints",
		"execution.checkpointing.interval":                          "500 ms",
		"execution.checkpointing.incremental":                       "true",
		"execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
		"execution.checkpointing.data-inline-threshold":             "0",
		"state.backend.type":                                        backend,
	})
	defer job.Stop()
	api := job.URL + "/jobs/" + job.JobID
	var trigger struct {
		ID string `json:"request-id"`
	}
	eventually(t, "a checkpoint", func() error {
		var c struct{ Counts struct{ Completed int } }
		if err := get(api+"/checkpoints", &c); err != nil {
			return err
		}
		if c.Counts.Completed < 2 {
			return fmt.Errorf("%d checkpoints are complete", c.Counts.Completed)
		}
		return nil
	})
	body := fmt.Sprintf(`{"target-directory":"file://%s/savepoints","cancel-job":false}`, dir)
	if err := call(http.MethodPost, api+"/savepoints", body, &trigger); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the savepoint", func() error {
		var s struct {
			Status    struct{ ID string }
			Operation struct{ Location string }
		}
		if err := get(api+"/savepoints/"+trigger.ID, &s); err != nil {
			return err
		}
		if s.Operation.Location == "" {
			return fmt.Errorf("it is %s", s.Status.ID)
		}
		return nil
	})
	job.Stop()

	compiled, err := os.ReadFile(filepath.Join(dir, "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Parse(compiled)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, p, find(t, dir+"/savepoints/*/_metadata"), "savepoint", "savepoint-"+backend)
	compare(t, p, find(t, dir+"/checkpoints/*/chk-*/_metadata"), "checkpoint", "checkpoint-"+backend)
}

// compare checks that a savepoint holds the state of the plan's stateful nodes, and
// no other, and that all the files that it names are there.
func compare(t *testing.T, p *plan.Compiled, file, kind, record string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", record+"_metadata"), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := savepoint.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if v := compat.Judge(p, p).Against(p, s); v.Job != compat.Full || v.AllowNonRestored || compat.Fits(p, p, s, false) != nil {
		t.Errorf("%s: the plan does not fit what was taken of it: %+v", record, v)
	}
	if s.Kind != kind || s.Version != 6 || s.CheckpointID < 1 {
		t.Errorf("%s: %s of version %d with id %d", record, s.Kind, s.Version, s.CheckpointID)
	}
	held := map[string]savepoint.Operator{}
	for _, o := range s.Operators {
		if o.HasState {
			held[o.ID] = o
		}
	}
	for _, n := range p.Nodes() {
		o, ok := held[plan.OperatorID(n.UID())]
		if ok != n.Stateful() {
			t.Errorf("%s: %s (%s): the plan says stateful %v, the savepoint %v", record, n.Description, n.UID(), n.Stateful(), ok)
		}
		if ok && (o.UID != n.UID() || o.Bytes == 0) {
			t.Errorf("%s: %+v", record, o)
		}
		delete(held, plan.OperatorID(n.UID()))
	}
	for _, o := range held {
		t.Errorf("%s: no node explains the state of %+v", record, o)
	}
	for _, f := range s.Files {
		path, absolute := strings.CutPrefix(f, "file:")
		if !absolute {
			path = filepath.Join(filepath.Dir(file), f)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", record, err)
		}
	}
	if len(s.Files) == 0 {
		t.Errorf("%s names no files", record)
	}
}

// find returns the newest file of a pattern.
func find(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing matches %s: %v", pattern, err)
	}
	newest := files[0]
	for _, f := range files {
		if len(f) > len(newest) || len(f) == len(newest) && f > newest {
			newest = f
		}
	}
	return newest
}

func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("waiting for %s: %v", what, err)
}

func get(url string, answer any) error { return call(http.MethodGet, url, "", answer) }

func call(method, url, body string, answer any) error {
	request, err := http.NewRequest(method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s: %s", response.Status, data)
	}
	return json.Unmarshal(data, answer)
}
