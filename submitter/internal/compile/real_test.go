package compile_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

var shared flinktest.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

const definitions = `CREATE TABLE src (
  a INT,
  b STRING,
  ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts
) WITH ('connector' = 'datagen');
CREATE TEMPORARY TABLE dst (a INT, b STRING) WITH ('connector' = 'blackhole');
CREATE TABLE dst2 (a INT, b STRING) WITH ('connector' = 'blackhole');
CREATE TABLE meta (
  b STRING, a INT,
  __create_timestamp TIMESTAMP(3), __query_name STRING, __query_description STRING,
  __query_id STRING, __query_version INT, __query_create_timestamp TIMESTAMP(3)
) WITH ('connector' = 'blackhole');
`

var meta = journal.Meta{QueryVersion: 3, QueryID: "35d3d720-760d-11ed-bfeb-02e547cf7baa", QueryCreateTimestamp: "2022-12-07 08:57:42"}

// write puts a manifest and what it mentions into a directory and loads it.
func write(t *testing.T, yaml string, files map[string]string) (*manifest.Job, string) {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{"orders.yaml": yaml, "tables.sql": definitions}
	for name, content := range files {
		all[name] = content
	}
	for name, content := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := manifest.Load(t.Context(), manifest.Options{Paths: []string{filepath.Join(dir, "orders.yaml")}})
	if err != nil {
		t.Fatal(err)
	}
	return set.Jobs[0], dir
}

