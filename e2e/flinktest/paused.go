package flinktest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// pauseLimit is how long the threads of a process may take to notice that they are
// stopped.
const pauseLimit = 30 * time.Second

// Pause sends SIGSTOP to a process and waits until none of its threads runs. The signal
// alone is no pause: a thread that runs goes on until it next enters the kernel, and may
// answer a request meanwhile.
func Pause(pid int) error {
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return fmt.Errorf("pausing process %d: %w", pid, err)
	}
	for deadline := time.Now().Add(pauseLimit); !Paused(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d still runs %s after SIGSTOP", pid, pauseLimit)
		}
	}
	return nil
}

// Paused reports whether a signal has stopped every thread of a process. Only Linux tells;
// elsewhere the answer is yes.
func Paused(pid int) bool {
	if runtime.GOOS != "linux" {
		return true
	}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, path := range threads {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// The state follows the name of the thread in its brackets, and any name may be in them.
		if state := stat[bytes.LastIndexByte(stat, ')')+1:]; !bytes.HasPrefix(state, []byte(" T ")) && !bytes.HasPrefix(state, []byte(" Z ")) {
			return false
		}
	}
	return true
}
