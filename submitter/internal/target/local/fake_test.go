//go:build linux

package local

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"flink-sql-driver/submitter/internal/target"
)

// TestMain lets the test binary be the submitter that supervises.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "local" && os.Args[2] == "supervise" {
		if err := Supervise(context.Background(), os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) == 2 && os.Args[1] == "gateway" {
		if err := serveGateway(os.Getenv("FLINK_CONF_DIR")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if len(os.Args) == 3 && os.Args[1] == "hold" { // until its input ends
		f, err := hold(context.Background(), os.Args[2], wait{busy: deadline})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Print(".")
		_, _ = io.Copy(io.Discard, os.Stdin)
		f.Close()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fakeDriver does what the options test.standalone-job and test.taskmanager say
// in shell, and sleeps otherwise.
const fakeDriver = `#!/bin/sh
code=$(sed -n "s/^\"test.$1\": \"\(.*\)\"$/\1/p" "$FLINK_CONF_DIR/config.yaml")
eval "${code:-exec sleep 1000}"
`

// deadline of everything that a test waits for. What works takes a moment; the
// machine may be busy with other tests' JVMs.
const deadline = time.Minute

// fake is a target with a distribution and a driver that only look like ones.
// Everything it started is ended with the test.
func fake(t *testing.T, change ...func(*Config)) *Target {
	t.Helper()
	home, root := t.TempDir(), filepath.Join(t.TempDir(), "root dir")
	write(t, filepath.Join(home, "conf", "config.yaml"), "env:\n  java:\n    opts:\n      all: --add-opens=x\njobmanager:\n  memory:\n    process:\n      size: 1600m\n")
	driver := filepath.Join(home, "driver")
	write(t, driver, fakeDriver)
	if err := os.Chmod(driver, 0o755); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Root: root, FlinkHome: home, JavaHome: home, DriverPath: driver, SubmitterPath: exe, Environ: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}}
	for _, f := range change {
		f(&c)
	}
	target, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := target.Down(context.Background()); err != nil {
			t.Error(err)
		}
		// Records and private directories go too.
		dirs, _ := target.runDirs()
		for _, d := range dirs {
			if members, _ := family(d); len(members) > 0 {
				t.Errorf("%d processes of %s are left: %+v", len(members), d, members)
			}
		}
	})
	return target
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// asked is a launch whose processes do what the scripts say.
func asked(jobManager, taskManager string) target.Launch {
	return target.Launch{
		Ref:       target.Ref{Name: "orders", Launch: 1, ClusterID: "orders-1", JobID: "0123456789abcdef0123456789abcdef"},
		PlanURI:   "file:///plan.json",
		ConfigURI: "file:///config.json#sha256=00",
		Dir:       "file:///launches/orders/1",
		Options:   map[string]string{"test.standalone-job": jobManager, "test.taskmanager": taskManager},
	}
}

func start(t *testing.T, on *Target, l target.Launch) {
	t.Helper()
	if err := on.Launch(t.Context(), l); err != nil {
		t.Fatal(err)
	}
}

// awaitCondition polls Observe.
func awaitCondition(t *testing.T, on *Target, r target.Ref, want target.Condition) target.Observation {
	t.Helper()
	var o target.Observation
	await(t, func() error {
		var err error
		if o, err = on.Observe(t.Context(), r); err == nil && o.Condition != want {
			err = fmt.Errorf("condition %s (%s), want %s", o.Condition, o.Proof, want)
		}
		return err
	})
	return o
}

// await polls until there is no error.
func await(t *testing.T, check func() error) {
	t.Helper()
	until := time.Now().Add(deadline)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(until) {
			t.Fatal(err)
		}
		time.Sleep(alivePoll)
	}
}

// awaitStatus polls status.json.
func awaitStatus(t *testing.T, on *Target, r target.Ref, good func(status) bool) status {
	t.Helper()
	dir, err := on.runDir(r)
	if err != nil {
		t.Fatal(err)
	}
	var s status
	await(t, func() error {
		var err error
		if s, err = readStatus(dir); err == nil && !good(s) {
			err = fmt.Errorf("status %+v", s)
		}
		return err
	})
	return s
}

func kill(t *testing.T, p process) {
	t.Helper()
	if err := p.signal(unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	if !p.wait(ctx) {
		t.Fatalf("%s does not end", p)
	}
}

func oneTaskManager(s status) bool {
	return s.JobManager != nil && len(s.TaskManager) == 1 && s.TaskManager[0].PID != 0
}
