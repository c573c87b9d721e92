package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// realWorld runs the driver with a real Flink. Its processes die with the test.
type realWorld struct {
	t    *testing.T
	dir  string
	env  []string
	url  string
	logs map[string]*os.File
}

const canary = "canary-7f3a91"

func newRealWorld(t *testing.T, conf map[string]string) *realWorld {
	w := &realWorld{t: t, dir: t.TempDir(), logs: map[string]*os.File{}}
	home := flinktest.Home(t)
	rest, rpc := port(t), port(t)
	all := map[string]string{
		"rest.address": "127.0.0.1", "rest.bind-address": "127.0.0.1", "rest.port": rest,
		"jobmanager.rpc.address": "127.0.0.1", "jobmanager.bind-host": "127.0.0.1", "jobmanager.rpc.port": rpc,
		"taskmanager.host": "127.0.0.1", "taskmanager.bind-host": "127.0.0.1",
		"jobmanager.memory.process.size": "1024m", "taskmanager.memory.process.size": "1024m", "taskmanager.memory.managed.size": "64m",
		"io.tmp.dirs": w.mkdir("tmp"), "env.java.opts.all": distributionOpts(t, home),
		"sql-driver.work-dir": filepath.Join(w.dir, "work"), "sql-driver.private-dir": w.private(),
		"sql-driver.termination-log": filepath.Join(w.dir, "last-word"),
	}
	for k, v := range conf {
		all[k] = strings.ReplaceAll(v, "DIR", w.dir)
	}
	var text strings.Builder
	for k, v := range all {
		fmt.Fprintf(&text, "%q: %q\n", k, v)
	}
	for _, name := range []string{"log4j-console.properties", "logback-console.xml"} {
		data, err := os.ReadFile(filepath.Join(home, "conf", name))
		if err != nil {
			t.Fatal(err)
		}
		w.file("conf/"+name, string(data))
	}
	w.file("conf/config.yaml", text.String())
	w.env = append(os.Environ(), "FLINK_HOME="+home, "FLINK_CONF_DIR="+filepath.Join(w.dir, "conf"), "FLINK_LOG_DIR="+w.mkdir("log"),
		"FLINK_PID_DIR="+w.mkdir("pid"), "CANARY="+canary, "FLINK_SQL_ENTRYPOINT=/nowhere")
	w.url = "http://127.0.0.1:" + rest
	t.Cleanup(func() {
		os.RemoveAll(w.private())
		if t.Failed() {
			for name, f := range w.logs {
				data, _ := os.ReadFile(f.Name())
				t.Logf("%s:\n%s", name, tail(data, 4000))
			}
		}
	})
	return w
}

func tail(data []byte, n int) []byte { return data[max(0, len(data)-n):] }

func port(t *testing.T) string {
	p, err := flinktest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(p)
}

