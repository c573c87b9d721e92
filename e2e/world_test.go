// Package e2e holds the stories: what a user does with both programs, on a real
// Flink.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// programs is the directory of the programs under test, built once.
var programs string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "flink-sql-programs-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programs = dir
	// The tag adds faults to the submitter: signals to itself at chosen entries.
	build := exec.Command("go", "build", "-tags", "faults,disable_grpc_modules", "-o", dir+"/", "../driver", "../submitter")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "building the programs:", err)
		return 1
	}
	return gateway.Run(m)
}

// gateway is a real one that stories share which are not about starting one: it
// takes as long to start as a job.
var gateway flinktest.Shared

// newGuest is newWorld with that gateway.
func newGuest(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.env = append(w.env, "SUBMITTER_GATEWAY="+gateway.Get(t).URL)
	return w
}

// world is one user's directory with manifests, a local store and what runs there.
type world struct {
	t   testing.TB
	dir string
	env []string
	// objects is the directory that the store's objects lie in.
	objects string
	// said is what all commands printed.
	said strings.Builder
}

// newWorld makes an empty one; whatever was started in it is ended with the test.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.objects = filepath.Join(w.dir, ".flink-sql/store")
	w.env = append(os.Environ(), "FLINK_HOME="+flinktest.Home(t), "PWD="+w.dir)
	t.Cleanup(func() {
		if t.Failed() {
			w.keepLogs()
		}
		if r := w.run("local", "down"); r.code != 0 {
			t.Errorf("local down: %s", r.stderr)
		}
	})
	return w
}

// result is what a command did.
type result struct {
	code           int
	stdout, stderr string
}

// commandTimeout bounds one command of a story.
const commandTimeout = 5 * time.Minute

// run runs the submitter.
func (w *world) run(args ...string) result { return w.runWith(nil, args...) }

// runWith runs the submitter with further environment variables.
func (w *world) runWith(env []string, args ...string) result {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	c := w.command(ctx, env, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if args[0] != "status" || err != nil {
		if _, bench := w.t.(*testing.B); !bench || err != nil { // figures stand by themselves
			w.t.Logf("submitter %s\n%s%s", strings.Join(args, " "), out.String(), errs.String())
		}
		w.said.WriteString(out.String() + errs.String())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatalf("submitter %s: %v", strings.Join(args, " "), err)
	}
	return result{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (w *world) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(programs, "submitter"), args...)
	c.Dir = w.dir
	c.Env = slices.Concat(w.env, env)
	return c
}

// must is run, for commands that have to succeed.
func (w *world) must(args ...string) result {
	w.t.Helper()
	r := w.run(args...)
	if r.code != 0 {
		w.t.Fatalf("submitter %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r
}

// write makes a file.
func (w *world) write(name, text string) {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// job is one job of status -o json.
type job struct {
	Name, Status, State, ClusterID, JobID, UI, Phase, Problem string
	QueryVersion                                              int
	Launch                                                    int
}

// status asks for all jobs, by name.
func (w *world) status() map[string]job {
	w.t.Helper()
	var report struct{ Jobs []job }
	if err := json.Unmarshal([]byte(w.must("status", "-o", "json").stdout), &report); err != nil {
		w.t.Fatal(err)
	}
	jobs := make(map[string]job)
	for _, j := range report.Jobs {
		jobs[j.Name] = j
	}
	return jobs
}

// patience is what a story waits for something to happen that nobody has promised
// a time for: a busy machine is no fault.
const patience = 3 * time.Minute

// eventually polls until f holds.
func (w *world) eventually(what string, f func() bool) {
	w.t.Helper()
	w.within(patience, what, f)
}

// within polls until f holds, for what has to come within a limit.
func (w *world) within(limit time.Duration, what string, f func() bool) {
	w.t.Helper()
	for end := time.Now().Add(limit); !f(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// keepLogs shows what went wrong in the logs of a failed story: the failure itself
// must stay in sight.
func (w *world) keepLogs() {
	const enough = 15
	filepath.WalkDir(filepath.Join(w.dir, ".flink-sql"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".log") && !strings.HasSuffix(path, ".err") && !strings.HasSuffix(path, ".out") {
			return nil
		}
		data, _ := os.ReadFile(path)
		var bad []string
		for line := range strings.Lines(string(data)) {
			if strings.Contains(line, " WARN ") || strings.Contains(line, " ERROR ") || strings.Contains(line, "Caused by") {
				bad = append(bad, line[:min(len(line), 300)])
			}
		}
		if bad != nil {
			w.t.Logf("== %s\n%s", path, strings.Join(bad[max(0, len(bad)-enough):], ""))
		}
		return nil
	})
}
