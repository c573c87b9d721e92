package flink

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// flinkCase is one configuration that Flink's own tool and scripts are asked about.
type flinkCase struct {
	conf string   // appended to a small base
	args []string // given to the process
	env  []string
	// shell: only a shell can expand it, so the scripts have to be used.
	shell bool
}

const base = "jobmanager.rpc.address: localhost\nenv.java.opts.all: --add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED\n"

// tmSizes and jmSizes keep the other role legal where a case is about one.
const (
	tmSize = "taskmanager.memory.process.size: 1728m\n"
	jmSize = "jobmanager.memory.process.size: 1600m\n"
	sizes  = jmSize + tmSize
)

var flinkCases = map[string]flinkCase{
	"default sizes":              {conf: sizes},
	"nested":                     {conf: "jobmanager:\n  memory:\n    process:\n      size: 2g\ntaskmanager:\n  memory:\n    process:\n      size: 3 gb\n  numberOfTaskSlots: 4\n"},
	"bytes without unit":         {conf: "jobmanager.memory.process.size: 1073741824\ntaskmanager.memory.process.size: 1234567890\n"},
	"odd bytes":                  {conf: "jobmanager.memory.process.size: 1234567891b\ntaskmanager.memory.process.size: 1234567kb\n"},
	"flink sizes":                {conf: "jobmanager.memory.flink.size: 1g\ntaskmanager.memory.flink.size: 1280m\n"},
	"flink and process sizes":    {conf: "jobmanager.memory.flink.size: 1152m\n" + jmSize + "taskmanager.memory.flink.size: 1280m\n" + tmSize},
	"heap":                       {conf: "jobmanager.memory.heap.size: 512m\n" + tmSize},
	"heap and flink size":        {conf: "jobmanager.memory.heap.size: 512m\njobmanager.memory.flink.size: 700m\n" + tmSize},
	"heap, off heap, flink size": {conf: "jobmanager.memory.heap.size: 512m\njobmanager.memory.off-heap.size: 188m\njobmanager.memory.flink.size: 700m\n" + tmSize},
	"heap does not add up":       {conf: "jobmanager.memory.heap.size: 512m\njobmanager.memory.off-heap.size: 100m\njobmanager.memory.flink.size: 700m\n" + tmSize},
	"direct memory limit":        {conf: sizes + "jobmanager.memory.enable-jvm-direct-memory-limit: true\n"},
	"overhead fraction":          {conf: "jobmanager.memory.process.size: 10g\njobmanager.memory.jvm-overhead.fraction: 0.07\ntaskmanager.memory.process.size: 20g\ntaskmanager.memory.jvm-overhead.fraction: 0.033\n"},
	"overhead capped":            {conf: "jobmanager.memory.process.size: 100g\ntaskmanager.memory.process.size: 64g\n"},
	"overhead of flink size":     {conf: "jobmanager.memory.flink.size: 5g\njobmanager.memory.jvm-overhead.fraction: 0.15\ntaskmanager.memory.flink.size: 7g\ntaskmanager.memory.jvm-overhead.fraction: 0.123\n"},
	"metaspace and overhead":     {conf: sizes + "jobmanager.memory.jvm-metaspace.size: 100m\njobmanager.memory.jvm-overhead.min: 50m\njobmanager.memory.jvm-overhead.max: 60m\ntaskmanager.memory.jvm-metaspace.size: 128m\ntaskmanager.memory.jvm-overhead.min: 64m\ntaskmanager.memory.jvm-overhead.max: 80m\n"},
	"managed size":               {conf: jmSize + "taskmanager.memory.process.size: 4g\ntaskmanager.memory.managed.size: 0\n"},
	"managed fraction":           {conf: jmSize + "taskmanager.memory.process.size: 4g\ntaskmanager.memory.managed.fraction: 0.25\n"},
	"network bounds":             {conf: jmSize + "taskmanager.memory.process.size: 4g\ntaskmanager.memory.network.min: 32m\ntaskmanager.memory.network.max: 100m\ntaskmanager.memory.network.fraction: 0.2\n"},
	"network, old names":         {conf: jmSize + "taskmanager.memory.process.size: 4g\ntaskmanager.network.memory.min: 32m\ntaskmanager.network.memory.max: 100m\ntaskmanager.network.memory.fraction: 0.2\ntaskmanager.memory.size: 99m\n"},
	"task heap":                  {conf: jmSize + "taskmanager.memory.process.size: 2g\ntaskmanager.memory.task.heap.size: 800m\n"},
	"task heap and managed":      {conf: jmSize + "taskmanager.memory.task.heap.size: 700m\ntaskmanager.memory.managed.size: 300m\n"},
	"heap, managed, process":     {conf: jmSize + "taskmanager.memory.task.heap.size: 700m\ntaskmanager.memory.managed.size: 300m\ntaskmanager.memory.process.size: 2g\n"},
	"heap, managed, flink":       {conf: jmSize + "taskmanager.memory.task.heap.size: 700m\ntaskmanager.memory.managed.size: 300m\ntaskmanager.memory.flink.size: 1400m\n"},
	"frameworks":                 {conf: jmSize + "taskmanager.memory.process.size: 2g\ntaskmanager.memory.framework.heap.size: 64m\ntaskmanager.memory.framework.off-heap.size: 96m\ntaskmanager.memory.task.off-heap.size: 17m\n"},
	"cores":                      {conf: sizes + "taskmanager.cpu.cores: 0.75\ntaskmanager.numberOfTaskSlots: 3\n"},
	"many cores":                 {conf: sizes + "taskmanager.cpu.cores: 12.123456789\n"},
	"too small":                  {conf: "jobmanager.memory.process.size: 300m\ntaskmanager.memory.process.size: 300m\n"},
	"bad unit":                   {conf: "jobmanager.memory.process.size: 3 bananas\ntaskmanager.memory.process.size: x\n"},
	"nothing":                    {},
	"by argument":                {conf: sizes, args: []string{"-D", "jobmanager.memory.process.size=1g", "-Dtaskmanager.memory.process.size=1g", "-D", "taskmanager.numberOfTaskSlots=2"}},
	"java options":               {conf: sizes + "env.java.opts.jobmanager: -Dx=1 -Dy=a,b\nenv.java.opts.taskmanager: -Dz=2\nenv.java.default-opts.all: -Dall=1\nenv.java.default-opts.jobmanager: -Djm=1\n"},
	"java options by variable":   {conf: sizes, env: []string{"FLINK_ENV_JAVA_OPTS=-Done=1", "FLINK_ENV_JAVA_OPTS_JM=-Djm=2", "FLINK_ENV_JAVA_OPTS_TM=-Dtm=2", "JVM_ARGS=-Dv=3 -Dw=4"}},
	"java options for a shell":   {conf: sizes + "env.java.opts.jobmanager: -Xloggc:${FLINK_LOG_PREFIX}.gc\nenv.java.opts.taskmanager: -Xloggc:${FLINK_LOG_PREFIX}.gc\n", shell: true},
	"logs":                       {conf: sizes + "env.log.dir: /tmp/some-logs\nenv.log.level: DEBUG\nenv.log.max: 3\n"},
	"to files":                   {conf: sizes + "env.stdout-err.redirect-to-file: true\nenv.log.dir: REDIRECTS\n"},
	"hadoop":                     {conf: sizes + "env.yarn.conf.dir: /y\n", env: []string{"HADOOP_CLASSPATH=/h/*:/i", "HADOOP_CONF_DIR=/c"}},
	"identity":                   {conf: sizes, env: []string{"FLINK_IDENT_STRING=me", "HOSTNAME=there", "ROOT_LOG_LEVEL=WARN"}},
}

