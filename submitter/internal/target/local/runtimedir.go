//go:build linux

package local

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// memoryRoot is a file system in memory on every Linux that is not a very bare
// container.
const memoryRoot = "/dev/shm"

// errNoMemory says that there is no directory in memory to keep secrets in.
var errNoMemory = errors.New("no memory-backed directory")

// runtimeDir is this user's directory for what must not outlive a boot: port
// reservations and secrets. It reports whether it is in memory.
func runtimeDir(env func(string) string) (dir string, memory bool, err error) {
	name := "flink-sql-" + strconv.Itoa(os.Getuid())
	for _, base := range []string{memoryRoot, env("XDG_RUNTIME_DIR")} {
		if base != "" && inMemory(base) {
			dir = filepath.Join(base, name)
			return dir, true, ownDir(dir)
		}
	}
	dir = filepath.Join(os.TempDir(), name)
	return dir, false, ownDir(dir)
}

func inMemory(dir string) bool {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil || unix.Access(dir, unix.W_OK) != nil {
		return false
	}
	return s.Type == unix.TMPFS_MAGIC || s.Type == unix.RAMFS_MAGIC
}

// ownDir makes a directory that nobody else can read. In a place where
// everybody may write, a directory of that name that is not ours is refused.
func ownDir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	var s unix.Stat_t
	if err := unix.Lstat(dir, &s); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if s.Mode&unix.S_IFMT != unix.S_IFDIR || int(s.Uid) != os.Getuid() || s.Mode&0o077 != 0 {
		return fmt.Errorf("%s is not a directory of this user's alone; remove it", dir)
	}
	return nil
}

// privateDir is where the processes of one run directory keep their secrets.
// It is the same for everybody who computes it, so that anybody can remove it.
func privateDir(runtime, run string) string {
	sum := sha256.Sum256([]byte(run))
	return filepath.Join(runtime, "private", filepath.Base(run)+"-"+hex.EncodeToString(sum[:6]))
}

// removePrivate removes the secrets of a run directory wherever they may be.
func removePrivate(env func(string) string, run string) error {
	runtime, _, err := runtimeDir(env)
	if err != nil {
		return err
	}
	dir := privateDir(runtime, run)
	if !strings.HasPrefix(dir, runtime+string(filepath.Separator)) {
		return nil
	}
	return os.RemoveAll(dir)
}
