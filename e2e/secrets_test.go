package e2e

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// secretTables has a password in the options of a table.
const secretTables = `CREATE TABLE files (
  y INT, m INT, d INT, dep_time STRING, sdt STRING, dep_delay STRING, arr_time STRING, sat STRING, arr_delay STRING,
  carrier STRING, flight STRING, tailnum STRING, origin STRING, dest STRING, air_time STRING, distance STRING, h STRING, mi STRING,
  time_hour STRING
) WITH ('connector' = 'filesystem', 'path' = 's3://test/in', 'format' = 'csv', 'source.monitor-interval' = '200 ms');
CREATE TABLE topic (carrier STRING, flight STRING) WITH (
  'connector' = 'kafka', 'topic' = 'flights', 'properties.bootstrap.servers' = '${env:KAFKA}', 'format' = 'json',
  'properties.security.protocol' = 'SASL_PLAINTEXT', 'properties.sasl.mechanism' = 'PLAIN',
  'properties.sasl.jaas.config' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.plain.PlainLoginModule required username="flink" password="${secret:KAFKA_PASSWORD}";');
`

// secretJob has one in the options of its cluster besides.
const secretJob = `name: safe
table-definitions: [tables.sql]
resources:
  - jar: maven:org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2
flinkProperties:
  execution.checkpointing.interval: 1 s
  task.cancellation.interval: %d
  s3.endpoint: %s
  s3.region: us-east-1
  s3.path-style-access: true
  s3.access-key: test-access-key
  s3.secret-key: ${secret:STORE_KEY}
target-table: topic
sql: SELECT carrier, flight FROM files
`

// TestSecrets runs a job that needs two secrets: it reads from an S3 server and
// writes to a Kafka broker, and both refuse it without them. They are nowhere but in memory.
func TestSecrets(t *testing.T) {
	password := rand.Text()
	kafka := flinktest.Kafka(t, password)
	s3 := flinktest.S3(t)
	w := newWorld(t)
	w.env = append(w.env, "KAFKA="+kafka.SASL)
	given := []string{"KAFKA_PASSWORD=" + password, "STORE_KEY=" + s3.SecretKey}
	canaries := []string{password, s3.SecretKey}
	f := newFeed(t, filepath.Join(s3.Root, s3.Bucket, "in"), 2)
	w.write("tables.sql", secretTables)

	for i := range 2 {
		f.piece(i)
		w.write("safe.yaml", fmt.Sprintf(secretJob, 30000+i, s3.Endpoint))
		w.runWith(given, "diff", "safe.yaml")
		if r := w.runWith(given, "apply", "-v", "safe.yaml"); r.code != 0 {
			t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	}
	w.eventually("all that the S3 server has is in the broker", func() bool {
		return len(kafka.Read(t, "flights", 2*time.Second)) == len(f.rows)
	})

	job := w.status()["safe"]
	w.must("history", "safe", "-o", "json")
	w.must("logs", "safe")
	w.private(canaries, 0o600)
	w.unprinted(canaries, job)
	w.unwritten(canaries, w.dir, s3.Root)
	w.unshown(canaries)

	w.write("safe.yaml", fmt.Sprintf(secretJob, 30003, s3.Endpoint))
	if r := w.runWith(given[:1], "apply", "safe.yaml"); r.code != 1 || !strings.Contains(r.stderr, "no secret STORE_KEY") || w.status()["safe"] != job {
		t.Errorf("an upgrade without one of its secrets: exit %d, want 1, and the job untouched\n%s", r.code, r.stderr)
	}
	w.missing()
	w.folded()
	w.must("cancel", "safe")
	w.must("local", "down")
	w.unwritten(canaries, w.dir, s3.Root, memory)
}

// memory is where the driver keeps what nobody else may read.
var memory = fmt.Sprintf("/dev/shm/flink-sql-%d", os.Getuid())

// private checks that the secrets are where the processes need them, for nobody
// else's eyes.
func (w *world) private(canaries []string, mode fs.FileMode) {
	w.t.Helper()
	for _, c := range canaries {
		found := w.holding(c, memory)
		if len(found) == 0 {
			w.t.Errorf("%s is not in %s, so how did the job get it?", c, memory)
		}
		for _, file := range found {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != mode {
				w.t.Errorf("%s: %v %v, want mode %v", file, info.Mode(), err, mode)
			}
		}
	}
}

// unprinted looks at what commands printed and what the JobManager tells.
func (w *world) unprinted(canaries []string, j job) {
	w.t.Helper()
	told := map[string]string{"what commands printed": w.said.String()}
	for _, path := range []string{
		"/config", "/overview", "/jobmanager/config", "/jobmanager/environment", "/jobmanager/log", "/jobmanager/stdout", "/taskmanagers",
		"/jobs/" + j.JobID, "/jobs/" + j.JobID + "/config", "/jobs/" + j.JobID + "/plan", "/jobs/" + j.JobID + "/exceptions",
	} {
		resp, err := http.Get(j.UI + path)
		if err != nil {
			w.t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			w.t.Fatal(err)
		}
		told[path] = string(body)
	}
	if !strings.Contains(told["/jobmanager/config"], "s3.secret-key") {
		w.t.Error("the JobManager's configuration does not name s3.secret-key")
	}
	for what, text := range told {
		for _, c := range canaries {
			if strings.Contains(text, c) {
				w.t.Errorf("%s: it has the secret %s", what, c)
			}
		}
	}
}

// unwritten looks at every file.
func (w *world) unwritten(canaries []string, dirs ...string) {
	w.t.Helper()
	for _, c := range canaries {
		for _, file := range w.holding(c, dirs...) {
			w.t.Errorf("%s: it has the secret %s", file, c)
		}
	}
}

// holding lists the files with a text in them.
func (w *world) holding(text string, dirs ...string) []string {
	w.t.Helper()
	var found []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil // gone meanwhile, or not a file
			}
			if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(text)) {
				found = append(found, path)
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return found
}

