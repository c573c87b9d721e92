package dist

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// lockPoll is how often a held lock is tried again.
const lockPoll = 100 * time.Millisecond

var errLocked = errors.New("locked")

// lock holds path for this process until release is called or the process
// ends, however it ends. The file stays: removing it would let two processes
// hold two files of one name.
func lock(ctx context.Context, path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	for {
		err := tryLock(f)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, errLocked) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("waiting for another installation, which holds %s: %w", path, ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}