func client(t *testing.T, url string) *gateway.Client {
	t.Helper()
	c, err := gateway.New(url, gateway.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compiler(t *testing.T, opts compile.Options) *compile.Compiler {
	t.Helper()
	return compile.New(client(t, shared.Get(t).URL), opts)
}

func mustCompile(t *testing.T, c *compile.Compiler, in compile.Input) compile.Result {
	t.Helper()
	r, err := c.Compile(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const selectJob = `name: orders
description: "It's an \"order\""
target-table: "%s"
table-definitions: [tables.sql]
sql: |
  SELECT UPPER(b) AS b, a
  FROM src WHERE a > 1 -- the rest is noise
`

func TestSelect(t *testing.T) {
	job, _ := write(t, fmt.Sprintf(selectJob, "dst"), nil)
	c := compiler(t, compile.Options{})
	first := mustCompile(t, c, compile.Input{Job: job, Meta: meta})
	if got := strings.Join(first.SinkColumns, ","); got != "a,b" {
		t.Errorf("columns %s", got)
	}
	if !strings.HasPrefix(first.FlinkVersion, first.Plan.FlinkVersion()+".") || first.Init != nil {
		t.Errorf("version %s, init %q", first.FlinkVersion, first.Init)
	}
	sinks := first.Plan.Sinks()
	if len(sinks) != 1 || sinks[0].Connector() != "blackhole" {
		t.Errorf("the plan does not hold the temporary table: %+v", sinks)
	}
	again := mustCompile(t, c, compile.Input{Job: job, Meta: meta})
	if string(first.Plan.Canonical()) != string(again.Plan.Canonical()) || string(first.Raw) == string(again.Raw) {
		t.Error("compiled twice: the canonical plans should be equal, the raw ones not")
	}
}

func TestMetadataColumns(t *testing.T) {
	job, _ := write(t, fmt.Sprintf(selectJob, "`default_catalog`.`default_database`.`meta`"), nil)
	r := mustCompile(t, compiler(t, compile.Options{}), compile.Input{Job: job, Meta: meta})
	if got := strings.Join(r.SinkColumns, ","); got != "b,a,"+strings.Join(manifest.MetadataColumnNames, ",") {
		t.Errorf("columns %s", got)
	}
	for _, want := range []string{meta.QueryID, "It's an \\\"order\\\"", "2022-12-07 08:57:42", "CURRENT_TIMESTAMP"} {
		if !strings.Contains(string(r.Raw), want) {
			t.Errorf("no %s in the plan", want)
		}
	}
}

func TestStatementSet(t *testing.T) {
	job, _ := write(t, `name: orders
table-definitions: [tables.sql]
sql: |
  SET 'table.exec.mini-batch.enabled' = 'false';
  CREATE TEMPORARY VIEW big AS SELECT a, b FROM src WHERE a > 10;
  EXECUTE STATEMENT SET BEGIN
    INSERT INTO dst SELECT a, b FROM big;
    INSERT INTO dst2 SELECT a, LOWER(b) FROM src;
  END;
`, nil)
	r := mustCompile(t, compiler(t, compile.Options{}), compile.Input{Job: job, Meta: meta})
	if len(r.Plan.Sinks()) != 2 || r.SinkColumns != nil {
		t.Errorf("%d sinks, columns %v", len(r.Plan.Sinks()), r.SinkColumns)
	}
}

// TestErrors: every mistake is reported at its place in the user's files, in one
// line, and the trace can be had.
func TestErrors(t *testing.T) {
	base := "name: orders\ntarget-table: dst\ntable-definitions: [tables.sql]\n"
	for name, tt := range map[string]struct {
		yaml, tables string
		want         string
	}{
		"unknown column": {base + "sql: |\n  SELECT a,\n    idx AS b\n  FROM src\n", "", `orders.yaml:6:5: sql: Column 'idx' not found in any table`},
		"unknown table":  {base + "sql: |\n  SELECT a, b\n  FROM nope\n", "", `orders.yaml:6:8: sql: Object 'nope' not found`},
		"syntax":         {base + "sql: |\n  SELECT a,, b\n  FROM src\n", "", `orders.yaml:5:12: sql: Encountered ","`},
		"misspelt":       {base + "sql: |\n  SELECT a, b AS b\n  FORM src\n", "", `orders.yaml:6:3: sql: Encountered "FORM"; did you mean 'FROM'?`},
		"reserved":       {base + "sql: |\n  SELECT a, b FROM src AS out\n", "", "orders.yaml:5:27: sql: Encountered \"out\", which is a reserved word: if it is meant as a name, write it in back-quotes: `out`"},
		"folded":         {base + "sql: >\n  SELECT a,\n  idx AS b\n  FROM src\n", "", `orders.yaml:6:3: sql: Column 'idx' not found in any table`},
		"quoted":         {base + "sql: \"SELECT a, idx AS b FROM src\"\n", "", `orders.yaml:4:17: sql: Column 'idx' not found in any table`},
		"after an emoji": {base + "sql: \"SELECT a, '😀' || idx AS b FROM src\"\n", "", `orders.yaml:4:24: sql: Column 'idx' not found in any table`},
		"unfinished":     {base + "sql: |\n  SELECT a, b FROM src WHERE\n", "", `orders.yaml:5:28: sql: Encountered "<EOF>"`},
		"no such target": {strings.Replace(base, "dst", "nope", 1) + "sql: SELECT a, b FROM src\n", "", `orders.yaml:2:1: target-table: Tables or views with the identifier 'default_catalog.default_database.nope' doesn't exist.`},
		"missing column": {base + "sql: SELECT a FROM src\n", "", `orders.yaml:2:1: target-table: the query does not produce 'b' of dst; columns are matched by name, case included`},
		"column twice":   {base + "sql: SELECT a, a FROM src\n", "", "orders.yaml:4:13: sql: A column with the same name `a` has been defined"},
		"types":          {base + "sql: SELECT b AS a, b FROM src\n", "", `orders.yaml:2:1: sql: Column types of query result and sink for 'default_catalog.default_database.dst' do not match. Cause: Incompatible types for sink column 'a' at position 1. Query schema: [a: STRING, b: STRING] Sink schema: [a: INT, b: STRING]`},
		"in a definition": {base + "sql: SELECT a, b FROM src\n", definitions + "CREATE TABLE x (\n  a INTE\n) WITH ('connector' = 'datagen');\n",
			`tables.sql:15:5: table-definitions: Unknown identifier 'INTE'`},
		"unknown connector": {base + "sql: SELECT a, b FROM src\n", strings.Replace(definitions, "blackhole", "nope", 1),
			`tables.sql:7:66: table-definitions: Flink 2.3.0 at this gateway has no connector 'nope': is the name right?`},
		"a connector with a jar": {base + "sql: SELECT a, b FROM src\n", strings.Replace(definitions, "blackhole", "kafka", 1),
			"tables.sql:7:66: table-definitions: Flink 2.3.0 at this gateway has no connector 'kafka': put `- jar: maven:org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2` under resources. `submitter doctor "},
		"unknown format": {base + "sql: |\n  SELECT a, b FROM src\n", strings.Replace(definitions, "'connector' = 'blackhole'", "'connector' = 'filesystem', 'path' = '/tmp/x', 'format' = 'avro'", 1),
			"tables.sql:7:110: table-definitions: Flink 2.3.0 at this gateway has no format 'avro': put "},
		"unknown options": {base + "sql: |\n  SELECT a, b FROM src\n", strings.Replace(definitions, "'connector' = 'blackhole'", "'connector' = 'filesystem', 'path' = '/tmp/x', 'format' = 'cvs', 'csv.null-literal' = 'NA', 'foo' = 'bar'", 1),
			"tables.sql:7:138: table-definitions: table dst: Unsupported options found for 'filesystem': csv.null-literal, foo; 'csv.null-literal' is for the format 'csv', and the table's is 'cvs': `submitter doctor "},
		"an unknown option of few": {base + "sql: |\n  SELECT a, b FROM src\n", strings.Replace(definitions, "'connector' = 'blackhole'", "'connector' = 'print', 'foo' = 'bar'", 1),
			"tables.sql:7:83: table-definitions: table dst: Unsupported options found for 'print': foo; it has print-identifier, sink.parallelism, standard-error"},
		"a missing option": {base + "sql: |\n  SELECT a, b FROM src\n", strings.Replace(definitions, "'connector' = 'blackhole'", "'connector' = 'filesystem', 'format' = 'csv'", 1),
			"tables.sql:7:1: table-definitions: table dst: One or more required options are missing: path"},
		"a value that cannot be read": {base + "sql: |\n  SELECT a, b FROM src\n", strings.Replace(definitions, "'connector' = 'blackhole'", "'connector' = 'print', 'sink.parallelism' = 'few'", 1),
			"tables.sql:7:96: table-definitions: table dst: 'sink.parallelism': For input string: \"few\""},
		"unknown catalog": {base + "sql: SELECT a, b FROM src\n", definitions + "CREATE CATALOG c WITH ('type' = 'nope');\n",
			"tables.sql:14:33: table-definitions: Flink 2.3.0 at this gateway has no catalog 'nope': "},
		"an option of which Flink gives no key": {base + "flinkProperties:\n  table.local-time-zone: Nowhere\nsql: SELECT a, b FROM src\n", "", "orders.yaml:5:3: flinkProperties: table.local-time-zone: Unknown time-zone ID: Nowhere"},
		"an option":                             {base + "flinkProperties:\n  pipeline.global-job-parameters: 'no'\nsql: SELECT a, b FROM src\n", "", "orders.yaml:5:3: flinkProperties: pipeline.global-job-parameters: Map item is not a key-value pair"},
		"in a script":                           {"name: orders\ntable-definitions: [tables.sql]\nsql: |\n  SET 'a' = 'b';\n  INSERT INTO dst\n    SELECT a, idx FROM src;\n", "", `orders.yaml:6:15: sql: Column 'idx' not found in any table`},
		"in a statement set": {"name: orders\ntable-definitions: [tables.sql]\nsql: |\n  EXECUTE STATEMENT SET BEGIN\n    INSERT INTO dst SELECT a, b FROM src;\n    INSERT INTO dst SELECT a, idx FROM src;\n  END;\n",
			"", `orders.yaml:6:31: sql: Column 'idx' not found in any table`},
		"resource": {base + "sql: SELECT a, b FROM src\nresources:\n  - jar: nope.jar\n", "", `orders.yaml:5:1: resources: jar or artifact resource [file:/nope.jar] not found.`},
		"version":  {base + "flink-version: \"1.9\"\nsql: SELECT a, b FROM src\n", "", `orders.yaml:4:1: flink-version: the job wants Flink 1.9 and the gateway at http`},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"nope.jar": ""}
			if tt.tables != "" {
				files["tables.sql"] = tt.tables
			}
			job, dir := write(t, tt.yaml, files)
			in := compile.Input{Job: job, Meta: meta}
			if len(job.Resources) > 0 {
				in.Resources = []compile.Resource{{Name: "nope", Jar: true, URI: "file:///nope.jar"}}
			}
			_, err := compiler(t, compile.Options{Handover: compile.File}).Compile(t.Context(), in)
			var e *compile.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			got := strings.TrimPrefix(err.Error(), dir+"/")
			if !strings.HasPrefix(got, tt.want) || strings.Contains(got, "\n") || strings.Contains(got, "Exception") && !strings.Contains(tt.want, "Exception") {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if fromFlink := e.Class != ""; fromFlink && !strings.Contains(e.Trace, "\tat org.apache") {
				t.Error("the trace is lost")
			}
		})
	}
}

const upper = `package example;
public class Shout extends org.apache.flink.table.functions.ScalarFunction {
  public String eval(String s) { return s == null ? null : s.toUpperCase() + "!"; }
}
`

func TestFunctions(t *testing.T) {
	jar := flinktest.Jar(t, map[string]string{"Shout.java": upper})
	job, _ := write(t, `name: orders
table-definitions: [tables.sql]
resources:
  - {name: shout, jar: shout.jar}
sql: |
  CREATE TEMPORARY SYSTEM FUNCTION shout AS 'example.Shout';
  CREATE FUNCTION shout2 AS 'example.Shout' USING JAR '${resource:shout}';
  INSERT INTO dst SELECT a, shout2(shout(b)) FROM src;
`, map[string]string{"shout.jar": ""})
	r := mustCompile(t, compiler(t, compile.Options{}), compile.Input{Job: job, Meta: meta,
		Resources: []compile.Resource{{Name: "shout", Jar: true, URI: "file://" + jar}}})
	want := "CREATE TEMPORARY SYSTEM FUNCTION shout AS 'example.Shout'|CREATE FUNCTION shout2 AS 'example.Shout' USING JAR '${resource:shout}'"
	if got := strings.Join(r.Init, "|"); got != want {
		t.Errorf("init %s", got)
	}
}

func TestAllInParallel(t *testing.T) {
	var inputs []compile.Input
	for i := range 12 {
		table := "dst"
		if i == 7 {
			table = "nope"
		}
		job, _ := write(t, strings.Replace(fmt.Sprintf(selectJob, table), "a > 1", fmt.Sprintf("a > %d", 1000+i), 1), nil)
		inputs = append(inputs, compile.Input{Job: job, Meta: meta})
	}
	for _, h := range []compile.Handover{compile.File, compile.Query} {
		t.Run(string(h), func(t *testing.T) {
			called := map[int]int{}
			results, errs := compiler(t, compile.Options{Handover: h}).All(t.Context(), inputs, 4, func(i int, _ error) { called[i]++ })
			for i := range inputs {
				if called[i] != 1 {
					t.Errorf("progress of %d called %d times", i, called[i])
				}
				if i == 7 {
					if errs[i] == nil || results[i].Plan != nil {
						t.Errorf("job 7: %v", errs[i])
					}
					continue
				}
				if errs[i] != nil || !strings.Contains(string(results[i].Raw), fmt.Sprint(1000+i)) {
					t.Errorf("job %d: %v", i, errs[i])
				}
			}
		})
	}
}

// TestQueryKeepsOrder: what is read back line by line is what Flink wrote, for a
// plan of more than a megabyte too.
func TestQueryKeepsOrder(t *testing.T) {
	var columns, tables, inserts []string
	for i := range 125 {
		columns = append(columns, fmt.Sprintf("a_rather_long_name_of_a_column_%d STRING", i))
	}
	for i := range 20 { // one table of 2,500 columns takes Flink minutes
		for _, connector := range []string{"datagen", "blackhole"} {
			tables = append(tables, fmt.Sprintf("CREATE TABLE %s%d (%s) WITH ('connector'='%s');\n", connector, i, strings.Join(columns, ", "), connector))
		}
		inserts = append(inserts, fmt.Sprintf("    INSERT INTO blackhole%d SELECT * FROM datagen%d;\n", i, i))
	}
	job, _ := write(t, "name: orders\ntable-definitions: [tables.sql]\nsql: |\n  EXECUTE STATEMENT SET BEGIN\n"+strings.Join(inserts, "")+"  END;\n",
		map[string]string{"tables.sql": strings.Join(tables, "")})
	in := compile.Input{Job: job, Meta: meta}
	byFile := mustCompile(t, compiler(t, compile.Options{Handover: compile.File}), in)
	byQuery := mustCompile(t, compiler(t, compile.Options{Handover: compile.Query}), in)
	if len(byFile.Raw) < 1<<20 {
		t.Fatalf("the plan has only %d bytes", len(byFile.Raw))
	}
	ids := regexp.MustCompile(`"(id|source|target)" : \d+`)
	if strings.TrimSpace(ids.ReplaceAllString(string(byFile.Raw), "")) != strings.TrimSpace(ids.ReplaceAllString(string(byQuery.Raw), "")) {
		t.Error("the plans differ")
	}
	if byFile.Plan.Digest() != byQuery.Plan.Digest() {
		t.Error("the digests differ")
	}
}

// dirBucket is a bucket in a directory.
type dirBucket struct {
	dir     string
	deleted []string
}

func (b *dirBucket) URI(key string) string { return "file://" + filepath.Join(b.dir, key) }
func (b *dirBucket) Read(_ context.Context, key string, _ int64) ([]byte, error) {
	return os.ReadFile(filepath.Join(b.dir, key))
}
func (b *dirBucket) Write(_ context.Context, key string, data []byte) error {
	path := filepath.Join(b.dir, key)
	return errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644))
}
func (b *dirBucket) Delete(_ context.Context, key string) error {
	b.deleted = append(b.deleted, key)
	return os.Remove(filepath.Join(b.dir, key))
}

