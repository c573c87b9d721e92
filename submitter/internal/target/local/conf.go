//go:build linux

package local

import (
	"maps"
	"path/filepath"
	"strconv"

	contract "flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/target"
)

// registrationDelay is how long a TaskManager that found no JobManager waits:
// Flink's 10 s are a long time where both start at once on one machine.
const registrationDelay = "200 ms"

// stockMemory are the sizes in the config.yaml of a distribution that nobody
// edited; ours stand in for them.
var stockMemory = map[string]string{
	"jobmanager.memory.process.size":  "1600m",
	"taskmanager.memory.process.size": "1728m",
}

// cluster is what config.yaml is made from.
type cluster struct {
	dir          string            // the run directory
	distribution map[string]string // FLINK_HOME/conf/config.yaml
	settings     map[string]string // Config.Options
	launch       target.Launch
	ports        ports
	private      string
	stockStart   bool
	archives     string
}

// options merges all layers, the stronger over the weaker.
func (c cluster) options() map[string]string {
	// A config.yaml may be that of a cluster of its own, and a job's parallelism is
	// its manifest's.
	out := target.Undecided(target.Local, c.distribution)
	delete(out, "parallelism.default")
	for k, v := range stockMemory {
		if out[k] == v {
			delete(out, k)
		}
	}
	asked := target.Undecided(target.Local, c.launch.AskedOptions(c.settings))
	maps.Copy(out, asked)
	target.SetMemory(out, asked)
	out["taskmanager.numberOfTaskSlots"] = strconv.Itoa(c.launch.Slots())
	if _, ok := asked["cluster.registration.error-delay"]; !ok && !c.stockStart {
		out["cluster.registration.error-delay"] = registrationDelay
	}
	for k, v := range c.imposed() {
		out[k] = v
		if v == "" {
			delete(out, k)
		}
	}
	maps.Copy(out, target.Pinned(target.Local, c.launch.Options, c.pins()))
	return out
}

// imposed are the options that make a launch what it is.
func (c cluster) imposed() map[string]string {
	tmp := filepath.Join(c.dir, "tmp")
	return map[string]string{
		"rest.address":           loopback,
		"rest.bind-address":      loopback,
		"rest.port":              strconv.Itoa(c.ports.REST),
		"jobmanager.rpc.address": loopback,
		"jobmanager.rpc.port":    strconv.Itoa(c.ports.RPC),
		"jobmanager.bind-host":   loopback,
		"taskmanager.host":       loopback,
		"taskmanager.bind-host":  loopback,
		"io.tmp.dirs":            tmp,
		"web.tmpdir":             tmp,
		"web.log.path":           filepath.Join(c.dir, "log", logFile(roleJobManager)),

		contract.OptionPlan:            c.launch.PlanURI,
		contract.OptionConfig:          c.launch.ConfigURI,
		contract.OptionLaunch:          c.launch.Dir,
		contract.OptionJobID:           c.launch.JobID,
		"sql-driver.stock-start":       strconv.FormatBool(c.stockStart),
		"sql-driver.private-dir":       filepath.Join(c.private, roleJobManager),
		"sql-driver.work-dir":          filepath.Join(c.dir, "work"),
		"sql-driver.class-archive-dir": c.archives,
		"sql-driver.termination-log":   filepath.Join(c.dir, lastWordFile(roleJobManager)),
	}
}

// pins are values that Flink takes where nothing is set, for launches whose release sets
// something else.
func (c cluster) pins() map[string]string {
	const any = "0" // a free port
	return map[string]string{
		"rest.bind-port":                      strconv.Itoa(c.ports.REST),
		"jobmanager.rpc.bind-port":            strconv.Itoa(c.ports.RPC),
		"taskmanager.rpc.port":                any,
		"taskmanager.rpc.bind-port":           any,
		"taskmanager.data.port":               any,
		"taskmanager.data.bind-port":          any,
		"taskmanager.collect-sink.port":       any,
		"metrics.internal.query-service.port": any,
		"blob.server.port":                    any,
		"security.ssl.rest.enabled":           "false",
		"env.stdout-err.redirect-to-file":     "false",
	}
}