// distributionOpts are the --add-opens that Flink needs on Java 17.
func distributionOpts(t *testing.T, home string) string {
	data, err := os.ReadFile(filepath.Join(home, "conf", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if _, opts, ok := strings.Cut(line, "all: --add"); ok {
			return "--add" + strings.TrimSpace(opts)
		}
	}
	t.Fatal("no env.java.opts.all in the distribution's config.yaml")
	return ""
}

func (w *realWorld) private() string {
	return "/dev/shm/driver-real-" + filepath.Base(filepath.Dir(w.dir))
}

func (w *realWorld) mkdir(name string) string {
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *realWorld) file(name, text string) string {
	path := filepath.Join(w.dir, name)
	w.mkdir(filepath.Dir(name))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// plan copies a recorded plan with its paths filled in.
func (w *realWorld) plan(name string, replace ...string) string {
	data, err := os.ReadFile(filepath.Join("testdata/plans", name))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.file(name, strings.NewReplacer(replace...).Replace(string(data)))
}

// start starts a driver in the background.
func (w *realWorld) start(name string, args ...string) *exec.Cmd {
	w.t.Helper()
	log, err := os.Create(filepath.Join(w.dir, name+".out"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.logs[name] = log
	cmd := exec.Command(driverBinary, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = w.env, log, log
	cmd.SysProcAttr = noOutliving()
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		log.Close()
	})
	return cmd
}

const realTimeout = 3 * time.Minute

// until polls.
func (w *realWorld) until(what string, done func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(realTimeout); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("still waiting: %s", what)
		}
	}
}

// get asks the JobManager; false until it answers 200.
func (w *realWorld) get(path string, into any) bool {
	resp, err := http.Get(w.url + path)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK && json.NewDecoder(resp.Body).Decode(into) == nil
}

func (w *realWorld) post(path, body string, into any) {
	w.t.Helper()
	resp, err := http.Post(w.url+path, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	if resp.StatusCode/100 != 2 {
		w.t.Fatalf("POST %s: %s\n%s", path, resp.Status, data)
	}
	if err := json.Unmarshal(data, into); err != nil {
		w.t.Fatal(err)
	}
}

// running waits until all tasks of the job run.
func (w *realWorld) running(id string) {
	w.t.Helper()
	w.until("job "+id+" runs", func() bool {
		var job struct {
			State    string
			Vertices []struct{ Status string }
		}
		if !w.get("/jobs/"+id, &job) || job.State != "RUNNING" {
			return false
		}
		for _, v := range job.Vertices {
			if v.Status != "RUNNING" {
				return false
			}
		}
		return true
	})
}

// ends waits for a process and returns its code.
func (w *realWorld) ends(cmd *exec.Cmd) int {
	w.t.Helper()
	done := make(chan int, 1)
	go func() { cmd.Wait(); done <- cmd.ProcessState.ExitCode() }()
	select {
	case code := <-done:
		return code
	case <-time.After(realTimeout):
		w.t.Fatal("the process does not end")
		return -1
	}
}

// assertHidden looks for the canary everywhere but in the private directory.
func (w *realWorld) assertHidden() {
	w.t.Helper()
	_ = filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(canary)) {
			w.t.Errorf("the secret is in %s", path)
		}
		return nil
	})
}

// assertNotInArguments looks at what everybody on this machine can see.
func (w *realWorld) assertNotInArguments() {
	w.t.Helper()
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(canary)) {
			w.t.Errorf("the secret is in %s: %s", path, bytes.ReplaceAll(data, []byte{0}, []byte{' '}))
		}
	}
}

func TestRealBoundedJob(t *testing.T) {
	w := newRealWorld(t, nil)
	out := filepath.Join(w.dir, "out")
	plan := w.plan("reading.json", "file:///IN", "file://${resource:words.csv}", "file:///OUT", "file://"+out)
	words := w.file("in.csv", "1,one\n2,two\n3,three\n")
	jar := filepath.Join(flinktest.Home(t), "lib")
	jars, _ := filepath.Glob(filepath.Join(jar, "flink-cep-*.jar"))
	config := w.file("c.json", `{"version":1,"run":{"plan":{}},"resources":[{"name":"words.csv","kind":"file","uri":"file://`+words+`","sha256":"`+digestOf("1,one\n2,two\n3,three\n")+`"},
		{"name":"cep.jar","kind":"jar","uri":"`+jars[0]+`"}],"init":["CREATE DATABASE other -- nobody uses it"],
		"session":{"pipeline.name":"reading","s3.secret-key":"${secret:CANARY}","some.token":"${secret:CANARY}"},"secrets":["CANARY"]}`)
	args := []string{"-D", configOption("file://" + config)}
	jm := w.start("jobmanager", append([]string{"standalone-job", "-D", planOption("file://" + plan), "-D", optJobID + "=" + testJobID}, args...)...)
	w.start("taskmanager", append([]string{"taskmanager"}, args...)...)
	w.until("the job is there", func() bool { var v any; return w.get("/jobs/"+testJobID, &v) })
	w.assertNotInArguments()
	if code := w.ends(jm); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	var rows []string
	_ = filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if data, err := os.ReadFile(path); err == nil && !strings.HasPrefix(d.Name(), ".") {
			rows = append(rows, strings.Fields(string(data))...)
		}
		return nil
	})
	slices.Sort(rows)
	if want := []string{"1,ONE", "2,TWO", "3,THREE"}; !slices.Equal(rows, want) {
		t.Errorf("rows %q, want %q", rows, want)
	}
	w.assertHidden()
}

