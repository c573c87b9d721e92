package resource

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// lockPoll is how often a lock that somebody holds is tried again.
const lockPoll = 50 * time.Millisecond

var errLocked = errors.New("in use")

// lock opens a file and takes its lock; errLocked: somebody has it. The lock ends
// when the file is closed or the process ends, however it ends.
func lock(path string, alone bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = tryLock(f, alone)
	if err == nil && !isAt(f, path) {
		err = errLocked // it was removed meanwhile: a lock of it means nothing
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func isAt(f *os.File, path string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// awaitLock is lock with patience: whoever has it downloads the same object, or
// checks it.
func awaitLock(ctx context.Context, path string, alone bool) (*os.File, error) {
	for {
		f, err := lock(path, alone)
		if !errors.Is(err, errLocked) {
			return f, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for another command, which downloads it and holds %s: %w", path, ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}