func TestStore(t *testing.T) {
	job, _ := write(t, fmt.Sprintf(selectJob, "dst"), nil)
	b := &dirBucket{dir: t.TempDir()}
	mustCompile(t, compiler(t, compile.Options{Handover: compile.Store, Bucket: b}), compile.Input{Job: job, Meta: meta})
	if len(b.deleted) != 1 || !strings.HasPrefix(b.deleted[0], "staging/") {
		t.Errorf("deleted %v", b.deleted)
	}
	if _, err := compiler(t, compile.Options{Handover: compile.Store}).Compile(t.Context(), compile.Input{Job: job, Meta: meta}); err == nil {
		t.Error("the hand-over through a store works without one")
	}
}

// elsewhere is a bucket that the gateway cannot write to.
type elsewhere struct{ dirBucket }

func (*elsewhere) URI(key string) string { return "nosuchscheme://bucket/" + key }

// TestAutoFallsBack: a gateway that does not see our temporary directory and has no
// file system for the bucket is asked by query, and asked only once what works.
func TestAutoFallsBack(t *testing.T) {
	job, _ := write(t, fmt.Sprintf(selectJob, "dst"), nil)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	proxy := flinktest.S3Fault(t, shared.Get(t).URL)
	// What the gateway writes into our directory is gone at once, as if it had a disk
	// of its own.
	proxy.Add(flinktest.Fault{Match: flinktest.Key(http.MethodGet, "/result/"), Then: func() {
		plans, _ := filepath.Glob(filepath.Join(tmp, "flink-plans-*", "*.json"))
		for _, p := range plans {
			_ = os.Remove(p)
		}
	}})
	c := compile.New(client(t, proxy.URL), compile.Options{Bucket: &elsewhere{}})
	for range 2 {
		if _, err := c.Compile(t.Context(), compile.Input{Job: job, Meta: meta}); err != nil {
			t.Fatal(err)
		}
	}
	sessions := 0
	for _, r := range proxy.Requests() {
		if strings.HasPrefix(r, "POST /v4/sessions") && strings.Count(r, "/") == 2 {
			sessions++
		}
	}
	if sessions != 6 { // two probes, then a reader and a job for each plan
		t.Errorf("%d sessions were opened", sessions)
	}
}

