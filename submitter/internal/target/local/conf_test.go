//go:build linux

package local

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

func TestOptions(t *testing.T) {
	stock := map[string]string{
		"jobmanager.memory.process.size": "1600m", "taskmanager.memory.process.size": "1728m", "jobmanager.rpc.address": "localhost",
		"env.java.opts.all": "--add-opens=x", "rest.bind-port": "8081",
	}
	const tmMemory, jmMemory, slots, delay = "taskmanager.memory.process.size", "jobmanager.memory.process.size", "taskmanager.numberOfTaskSlots", "cluster.registration.error-delay"
	for _, tc := range []struct {
		name         string
		distribution map[string]string
		launch       target.Launch
		stockStart   bool
		want         map[string]string // "" : not set
		processes    int
	}{
		{"nothing asked", stock, target.Launch{}, false, map[string]string{
			jmMemory: defaultJobManagerMemory, tmMemory: defaultTaskManagerMemory, slots: "1", delay: registrationDelay,
			"rest.port": "1", "jobmanager.rpc.port": "2", "rest.bind-port": "", "jobmanager.rpc.address": loopback, "taskmanager.bind-host": loopback, "env.java.opts.all": "--add-opens=x",
		}, 1},
		{"stock start", stock, target.Launch{}, true, map[string]string{delay: "", "sql-driver.stock-start": "true"}, 1},
		{"sizes of the manifest", stock, target.Launch{JobManager: journal.Size{Memory: "2g"}, TaskManager: journal.Size{Memory: "3g"}}, false, map[string]string{jmMemory: "2g", tmMemory: "3g"}, 1},
		{"other memory options", stock, target.Launch{Options: map[string]string{"jobmanager.memory.flink.size": "1g", "taskmanager.memory.task.heap.size": "1g", "taskmanager.memory.managed.size": "1g"}}, false,
			map[string]string{jmMemory: "", tmMemory: ""}, 1},
		{"the distribution's own sizes", map[string]string{jmMemory: "3g", "taskmanager.memory.flink.size": "4g"}, target.Launch{}, false, map[string]string{jmMemory: "3g", tmMemory: ""}, 1},
		{"parallelism", stock, target.Launch{Options: map[string]string{"parallelism.default": "5"}}, false, map[string]string{slots: "5"}, 1},
		{"slots and parallelism", stock, target.Launch{Options: map[string]string{"parallelism.default": "5"}, TaskManager: journal.Size{Slots: 2}}, false, map[string]string{slots: "2"}, 3},
		{"replicas", stock, target.Launch{Options: map[string]string{"parallelism.default": "5"}, TaskManager: journal.Size{Replicas: 2}}, false, map[string]string{slots: "3"}, 2},
		{"what is imposed wins", stock, target.Launch{Options: map[string]string{"rest.port": "9", "rest.bind-address": "0.0.0.0", "rest.bind-port": "9-19"}}, false,
			map[string]string{"rest.port": "1", "rest.bind-address": loopback, "rest.bind-port": ""}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := cluster{dir: "/run", distribution: tc.distribution, launch: tc.launch, ports: ports{1, 2}, private: "/p", stockStart: tc.stockStart}
			got := c.options()
			for k, v := range tc.want {
				if got[k] != v {
					t.Errorf("%s = %q, want %q", k, got[k], v)
				}
			}
			if n := c.taskManagers(); n != tc.processes {
				t.Errorf("%d TaskManagers, want %d", n, tc.processes)
			}
		})
	}
}

func TestConfigYAML(t *testing.T) {
	options := map[string]string{
		"a.b": "plain", "$internal.x": "1", "quotes": `"x" 'y' \z`, "lines": "a\nb\t\x01", "unicode": "é日本🎉", "yes": "no", "html": "<&>", "colon": "a: b # c", "empty": "", "sep": "\u2028",
	}
	data, err := configYAML(options)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := yaml.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	for k, v := range options {
		if back[k] != v {
			t.Errorf("%s = %#v, want %q", k, back[k], v)
		}
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	write(t, path, string(data)+"nested:\n  list: [a, 'b c']\n  number: 1600\n  off:\n")
	read, err := readOptions(path)
	if err != nil {
		t.Fatal(err)
	}
	options["nested.list"], options["nested.number"] = `["a","b c"]`, "1600"
	if diff := cmp.Diff(options, read); diff != "" {
		t.Error(diff)
	}
	if _, err := configYAML(map[string]string{"a": "\xff"}); err == nil {
		t.Error("an option that is no text was written")
	}
}
