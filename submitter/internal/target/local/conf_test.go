//go:build linux

package local

import (
	"testing"

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
			jmMemory: "1024m", tmMemory: "1280m", slots: "1", delay: registrationDelay,
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
			map[string]string{"rest.port": "1", "rest.bind-address": loopback, "rest.bind-port": "1"}, 1},
		{"under old names", stock, target.Launch{Options: map[string]string{"jobmanager.web.port": "9", "taskmanager.tmp.dirs": "/x", "high-availability": "zookeeper", "env.log.dir": "/x"}}, false,
			map[string]string{"rest.bind-port": "1", "jobmanager.web.port": "", "io.tmp.dirs": "/run/tmp", "taskmanager.tmp.dirs": "", "high-availability": "", "env.log.dir": ""}, 1},
		{"ports of many", stock, target.Launch{Options: map[string]string{"taskmanager.data.port": "9", "blob.server.port": "9", "jobmanager.rpc.bind-port": "9"}}, false,
			map[string]string{"taskmanager.data.port": "0", "blob.server.port": "0", "jobmanager.rpc.bind-port": "2", "taskmanager.rpc.port": ""}, 1},
		{"a distribution for another cluster", map[string]string{"high-availability.type": "zookeeper", "parallelism.default": "7", "security.ssl.rest.enabled": "true", "pipeline.jars": "x", "taskmanager.rpc.port": "1"}, target.Launch{}, false,
			map[string]string{"high-availability.type": "", "parallelism.default": "", "security.ssl.rest.enabled": "", "pipeline.jars": "", "taskmanager.rpc.port": "", slots: "1"}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := cluster{dir: "/run", distribution: tc.distribution, launch: tc.launch, ports: ports{1, 2}, private: "/p", stockStart: tc.stockStart}
			got := c.options()
			for k, v := range tc.want {
				if got[k] != v {
					t.Errorf("%s = %q, want %q", k, got[k], v)
				}
			}
			if n := c.launch.TaskManagers(); n != tc.processes {
				t.Errorf("%d TaskManagers, want %d", n, tc.processes)
			}
		})
	}
}

// TestImposedIsDecided: whatever a launch sets, the manifest's author is told of.
func TestImposedIsDecided(t *testing.T) {
	c := cluster{dir: "/run", private: "/p"}
	for _, own := range []map[string]string{c.imposed(), c.pins()} {
		for key := range own {
			if _, ok := target.DecidedBy(target.Local, key); !ok {
				t.Errorf("%s is set by the target, which target.DecidedBy does not know", key)
			}
		}
	}
}
