//go:build linux

package local

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// loopback is the only address that anything local listens on.
const loopback = "127.0.0.1"

// lowestPort leaves the ports that well-known services use alone.
const lowestPort = 20000

// ports of a JobManager.
type ports struct {
	REST int `json:"rest"`
	RPC  int `json:"rpc"`
}

// portRange is where ports are chosen from: below those that the kernel gives
// to outgoing connections, which could take one at any time.
func portRange() (low, high int) {
	data, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	return portRangeBelow(string(data), err)
}

func portRangeBelow(kernel string, err error) (low, high int) {
	const highestPort = 65535
	from, to := 32768, 60999 // the kernel's default
	if err == nil {
		if _, serr := fmt.Sscan(kernel, &from, &to); serr != nil {
			from, to = 32768, 60999
		}
	}
	const enough = 500
	switch {
	case from-lowestPort >= enough:
		return lowestPort, from - 1
	case highestPort-to >= enough:
		return to + 1, highestPort
	case from-1024 >= enough:
		return 1024, from - 1
	default:
		return lowestPort, highestPort // the kernel has taken all: luck and the second try
	}
}

// reserve finds n free ports and keeps every other launch of this user from
// choosing them while the files are open. Children may inherit the files.
func reserve(runtime string, n int) (chosen []int, held []*os.File, err error) {
	dir := filepath.Join(runtime, portsDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("port reservations: %w", err)
	}
	sweepPorts(runtime, sweepSome)
	low, high := portRange()
	width := high - low + 1
	for i, first := 0, rand.IntN(width); i < width && len(chosen) < n; i++ {
		port := low + (first+i)%width
		f, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(port)), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			closeAll(held)
			return nil, nil, fmt.Errorf("port reservations: %w", err)
		}
		if flock(f, unix.LOCK_EX) != nil || !sameFile(f, f.Name()) || !bindable(port) {
			f.Close()
			continue
		}
		chosen, held = append(chosen, port), append(held, f)
	}
	if len(chosen) < n {
		closeAll(held)
		return nil, nil, fmt.Errorf("no free port between %d and %d on %s", low, high, loopback)
	}
	return chosen, held, nil
}

const (
	portsDir = "ports"
	// sweepSome is how many reservations are looked at by those who have other things
	// to do; each of them leaves two or three.
	sweepSome = 64
)

// sweepPorts removes reservations that nobody holds, of at most so many that are
// looked at; 0: of all. Whoever had one open meanwhile finds that it is not the file
// of that name any more.
func sweepPorts(runtime string, most int) {
	entries, err := os.ReadDir(filepath.Join(runtime, portsDir))
	if err != nil || len(entries) == 0 {
		return
	}
	if most == 0 || most > len(entries) {
		most = len(entries)
	}
	for i, first := 0, rand.IntN(len(entries)); i < most; i++ {
		path := filepath.Join(runtime, portsDir, entries[(first+i)%len(entries)].Name())
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if flock(f, unix.LOCK_EX) == nil && sameFile(f, path) {
			_ = os.Remove(path) // it is swept again
		}
		f.Close()
	}
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

func bindable(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// portTaken looks into what a process has left since a mark for Flink's and the
// JVM's words for a port that somebody else has.
func portTaken(dir, role string, m logs) bool {
	text := since(filepath.Join(dir, "log", logFile(role)), m.log) + since(filepath.Join(dir, "log", outFile(role)), m.out)
	for _, words := range []string{"java.net.BindException", "Address already in use", "Could not start actor system on any port"} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// listens reports whether a process has a listening socket at a port.
func listens(p process, port int) bool {
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.PID))
	mine := map[string]bool{}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:[") {
			mine[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	for _, s := range listening() {
		if s.port == port && mine[s.inode] {
			return true
		}
	}
	return false
}

// socket is a listening one.
type socket struct {
	address string // as the kernel writes it: 0100007F is 127.0.0.1
	port    int
	inode   string
}

// listening reads the kernel's tables of TCP sockets (proc_pid_net(5)).
func listening() []socket {
	const local, state, inode, listen = 1, 3, 9, "0A"
	var all []socket
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, _ := os.ReadFile(table) // a machine may lack either
		for line := range strings.Lines(string(data)) {
			f := strings.Fields(line)
			if len(f) <= inode || f[state] != listen {
				continue
			}
			address, hex, _ := strings.Cut(f[local], ":")
			if port, err := strconv.ParseUint(hex, 16, 16); err == nil {
				all = append(all, socket{address, int(port), f[inode]})
			}
		}
	}
	return all
}
