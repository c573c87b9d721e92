package flink

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// register adds a process to the list that Flink's scripts keep for each user
// and service, and returns how many were on it: the number in its log file's
// name, by which processes of one host do not write into each other's logs. The
// scripts go on without a list where they may not write one, and so does this.
func register(dir, name string, pid int) int {
	if os.MkdirAll(dir, 0o755) != nil {
		return 0
	}
	lock, err := os.Open(dir)
	if err != nil {
		return 0
	}
	defer lock.Close() // ends the lock, too
	if !lockSoon(int(lock.Fd())) {
		return 0
	}
	path := filepath.Join(dir, name)
	data, _ := os.ReadFile(path)
	lines := strings.Fields(string(data))
	if !anyAlive(lines) {
		os.Remove(path)
		lines = nil
	}
	// No symlinks: the directory is often /tmp, where anybody may put one.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND|syscall.O_NOFOLLOW, 0o644)
	if err != nil {
		return len(lines)
	}
	defer f.Close()
	fmt.Fprintln(f, pid)
	return len(lines)
}

// lockSoon waits for a lock that others hold for a moment only, but not for one
// that somebody keeps.
func lockSoon(fd int) bool {
	for range 100 {
		err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return true
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return false
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func anyAlive(pids []string) bool {
	for _, text := range pids {
		pid, err := strconv.Atoi(text)
		if err == nil && pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
	}
	return false
}
