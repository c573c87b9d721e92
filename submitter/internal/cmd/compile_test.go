package cmd_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// seedJobs are manifests, template and tables of the kind that flink-sql-runner deploys:
// {job_name} in the template's paths, the target's columns found by position, and the six
// metadata columns behind them.
func seedJobs(t *testing.T) (args []string) {
	t.Helper()
	write(t, "example/job-template.yaml", `---
flinkProperties:
  pipeline.object-reuse: "true"
  restart-strategy: fixed-delay
  restart-strategy.fixed-delay.attempts: "2147483647"
  restart-strategy.fixed-delay.delay: 60s
  execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION
  execution.checkpointing.interval: 60s
  execution.checkpointing.timeout: 1h
  state.checkpoints.dir: "s3://some-bucket/runner/checkpoints/{job_name}/"
  state.savepoints.dir: "s3://some-bucket/runner/savepoints/{job_name}/"
`)
	write(t, "example/sql/queries/dear.yaml", `---
name: dear-things
description: "Things of more than 9000."
target-table: "dear"
sql: >
  SELECT *
  FROM things
  WHERE price > 9000.0
flinkProperties: {}
`)
	write(t, "example/sql/queries/renamed.yaml", `---
name: things-by-buyer
description: ""
target-table: "by_buyer"
sql: >-
  SELECT
      buyer,
      SUM(price) AS total
  FROM things
  GROUP BY buyer
flinkProperties: { }
`)
	six := `
    __create_timestamp       TIMESTAMP(3),
    __query_name             STRING,
    __query_description      STRING,
    __query_id               STRING,
    __query_version          INT,
    __query_create_timestamp TIMESTAMP(6)
) with ('connector' = 'print');
`
	write(t, "example/sql/schemas/things.sql", `create table things (
    number BIGINT, price DECIMAL(32, 2), buyer BIGINT, at_time TIMESTAMP(3)
) with ('connector' = 'datagen', 'rows-per-second' = '1')
;
create table dear (number BIGINT, price DECIMAL(32, 2), buyer BIGINT, at_time TIMESTAMP(3),`+six+`
create table by_buyer (buyer_id BIGINT, amount DECIMAL(38, 2),`+six)
	return []string{"--path", "example/sql/queries/", "--template-file", "example/job-template.yaml",
		"--pyflink-runner-dir", "python/", "--table-definition-path", "example/sql/schemas/things.sql", "--gateway", gateway.Get(t).URL}
}

// TestSeedJobs: what flink-sql-runner deploys compiles as it is, and compile, diff and
// apply's rehearsal say how its columns go.
func TestSeedJobs(t *testing.T) {
	folder(t)
	args := seedJobs(t)
	const byPosition = "columns go by position: buyer → buyer_id, total → amount"
	for _, verb := range [][]string{{"diff"}, {"apply", "--dry-run"}} {
		r := try(t.Context(), append(verb, args...)...)
		if r.code != 0 || !strings.Contains(r.out, "dear-things: launch") || !strings.Contains(r.out, "  columns go by name\n") || !strings.Contains(r.out, "  "+byPosition+"\n") {
			t.Errorf("%v: %+v", verb, r)
		}
	}
	r := try(t.Context(), append([]string{"compile", "--output-dir", "plans"}, args...)...)
	if r.code != 0 || r.out != "" || !strings.Contains(r.stderr, "things-by-buyer: "+byPosition+"\n") || !strings.Contains(r.stderr, "dear-things: columns go by name\n") {
		t.Errorf("compile: %+v", r)
	}
}

// TestCompileReport: -o prints a report, with the plans where they go nowhere else, and a
// job that does not compile stands in it.
func TestCompileReport(t *testing.T) {
	folder(t)
	args := seedJobs(t)
	type job struct {
		Name, FlinkVersion, Digest, File, Problem string
		Operators                                 int
		Plan                                      json.RawMessage
		Columns                                   struct{ Way string }
	}
	report := func(r result) (jobs map[string]job) {
		var parsed struct{ Jobs []job }
		if err := json.Unmarshal([]byte(r.out), &parsed); err != nil {
			t.Fatalf("%v\n%s%s", err, r.out, r.stderr)
		}
		jobs = map[string]job{}
		for _, j := range parsed.Jobs {
			jobs[j.Name] = j
		}
		return jobs
	}
	r := try(t.Context(), append([]string{"compile", "-o", "json"}, args...)...)
	jobs := report(r)
	if j := jobs["things-by-buyer"]; r.code != 0 || len(jobs) != 2 || j.Columns.Way != "by-position" || j.Digest == "" || j.Operators < 3 || len(j.Plan) < 1000 || j.File != "" {
		t.Errorf("json: exit %d, %+v", r.code, jobs)
	}
	r = try(t.Context(), append([]string{"compile", "-o", "json", "--output-dir", "plans"}, args...)...)
	if j := report(r)["dear-things"]; r.code != 0 || j.Plan != nil || j.File == "" {
		t.Errorf("json and files: %+v", j)
	} else if data, err := os.ReadFile(j.File); err != nil || !json.Valid(data) {
		t.Errorf("%s: %v", j.File, err)
	}
	r = try(t.Context(), append([]string{"compile", "-o", "table"}, args...)...)
	if lines := strings.Split(r.out, "\n"); r.code != 0 || len(lines) != 4 || !strings.HasPrefix(lines[0], "NAME") || !strings.Contains(r.out, "total → amount") {
		t.Errorf("table: %+v", r)
	}
	r = try(t.Context(), append([]string{"compile", "-o", "yaml"}, args...)...)
	if r.code != 0 || !strings.Contains(r.out, "  - name: dear-things\n") || !strings.Contains(r.out, "way: by-position") {
		t.Errorf("yaml: %+v", r)
	}
	r = try(t.Context(), append([]string{"compile"}, args...)...)
	if r.code != 2 || r.out != "" || !strings.Contains(r.stderr, "-o json") {
		t.Errorf("two plans for one stdout: %+v", r)
	}
	r = try(t.Context(), append([]string{"compile", "-o", "plan.json"}, args...)...)
	if r.code != 2 || r.out != "" || !strings.Contains(r.stderr, "> plan.json") {
		t.Errorf("a file as format: %+v", r)
	}
	write(t, "example/sql/queries/broken.yaml", "name: broken\ntarget-table: dear\nsql: SELECT nope FROM things\n")
	r = try(t.Context(), append([]string{"compile", "-o", "json"}, args...)...)
	if jobs := report(r); r.code != 2 || len(jobs) != 3 || !strings.Contains(jobs["broken"].Problem, "nope") || jobs["dear-things"].Digest == "" {
		t.Errorf("one is broken: exit %d, %+v\n%s", r.code, jobs, r.stderr)
	}
}
