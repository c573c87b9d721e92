package cmd_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/e2e/flinktest"
)

// checks runs doctor and gives its checks by name.
func checks(t *testing.T, args ...string) (result, map[string]checked) {
	t.Helper()
	r := try(t.Context(), append([]string{"doctor", "-o", "json"}, args...)...)
	var report struct {
		Checks []struct {
			Name string
			checked
		}
	}
	if err := json.Unmarshal([]byte(r.out), &report); err != nil {
		t.Fatalf("%v: %+v", err, r)
	}
	all := map[string]checked{}
	for _, k := range report.Checks {
		all[k.Name] = k.checked
		if k.OK == (k.Remedy != "") {
			t.Errorf("%s: ok is %v and the remedy %q", k.Name, k.OK, k.Remedy)
		}
	}
	return r, all
}

type checked struct {
	OK            bool
	Found, Remedy string
}

// unequipped needs more than a distribution has.
const unequipped = `name: unequipped
sql: |
  CREATE CATALOG pg WITH ('type' = 'jdbc');
  CREATE CATALOG mem WITH ('type' = 'generic_in_memory');
  CREATE TABLE a (x INT) WITH ('connector' = 'kafka', 'key.format' = 'avro', 'value.format' = 'json');
  CREATE TABLE b (x INT) WITH ('connector' = 'upsert-kafka', 'key.format' = 'raw', 'value.format' = 'avro-confluent');
  CREATE TABLE c (x INT) WITH ('connector' = 'filesystem', 'format' = 'parquet');
  CREATE TABLE d (x INT) WITH ('connector' = 'filesystem', 'format' = 'csv');
  CREATE TABLE e (x INT) WITH ('connector' = 'kafak', 'format' = 'debezium-json');
  CREATE TABLE f (x INT) WITH ('connector' = 'blackhole', 'password' = '${secret:NO_SUCH_SECRET}');
  INSERT INTO f SELECT x FROM a;
`

// A real gateway is asked for every connector, format and catalog at once; each
// that it lacks has its places and the coordinates of a jar that has it.
func TestDoctorNamesMissingConnectors(t *testing.T) {
	folder(t)
	write(t, "jobs/unequipped.yaml", unequipped)
	write(t, "jobs/good.yaml", goodJob+"flink-version: \"2.3\"\n")
	r, all := checks(t, "jobs", "--gateway", gateway.Get(t).URL)
	missing := map[string]string{}
	for name, k := range all {
		if !k.OK {
			missing[name] = k.Remedy
		}
		if !k.OK && !strings.HasPrefix(name, "secret") && !strings.Contains(k.Found, "jobs/unequipped.yaml:") {
			t.Errorf("%s: found %q", name, k.Found)
		}
	}
	jar := func(coordinates string) string {
		return "put `- jar: maven:org.apache.flink:" + coordinates + "` under resources"
	}
	version, err := flinktest.Version(flinktest.Home(t))
	if err != nil {
		t.Fatal(err)
	}
	const database = ", with the artifact of your database beside it (flink-connector-jdbc-postgres, -mysql …, of the same version) and its JDBC driver"
	want := map[string]string{
		"connector kafka":        jar("flink-sql-connector-kafka:5.0.0-2.2"),
		"connector upsert-kafka": jar("flink-sql-connector-kafka:5.0.0-2.2"),
		"connector kafak":        "is the name right? If so, put a jar that has it for Flink 2.3 under resources: `- jar: maven:GROUP:ARTIFACT:VERSION`, a path or a URL; the documentation of 'kafak' names it",
		"catalog jdbc":           jar("flink-connector-jdbc-core:4.0.0-2.0") + database,
		"format avro":            jar("flink-sql-avro:" + version),
		"format avro-confluent":  jar("flink-sql-avro-confluent-registry:" + version),
		"format parquet":         jar("flink-sql-parquet:" + version),
		"secret NO_SUCH_SECRET":  "export NO_SUCH_SECRET where `submitter apply` runs, or put it into the secret directory; docs/secrets.md has more",
	}
	if diff := cmp.Diff(want, missing); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if found := all["connector kafka"].Found; !strings.HasSuffix(found, "named at jobs/unequipped.yaml:5:46") {
		t.Errorf("the place of kafka: %s", found)
	}
	if r.code != 1 || !strings.HasPrefix(r.stderr, `{"error":{"code":1,"message":"8 of `) {
		t.Errorf("exit %d, stderr %s", r.code, r.stderr)
	}
	if _, err := os.Stat(".flink-sql"); err == nil {
		t.Error("doctor made .flink-sql")
	}
}

