package standby

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// lockThread binds the calling goroutine to its thread for good; the thread ends
// with it.
func lockThread() { runtime.LockOSThread() }

// zombies lists our children that have ended and wait to be collected.
func zombies() []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var pids []int
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// pid (name) state ppid …; the name may hold anything, parentheses too.
		fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
		if len(fields) < 2 || string(fields[0]) != "Z" || string(fields[1]) != strconv.Itoa(os.Getpid()) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
