//go:build linux

package local

import (
	"context"
	"path/filepath"
	"time"
)

// Pauses before a TaskManager is started again.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
	// calm is how long a TaskManager has to live for its next pause to be the first.
	calm = time.Minute
)

// keepTaskManager runs one TaskManager and starts it again whenever it ends,
// until ctx does.
func (s *supervisor) keepTaskManager(ctx context.Context, role string) {
	s.outlive(ctx, role)
	pause := firstPause
	for ctx.Err() == nil {
		begin := time.Now()
		code, err := s.runTaskManager(ctx, role)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.record.warn(err)
		}
		_ = s.record.taskManager(role, func(c *child) { c.Restarts++; c.Ended, c.Code = time.Now().UTC(), code })
		if time.Since(begin) > calm {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
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
