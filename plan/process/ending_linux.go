package process

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Ending reports whether a process of this place runs no more of its program, though the
// kernel has not ended it yet: it was killed, or exits. To give back the memory of a large
// process takes a while, and until then it has its locks. False, too, if that cannot be
// told.
func (n Number) Ending() bool {
	data, err := readStat(n.PID)
	if err != nil {
		return false
	}
	now, _, err := parseStat(n.PID, data)
	if err != nil || now != n { // the number may be another's
		return false
	}
	fields, err := statFields(n.PID, data)
	if err != nil {
		return false
	}
	if exits(fields) {
		return true
	}
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(n.PID), "status"))
	return err == nil && killed(status)
}

const (
	// statFlags is the place of the flags, field 9 of proc_pid_stat(5), behind the name.
	statFlags = 6
	// flagExiting is the kernel's PF_EXITING (include/linux/sched.h).
	flagExiting = 0x4
)

func exits(fields []string) bool {
	if len(fields) <= statFlags {
		return false
	}
	flags, err := strconv.ParseUint(fields[statFlags], 10, 64)
	return err == nil && flags&flagExiting != 0
}

// killed reports whether SIGKILL waits to be obeyed, by what proc_pid_status(5) says.
func killed(status []byte) bool {
	const kill = 1 << (uint(syscall.SIGKILL) - 1)
	lines := bufio.NewScanner(bytes.NewReader(status))
	for lines.Scan() {
		name, mask, _ := strings.Cut(lines.Text(), ":")
		if name != "SigPnd" && name != "ShdPnd" {
			continue
		}
		if set, err := strconv.ParseUint(strings.TrimSpace(mask), 16, 64); err == nil && set&kill != 0 {
			return true
		}
	}
	return false
}
