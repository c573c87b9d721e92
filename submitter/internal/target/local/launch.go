//go:build linux

package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"flink-sql-driver/submitter/internal/target"
)

// startTimeout is how long a supervisor may take to start the JobManager's
// process, which is a matter of milliseconds on a machine that is not choking.
const startTimeout = 30 * time.Second

// Launch starts a launch, or completes one that was interrupted. It returns
// when the JobManager's process has been started.
func (t *Target) Launch(ctx context.Context, l target.Launch) error {
	t, err := t.of(l.Ref)
	if err == nil {
		err = t.launch(ctx, l)
	}
	if err != nil {
		return fmt.Errorf("launch %s: %w", l.ClusterID, err)
	}
	return nil
}

func (t *Target) launch(ctx context.Context, l target.Launch) error {
	dir, err := t.runDir(l.Ref)
	if err != nil {
		return err
	}
	if err := t.check(); err != nil {
		return err
	}
	java, err := t.java(ctx)
	if err != nil {
		return err
	}
	if err := t.secretsThere(l); err != nil {
		return err
	}
	lock, err := t.launchLock(ctx, l.ClusterID)
	if err != nil {
		return err
	}
	defer lock.Close()
	have, err := readRequest(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := t.prepare(dir, l, java); err != nil {
			return err
		}
	case err != nil:
		return err
	case !have.same(l):
		return fmt.Errorf("%s holds another launch of that number, of plan %s; remove it first", dir, have.Launch.PlanURI)
	default:
		again, err := t.mayStart(dir, have)
		if err != nil || !again {
			return err
		}
	}
	return t.startSupervisor(ctx, dir, l)
}

// secretsThere refuses to keep secrets where there is no memory to keep them in.
func (t *Target) secretsThere(l target.Launch) error {
	dir, memory, err := runtimeDir(t.env)
	if err != nil {
		return err
	}
	if len(l.Secrets) > 0 && !memory {
		return fmt.Errorf("it needs the secrets %s: %w: neither %s nor XDG_RUNTIME_DIR is one, and %s is on disk",
			strings.Join(l.Secrets, ", "), errNoMemory, memoryRoot, dir)
	}
	return nil
}

// prepare makes the directory of a launch. What an interrupted attempt left has
// no launch.json, so nothing ever ran from it.
func (t *Target) prepare(dir string, l target.Launch, java string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for _, sub := range []string{"conf", "log", "tmp", "work"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	now, err := thisHost()
	if err != nil {
		return err
	}
	archives := t.archives(java)
	if !archived(archives) {
		archives = ""
	}
	data, err := json.MarshalIndent(request{
		Version:    formatVersion,
		Launch:     l,
		Root:       t.config.Root,
		Target:     t.config.Name,
		FlinkHome:  t.config.FlinkHome,
		JavaHome:   java,
		Driver:     t.config.DriverPath,
		StockStart: t.config.StockStart,
		Archives:   archives,
		Grace:      t.taskManagerGrace,
		Options:    t.config.Options,
		Host:       now,
		Asked:      time.Now().UTC(),
	}, "", " ")
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, "launch.json"), data)
}

// mayStart decides whether an existing launch needs a supervisor: it has none,
// and its JobManager either never started, or lives and needs one, or could not
// listen on its ports.
func (t *Target) mayStart(dir string, have request) (bool, error) {
	v, err := look(dir)
	if err != nil {
		return false, err
	}
	switch {
	case v.place == elsewhere:
		return false, fmt.Errorf("it was launched on %s, whose processes cannot be seen from here; launch it from there", have.Host.Name)
	case v.supervised:
		return false, nil
	case v.jobManagerEnding:
		return false, fmt.Errorf("its JobManager (%s) was killed or exits, and is not gone yet", v.status.JobManager.process)
	case v.jobManagerAlive:
		return v.place == here, nil // to be adopted, by somebody who sees it
	case v.status.PortTaken && v.status.Stopped == "":
		return true, os.Remove(filepath.Join(dir, "status.json"))
	case v.status.JobManager == nil: // it never came to that, for whatever reason
		err := os.Remove(filepath.Join(dir, "status.json"))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return err == nil, err
	default:
		return false, nil
	}
}

// startSupervisor starts a supervisor that outlives this process and waits
// until it has started the JobManager.
func (t *Target) startSupervisor(ctx context.Context, dir string, l target.Launch) error {
	log, err := os.OpenFile(filepath.Join(dir, "log", logFile(roleSupervisor)), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(t.config.SubmitterPath, "local", "supervise", dir)
	cmd.Dir = dir
	cmd.Env = with(passed(t.config.Environ, l.Secrets), envRun, dir, envRole, roleSupervisor)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	gone := make(chan struct{})
	go func() {
		_ = cmd.Wait() // else it stays a zombie as long as this process lives
		close(gone)
	}()
	return started(ctx, dir, cmd.Process.Pid, gone)
}

// started waits until a supervisor says that it started, or took over, the
// JobManager.
func started(ctx context.Context, dir string, supervisor int, gone <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	over := false
	for {
		s, err := readStatus(dir)
		switch {
		case err == nil && s.Supervisor.PID != supervisor && !over: // its predecessor's
		case err == nil && s.Problem != "":
			return errors.New(s.Problem)
		case err == nil && s.JobManager != nil:
			return nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		case over:
			return fmt.Errorf("the supervisor ended at once: %s", supervisorsWord(dir))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the supervisor has not started the JobManager yet: %w; try again", ctx.Err())
		case <-gone:
			over, gone = true, nil // once more: it may have written its last word just now
		case <-time.After(alivePoll):
		}
	}
}

// supervisorsWord is why a supervisor ended. On a full disk it could not write that
// down, so then the disk is asked.
func supervisorsWord(dir string) string {
	const last = 3
	word := lastLines(filepath.Join(dir, "log", logFile(roleSupervisor)), last)
	probe := filepath.Join(dir, ".probe")
	if err := replaceFile(probe, make([]byte, probeSize)); err != nil {
		return err.Error()
	}
	_ = os.Remove(probe)
	return word
}

// probeSize is more than a status takes, in bytes.
const probeSize = 16 << 10

// lastLines is the end of a file, for messages.
func lastLines(path string, n int) string {
	const tail = 4 << 10 // bytes
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > tail {
		_, _ = f.Seek(-tail, 2)
	}
	data := make([]byte, tail)
	read, _ := f.Read(data)
	if text := joinLast(string(data[:read]), n); text != "" {
		return text
	}
	return "it left no word"
}

// joinLast is the end of a text in one line.
func joinLast(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}
