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

// Pauses before a TaskManager is started again.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
	// calm is how long a TaskManager has to live for its next pause to be the first.
	calm = time.Minute
	// settled is how long a TaskManager that failed more than once has to live to
	// count as one that started: a JVM takes some seconds to find out that it cannot.
	// It is less than anybody waits for a problem to pass.
	settled = 10 * time.Second
)

// keepTaskManager runs one TaskManager and starts it again whenever it ends,
// until ctx does.
func (s *supervisor) keepTaskManager(ctx context.Context, role string) {
	s.outlive(ctx, role)
	pause := firstPause
	for ctx.Err() == nil {
		begin, before := time.Now(), mark(s.dir, role)
		code, err := s.runTaskManager(ctx, role)
		if ctx.Err() != nil {
			return
		}
		why := before.reason(s.dir, role)
		if err != nil {
			s.record.warn(err)
			why = err.Error()
		}
		lived := time.Since(begin)
		_ = s.record.taskManager(role, func(c *child) { c.ended(code, why, lived) })
		if lived > calm {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

// ended records that a run ended after it had lived for so long.
func (c *child) ended(code *int, why string, lived time.Duration) {
	c.Restarts++
	c.Failures++
	if lived > settled {
		c.Failures = 1
	}
	c.Ended, c.Code, c.Why = time.Now().UTC(), code, why
}

// problem says what keeps a TaskManager from its work; empty if nothing is known
// to: it never failed, or was started again and either failed once only or has come
// up since.
func (c child) problem(now time.Time) string {
	runs := c.Ended.IsZero()
	if c.Failures == 0 || runs && (c.Failures == 1 || now.Sub(c.Started) > settled) {
		return ""
	}
	text, why := c.Role+" could not be started", c.Why
	if c.Code != nil {
		text = fmt.Sprintf("%s ended with code %d", c.Role, *c.Code)
		if *c.Code == shellSignal+int(unix.SIGKILL) && why == "" {
			why = "somebody killed it, perhaps the kernel for want of memory"
		}
	}
	if c.Failures > 1 {
		text += fmt.Sprintf(", %d times in a row", c.Failures)
	}
	if why != "" {
		text += ": " + why
	}
	return text
}

// outlive waits for the end of the TaskManager that a killed supervisor left,
// and ends it when ctx ends.
func (s *supervisor) outlive(ctx context.Context, role string) {
	members, err := family(s.dir)
	if err != nil {
		s.record.warn(err)
		return
	}
	var stray []process
	for _, m := range members {
		if m.role == role {
			stray = append(stray, m.process)
		}
	}
	for _, p := range stray {
		if !p.wait(ctx) {
			if err := end(context.WithoutCancel(ctx), s.grace, stray...); err != nil {
				s.record.warn(err)
			}
			return
		}
	}
}

func (s *supervisor) runTaskManager(ctx context.Context, role string) (*int, error) {
	if err := s.makePrivate(role); err != nil {
		return nil, err
	}
	if err := os.Remove(filepath.Join(s.dir, lastWordFile(role))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	tm, err := s.command(role, nil, "taskmanager",
		"-D", "sql-driver.private-dir="+filepath.Join(s.cluster.private, role),
		"-D", "sql-driver.termination-log="+filepath.Join(s.dir, lastWordFile(role)),
		"-D", "taskmanager.log.path="+filepath.Join(s.dir, "log", logFile(role))).start()
	if err != nil {
		return nil, err
	}
	_ = s.record.taskManager(role, func(c *child) { c.process, c.Started, c.Ended = tm.process, time.Now().UTC(), time.Time{} })
	ended := make(chan struct{})
	go tm.stopOn(ctx, s.grace, ended)
	code := tm.waitEnd()
	close(ended)
	return &code, nil
}