// TestRealLaunches takes one job through a crash and an upgrade: launch 3 runs
// and is killed, starts again from its checkpoint, is stopped with a savepoint,
// and launch 4, which stood by, goes on from that.
func TestRealLaunches(t *testing.T) {
	w := newRealWorld(t, map[string]string{
		"execution.checkpointing.interval": "300 ms", "execution.checkpointing.dir": "file://DIR/checkpoints",
		"execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
	})
	plan := w.plan("counting.json")
	ids := map[int]string{3: strings.Repeat("3", 32), 4: strings.Repeat("4", 32)}
	journal := func(number, launch int) {
		w.file(fmt.Sprintf("store/journal/orders/%020d.json", number), fmt.Sprintf(`{"version":1,"number":%d,"name":"orders","phase":"decided","launch":{"number":%d}}`, number, launch))
	}
	decide := func(launch int, savepoint string) {
		w.file(fmt.Sprintf("store/launches/orders/%d/decision.json", launch), fmt.Sprintf(
			`{"version":1,"verdict":"go","launch":%d,"clusterId":"orders-%d","jobId":"%s","savepoint":"%s","claimMode":"NO_CLAIM","nonce":"n"}`, launch, launch, ids[launch], savepoint))
	}
	start := func(launch int, name string) *exec.Cmd {
		return w.start(name, "standalone-job", "-D", planOption("file://"+plan), "-D", optJobID+"="+ids[launch],
			"-D", fmt.Sprintf("%s=file://%s/store/launches/orders/%d/", optLaunch, w.dir, launch))
	}
	restored := func(launch int) string {
		var c struct {
			Latest struct {
				Restored struct {
					Path string `json:"external_path"`
				}
			}
		}
		w.until("restored", func() bool { return w.get("/jobs/"+ids[launch]+"/checkpoints", &c) && c.Latest.Restored.Path != "" })
		return c.Latest.Restored.Path
	}
	journal(1, 3)
	decide(3, "")
	jm := start(3, "jobmanager-3")
	w.start("taskmanager", "taskmanager", "-D", planOption("file://"+plan))
	w.running(ids[3])
	w.until("a checkpoint", func() bool {
		found, _ := filepath.Glob(filepath.Join(w.dir, "checkpoints", ids[3], "chk-*", "_metadata"))
		return len(found) > 0
	})
	jm.Process.Kill()
	w.ends(jm)

	jm = start(3, "jobmanager-3-again")
	w.running(ids[3])
	if path := restored(3); !strings.Contains(path, "/checkpoints/"+ids[3]+"/chk-") {
		t.Errorf("restored from %s", path)
	}

	var trigger struct {
		ID string `json:"request-id"`
	}
	w.post("/jobs/"+ids[3]+"/stop", `{"targetDirectory":"file://`+w.dir+`/savepoints"}`, &trigger)
	var saved struct {
		Status    struct{ ID string }
		Operation struct{ Location string }
	}
	w.until("the savepoint", func() bool {
		return w.get("/jobs/"+ids[3]+"/savepoints/"+trigger.ID, &saved) && saved.Status.ID == "COMPLETED"
	})
	if code := w.ends(jm); code != 0 || saved.Operation.Location == "" {
		t.Fatalf("exit code %d, savepoint %+v", code, saved)
	}

	jm = start(4, "jobmanager-4")
	w.until("the standby has a TaskManager", func() bool {
		var o struct{ Taskmanagers int }
		return w.get("/overview", &o) && o.Taskmanagers == 1
	})
	journal(2, 4)
	decide(4, saved.Operation.Location)
	decided := time.Now()
	w.running(ids[4])
	t.Logf("standby: decision to all tasks running %v", time.Since(decided))
	if path := restored(4); path != saved.Operation.Location {
		t.Errorf("restored from %s, want %s", path, saved.Operation.Location)
	}
	jm.Process.Signal(syscall.SIGTERM)
	if code := w.ends(jm); code != 143 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
}
