package manifest

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func loadOne(t *testing.T, text string) *Job {
	t.Helper()
	set, err := Load(context.Background(), Options{Paths: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	return set.Jobs[0]
}

func TestOptionKnowsAllNames(t *testing.T) {
	t.Chdir(t.TempDir())
	j := loadOne(t, goodManifest+"flinkProperties: {state.checkpoints.dir: s3://b, restart-strategy.type: none}\n")
	for key, want := range map[string]string{
		"state.checkpoints.dir": "s3://b", "execution.checkpointing.dir": "s3://b", "state.backend.fs.checkpointdir": "s3://b",
		"restart-strategy": "none", "nothing": "",
	} {
		if got, ok := j.Option(key); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", key, got, ok)
		}
	}
}

func TestSessionAppliesSetAndReset(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "ddl.sql", "SET 'a' = 'from ddl'; SET 'b' = 'from ddl'; SET 'execution.checkpointing.interval' = '2s';")
	j := loadOne(t, `name: good
table-definitions: [ddl.sql]
flinkProperties: {a: 1, c: 2, d: 3, state.backend: rocksdb}
sql: |
  SET 'b' = 'from script'; RESET 'c'; SET 'state.backend.type' = 'hashmap'; RESET 'never';
  INSERT INTO a SELECT 1
`)
	want := map[string]string{
		"a": "from ddl", "b": "from script", "d": "3",
		"execution.checkpointing.interval": "2s", "state.backend.type": "hashmap",
	}
	if diff := cmp.Diff(want, j.Session()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := j.FlinkProperties["a"]; got != "1" {
		t.Errorf("Session changed the job: a is %q", got)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"10 min": 10 * time.Minute, "60s": time.Minute, "1h": time.Hour, " 2 D ": 48 * time.Hour, "5": 5 * time.Millisecond,
		"7 µs": 7 * time.Microsecond, "3 seconds": 3 * time.Second, "0": 0,
	} {
		if got, err := ParseDuration(text); got != want || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "s", "-1s", "1.5h", "1h30m", "1 fortnight", "999999999999 d", "99999999999999999999s"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q is accepted as %v", text, got)
		}
	}
}

func TestMemory(t *testing.T) {
	for text, want := range map[string]int64{"1600m": 1600 << 20, "2 GB": 2 << 30, "1": 1, "3 kibibytes": 3 << 10} {
		if got, err := ParseMemory(text); got != want || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "m", "1.5g", "-1m", "1 parsec", "99999999999t"} {
		if got, err := ParseMemory(text); err == nil {
			t.Errorf("%q is accepted as %v", text, got)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"sql", "sql-file", "state", "flinkProperties", "table-definitions"}
	for written, want := range map[string]string{
		"sqlfile": "sql-file", "SQL_FILE": "sql-file", "sql-fiel": "sql-file", "sate": "state", "flinkproperties": "flinkProperties",
		"tabledefinition": "table-definitions", "xyzzy": "", "": "", "sq": "sql",
	} {
		if want != "" {
			want = "did you mean '" + want + "'?"
		}
		if got := didYouMean(written, known); got != want {
			t.Errorf("%q: %q, want %q", written, got, want)
		}
	}
}

// What is not built must be the name of something, or a typing error would let it
// through in silence.
func TestNotBuiltNamesKeys(t *testing.T) {
	known := map[string]bool{}
	collectKeys(known, "", reflect.TypeFor[document]())
	collectKeys(known, "", reflect.TypeFor[Config]())
	for _, n := range notBuilt {
		if !known[n.key] {
			t.Errorf("there is no key %s", n.key)
		}
	}
}

func collectKeys(known map[string]bool, path string, of reflect.Type) {
	for _, f := range fieldsOf(of) {
		key := join(path, f.name)
		known[key] = true
		field := of.Field(f.index).Type
		if field.Kind() == reflect.Map {
			field, key = field.Elem(), key+".*"
		}
		if field.Kind() == reflect.Struct {
			collectKeys(known, key, field)
		}
	}
}
