//go:build linux

package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	identity "flink-sql-driver/plan/process"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

func TestJudge(t *testing.T) {
	code := func(n int) *int { return &n }
	jm := func(c *int) *child { return &child{process: process{PID: 42, Start: 7}, Code: c} }
	for _, tc := range []struct {
		name  string
		view  view
		want  target.Condition
		proof string
	}{
		{"runs", view{known: true, supervised: true, jobManagerAlive: true, status: status{JobManager: jm(nil)}}, target.Running, "process 42) runs"},
		{"runs, seen from another container", view{known: true, place: neighbour, supervised: true, jobManagerAlive: true, status: status{JobManager: jm(nil)}}, target.Running, "runs"},
		{"ended, seen from another container", view{known: true, place: neighbour, status: status{JobManager: jm(nil)}}, target.Failed, "without a word"},
		{"on another machine", view{known: true, place: elsewhere, request: request{Host: host{Name: "pluto"}}, status: status{JobManager: jm(nil)}}, target.Unknown, "pluto"},
		{"ended on another machine", view{known: true, place: elsewhere, status: status{JobManager: jm(code(0))}}, target.Unknown, "cannot be seen"},
		{"before the last boot", view{known: true, place: rebooted, status: status{JobManager: jm(nil)}}, target.Failed, "started again since"},
		{"finished before the last boot", view{known: true, place: rebooted, status: status{JobManager: jm(code(0))}}, target.Finished, "code 0"},
		{"failed", view{known: true, status: status{JobManager: jm(code(163))}}, target.Failed, "code 163"},
		{"stopped by us", view{known: true, status: status{JobManager: jm(code(0)), Stopped: "by hand"}}, target.Failed, "by hand"},
		{"starting", view{supervised: true}, target.Running, "is starting"},
		{"ended a moment ago", view{known: true, supervised: true, status: status{JobManager: jm(nil)}}, target.Unknown, "not recorded"},
		{"supervisor died early", view{}, target.Failed, "before it started"},
		{"never came to that", view{known: true, status: status{Problem: "no port"}}, target.Failed, "no port"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := tc.view.judge()
			if o.Condition != tc.want || !strings.Contains(o.Proof, tc.proof) {
				t.Errorf("%+v, want %s because %q", o, tc.want, tc.proof)
			}
		})
	}
}

func TestSeenFrom(t *testing.T) {
	on := func(name, machine, boot, namespace string) host {
		return host{Name: name, Machine: machine, Place: identity.Place{Boot: boot, Namespace: namespace}}
	}
	now := on("a", "m", "1", "pid:[1]")
	for _, tc := range []struct {
		name     string
		recorded host
		want     place
	}{
		{"here", now, here},
		{"another container", on("b", "", "1", "pid:[2]"), neighbour},
		{"another boot", on("a", "m", "0", "pid:[1]"), rebooted},
		{"another machine", on("b", "m2", "2", "pid:[1]"), elsewhere},
		{"a clone of this machine's image", on("b", "m", "2", ""), elsewhere},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.recorded.seenFrom(now); got != tc.want {
				t.Errorf("%v, want %v", got, tc.want)
			}
		})
	}
}

// Directories of launches outlive the program that made them.
func TestFormats(t *testing.T) {
	code := 137
	ended := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := status{
		Version: 1, Host: host{Name: "h", Machine: "m", Place: identity.Place{Boot: "b", Namespace: "pid:[1]"}}, Supervisor: process{1, 2},
		JobManager: &child{process: process{3, 4}, Role: "jobmanager"}, TaskManager: []child{{process: process{5, 6}, Role: "taskmanager-1", Restarts: 1, Ended: ended, Code: &code}},
	}
	got, err := json.Marshal(s)
	const want = `{"version":1,"host":{"name":"h","machine":"m","boot":"b","namespace":"pid:[1]"},"supervisor":{"pid":1,"start":2},"ports":{"rest":0,"rpc":0},` +
		`"jobManager":{"pid":3,"start":4,"role":"jobmanager","started":"0001-01-01T00:00:00Z"},` +
		`"taskManagers":[{"pid":5,"start":6,"role":"taskmanager-1","started":"0001-01-01T00:00:00Z","restarts":1,"ended":"2026-01-02T03:04:05Z","code":137}]}`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s, want\n%s", err, got, want)
	}
}

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

