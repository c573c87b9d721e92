package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// lockName is the file that those lock who compare an object and then change it. It is
// never listed, and never removed.
const lockName = tempPrefix + "lock"

const (
	// lockPatience is how long others may have the lock, who need it for a moment.
	lockPatience = 20 * time.Second
	lockPause    = 5 * time.Millisecond
)

func (d *dir) replace(ctx context.Context, key string, r io.Reader, version string) error {
	return d.locked(ctx, func() error { return compared{d}.replace(ctx, key, r, version) })
}

func (d *dir) deleteVersion(ctx context.Context, key, version string) error {
	return d.locked(ctx, func() error { return compared{d}.deleteVersion(ctx, key, version) })
}

// locked runs f while nobody else changes an object on a condition, on this machine or,
// where the file system's locks reach that far, on another. The lock goes with the process.
func (d *dir) locked(ctx context.Context, f func() error) error {
	lock, err := d.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return err
	}
	defer lock.Close() // and unlock
	for begun := time.Now(); ; {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return f()
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return fmt.Errorf("lock %s: %w", lockName, err)
		case time.Since(begun) > lockPatience:
			return fmt.Errorf("another process has held %s for %s; if it is stopped, let it go on or end it", lockName, lockPatience)
		case !sleep(ctx, lockPause):
			return ctx.Err()
		}
	}
}

// version tells a file from the one that replaces it, which is another file.
func version(info fs.FileInfo) string {
	inode := uint64(0)
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = s.Ino
	}
	return fmt.Sprintf("%d.%d.%d", inode, info.ModTime().UnixNano(), info.Size())
}
