package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Here is where this process's number counts.
func Here() (Place, error) {
	// A /proc of another namespace, mounted into a container, has other numbers.
	if self, err := os.Readlink("/proc/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		return Place{}, fmt.Errorf("/proc does not show the processes of this namespace (/proc/self is %q)", self)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Place{}, fmt.Errorf("this machine's boot id: %w", err)
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return Place{}, fmt.Errorf("this process's pid namespace: %w", err)
	}
	return Place{Boot: strings.TrimSpace(string(boot)), Namespace: namespace}, nil
}

// LookUp reads what the kernel says of a number now, and whether its owner has
// ended and only waits to be waited for. fs.ErrNotExist: nobody has it.
func LookUp(pid int) (n Number, ended bool, err error) {
	data, err := readStat(pid)
	if errors.Is(err, fs.ErrNotExist) && syscall.Kill(pid, 0) != syscall.ESRCH {
		// Somebody has it: since this moment, or hidden from us, as /proc hides other
		// users' processes where it is mounted with hidepid=2.
		if data, err = readStat(pid); errors.Is(err, fs.ErrNotExist) {
			return Number{}, false, fmt.Errorf("process %d exists, but /proc does not show it", pid)
		}
	}
	if err != nil {
		return Number{}, false, err
	}
	return parseStat(pid, data)
}

// Stopped reports whether a process of this place is stopped, by a signal or a debugger:
// states T and t. False, too, if that cannot be told.
func (n Number) Stopped() bool {
	data, err := readStat(n.PID)
	if err != nil {
		return false
	}
	now, _, err := parseStat(n.PID, data)
	if err != nil || now != n { // the number may be another's
		return false
	}
	fields, err := statFields(n.PID, data)
	return err == nil && strings.EqualFold(fields[statState], "T")
}

func readStat(pid int) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if errors.Is(err, syscall.ESRCH) { // it ended between open and read
		err = fs.ErrNotExist
	}
	return data, err
}
