package manifest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// verdictOn loads a manifest and tells what is said at one line of one file.
func verdictOn(t *testing.T, o Options, file string, line int) string {
	t.Helper()
	set, err := Load(context.Background(), o)
	at := func(p Problem) bool { return p.At.File == file && p.At.Line == line }
	var bad *Error
	if errors.As(err, &bad) {
		for _, p := range bad.Problems {
			if at(p) {
				return "refused"
			}
		}
		return fmt.Sprintf("another problem: %v", bad)
	}
	for _, w := range set.Warnings {
		if at(w) {
			return "warned"
		}
	}
	return "silent"
}

// TestDecidedOptionsAtTheirPlace: an option that the target decides is told of at its own
// line, wherever it stands and however it is spelt.
func TestDecidedOptionsAtTheirPlace(t *testing.T) {
	const query = "sql: |\n  INSERT INTO b SELECT 1\n"
	for _, c := range []struct {
		name   string
		files  map[string]string
		target string
		file   string
		line   int
		want   string
	}{
		{"flat", map[string]string{"a.yaml": "name: a\nflinkProperties:\n  rest.bind-port: 1-2\n" + query}, "", "a.yaml", 3, "refused"},
		{"nested", map[string]string{"a.yaml": "name: a\nflinkProperties:\n  rest:\n    bind-port: 1-2\n" + query}, "", "a.yaml", 4, "refused"},
		{"old name", map[string]string{"a.yaml": "name: a\nflinkProperties:\n  jobmanager.web.port: 1\n" + query}, "", "a.yaml", 3, "refused"},
		{"template", map[string]string{"a.yaml": "name: a\n" + query, "job-template.yaml": "flinkProperties:\n  web.port: 1\n"}, "", "job-template.yaml", 2, "refused"},
		{"variable", map[string]string{"a.yaml": "name: a\nvariables: {P: 7}\nflinkProperties:\n  rest.port: ${P}\n" + query}, "", "a.yaml", 4, "refused"},
		{"script", map[string]string{"a.yaml": "name: a\nsql: |\n  SET 'rest.port' = '1';\n  INSERT INTO b SELECT 1\n"}, "", "a.yaml", 3, "warned"},
		{"script without quotes", map[string]string{"a.yaml": "name: a\nsql: |\n  SET rest.address=x;\n  INSERT INTO b SELECT 1\n"}, "", "a.yaml", 3, "warned"},
		{"definitions", map[string]string{"a.yaml": "name: a\ntable-definitions: [d.sql]\n" + query, "d.sql": "-- x\nSET 'execution.target' = 'remote';"}, "", "d.sql", 2, "warned"},
		{"state in a script", map[string]string{"a.yaml": "name: a\nsql: |\n  SET 'execution.savepoint.path' = '/x';\n  INSERT INTO b SELECT 1\n"}, "", "a.yaml", 3, "refused"},
		{"TLS", map[string]string{"a.yaml": "name: a\nflinkProperties:\n  security.ssl.rest.enabled: true\n" + query}, "", "a.yaml", 3, "refused"},
		{"no TLS", map[string]string{"a.yaml": "name: a\nflinkProperties:\n  security.ssl.rest.enabled: false\n" + query}, "", "a.yaml", 3, "silent"},
		{"local directory", map[string]string{"a.yaml": "name: a\nflinkProperties:\n  taskmanager.tmp.dirs: /x\n" + query}, "", "a.yaml", 3, "warned"},
		{"directory in pods", map[string]string{"a.yaml": "name: a\ntarget: kubernetes\nflinkProperties:\n  taskmanager.tmp.dirs: /x\n" + query}, "", "a.yaml", 4, "silent"},
		{"target of the command", map[string]string{"a.yaml": "name: a\nflinkProperties:\n  kubernetes.taskmanager.cpu: 2\n" + query}, "kubernetes", "a.yaml", 3, "refused"},
		{"of another target", map[string]string{"a.yaml": "name: a\nflinkProperties:\n  kubernetes.taskmanager.cpu: 2\n" + query}, "", "a.yaml", 3, "silent"},
		{"named target", map[string]string{"a.yaml": "name: a\ntarget: prod\nflinkProperties:\n  kubernetes.jobmanager.labels: a:b\n" + query, "submitter.yaml": "targets: {prod: {kind: kubernetes}}\n"}, "", "a.yaml", 4, "warned"},
		{"default target", map[string]string{"a.yaml": "name: a\nflinkProperties:\n  kubernetes.context: x\n" + query, "submitter.yaml": "targets: {prod: {kind: kubernetes}}\ndefaults: {target: prod}\n"}, "", "a.yaml", 3, "refused"},
		{"slots twice", map[string]string{"a.yaml": "name: a\ntask-manager: {slots: 2}\nflinkProperties:\n  taskmanager.numberOfTaskSlots: 4\n" + query}, "", "a.yaml", 4, "warned"},
		{"the same slots twice", map[string]string{"a.yaml": "name: a\ntask-manager: {slots: 4}\nflinkProperties:\n  taskmanager.numberOfTaskSlots: 4\n" + query}, "", "a.yaml", 4, "silent"},
		{"memory twice", map[string]string{"a.yaml": "name: a\njob-manager: {memory: 2g}\nflinkProperties:\n  jobmanager.memory.process.size: 4g\n" + query}, "", "a.yaml", 4, "warned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			o := Options{Paths: []string{"a.yaml"}, Target: c.target}
			for name, text := range c.files {
				write(t, name, text)
				if name == "job-template.yaml" {
					o.Template = name
				}
			}
			if got := verdictOn(t, o, c.file, c.line); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestScriptsAsPeopleHaveThem: what is done anyway, does no harm or only prints is a
// warning at its line, in scripts and in table definitions; what would change the job is
// refused.
func TestScriptsAsPeopleHaveThem(t *testing.T) {
	for line, want := range map[string]string{
		"SET 'pipeline.name' = 'other';": "warned", "SET pipeline.name=other;": "warned", "SET 'pipeline.name' = 'a';": "silent",
		"SET 'state.checkpoints.dir' = 's3://b/cp';": "warned", "SET 'execution.checkpointing.dir' = 'hdfs:///cp';": "warned", "SET 'state.savepoints.dir' = '/tmp/sp';": "warned",
		"SET 'execution.checkpointing.savepoint-dir' = 'file:///sp';": "warned", "SET 'state.checkpoints.dir' = 'cp';": "refused",
		"SET 'execution.checkpointing.externalized-checkpoint-retention' = 'DELETE_ON_CANCELLATION';": "warned", "SET 'state.checkpoint-storage' = 'jobmanager';": "warned",
		"SET 'execution.checkpointing.externalized-checkpoint-retention' = 'retain_on_cancellation';": "silent", "SET 'execution.checkpointing.storage' = 'filesystem';": "silent",
		"SET 'sql-client.execution.result-mode' = 'TABLEAU';": "warned", "SET 'sql-client.verbose' = 'true';": "warned", "SET;": "warned",
		"SHOW TABLES;": "warned", "show create table b;": "warned", "DESCRIBE b;": "warned", "DESC EXTENDED b;": "warned", "EXPLAIN SELECT 1;": "warned", "HELP;": "warned", "CLEAR;": "warned",
		"EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END;": "warned", "SELECT * FROM b;": "warned", "WITH x AS (SELECT 1) SELECT * FROM x;": "warned", "VALUES (1);": "warned", "TABLE b;": "warned",
		"QUIT;": "refused", "EXIT;": "refused", "RESET;": "refused", "RESET 'pipeline.name';": "silent", "STOP JOB 'x';": "refused", "DELETE FROM b;": "refused", "FOO BAR;": "refused",
		"SET 'parallelism.default' = '9';": "refused", "SET 'execution.checkpointing.create-subdir' = 'false';": "refused", "SET 'table.exec.state.ttl' = '1 h';": "silent",
	} {
		t.Run(line, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "script.yaml", "name: a\nparallelism: 2\nsql: |\n  CREATE TABLE b (c INT);\n  "+line+"\n  INSERT INTO b SELECT 1;\n")
			write(t, "definitions.yaml", "name: a\nparallelism: 2\ntable-definitions: [d.sql]\nsql: INSERT INTO b SELECT 1\n")
			write(t, "d.sql", "CREATE TABLE b (c INT);\n"+line+"\nCREATE TABLE d (c INT);\n")
			if got := verdictOn(t, Options{Paths: []string{"script.yaml"}}, "script.yaml", 5); got != want {
				t.Errorf("in a script: %s, want %s", got, want)
			}
			if got := verdictOn(t, Options{Paths: []string{"definitions.yaml"}}, "d.sql", 2); got != want {
				t.Errorf("in definitions: %s, want %s", got, want)
			}
		})
	}
}

// TestAfterTheInsert: what only prints may stand last, where scripts have it.
func TestAfterTheInsert(t *testing.T) {
	for script, want := range map[string]bool{
		"INSERT INTO b SELECT 1; SELECT * FROM b; QUIT;": true, "EXECUTE STATEMENT SET BEGIN INSERT INTO b SELECT 1; END; SHOW JOBS;": true,
		"INSERT INTO b SELECT 1; CREATE TABLE c (d INT);": false, "SHOW TABLES; QUIT;": false, "SELECT 1; SELECT 2;": false, "CREATE TABLE b (c INT); SELECT * FROM b;": false,
	} {
		_, err := Load(context.Background(), Options{Paths: []string{"-"}, Stdin: strings.NewReader("name: a\nsql: " + script + "\n")})
		if (err == nil) != want {
			t.Errorf("%s: %v", script, err)
		}
	}
}

// TestNamesOfStatements: whoever wrote a statement that cannot stand in a script reads
// what it is called.
func TestNamesOfStatements(t *testing.T) {
	for statement, name := range map[string]string{
		"CREATE MATERIALIZED TABLE m FRESHNESS = INTERVAL '1' MINUTE AS SELECT 1": "CREATE MATERIALIZED TABLE", "CREATE TABLE t AS SELECT 1": "CREATE TABLE … AS", "REPLACE TABLE t AS SELECT 1": "REPLACE TABLE … AS",
		"DELETE FROM t": "DELETE", "UPDATE t SET a = 1": "UPDATE", "CALL p()": "CALL",
		"MERGE INTO t USING s ON a = b": "MERGE", "STOP JOB 'x'": "STOP JOB", "REMOVE JAR 'x'": "REMOVE JAR", "EXECUTE PLAN 'x'": "EXECUTE PLAN", "COMPILE PLAN 'x' FOR INSERT INTO a SELECT 1": "COMPILE PLAN",
		"CREATE CONNECTION c WITH ('a'='b')": "CREATE CONNECTION", "UPSERT INTO a SELECT 1": "UPSERT", "GRANT x TO y": "GRANT",
	} {
		for form, text := range map[string]string{
			"script": statement + "; INSERT INTO b SELECT 1;",
			"set":    "EXECUTE STATEMENT SET BEGIN INSERT INTO b SELECT 1; " + statement + "; END;",
		} {
			_, err := Load(context.Background(), Options{Paths: []string{"-"}, Stdin: strings.NewReader("name: a\nsql: |\n  " + text + "\n")})
			if err == nil || !strings.Contains(err.Error(), name+";") {
				t.Errorf("%s: %s: %v", form, statement, err)
			}
		}
	}
}
