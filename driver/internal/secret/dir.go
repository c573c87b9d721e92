package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// File systems that live in memory (statfs(2)).
const (
	tmpfsMagic = 0x01021994
	ramfsMagic = 0x858458f6
)

// ErrNotInMemory says that a directory would put secrets on a disk.
var ErrNotInMemory = errors.New("is not in memory")

// PrivateDir makes a directory, mode 0700, that belongs to this user alone. With
// inMemory it has to be on a memory-backed file system. It returns the directories
// that it made, the outermost first; where it fails, they are gone again.
func PrivateDir(path string, inMemory bool) (made []string, err error) {
	for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append([]string{dir}, made...)
	}
	if err := privateDir(path, inMemory); err != nil {
		for _, dir := range slices.Backward(made) {
			_ = os.Remove(dir)
		}
		return nil, err
	}
	return made, nil
}

func privateDir(path string, inMemory bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// In /dev/shm everybody may write: somebody else's directory or link of our
	// name must not become the place of our secrets.
	if err := owned(path); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return err
	}
	if !inMemory {
		return nil
	}
	var info syscall.Statfs_t
	if err := syscall.Statfs(path, &info); err != nil {
		return err
	}
	if t := uint64(info.Type) & 0xffffffff; t != tmpfsMagic && t != ramfsMagic {
		return fmt.Errorf("%s %w: secrets would be written to a disk; set sql-driver.private-dir to a tmpfs, or sql-driver.allow-disk-secrets: true", path, ErrNotInMemory)
	}
	return nil
}

func owned(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", path)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("%s belongs to another user", path)
	}
	return nil
}
