//go:build linux

package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"flink-sql-driver/submitter/internal/target"
)

func TestLaunchEnds(t *testing.T) {
	for _, tc := range []struct {
		name, script string
		want         target.Condition
		proof        string
	}{
		{"finished", "exit 0", target.Finished, "ended with code 0"},
		{"failed", "exit 163", target.Failed, "ended with code 163"},
		{"killed", "kill -9 $$", target.Failed, "ended with code 137"},
		{"leaves a child", "sleep 1000 & exit 0", target.Finished, "ended with code 0"},
		{"port taken", "echo java.net.BindException: Address already in use; exit 1", target.Failed, "listens on one of its ports"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			on := fake(t)
			l := asked(tc.script, "")
			start(t, on, l)
			o := awaitCondition(t, on, l.Ref, tc.want)
			if !strings.Contains(o.Proof, tc.proof) {
				t.Errorf("proof %q, want %q in it", o.Proof, tc.proof)
			}
			s := awaitStatus(t, on, l.Ref, func(s status) bool { return !s.Ended.IsZero() })
			dir, _ := on.runDir(l.Ref)
			await(t, func() error {
				if members, _ := family(dir); len(members) > 0 {
					return fmt.Errorf("left behind: %+v", members)
				}
				return nil
			})
			runtime, _, _ := runtimeDir(on.env)
			if _, err := os.Stat(privateDir(runtime, dir)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the private directory is still there: %v", err)
			}
			if err := on.Launch(t.Context(), l); err != nil {
				t.Error(err)
			}
			again, _ := readStatus(dir)
			if started := again.JobManager.process != s.JobManager.process; started != (tc.name == "port taken") {
				t.Errorf("launched again: a new process: %t; %+v", started, again)
			}
		})
	}
}

func TestLaunchIsSafeToRepeat(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	l.Options["parallelism.default"] = "3"
	l.TaskManager.Slots = 2
	var group sync.WaitGroup
	for range 4 {
		other, err := New(on.config) // as another process would
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			if err := other.Launch(context.Background(), l); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	o := awaitCondition(t, on, l.Ref, target.Running)
	s := awaitStatus(t, on, l.Ref, func(s status) bool { return len(s.TaskManager) == 2 && s.TaskManager[1].PID != 0 })
	if o.UI != "http://127.0.0.1:"+strconv.Itoa(s.Ports.REST) {
		t.Errorf("UI %q, ports %+v", o.UI, s.Ports)
	}
	dir, _ := on.runDir(l.Ref)
	await(t, func() error {
		members, err := family(dir)
		if len(members) != 4 { // supervisor, JobManager, two TaskManagers
			return fmt.Errorf("%v: %+v", err, members)
		}
		return nil
	})
	if _, err := on.JobManager(t.Context(), l.Ref); err != nil {
		t.Error(err)
	}
	other := l
	other.PlanURI = "file:///another.json"
	if err := on.Launch(t.Context(), other); err == nil || !strings.Contains(err.Error(), "another launch of that number") {
		t.Errorf("another plan under the same number: %v", err)
	}
}

func TestLaunchAfterInterruption(t *testing.T) {
	t.Parallel()
	on := fake(t)
	l := asked("", "")
	dir, _ := on.runDir(l.Ref)
	write(t, filepath.Join(dir, "conf", "config.yaml"), "half")
	if o, err := on.Observe(t.Context(), l.Ref); err != nil || o.Condition != target.Absent {
		t.Errorf("a directory without launch.json: %+v, %v", o, err)
	}
	if err := on.prepare(dir, l, on.config.JavaHome); err != nil {
		t.Fatal(err)
	}
	if o, err := on.Observe(t.Context(), l.Ref); err != nil || o.Condition != target.Failed {
		t.Errorf("asked for and never started: %+v, %v", o, err)
	}
	start(t, on, l)
	awaitCondition(t, on, l.Ref, target.Running)
}

func TestSecretsAndEnvironment(t *testing.T) {
	t.Parallel()
	const canary = "s3cr3t-canary"
	on := fake(t, func(c *Config) {
		c.Environ = append(c.Environ, "PASSWORD="+canary, "OTHER="+canary+"-not-asked-for", "AWS_REGION=x", "FLINK_PROPERTIES=a: b", "SUBMITTER_STORE=s")
	})
	l := asked(`echo; env | grep -v canary; [ $PASSWORD = `+"s3cr3t-'canary'"+` ] && exec sleep 1000`, "")
	l.Secrets = []string{"PASSWORD"}
	start(t, on, l)
	awaitCondition(t, on, l.Ref, target.Running)
	s := awaitStatus(t, on, l.Ref, oneTaskManager)
	dir, _ := on.runDir(l.Ref)
	await(t, func() error {
		out, err := os.ReadFile(filepath.Join(dir, "log", "jobmanager.out"))
		if !strings.Contains(string(out), envRun) {
			return fmt.Errorf("%v: %s", err, out)
		}
		for _, absent := range []string{"OTHER", "FLINK_PROPERTIES", "SUBMITTER_STORE"} {
			if strings.Contains(string(out), "\n"+absent+"=") {
				t.Errorf("%s was passed on", absent)
			}
		}
		for _, present := range []string{"AWS_REGION=x", "FLINK_CONF_DIR=" + dir + "/conf", "JAVA_HOME=" + on.config.JavaHome, "FLINK_HOME=" + on.config.FlinkHome} {
			if !strings.Contains(string(out), "\n"+present+"\n") {
				t.Errorf("%s was not passed on", present)
			}
		}
		return nil
	})
	for _, p := range []process{s.Supervisor, s.JobManager.process} {
		args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID))
		if err != nil || bytes.Contains(args, []byte(canary)) {
			t.Errorf("arguments %q, %v", args, err)
		}
	}
	err := filepath.WalkDir(on.config.Root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(canary)) {
			t.Errorf("the secret is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	runtime, _, _ := runtimeDir(on.env)
	info, err := os.Stat(filepath.Join(privateDir(runtime, dir), roleJobManager))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("private directory: %v, %v", info, err)
	}
	if alive, _ := s.JobManager.alive(); !alive {
		t.Error("the secret did not arrive")
	}
}

func TestLaunchRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(t *testing.T, c *Config)
		want   string
	}{
		{"no java", func(_ *testing.T, c *Config) { c.JavaHome = ""; c.Environ = []string{"PATH=/nowhere"} }, "no Java 17 or newer"},
		{"no Flink", func(_ *testing.T, c *Config) { c.FlinkHome = "" }, "submitter local install"},
		{"no driver", func(_ *testing.T, c *Config) { c.DriverPath = "/nowhere/driver" }, "driver program"},
		{"driver is no program", func(_ *testing.T, c *Config) { c.DriverPath = "/etc/passwd" }, "driver program"},
		{"root is a file", func(t *testing.T, c *Config) {
			write(t, filepath.Join(filepath.Dir(c.Root), "file"), "")
			c.Root = filepath.Join(filepath.Dir(c.Root), "file")
		}, "not a directory"},
		{"half a distribution", func(t *testing.T, c *Config) { os.RemoveAll(filepath.Join(c.FlinkHome, "conf")) }, "Flink's configuration"},
		{"supervisor that is none", func(_ *testing.T, c *Config) { c.SubmitterPath = "/bin/false" }, "supervisor ended at once"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			on := fake(t)
			c := on.config
			tc.change(t, &c)
			broken, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			l := asked("", "")
			if err := broken.Launch(t.Context(), l); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
			if tc.name == "half a distribution" {
				write(t, filepath.Join(c.FlinkHome, "conf", "config.yaml"), "a: b\n")
				start(t, broken, l) // once it is mended
				awaitCondition(t, broken, l.Ref, target.Running)
			}
		})
	}
	for _, root := range []string{"relative", "/a:b", "/a,b"} {
		if _, err := New(Config{Root: root}); err == nil {
			t.Errorf("root %q was accepted", root)
		}
	}
	on := fake(t)
	l := asked("", "")
	l.ClusterID = "../../etc"
	if err := on.Launch(t.Context(), l); err == nil {
		t.Error("a path was accepted as a cluster id")
	}
}
