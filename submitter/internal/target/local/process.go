//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	identity "flink-sql-driver/plan/process"
)

// process names one process of this machine's present boot, and no other.
type process identity.Number

func (p process) String() string { return identity.Number(p).String() }

// alive reports whether the process still runs (identity.Number.Alive).
func (p process) alive() (bool, error) { return identity.Number(p).Alive() }

// ending reports whether the process was killed or exits (identity.Number.Ending).
func (p process) ending() bool { return identity.Number(p).Ending() }

// lookUp is the process that has a number now (identity.LookUp).
func lookUp(pid int) (p process, ended bool, err error) {
	n, ended, err := identity.LookUp(pid)
	return process(n), ended, err
}

// self is this process.
func self() (process, error) {
	p, _, err := lookUp(os.Getpid())
	return p, err
}

// alivePoll is how often a process that is waited for is looked at.
const alivePoll = 20 * time.Millisecond

// signal sends a signal to this process and to no other: the pidfd is opened
// first, so what is checked then is what is signalled. A process that is gone is
// no error.
func (p process) signal(sig unix.Signal) error {
	fd, err := unix.PidfdOpen(p.PID, 0)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("signal %s: %w", p, err)
	}
	defer unix.Close(fd)
	if ok, err := p.alive(); err != nil || !ok {
		return err
	}
	if err := unix.PidfdSendSignal(fd, sig, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("signal %s: %w", p, err)
	}
	return nil
}

// wait waits until the process is gone. It reports whether it is.
func (p process) wait(ctx context.Context) bool {
	for {
		if ok, err := p.alive(); err == nil && !ok {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(alivePoll):
		}
	}
}

// end asks processes to end and, when the grace is over, makes them.
func end(ctx context.Context, grace time.Duration, all ...process) error {
	soon, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	for _, sig := range []unix.Signal{unix.SIGTERM, unix.SIGKILL} {
		var failures []error
		for _, p := range all {
			failures = append(failures, p.signal(sig))
		}
		if err := errors.Join(failures...); err != nil {
			return err
		}
		gone := true
		for _, p := range all {
			gone = p.wait(soon) && gone
		}
		if gone {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var cancelKill context.CancelFunc
		soon, cancelKill = context.WithTimeout(ctx, killTimeout)
		defer cancelKill()
	}
	return fmt.Errorf("%v do not end, not even by SIGKILL", all)
}

// killTimeout is how long the kernel may take to end a killed process.
const killTimeout = 10 * time.Second
