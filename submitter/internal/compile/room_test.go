package compile_test

import (
	"errors"
	"testing"

	"flink-sql-driver/submitter/internal/compile"
)

// TestSlots: a job that needs more slots than its cluster has is refused when it is
// compiled, and one whose operators all need less is not, whatever its parallelism.
func TestSlots(t *testing.T) {
	c := compiler(t, compile.Options{Handover: compile.File})
	const (
		ddl   = "  CREATE TABLE gen (a INT, b STRING) WITH ('connector'='datagen');\n  CREATE TABLE out1 (a INT, b STRING) WITH ('connector'='print');\n"
		small = "task-manager: {slots: 1, replicas: 1}\n"
	)
	for name, tt := range map[string]struct {
		yaml string
		fits bool
	}{
		"too few":               {"parallelism: 8\n" + small + "sql: |\n" + ddl + "  INSERT INTO out1 SELECT * FROM gen;\n", false},
		"enough":                {"parallelism: 8\ntask-manager: {slots: 4, replicas: 2}\nsql: |\n" + ddl + "  INSERT INTO out1 SELECT * FROM gen;\n", true},
		"one task of its own":   {"parallelism: 8\n" + small + "sql: |\n" + ddl + "  INSERT INTO out1 VALUES (1, 'a');\n", true},
		"a source of its own":   {small + "sql: |\n" + ddl + "  INSERT INTO out1 SELECT * FROM gen /*+ OPTIONS('scan.parallelism'='3') */;\n", false},
		"a sink that is less":   {"parallelism: 2\n" + small + "sql: |\n" + ddl + "  INSERT INTO out1 /*+ OPTIONS('sink.parallelism'='1') */ VALUES (1, 'a');\n", true},
		"planner's parallelism": {small + "sql: |\n" + ddl + "  SET 'table.exec.resource.default-parallelism' = '4';\n  INSERT INTO out1 SELECT * FROM gen;\n", false},
		"set in the script":     {small + "sql: |\n" + ddl + "  SET 'parallelism.default' = '4';\n  INSERT INTO out1 SELECT * FROM gen;\n", false},
		"statement set":         {"parallelism: 2\n" + small + "sql: |\n" + ddl + "  EXECUTE STATEMENT SET BEGIN INSERT INTO out1 SELECT * FROM gen; INSERT INTO out1 SELECT * FROM gen; END;\n", false},
		"set of the client":     {"parallelism: 2\n" + small + "sql: |\n" + ddl + "  BEGIN STATEMENT SET; INSERT INTO out1 SELECT * FROM gen; END;\n", false},
		"a SELECT":              {"parallelism: 2\n" + small + "target-table: dst\ntable-definitions: [tables.sql]\nsql: SELECT a, b FROM src\n", false},
		"adaptive":              {"parallelism: 8\n" + small + "flinkProperties: {jobmanager.scheduler: adaptive}\nsql: |\n" + ddl + "  INSERT INTO out1 SELECT * FROM gen;\n", true},
		"native Kubernetes":     {"parallelism: 8\ntarget: kubernetes\n" + small + "sql: |\n" + ddl + "  INSERT INTO out1 SELECT * FROM gen;\n", true},
		"standalone Kubernetes": {"parallelism: 8\ntarget: kubernetes\nkubernetes: {mode: standalone}\n" + small + "sql: |\n" + ddl + "  INSERT INTO out1 SELECT * FROM gen;\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			job, _ := write(t, "name: slots\n"+tt.yaml, nil)
			_, err := c.Compile(t.Context(), compile.Input{Job: job, Meta: meta})
			var e *compile.Error
			if tt.fits && err != nil {
				t.Error(err)
			}
			if !tt.fits && (!errors.As(err, &e) || e.Key != "parallelism" || e.At.Line == 0) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestScriptsAsPeopleHaveThem: what only prints is left out, wherever it stands, and what a
// client is told of itself does no harm.
func TestScriptsAsPeopleHaveThem(t *testing.T) {
	c := compiler(t, compile.Options{Handover: compile.File})
	for name, yaml := range map[string]string{
		"script": `sql: |
  SET 'pipeline.name' = 'other'; SET 'sql-client.execution.result-mode' = 'TABLEAU'; SET 'state.checkpoints.dir' = '/tmp/x'; SET 'execution.target' = 'remote';
  SET 'rest.address' = 'elsewhere'; SET 'rest.port' = '1'; SET;
  CREATE TABLE gen (a INT, b STRING) WITH ('connector'='datagen');
  SHOW TABLES; DESCRIBE gen; HELP; SELECT * FROM nowhere; EXPLAIN SELECT * FROM gen;
  CREATE TABLE out1 (a INT, b STRING) WITH ('connector'='print');
  INSERT INTO out1 SELECT * FROM gen;
  SELECT * FROM out1; SHOW JOBS; QUIT;
`,
		"definitions": "table-definitions: [d.sql]\ntarget-table: out1\nsql: |\n  SHOW TABLES;\n  SELECT a, b FROM gen\n",
	} {
		t.Run(name, func(t *testing.T) {
			job, _ := write(t, "name: people\n"+yaml, map[string]string{"d.sql": "SHOW JARS;\nCREATE TABLE gen (a INT, b STRING) WITH ('connector'='datagen');\nSELECT 1;\nCREATE TABLE out1 (a INT, b STRING) WITH ('connector'='print');\nDESC out1;\nEXIT;"})
			if r := mustCompile(t, c, compile.Input{Job: job, Meta: meta}); len(r.Raw) == 0 {
				t.Error("no plan")
			}
		})
	}
}