// flinkHome is the real distribution that the tests run against.
func flinkHome(t testing.TB) string {
	home := os.Getenv("FLINK_HOME")
	if _, err := os.Stat(filepath.Join(home, "bin", "flink-console.sh")); home == "" || err != nil {
		t.Fatal("this test needs a Flink 2.3 distribution: set FLINK_HOME")
	}
	return home
}

// askFlink writes every case into a directory of its own and has Flink's tool
// answer all of them in one JVM.
func askFlink(t *testing.T, home string) map[string]string {
	root := t.TempDir()
	dirs := map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(flinkCases)) {
		c := flinkCases[name]
		dir := filepath.Join(root, fmt.Sprint(i))
		must(t, os.MkdirAll(filepath.Join(dir, "conf"), 0o755))
		conf := strings.ReplaceAll(base+c.conf, "REDIRECTS", dir)
		must(t, os.WriteFile(filepath.Join(dir, "conf", ConfName), []byte(conf), 0o644))
		must(t, os.WriteFile(filepath.Join(dir, "args"), []byte(strings.Join(c.args, "\n")), 0o644))
		dirs[name] = dir
	}
	dist, _ := filepath.Glob(filepath.Join(home, "lib", "flink-dist*.jar"))
	cmd := exec.Command("java", append([]string{
		"-XX:TieredStopAtLevel=1", "-cp", filepath.Join(home, "bin", "bash-java-utils.jar") + ":" + strings.Join(dist, ":"),
		"testdata/AskFlink.java",
	}, slices.Sorted(maps.Values(dirs))...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dirs
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fakeJava answers the scripts' calls of Flink's tool with what that said, and
// writes down the command line and environment of everything else.
const fakeJava = `#!/bin/bash
case "$*" in
*BashJavaUtils*) while [ "$1" != org.apache.flink.runtime.util.bash.BashJavaUtils ]; do shift; done
  cat "$(dirname "$4")/out.$2" ;;
-XshowSettings*) echo "    java.specification.version = 17" >&2 ;;
*) printf '%s\0' "$@" > "$ANSWER"; env -0 > "$ANSWER.env" ;;
esac
`

func TestSameAsFlinksScripts(t *testing.T) {
	home := flinkHome(t)
	dirs := askFlink(t, home)
	javaHome := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(javaHome, "bin"), 0o755))
	must(t, os.WriteFile(filepath.Join(javaHome, "bin", "java"), []byte(fakeJava), 0o755))
	must(t, os.WriteFile(filepath.Join(javaHome, "release"), []byte("JAVA_VERSION=\"17.0.15\"\n"), 0o644))
	for name, c := range flinkCases {
		for _, service := range []Service{StandaloneJob, TaskExecutor, KubernetesApplication, KubernetesTaskManager} {
			t.Run(name+"/"+service.Name, func(t *testing.T) {
				t.Parallel()
				compareWithScript(t, dirs[name], javaHome, home, c, service)
			})
		}
	}
}