// With the jar that the remedy names nothing is missing any more.
func TestDoctorSeesJars(t *testing.T) {
	folder(t)
	write(t, "good.yaml", `name: good
resources:
  - jar: maven:org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2
sql: |
  CREATE TABLE a (x INT) WITH ('connector' = 'kafka', 'format' = 'json');
  CREATE TABLE b (x INT, PRIMARY KEY (x) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'key.format' = 'raw', 'value.format' = '${env:FORMAT}', 'properties.ssl.key.password' = '${secret:CANARY}');
  INSERT INTO b SELECT x FROM a;
`)
	t.Setenv("FORMAT", "csv")
	t.Setenv("CANARY", "hunter2")
	r, all := checks(t, "good.yaml", "--gateway", gateway.Get(t).URL)
	if k := all["connectors and formats"]; r.code != 0 || r.stderr != "" || !strings.HasPrefix(k.Found, "csv, json, kafka, raw, upsert-kafka on Flink 2.3") {
		t.Errorf("%+v\n%+v", r, k)
	}
	if k := all["secrets"]; k.Found != "CANARY" || strings.Contains(r.out+r.stderr, "hunter2") {
		t.Errorf("secrets: %+v", k)
	}
}

// Versions are compared: of gateways with their keys, of manifests with gateway and
// distribution. What is wrong in a manifest is a check that failed, with its place.
func TestDoctorComparesVersions(t *testing.T) {
	folder(t)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"productName":"Apache Flink","version":"2.2.1"}`))
	}))
	defer other.Close()
	url := gateway.Get(t).URL
	write(t, "submitter.yaml", "gateways: {\"2.2\": \""+other.URL+"\", \"2.3\": \""+url+"\", \"2.1\": \""+url+"\"}\n")
	write(t, "jobs/a.yaml", strings.Replace(goodJob, "good", "a", 1)+"flink-version: 2.2\nstat: running\n---\n"+strings.Replace(goodJob, "good", "b", 1)+"flink-version: 2.2\n")
	r, all := checks(t, "jobs")
	failed := map[string]string{}
	for name, k := range all {
		if !k.OK {
			failed[name] = k.Remedy
		}
	}
	want := map[string]string{
		"SQL Gateway 2.1":        "name a gateway of Flink 2.1 there: it cannot compile for another version",
		"jobs/a.yaml:6:1":        "did you mean 'state'?",
		"flink-version of b":     "say flink-version: 2.3.0, or leave it out",
		"connectors and formats": "mend the gateway or the jar first",
	}
	if diff := cmp.Diff(want, failed); diff != "" || r.code != 1 {
		t.Errorf("exit %d, -want +got\n%s", r.code, diff)
	}
	if k := all["SQL Gateway 2.2"]; k.Found != "Flink 2.2.1 at "+other.URL {
		t.Errorf("%+v", k)
	}
	if r, all := checks(t, "jobs", "--gateway", url); r.code != 1 || all["SQL Gateway 2.2"].OK || !strings.Contains(all["SQL Gateway 2.2"].Remedy, "Flink 2.2") {
		t.Errorf("--gateway of another version than the manifests': %+v", r)
	}
}

// A resource that is not to be had is one failed check; the rest goes on.
func TestDoctorWithoutResource(t *testing.T) {
	folder(t)
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	write(t, "jobs/lost.yaml", strings.Replace(goodJob, "good", "lost", 1)+"resources:\n  - jar: "+server.URL+"/udf.jar\n")
	write(t, "jobs/good.yaml", goodJob)
	r, all := checks(t, "jobs", "--gateway", gateway.Get(t).URL)
	if k := all["resources of lost"]; r.code != 1 || k.OK || !strings.Contains(k.Found, "404") || k.Remedy != "mend jobs/lost.yaml:5:1" {
		t.Errorf("%+v: %+v", r, k)
	}
	if !all["connectors and formats"].OK {
		t.Errorf("the other job was not checked: %s", r.out)
	}
}

// Doctor's words on the command line are checked as other verbs' are.
func TestDoctorUsage(t *testing.T) {
	folder(t)
	for args, want := range map[string]string{
		"doctor nowhere":                        "", // a check
		"doctor --var x good.yaml":              `--var "x" is not NAME=VALUE`,
		"doctor --store nonsense":               "",
		"doctor --external-job-config-prefix p": "needs --external-job-config-bucket",
	} {
		r := try(t.Context(), strings.Fields(args)...)
		if want == "" && (r.code != 1 || !strings.Contains(r.out, "FAIL  ")) || want != "" && (r.code != 2 || r.out != "" || !strings.Contains(r.stderr, want)) {
			t.Errorf("%s: %+v", args, r)
		}
	}
	write(t, "submitter.yaml", "gatewys: {}\n")
	if r := try(t.Context(), "doctor"); r.code != 1 || !strings.Contains(r.out, filepath.Base("submitter.yaml")+":1:1") {
		t.Errorf("a wrong submitter.yaml: %+v", r)
	}
}
