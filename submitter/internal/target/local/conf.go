//go:build linux

package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

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

// readOptions reads a config.yaml into flat options, as Flink flattens it
// (org.apache.flink.configuration.GlobalConfiguration).
func readOptions(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("Flink's configuration: %w", err)
	}
	var root map[string]any
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("Flink's configuration %s: %w", path, err)
	}
	out := map[string]string{}
	flatten(out, "", root)
	return out, nil
}

func flatten(out map[string]string, prefix string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if prefix != "" {
				k = prefix + "." + k
			}
			flatten(out, k, inner)
		}
	case nil:
	case []any:
		text, err := json.Marshal(v) // YAML in flow style
		if err == nil {
			out[prefix] = string(text)
		}
	default:
		out[prefix] = fmt.Sprint(v)
	}
}

// configYAML writes options as Flink's config.yaml, one line each, sorted.
// Values are quoted the way JSON does, which YAML reads as the same string.
func configYAML(options map[string]string) ([]byte, error) {
	var out bytes.Buffer
	for _, k := range slices.Sorted(maps.Keys(options)) {
		if !utf8.ValidString(k) || !utf8.ValidString(options[k]) {
			return nil, fmt.Errorf("option %q is not UTF-8", k)
		}
		out.Write(quoted(k))
		out.WriteString(": ")
		out.Write(quoted(options[k]))
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

func quoted(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	return bytes.TrimRight(b.Bytes(), "\n")
}

// logConf is log4j's configuration of every Flink process: one file, bounded,
// and nothing on the console, which is for what the job itself prints. The file
// is named by the environment because all processes share the directory.
const logConf = `# Written for one launch; changes are lost.
rootLogger.level = ${env:ROOT_LOG_LEVEL:-INFO}
rootLogger.appenderRef.file.ref = File

appender.file.name = File
appender.file.type = RollingFile
appender.file.append = true
appender.file.fileName = ${env:FLINK_SQL_LOG}
appender.file.filePattern = ${env:FLINK_SQL_LOG}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 20MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3

logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
`

// logConfNames are the names under which Flink's scripts and the driver look.
var logConfNames = []string{"log4j-console.properties", "log4j.properties"}

// writeConf writes a configuration directory.
func writeConf(dir string, options map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	data, err := configYAML(options)
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(dir, "config.yaml"), data); err != nil {
		return err
	}
	for _, name := range logConfNames {
		if err := replaceFile(filepath.Join(dir, name), []byte(logConf)); err != nil {
			return err
		}
	}
	return nil
}

// replaceFile writes a file as a whole or not at all.
func replaceFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func lastWordFile(role string) string { return role + ".last-word" }

func logFile(role string) string { return role + ".log" }

// outFile takes what a process prints, the job's own output among it.
func outFile(role string) string { return role + ".out" }

const (
	roleSupervisor = "supervisor"
	roleJobManager = "jobmanager"
)

func roleTaskManager(n int) string { return "taskmanager-" + strconv.Itoa(n) }

func isTaskManager(role string) bool { return strings.HasPrefix(role, "taskmanager-") }
