package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// driverBinary is the program under test, built once.
var driverBinary string

func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "-test.fuzzworker") {
		os.Exit(m.Run()) // fuzzing needs no program
	}
	dir, err := os.MkdirTemp("", "driver-test-")
	if err != nil {
		panic(err)
	}
	driverBinary = filepath.Join(dir, "driver")
	build := exec.Command("go", "build", "-o", driverBinary, ".")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// recorder is a program that writes down how it was called and with what
// environment, and then does what FAKE_DOES says.
const recorder = `#!/bin/bash
printf '%s\0' "$0" "$@" > "$RECORD.argv"
env -0 > "$RECORD.env"
echo $$ > "$RECORD.pid"
eval "$FAKE_DOES"
`

// world is a fake Flink, whose java and scripts only write down how they were
// called, and a place for everything else.
type world struct {
	t    testing.TB
	dir  string
	home string
	env  []string
}

func newWorld(t testing.TB) *world {
	dir := t.TempDir()
	w := &world{t: t, dir: dir, home: filepath.Join(dir, "flink")}
	for _, script := range []string{"standalone-job.sh", "taskmanager.sh", "kubernetes-jobmanager.sh", "kubernetes-taskmanager.sh"} {
		w.file("flink/bin/"+script, recorder, 0o755)
	}
	w.file("java/bin/java", recorder, 0o755)
	w.file("java/release", "JAVA_VERSION=\"17.0.15\"\n", 0o644)
	w.file("flink/lib/flink-dist-0.jar", "", 0o644)
	w.file("flink/conf/config.yaml", "jobmanager.memory.process.size: 1600m\ntaskmanager.memory.process.size: 1728m\n", 0o644)
	w.file("flink/conf/log4j-console.properties", "x=1\n", 0o644)
	w.env = []string{
		"PATH=" + filepath.Join(dir, "bin") + ":" + filepath.Join(w.home, "bin") + ":/usr/bin:/bin", "FLINK_HOME=" + w.home, "JAVA_HOME=" + filepath.Join(dir, "java"),
		"FLINK_PID_DIR=" + dir, "FLINK_LOG_DIR=" + dir, "USER=tester", "HOSTNAME=here", "RECORD=" + filepath.Join(dir, "record"),
		"FLINK_SQL_ENTRYPOINT=/nowhere",
	}
	return w
}

// file writes a file below the world's directory and returns its path.
func (w *world) file(name, text string, mode os.FileMode) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// testTimeout ends a driver that hangs.
const testTimeout = 3 * time.Minute

// result is what came of one start of the driver.
type result struct {
	code   int
	stderr string
	argv   []string // of the program that it became; nil: none
	env    []string
	last   string // termination log
	pid    int
}

// command is the driver with the options that keep a test to itself.
func (w *world) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, driverBinary, args...)
	cmd.Env = append(w.env, "FLINK_PROPERTIES="+strings.Join([]string{
		"sql-driver.private-dir: " + w.private(), "sql-driver.work-dir: " + filepath.Join(w.dir, "work"),
		"sql-driver.termination-log: " + filepath.Join(w.dir, "last-word"), "sql-driver.secret-dir: " + filepath.Join(w.dir, "secrets"),
	}, "\n"))
	return cmd
}

func (w *world) private() string {
	return filepath.Join("/dev/shm", "driver-test-"+filepath.Base(filepath.Dir(w.dir))+filepath.Base(w.dir))
}

func (w *world) run(args ...string) result {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	defer cancel()
	w.t.Cleanup(func() { os.RemoveAll(w.private()) })
	for _, old := range []string{"record.argv", "record.env", "record.pid", "last-word"} {
		os.Remove(filepath.Join(w.dir, old))
	}
	cmd := w.command(ctx, args...)
	var stderr bytes.Buffer
	cmd.Stderr, cmd.Stdout = &stderr, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	r := result{code: cmd.ProcessState.ExitCode(), stderr: stderr.String(), pid: cmd.Process.Pid}
	r.argv = w.list("record.argv")
	r.env = w.list("record.env")
	r.last = w.text("last-word")
	return r
}

func (w *world) text(name string) string {
	data, _ := os.ReadFile(filepath.Join(w.dir, name))
	return string(data)
}

func (w *world) list(name string) []string {
	text := w.text(name)
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\x00"), "\x00")
}

// inPrivate reads a file of the private directory of a finished run.
func (w *world) inPrivate(r result, role, name string) string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.private(), fmt.Sprintf("%s-%d", role, r.pid), name))
	if err != nil {
		w.t.Fatalf("%v\n%s", err, r.stderr)
	}
	return string(data)
}

func (r result) want(t testing.TB, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d", r.code, code)
	}
	for _, word := range words {
		if !strings.Contains(r.stderr, word) {
			t.Errorf("%q is missing", word)
		}
	}
	if code >= 64 && code <= 127 && r.last == "" && len(words) > 0 {
		t.Error("no last word in the termination log")
	}
	if t.Failed() {
		t.Logf("stderr:\n%s\nargv: %q", r.stderr, r.argv)
	}
}

// after returns the argument that follows another.
func (r result) after(name string) string {
	for i, a := range r.argv {
		if a == name && i+1 < len(r.argv) {
			return r.argv[i+1]
		}
	}
	return ""
}

func (r result) variable(name string) string {
	for _, e := range r.env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}
