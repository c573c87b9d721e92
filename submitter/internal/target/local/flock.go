//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockPoll is how often a lock that somebody holds is tried again.
const lockPoll = 10 * time.Millisecond

var errHeld = errors.New("held by another process")

// flock tries once; errHeld says that somebody has it.
func flock(f *os.File, how int) error {
	for {
		switch err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return errHeld
		case err != nil:
			return fmt.Errorf("lock %s: %w", f.Name(), err)
		default:
			return nil
		}
	}
}

// hold takes the lock of a file for as long as the result is open, and writes down
// that this process has it. It waits as long as w and ctx allow.
func hold(ctx context.Context, path string, w wait) (*os.File, error) {
	start, stopped, told := time.Now(), time.Time{}, false
	for {
		f, err := tryHold(path)
		if !errors.Is(err, errHeld) {
			return f, err
		}
		held := &heldError{what: w.what, path: path, holder: holderOf(path), waited: time.Since(start)}
		switch held.paused = held.holder.paused(); {
		case !held.paused:
			stopped = time.Time{}
		case stopped.IsZero():
			stopped = time.Now()
		}
		if held.waited >= w.busy || !stopped.IsZero() && time.Since(stopped) >= w.paused {
			return nil, held
		}
		if !told && w.tell != nil && held.waited >= w.notice {
			told = true
			w.tell("waiting: " + held.Error())
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s is %w: %w", path, errHeld, ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

// tryHold is hold without patience.
func tryHold(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = flock(f, unix.LOCK_EX)
	if err == nil && !sameFile(f, path) {
		err = errHeld
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	signHolder(f)
	return f, nil
}

// sameFile tells a lock on a file that was removed meanwhile from one that
// means something.
func sameFile(f *os.File, path string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// held reports whether anybody holds the lock of a file. It takes the lock in
// shared mode for a moment, so whoever wants it alone has to try twice.
func held(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = flock(f, unix.LOCK_SH)
	if errors.Is(err, errHeld) {
		return true, nil
	}
	return false, err
}

// launchLock is held while a launch is being started or removed.
func (t *Target) launchLock(ctx context.Context, clusterID string) (*os.File, error) {
	dir := filepath.Join(t.config.Root, "run", ".locks")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("local target: %w", err)
	}
	return hold(ctx, filepath.Join(dir, clusterID), t.waitFor("the lock of launch "+clusterID, launchBusy))
}
