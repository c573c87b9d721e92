package fence

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Process names a process of this host as a claim does: "process:", its pid, its
// start in clock ticks since boot, which boot that was, and in which namespace
// the pid counts (containers of one machine share the rest).
func Process(pid int) (string, error) {
	start, err := startOf(pid)
	if err != nil {
		return "", err
	}
	boot, err := bootID()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("process:%d.%d@%s", pid, start, boot), nil
}

// bootID names this boot of this machine and this pid namespace.

func bootID() (string, error) {
	data, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", err
	}
	namespace, err := os.Readlink("/proc/self/ns/pid") // pid:[4026531836]
	return strings.TrimSpace(string(data)) + "+" + strings.Trim(namespace, "pid:[]"), err
}

// startOf is field 22 of /proc/<pid>/stat. With the pid it names a process for as
// long as the host is up; exec keeps both.
func startOf(pid int) (uint64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field is a name in parentheses that may hold anything.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	const state, start = 0, 22 - 3
	if len(fields) <= start {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	if fields[state] == "Z" {
		return 0, os.ErrNotExist // ended; only its parent does not know yet
	}
	return strconv.ParseUint(fields[start], 10, 64)
}

// gone reports whether a claiming process is proved to have ended; if not, why.
func gone(instance string) (bool, string) {
	text, ok := strings.CutPrefix(instance, "process:")
	id, boot, found := strings.Cut(text, "@")
	pidText, startText, dotted := strings.Cut(id, ".")
	pid, pidErr := strconv.Atoi(pidText)
	start, startErr := strconv.ParseUint(startText, 10, 64)
	if !ok || !found || !dotted || pidErr != nil || startErr != nil || pid <= 0 {
		return false, "only one instance runs a launch"
	}
	here, err := bootID()
	if err != nil || boot != here {
		return false, "it was claimed on another host, or before this one was started; whether it runs is unknown"
	}
	now, err := startOf(pid)
	if errors.Is(err, os.ErrNotExist) || err == nil && now != start {
		return true, ""
	}
	return false, "that process is running"
}