func TestAGatewayThatDies(t *testing.T) {
	g := flinktest.Gateway(t, flinktest.GatewayOptions{})
	job, _ := write(t, fmt.Sprintf(selectJob, "dst"), nil)
	c := compile.New(client(t, g.URL), compile.Options{Handover: compile.File})
	g.Kill()
	_, err := c.Compile(t.Context(), compile.Input{Job: job, Meta: meta})
	if !gateway.Is(err, gateway.Unavailable) || !strings.HasPrefix(err.Error(), "orders: SQL Gateway at ") {
		t.Errorf("got %v", err)
	}
}

func TestCancellation(t *testing.T) {
	job, _ := write(t, fmt.Sprintf(selectJob, "dst"), nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := compiler(t, compile.Options{}).Compile(ctx, compile.Input{Job: job, Meta: meta}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestCatalogWithSecret has a catalog of the session with a secret among its options:
// the session needs its value, and nothing that is kept has it.
func TestCatalogWithSecret(t *testing.T) {
	const catalog = "  CREATE CATALOG IF NOT EXISTS m COMMENT '${secret:NO}' WITH ('type' = 'generic_in_memory', 'default-database' = '${secret:DB}');\n"
	know := func(name string) (string, bool) { return "hidden'db", name == "DB" }
	for _, tt := range []struct {
		name, script string
		secret       func(string) (string, bool)
		want         string // in the error; empty: none
	}{
		{"unused", strings.Replace(catalog, " COMMENT '${secret:NO}'", "", 1) + "  CREATE CATALOG n WITH ('type' = 'generic_in_memory');\n  INSERT INTO dst SELECT a, b FROM src;\n", know, ""},
		{"not known", strings.Replace(catalog, " COMMENT '${secret:NO}'", "", 1) + "  INSERT INTO dst SELECT a, b FROM src;\n", func(string) (string, bool) { return "", false }, "the secret DB is not known here"},
		{"in the plan", strings.Replace(catalog, " COMMENT '${secret:NO}'", "", 1) + "  USE CATALOG m;\n  CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'blackhole');\n  INSERT INTO t SELECT a, b FROM default_catalog.default_database.src;\n", know, "the value of the secret DB in plain text"},
		{"dropped", strings.Replace(catalog, " COMMENT '${secret:NO}'", "", 1) + "  DROP CATALOG m;\n  INSERT INTO dst SELECT a, b FROM src;\n", know, "DROP CATALOG cannot stand"},
	} {
		job, _ := write(t, "name: orders\ntable-definitions: [tables.sql]\nsql: |\n"+tt.script, nil)
		r, err := compiler(t, compile.Options{}).Compile(t.Context(), compile.Input{Job: job, Meta: meta, Secret: tt.secret})
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hidden") {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil || len(r.Init) > 0 || len(r.Catalogs) != 2 || r.Catalogs[0].Options["default-database"] != "${secret:DB}" || strings.Contains(string(r.Raw), "hidden") {
			t.Errorf("%s: %v, init %q, catalogs %+v", tt.name, err, r.Init, r.Catalogs)
		}
	}
	for _, script := range []string{catalog, "  CREATE FUNCTION f AS '${secret:F}';\n", "  CREATE CATALOG `${secret:N}` WITH ('type' = 'x');\n", "  CREATE CATALOG c WITH ('${secret:K}' = 'x');\n"} {
		dir := t.TempDir()
		file := filepath.Join(dir, "a.yaml")
		if err := os.WriteFile(file, []byte("name: a\nsql: |\n"+script+"  INSERT INTO t SELECT 1;\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := manifest.Load(t.Context(), manifest.Options{Paths: []string{file}}); err == nil {
			t.Errorf("%s: no error", script)
		}
	}
}
