package standby

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// Process is a Flink process that this one stands in for: signals go to it, and
// its end is this one's end.
type Process struct {
	cmd     *exec.Cmd
	signals chan os.Signal
	done    chan struct{}
	asked   atomic.Bool
	ran     time.Duration
	code    int
}

// SignalBase plus the signal is a shell's exit code for a process that a signal
// ended.
const SignalBase = 128

// killAfter is how long a process may take to end when it is asked to.
const killAfter = 20 * time.Second

// forwarded are the signals by which platforms and people end or question a
// process. SIGCHLD tells that an orphan was handed to us, which is then reaped.
var forwarded = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGCHLD}

// ending are those of the forwarded that ask a process to end.
var ending = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP}

// Start starts a program.
func Start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, signals: make(chan os.Signal, 32), done: make(chan struct{})}
	for _, s := range forwarded {
		// nohup and the like ignore a signal for us and for Flink; so it stays.
		if !signal.Ignored(s) {
			signal.Notify(p.signals, s) // before the start, so that none is missed
		}
	}
	// It shall not outlive us: a standby without its driver would wait for ever.
	cmd.SysProcAttr = noOutliving()
	started := make(chan error)
	go p.run(started)
	return p, <-started
}

// run starts and waits on one thread, since Pdeathsig is about the thread.
func (p *Process) run(started chan<- error) {
	lockThread()
	begun := time.Now()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		signal.Stop(p.signals)
		return
	}
	go p.forward()
	err = p.cmd.Wait()
	p.code = exitCode(p.cmd, err)
	p.ran = time.Since(begun)
	close(p.done)
}

func exitCode(cmd *exec.Cmd, err error) int {
	if cmd.ProcessState == nil {
		return 1
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return SignalBase + int(status.Signal())
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 || err == nil {
		return code
	}
	return 1
}

// forward goes on when the process has ended: who asks for an end then means us.
func (p *Process) forward() {
	for s := range p.signals {
		p.pass(s)
	}
}

func (p *Process) pass(s os.Signal) {
	if s == syscall.SIGCHLD {
		reapOrphans(p.cmd.Process.Pid)
		return
	}
	if slices.Contains(ending, s) {
		p.asked.Store(true)
	}
	_ = p.cmd.Process.Signal(s) // gone already: done follows
}

// reapOrphans collects ended processes that were handed to us as PID 1, but not
// our own child, which Wait collects.
func reapOrphans(child int) {
	if os.Getpid() != 1 {
		return
	}
	for _, pid := range zombies() {
		if pid != child {
			_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
		}
	}
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Code is the exit code of an ended process, 128 plus the signal if one ended it.
func (p *Process) Code() int { <-p.done; return p.code }

// Ran is how long an ended process ran.
func (p *Process) Ran() time.Duration { <-p.done; return p.ran }

// Asked reports whether the process was asked to end, through this one, even if it had
// ended by then.
func (p *Process) Asked() bool {
	for {
		select {
		case s := <-p.signals:
			p.pass(s)
		default:
			return p.asked.Load()
		}
	}
}

// End ends the process: asked at first, by force after a while.
func (p *Process) End() {
	p.asked.Store(true)
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(killAfter):
		if err := p.cmd.Process.Kill(); err == nil || errors.Is(err, os.ErrProcessDone) {
			<-p.done
		}
	}
}
