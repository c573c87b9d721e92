package journal

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
)

// NewHolder describes this process as a holder, with a fresh nonce.
func NewHolder() Holder {
	h := Holder{Nonce: nonce(), PID: os.Getpid(), Boot: bootID(), PIDNamespace: pidNamespace()}
	h.Host, _ = os.Hostname()
	if u, err := user.Current(); err == nil {
		h.User = u.Username
	}
	h.Start, _ = processStart(h.PID)
	return h
}

// ProcessGone reports whether it is proved that a holder's process has ended: it
// ran in this boot of this machine, in this pid namespace, and no process has its
// pid and start time. Host names prove nothing: two machines may share one.
func ProcessGone(h Holder) bool {
	if h.PID == 0 || h.Boot == "" || h.Boot != bootID() || h.PIDNamespace != pidNamespace() {
		return false
	}
	start, err := processStart(h.PID)
	if os.IsNotExist(err) {
		return true
	}
	return err == nil && start != h.Start
}

func nonce() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// pidNamespace tells containers of one machine apart, in which pids recur.
func pidNamespace() string {
	ns, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return ns
}

// processStart is field 22 of /proc/<pid>/stat: clock ticks between boot and the
// start of the process (proc_pid_stat(5)). A zombie counts as gone.
func processStart(pid int) (uint64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field, the command's name in brackets, may contain anything.
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	const state, start = 0, 19 // counted from the third field
	if len(fields) <= start {
		return 0, fmt.Errorf("/proc/%d/stat has an unknown form", pid)
	}
	if fields[state] == "Z" {
		return 0, os.ErrNotExist
	}
	return strconv.ParseUint(fields[start], 10, 64)
}
