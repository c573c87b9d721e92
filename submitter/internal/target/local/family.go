//go:build linux

package local

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

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
