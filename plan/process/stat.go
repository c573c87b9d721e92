package process

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// The fields of /proc/<pid>/stat after the program's name, which is in brackets
// and may itself contain anything (proc_pid_stat(5)).
const (
	statState   = 0
	statThreads = 17
	statStart   = 19
)

// statFields are those fields, statStart among them.
func statFields(pid int, data []byte) ([]string, error) {
	end := bytes.LastIndexByte(data, ')')
	fields := strings.Fields(string(data[end+1:]))
	if end < 0 || len(fields) <= statStart {
		return nil, fmt.Errorf("/proc/%d/stat is not understood", pid)
	}
	return fields, nil
}

func parseStat(pid int, data []byte) (n Number, ended bool, err error) {
	fields, err := statFields(pid, data)
	if err != nil {
		return Number{}, false, err
	}
	start, err := strconv.ParseUint(fields[statStart], 10, 64)
	if err != nil {
		return Number{}, false, fmt.Errorf("/proc/%d/stat: start time: %w", pid, err)
	}
	// The state is the first thread's. While others are left, so are the files and
	// locks that they share.
	state := fields[statState]
	ended = state == "X" || state == "Z" && (fields[statThreads] == "0" || fields[statThreads] == "1")
	return Number{PID: pid, Start: start}, ended, nil
}