func TestPortRange(t *testing.T) {
	for _, tc := range []struct {
		kernel    string
		err       error
		low, high int
	}{
		{"32768\t60999\n", nil, 20000, 32767},
		{"1024 65535", nil, 20000, 65535},
		{"1024 60000", nil, 60001, 65535},
		{"10000 65535", nil, 1024, 9999},
		{"nonsense", nil, 20000, 32767},
		{"", errors.New("no such file"), 20000, 32767},
	} {
		if low, high := portRangeBelow(tc.kernel, tc.err); low != tc.low || high != tc.high {
			t.Errorf("%q: %d to %d, want %d to %d", tc.kernel, low, high, tc.low, tc.high)
		}
	}
}

func TestPassed(t *testing.T) {
	environ := []string{"PATH=/bin", "LC_ALL=C", "AWS_PROFILE=p", "FLINK_ENV_JAVA_OPTS=-x", "FLINK_CONF_DIR=/etc", "SECRET=s", "TOKEN=t", "nonsense", envRun + "=/other"}
	want := []string{"PATH=/bin", "LC_ALL=C", "AWS_PROFILE=p", "FLINK_ENV_JAVA_OPTS=-x", "SECRET=s"}
	if got := passed(environ, []string{"SECRET"}); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := with([]string{"A=1", "B=2", "x=A"}, "A", "B", "C", "3"); !slices.Equal(got, []string{"B=2", "x=A", "A=B", "C=3"}) {
		t.Errorf("%q", got)
	}
}

func TestOwnDirRefusesStrangers(t *testing.T) {
	base := t.TempDir()
	link := filepath.Join(base, "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(base, "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{link, open} {
		if err := ownDir(dir); err == nil {
			t.Errorf("%s was accepted", dir)
		}
	}
	if err := ownDir(filepath.Join(base, "new")); err != nil {
		t.Error(err)
	}
}

func TestCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.out")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprint(f, "0123456789")
	for range 2 {
		if err := cut(path, 4); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprint(f, "ab")
	old, _ := os.ReadFile(path + ".1")
	now, _ := os.ReadFile(path)
	if string(old) != "6789" || string(now) != "ab" {
		t.Errorf("%q, %q", old, now)
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	var out bytes.Buffer
	follow := &tail{path: path}
	defer follow.close()
	step := func(want string) {
		t.Helper()
		if _, err := follow.copyTo(&out); err != nil || out.String() != want {
			t.Errorf("%q, want %q, %v", out.String(), want, err)
		}
	}
	step("")
	write(t, path, "one ")
	step("one ")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	step("one ")
	write(t, path, "two ")
	step("one two ")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	step("one two ")
	write(t, path, "3")
	step("one two 3")
}

// lines counts what is written to it.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestLogsFollow(t *testing.T) {
	t.Parallel()
	on := fake(t)
	gate := filepath.Join(t.TempDir(), "gate")
	l := asked("echo first; while ! [ -e "+gate+" ]; do sleep 0.05; done; echo logged >$FLINK_SQL_LOG; echo last", "echo tm; exec sleep 1000")
	launch(t, on, l)
	var out lines
	done := make(chan error)
	go func() { done <- on.Logs(context.Background(), l.Ref, &out, true, "") }()
	await(t, func() error {
		if out.String() != "first\n" {
			return fmt.Errorf("%q", out.String())
		}
		return nil
	})
	write(t, gate, "")
	select {
	case err := <-done:
		if err != nil || out.String() != "first\nlast\nlogged\n" {
			t.Errorf("%q, %v", out.String(), err)
		}
	case <-time.After(deadline):
		t.Fatal("it follows a dead launch")
	}
	var tm bytes.Buffer
	if err := on.Logs(t.Context(), l.Ref, &tm, false, "taskmanager-1"); err != nil || tm.String() != "tm\n" {
		t.Errorf("%q, %v", tm.String(), err)
	}
	for which, want := range map[string]string{"taskmanager-9": "it has logs of jobmanager", "../../x": "is no process"} {
		if err := on.Logs(t.Context(), l.Ref, io.Discard, false, which); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", which, err)
		}
	}
}
