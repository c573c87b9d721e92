//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Names of lock files in a run directory.
const (
	supervisorLock = "supervisor.lock"
	jobManagerLock = "jobmanager.lock"
)

// command is one process to start: the driver in one of its roles.
type command struct {
	role    string
	program string
	args    []string
	dir     string
	environ []string
	inherit []*os.File // locks that live as long as the process and its children
}

// running is a child process in a group of its own.
type running struct {
	process
	cmd *exec.Cmd
}

// start starts a command with its output going to a file.
func (c command) start() (*running, error) {
	path := filepath.Join(c.dir, "log", outFile(c.role))
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(c.program, c.args...)
	cmd.Dir = c.dir
	cmd.Env = with(c.environ, envRun, c.dir, envRole, c.role, envLog, filepath.Join(c.dir, "log", logFile(c.role)))
	cmd.Stdout, cmd.Stderr = out, out
	cmd.ExtraFiles = c.inherit
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.role, err)
	}
	// Until it is waited for, its number is its own, even if it has ended.
	p, _, err := lookUp(cmd.Process.Pid)
	if err != nil {
		p = process{PID: cmd.Process.Pid}
	}
	return &running{process: p, cmd: cmd}, nil
}

// waitEnd waits for the end of the process, ends whatever is left of its group,
// and returns the exit code, 128 + n for signal n.
func (r *running) waitEnd() int {
	// Look without taking notice first: as long as the number is not given back,
	// the group of that number is ours.
	for errors.Is(unix.Waitid(unix.P_PID, r.PID, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
	}
	_ = unix.Kill(-r.PID, unix.SIGKILL)
	_ = r.cmd.Wait()
	state, ok := r.cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case !ok:
		return r.cmd.ProcessState.ExitCode()
	case state.Signaled():
		return shellSignal + int(state.Signal())
	default:
		return state.ExitStatus()
	}
}

// shellSignal is added to a signal's number where an exit code stands for it.
const shellSignal = 128

// stopOn asks the process to end when ctx does, and after the grace makes it.
// The returned function ends the watch; call it before the process is waited for
// to its end.
func (r *running) stopOn(ctx context.Context, grace time.Duration, ended <-chan struct{}) {
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	_ = r.signal(unix.SIGTERM)
	select {
	case <-ended:
	case <-time.After(grace):
		_ = r.signal(unix.SIGKILL) // the rest of its group follows in waitEnd
	}
}
