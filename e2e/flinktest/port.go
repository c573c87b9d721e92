package flinktest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Below the ports that a kernel gives to whoever asks for any, and below those of
// the submitter's own local target: neither takes what a test has chosen.
const (
	firstPort = 10000
	lastPort  = 19999
)

// FreePort returns a loopback port that nothing listens on. Until this process
// ends no other call of it, in any process of this user, returns the same one.
func FreePort() (int, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("flink-sql-test-ports-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, fmt.Errorf("reserve a port: %w", err)
	}
	const width = lastPort - firstPort + 1
	first := rand.IntN(width)
	for i := range width {
		port := firstPort + (first+i)%width
		free, err := reservePort(dir, port)
		if free || err != nil {
			return port, err
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d on %s", firstPort, lastPort, loopback)
}

// reservePort locks a file of the port's name. Nothing closes the descriptor of a
// port that is free: the lock ends with the process.
func reservePort(dir string, port int) (free bool, err error) {
	fd, err := unix.Open(filepath.Join(dir, strconv.Itoa(port)), unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return false, fmt.Errorf("reserve port %d: %w", port, err)
	}
	if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil && bindable(port) {
		return true, nil
	}
	return false, unix.Close(fd)
}

func bindable(port int) bool {
	l, err := net.Listen("tcp", loopbackPort(port))
	return err == nil && l.Close() == nil
}