// unshown looks at the command lines of all processes, and at the environment of
// the SQL Gateway, which has no use for a job's secrets.
func (w *world) unshown(canaries []string) {
	w.t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		w.t.Fatal(err)
	}
	gateways := 0
	for _, file := range lines {
		line, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		environ, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "environ"))
		isGateway := bytes.Contains(line, []byte("table.gateway.SqlGateway")) && bytes.Contains(environ, []byte(w.dir))
		if isGateway {
			gateways++
		}
		for _, c := range canaries {
			if bytes.Contains(line, []byte(c)) {
				w.t.Errorf("%s: it has the secret %s", file, c)
			}
			if isGateway && bytes.Contains(environ, []byte(c)) {
				w.t.Errorf("the gateway's environment has the secret %s", c)
			}
		}
	}
	if gateways != 1 {
		w.t.Errorf("%d gateways run, want 1", gateways)
	}
}

// missing starts a job whose secret nobody has.
func (w *world) missing() {
	w.t.Helper()
	w.write("poor.yaml", `name: poor
sql: |
  CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
  CREATE TABLE nothing (n INT) WITH ('connector' = 'blackhole');
  INSERT INTO nothing SELECT n FROM numbers
flinkProperties:
  poor.api-key: ${secret:NOBODY_HAS_IT}
`)
	const want = "poor: it is not started, because its launch would have no secret NOBODY_HAS_IT"
	if r := w.run("diff", "poor.yaml"); r.code != 0 || !strings.Contains(r.stdout, strings.TrimPrefix(want, "poor: ")) {
		w.t.Errorf("diff without a secret: exit %d, want 0 and %q\n%s%s", r.code, want, r.stdout, r.stderr)
	}
	if r := w.run("apply", "poor.yaml"); r.code != 1 || !strings.Contains(r.stderr, want) {
		w.t.Errorf("apply without a secret: exit %d, want 1 and %q\n%s%s", r.code, want, r.stdout, r.stderr)
	}
	if j, there := w.status()["poor"]; there {
		w.t.Errorf("without a secret: %+v was recorded", j)
	}
}

// folded has a secret where the planner would compute with its placeholder.
func (w *world) folded() {
	w.t.Helper()
	w.write("folded.yaml", `name: folded
sql: |
  CREATE TABLE numbers (n STRING) WITH ('connector' = 'datagen');
  CREATE TABLE hashes (h STRING) WITH ('connector' = 'blackhole');
  INSERT INTO hashes SELECT MD5('${secret:SALT}') FROM numbers
`)
	if r := w.run("apply", "folded.yaml"); r.code != 2 || !strings.Contains(r.stderr, "folded.yaml:5:34: the secret 'SALT' cannot stand here") {
		w.t.Errorf("a secret in an expression: exit %d, want 2\n%s", r.code, r.stderr)
	}
}
