package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestSeedJob deploys a manifest, a template and tables of the form that flink-sql-runner
// has: {job_name} in the template's paths, a query whose columns go by position, six
// metadata columns. Its checkpoints are where that tool has them.
func TestSeedJob(t *testing.T) {
	w := newGuest(t)
	w.write("template.yaml", `---
flinkProperties:
  pipeline.object-reuse: "true"
  restart-strategy: fixed-delay
  restart-strategy.fixed-delay.attempts: "2147483647"
  restart-strategy.fixed-delay.delay: 60s
  execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION
  execution.checkpointing.interval: 60s
  execution.checkpointing.min-pause: 60s
  execution.checkpointing.mode: EXACTLY_ONCE
  state.checkpoints.dir: "file://`+w.dir+`/runner/checkpoints/{job_name}/"
  state.savepoints.dir: "file://`+w.dir+`/runner/savepoints/{job_name}/"
`)
	w.write("queries/by-buyer.yaml", `---
name: things-by-buyer
description: "What every buyer spends."
target-table: "by_buyer"
sql: >
  SELECT buyer, SUM(price) AS total
  FROM things
  GROUP BY buyer
flinkProperties: {}
`)
	w.write("schemas/things.sql", `create table things (
    number BIGINT, price DECIMAL(32,2), buyer BIGINT, at_time TIMESTAMP(3)
) with ('connector' = 'datagen', 'rows-per-second' = '1', 'fields.buyer.min' = '1', 'fields.buyer.max' = '9')
;
create table by_buyer (
    buyer_id BIGINT, amount DECIMAL(38,2),
    __create_timestamp TIMESTAMP(3), __query_name STRING, __query_description STRING, __query_id STRING,
    __query_version INT, __query_create_timestamp TIMESTAMP(6)
) with ('connector' = 'print')
;
`)
	args := []string{"--path", "queries/", "--template-file", "template.yaml", "--pyflink-runner-dir", "python/", "--table-definition-path", "schemas/things.sql"}
	r := w.must(append([]string{"apply"}, args...)...)
	const way = "columns go by position: buyer → buyer_id, total → amount"
	if !strings.Contains(r.stdout, "things-by-buyer: launch → committed") || !strings.Contains(r.stdout, way) || !strings.Contains(r.stderr, "compiled ("+way+")") {
		t.Fatalf("apply:\n%s%s", r.stdout, r.stderr)
	}
	job := w.status()["things-by-buyer"].JobID
	chk, err := filepath.Glob(filepath.Join(w.dir, "runner/checkpoints/things-by-buyer/1", job, "chk-*/_metadata"))
	if err != nil || len(chk) == 0 {
		t.Errorf("its checkpoint is not below runner/checkpoints/things-by-buyer/1: %v", err)
	}
}
