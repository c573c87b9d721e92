package manifest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/target"
)

// TestFlinkOptions reads values as Flink does, and knows what it would refuse.
func TestFlinkOptions(t *testing.T) {
	for name, c := range map[string]struct{ good, bad []string }{
		"Duration": {
			[]string{"5s", "5 s", " 5 S ", "5", "0", "1 day", "7 µs", "PT5S", "pt1h30m", "P1D", "PT1.5S", "P1DT-1H", "+PT1S", "300000 d"},
			[]string{"", " ", "5 seks", "1.5h", "1h30m", "-1s", "P", "PT", "P1DT", "-PT1S", "PT-1S", "1 mins", "99999999999999999999 d", "PT99999999999999999999H", "s"},
		},
		"MemorySize": {
			[]string{"1", "1600m", "2 GB", "3 kibibytes", "0", "8191"},
			[]string{"", "m", "1.5g", "-1", "1 parsec", "99999999999t", "1 µ"},
		},
		"Integer": {[]string{"0", "-1", "+7", "2147483647"}, []string{"", "many", "1.0", "1e3", " 1", "2147483648", "1_000"}},
		"Long":    {[]string{"2147483648"}, []string{"9223372036854775808", "1L"}},
		"Double":  {[]string{"0.1", "1", "1e400", "NaN", "-.5", "1.5f", " 2d "}, []string{"", "half", "0,5", "1_0"}},
		"Boolean": {[]string{"true", "FALSE", "True"}, []string{"", "yes", "1", " true"}},
		"String":  {[]string{"", "anything"}, nil},
	} {
		for _, v := range c.good {
			if err := (optionType{name: name}).check(v); err != nil {
				t.Errorf("%s %q: %v", name, v, err)
			}
		}
		for _, v := range c.bad {
			if err := (optionType{name: name}).check(v); err == nil {
				t.Errorf("%s %q is accepted", name, v)
			}
		}
	}
}

// TestNearOption names what was meant only where that is likely: plug-ins have keys
// that nobody here knows.
func TestNearOption(t *testing.T) {
	for key, want := range map[string]string{
		"taskmanager.numberOfTaskSloots":    "taskmanager.numberOfTaskSlots",
		"taskmanager.numberoftaskslots":     "taskmanager.numberOfTaskSlots",
		"execution.checkpointing.intervall": "execution.checkpointing.interval",
		"table.exec.state.tll":              "table.exec.state.ttl",
		"execution.checkpointing.interval":  "", "state.backend": "", "restart-strategy": "", "state.checkpoints.dir": "",
		"s3.access-key": "", "metrics.reporter.prom.prot": "", "env.java.opt": "", "pipeline.global-job-parameters.x": "",
		"my.own.option": "", "": "", ".": "", strings.Repeat("a.", 5000): "",
	} {
		if got := nearOption(key); got != want {
			t.Errorf("%.60q: %q, want %q", key, got, want)
		}
	}
}

// TestOldNamesAreKnown: the table of old names and Flink's classes agree.
func TestOldNamesAreKnown(t *testing.T) {
	for old, preferred := range oldNames {
		for _, key := range []string{old, preferred} {
			if flinkOptions()[key] == nil {
				t.Errorf("Flink %s has no option %s", optionsLine, key)
			}
		}
	}
}

// TestOptionsAtTheirPlace tells of a value at its own line, also in a template and in
// SET, and of a key without calling it a mistake.
func TestOptionsAtTheirPlace(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "job-template.yaml", "flinkProperties:\n  rest.flamegraph.enabled: yes please\n")
	write(t, "a.yaml", `name: a
flinkProperties:
  execution.checkpointing:
    interval: 5 seks
    intervall: 5 s
  taskmanager.numberOfTaskSlots: many
  execution.checkpointing.mode: twice
  taskmanager.memory.process.size: ${env:SIZE}
sql: |
  SET 'table.exec.mini-batch.size' = 'lots';
  INSERT INTO b SELECT 1
`)
	write(t, "b.yaml", "name: b\nflink-version: \"2.2\"\nflinkProperties: {taskmanager.numberOfTaskSloots: 3, security.ssl.internal.key-password: x}\nsql: INSERT INTO b SELECT 1\n")
	set, err := Load(context.Background(), Options{
		Paths: []string{"a.yaml", "b.yaml"}, Template: "job-template.yaml",
		Env: func(string) (string, bool) { return "huge", true },
	})
	if set == nil || err == nil {
		t.Fatal(err)
	}
	want := `a.yaml:4:15: flinkProperties: execution.checkpointing.interval: '5 seks' is not a duration; write it like 60 s, 10 min, 1 h or PT1H
a.yaml:6:34: flinkProperties: taskmanager.numberOfTaskSlots: 'many' is not a whole number; write it in decimal digits alone, like 4
a.yaml:7:33: flinkProperties: execution.checkpointing.mode: 'twice' is none of its values; it is one of: EXACTLY_ONCE, AT_LEAST_ONCE
a.yaml:8:36: flinkProperties: taskmanager.memory.process.size: 'huge' is not a memory size; write it like 1600m or 2g
a.yaml:10:3: SET: table.exec.mini-batch.size: 'lots' is not a whole number; write it in decimal digits alone, like 4
job-template.yaml:2:28: flinkProperties: rest.flamegraph.enabled: 'yes please' is neither true nor false`
	if got := err.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	const warning = "[a.yaml:5:5: flinkProperties: Flink 2.3 has no option 'execution.checkpointing.intervall'; did you mean 'execution.checkpointing.interval'?]"
	if got := fmt.Sprint(set.Warnings); got != warning {
		t.Errorf("got\n%s\nwant\n%s", got, warning)
	}
}

// TestDecidedUnderAllNames: an option that targets decide is known under every name under
// which Flink would read it, and its names are Flink's.
func TestDecidedUnderAllNames(t *testing.T) {
	data, err := os.ReadFile("flinkoptions/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	others := map[string][]string{}
	for line := range strings.Lines(string(data)) {
		option, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		others[option] = append(others[option], name)
	}
	for _, d := range target.AllDecided() {
		for _, key := range append([]string{d.Option}, d.Also...) {
			if !strings.HasSuffix(key, ".") && !strings.HasPrefix(key, "sql-driver.") && key != "cluster.id" && flinkOptions()[key] == nil {
				t.Errorf("Flink %s has no option %s", optionsLine, key)
			}
			for _, name := range others[key] {
				kind := ""
				if d.On != nil {
					kind = d.On[0]
				}
				if _, ok := target.DecidedBy(kind, name); !ok {
					t.Errorf("%s is %s, too, and not known", name, key)
				}
			}
		}
	}
}
