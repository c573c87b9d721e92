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
	"time"

	"golang.org/x/sys/unix"
)

// process names one process of this machine's present boot, and no other.
type process struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since boot: field 22 of /proc/<pid>/stat
}

func (p process) String() string { return "process " + strconv.Itoa(p.PID) }

// alivePoll is how often a process that is waited for is looked at.
const alivePoll = 20 * time.Millisecond

// lookUp reads what the kernel says of a number now, and whether its owner has
// ended and only waits to be waited for. fs.ErrNotExist: nobody has it.
func lookUp(pid int) (p process, ended bool, err error) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if errors.Is(err, unix.ESRCH) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return process{}, false, err
	}
	return parseStat(pid, data)
}

// The fields of /proc/<pid>/stat after the program's name, which is in brackets
// and may itself contain anything (proc(5)).
const (
	statState   = 0
	statThreads = 17
	statStart   = 19
)

func parseStat(pid int, data []byte) (p process, ended bool, err error) {
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return process{}, false, fmt.Errorf("/proc/%d/stat is not understood", pid)
	}
	fields := strings.Fields(string(data[end+1:]))
	if len(fields) <= statStart {
		return process{}, false, fmt.Errorf("/proc/%d/stat is not understood", pid)
	}
	start, err := strconv.ParseUint(fields[statStart], 10, 64)
	if err != nil {
		return process{}, false, fmt.Errorf("/proc/%d/stat: start time: %w", pid, err)
	}
	// The state is the first thread's. While others are left, so are the files and
	// locks that they share.
	state := fields[statState]
	ended = state == "X" || state == "Z" && (fields[statThreads] == "0" || fields[statThreads] == "1")
	return process{PID: pid, Start: start}, ended, nil
}

// self is this process.
func self() (process, error) {
	p, _, err := lookUp(os.Getpid())
	return p, err
}

// alive reports whether the process still runs. One that ended and was not
// waited for yet is not alive. An error means that it cannot be told.
func (p process) alive() (bool, error) {
	now, ended, err := lookUp(p.PID)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return now == p && !ended, nil
}

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

// Names of variables by which the processes of a launch are recognized: they
// are inherited by whatever those processes start.
const (
	envRun  = "FLINK_SQL_RUN"     // the run directory
	envRole = "FLINK_SQL_PROCESS" // supervisor, jobmanager, taskmanager-1, …
	envLog  = "FLINK_SQL_LOG"     // the file that Flink logs to
)

// member is a living process of a launch.
type member struct {
	process
	role string
}

// family finds the living processes of a run directory by their environment,
// whether anybody recorded them or not.
func family(dir string) ([]member, error) {
	all, err := families()
	return all[dir], err
}

// families finds the processes of all run directories of this user.
func families() (map[string][]member, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("processes: %w", err)
	}
	found := map[string][]member{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		// The identity comes first: if the number changes hands in between, the
		// environment is the newcomer's, and the identity does not fit it any more.
		p, ended, err := lookUp(pid)
		if err != nil || ended {
			continue
		}
		environ, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err != nil {
			continue // another user's, or gone
		}
		if dir, role := marks(environ); dir != "" {
			found[dir] = append(found[dir], member{process: p, role: role})
		}
	}
	return found, nil
}

// marks reads the two variables out of an environment.
func marks(environ []byte) (dir, role string) {
	for variable := range bytes.SplitSeq(environ, []byte{0}) {
		name, value, _ := strings.Cut(string(variable), "=")
		switch name {
		case envRun:
			dir = value
		case envRole:
			role = value
		}
	}
	return dir, role
}

// residentSize is VmRSS of /proc/<pid>/status, in bytes; 0: not known.
func residentSize(pid int) int64 {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(data, []byte("\nVmRSS:"))
	fields := strings.Fields(string(rest))
	if len(fields) == 0 {
		return 0
	}
	kb, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}
