package flinktest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// stopGrace is how long a process may take to end after SIGTERM.
const stopGrace = 10 * time.Second

// Process is a child in a process group of its own. The kernel kills it when the
// test binary dies, however that dies.
type Process struct {
	PID  int
	Log  string // file with its stdout and stderr
	done chan struct{}
	err  error // valid once done is closed
}

// startProcess starts cmd with its output in the file log, as the user that cmd names.
func startProcess(cmd *exec.Cmd, log string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = out, out
	attributes := ownGroup()
	if cmd.SysProcAttr != nil {
		attributes.Credential = cmd.SysProcAttr.Credential
	}
	cmd.SysProcAttr = attributes
	p := &Process{Log: log, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Pdeathsig fires when the thread that forked ends, so that thread is kept
		// for as long as the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		err := cmd.Start()
		if err == nil {
			p.PID = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	return p, nil
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// ExitCode waits for the end of the process and returns its code, or 128 plus the
// signal that ended it.
func (p *Process) ExitCode() int {
	<-p.done
	var exit *exec.ExitError
	if !errors.As(p.err, &exit) {
		return 0
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}

// Stop ends the process group in good order, by force after a while. It may be
// called again.
func (p *Process) Stop() {
	if p.ended() {
		return
	}
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopGrace):
	}
	p.Kill()
}

// Kill ends the process group with SIGKILL and waits for its end.
func (p *Process) Kill() {
	if p.ended() {
		return
	}
	p.signal(syscall.SIGKILL)
	<-p.done
}

// Pause makes the process a server that hangs, until Resume.
func (p *Process) Pause() error { return Pause(p.PID) }

// Resume lets a paused process go on.
func (p *Process) Resume() { p.signal(syscall.SIGCONT) }

func (p *Process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *Process) signal(s syscall.Signal) {
	if !p.ended() {
		_ = syscall.Kill(-p.PID, s) // gone already is what was wanted
	}
}

// Tail returns the last n lines of the process's output.
func (p *Process) Tail(n int) string {
	b, err := os.ReadFile(p.Log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// await polls until ready returns nil, the process ends, or the time is over.
func (p *Process) await(what string, limit time.Duration, ready func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended with code %d:\n%s", what, p.ExitCode(), p.Tail(30))
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s was not ready after %s: %w\n%s", what, limit, err, p.Tail(30))
		}
	}
}