func compareWithScript(t *testing.T, dir, javaHome, home string, c flinkCase, service Service) {
	env := Env(append([]string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "JAVA_HOME=" + javaHome, "USER=tester", "FLINK_CONF_DIR=" + filepath.Join(dir, "conf"),
		"FLINK_HOME=" + home, "FLINK_PID_DIR=" + t.TempDir(), "ANSWER=" + filepath.Join(t.TempDir(), "answer"),
		"FLINK_TM_JVM_MEM_OPTS=-Xmx1 -Xms2",
	}, c.env...))
	inst, err := FindInstallation(env)
	must(t, err)
	conf, err := readConf(filepath.Join(dir, "conf", ConfName))
	must(t, err)

	want, wantEnv := scriptAnswer(t, inst.Stock(service, c.args, env))
	got, err := inst.Java(Start{Service: service, Conf: conf, Args: c.args, Env: env.With("FLINK_PID_DIR", t.TempDir()), PID: os.Getpid()})
	var unsure *StockError
	if errors.As(err, &unsure) {
		if want != nil && !c.shell {
			t.Errorf("left to the scripts, which can: %v", err)
		}
		return
	}
	must(t, err)
	if want == nil {
		t.Fatalf("Flink's scripts refuse, but we start %q", got.Argv)
	}
	if diff := cmp.Diff(want, got.Argv[1:]); diff != "" {
		t.Errorf("command line (-script +ours):\n%s", diff)
	}
	for _, v := range []string{"FLINK_CONF_DIR", "FLINK_BIN_DIR", "FLINK_LIB_DIR", "FLINK_OPT_DIR", "FLINK_PLUGINS_DIR", "MAX_LOG_FILE_NUMBER", "ROOT_LOG_LEVEL"} {
		if wantEnv.Get(v) != got.Env.Get(v) {
			t.Errorf("%s: script %q, ours %q", v, wantEnv.Get(v), got.Env.Get(v))
		}
	}
}

func readConf(path string) (*Conf, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return ParseConf(data)
}

// scriptAnswer runs a stock script and returns what it would have given to java;
// nothing if it gave up before.
func scriptAnswer(t *testing.T, c Command) ([]string, Env) {
	cmd := exec.Command(c.Path, c.Argv[1:]...)
	cmd.Env = c.Env
	out, err := cmd.CombinedOutput()
	answer := c.Env.Get("ANSWER")
	argv, readErr := os.ReadFile(answer)
	if readErr != nil {
		t.Logf("script: %v\n%s", err, out)
		return nil, nil
	}
	environment, err := os.ReadFile(answer + ".env")
	must(t, err)
	text := strings.Split(strings.TrimSuffix(string(argv), "\x00"), "\x00")
	// A script whose tool refused to work out the memory goes on all the same.
	if !slices.ContainsFunc(text, func(a string) bool { return strings.HasPrefix(a, "-Xmx") }) {
		return nil, nil
	}
	return text, strings.Split(string(environment), "\x00")
}
