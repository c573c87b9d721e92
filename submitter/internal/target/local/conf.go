//go:build linux

package local

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	contract "flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/target"
)

// Sizes of processes for which nobody asked for others. They are limits: what
// a job that does little really takes is less (docs).
const (
	defaultJobManagerMemory  = "1024m"
	defaultTaskManagerMemory = "1280m"
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

// totals are the options of which one decides how large a process gets; Flink
// refuses some combinations, so a default is given only where none is set.
var totals = map[string][]string{
	"jobmanager.memory.process.size":  {"jobmanager.memory.process.size", "jobmanager.memory.flink.size", "jobmanager.memory.heap.size"},
	"taskmanager.memory.process.size": {"taskmanager.memory.process.size", "taskmanager.memory.flink.size", "taskmanager.memory.task.heap.size"},
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
	out := maps.Clone(c.distribution)
	if out == nil {
		out = map[string]string{}
	}
	for k, v := range stockMemory {
		if out[k] == v {
			delete(out, k)
		}
	}
	asked := maps.Clone(c.settings)
	if asked == nil {
		asked = map[string]string{}
	}
	maps.Copy(asked, c.launch.Options)
	if m := c.launch.JobManager.Memory; m != "" {
		asked["jobmanager.memory.process.size"] = m
	}
	if m := c.launch.TaskManager.Memory; m != "" {
		asked["taskmanager.memory.process.size"] = m
	}
	maps.Copy(out, asked)
	c.defaultMemory(out, asked)
	out["taskmanager.numberOfTaskSlots"] = strconv.Itoa(c.slots())
	if _, ok := asked["cluster.registration.error-delay"]; !ok && !c.stockStart {
		out["cluster.registration.error-delay"] = registrationDelay
	}
	for k, v := range c.imposed() {
		out[k] = v
		if v == "" {
			delete(out, k)
		}
	}
	for _, k := range []string{"rest.bind-port", "jobmanager.rpc.bind-port", "web.port", "web.address"} {
		delete(out, k) // they would stand in for the ones that are imposed
	}
	return out
}

// defaultMemory gives each process a size unless somebody did.
func (c cluster) defaultMemory(out, asked map[string]string) {
	for key, size := range map[string]string{
		"jobmanager.memory.process.size":  defaultJobManagerMemory,
		"taskmanager.memory.process.size": defaultTaskManagerMemory,
	} {
		set := slices.ContainsFunc(totals[key], func(k string) bool { return asked[k] != "" })
		if !set && !slices.ContainsFunc(totals[key], func(k string) bool { return out[k] != "" }) {
			out[key] = size
		} else if set && asked[key] == "" {
			delete(out, key) // the distribution's total beside the job's own
		}
	}
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

// slots of one TaskManager: as asked, else enough for the job's parallelism.
func (c cluster) slots() int {
	if n := c.launch.TaskManager.Slots; n > 0 {
		return n
	}
	if n, err := strconv.Atoi(c.launch.Options["taskmanager.numberOfTaskSlots"]); err == nil && n > 0 {
		return n
	}
	all := parallelism(c.launch)
	if n := c.launch.TaskManager.Replicas; n > 1 {
		return (all + n - 1) / n
	}
	return all
}

// taskManagers is how many processes that takes.
func (c cluster) taskManagers() int {
	if n := c.launch.TaskManager.Replicas; n > 0 {
		return n
	}
	return (parallelism(c.launch) + c.slots() - 1) / c.slots()
}

func parallelism(l target.Launch) int {
	if n, err := strconv.Atoi(l.Options["parallelism.default"]); err == nil && n > 0 {
		return n
	}
	return 1
}
