//go:build linux

package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"flink-sql-driver/submitter/internal/flinkconf"
)

// jobManager starts the JobManager, or adopts the one that a killed supervisor
// left. The result waits for its end and returns the exit code, nil if nobody can
// know it; when its context ends it ends the JobManager.
func (s *supervisor) jobManager() (func(context.Context) *int, error) {
	lock, err := os.OpenFile(filepath.Join(s.dir, jobManagerLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	// One that was started is never started again, even if it ended while this
	// supervisor came up.
	if s.record.now.JobManager != nil {
		return s.adopt()
	}
	if err := flockPatiently(lock); errors.Is(err, errHeld) {
		return s.adopt()
	} else if err != nil {
		return nil, err
	}
	chosen, reserved, err := reserve(s.runtime, 2)
	if err != nil {
		return nil, err
	}
	defer closeAll(reserved)
	s.cluster.ports = ports{REST: chosen[0], RPC: chosen[1]}
	if s.cluster.distribution, err = flinkconf.Read(filepath.Join(s.request.FlinkHome, "conf", "config.yaml")); err != nil {
		return nil, err
	}
	if err := writeConf(filepath.Join(s.dir, "conf"), s.cluster.options()); err != nil {
		return nil, err
	}
	if err := s.makePrivate(roleJobManager); err != nil {
		return nil, err
	}
	// The ports are known before there is a process, so that one that nobody
	// recorded can be found by them.
	err = s.record.change(func(st *status) {
		st.Ports, st.JobManager, st.TaskManager = s.cluster.ports, nil, nil
		st.Problem, st.Stopped, st.Stopping, st.PortTaken, st.Ended = "", "", time.Time{}, false, time.Time{}
	})
	if err != nil {
		return nil, err
	}
	jm, err := s.command(roleJobManager, append([]*os.File{lock}, reserved...), "standalone-job").start()
	if err != nil {
		return nil, err
	}
	err = s.record.change(func(st *status) {
		st.JobManager = &child{process: jm.process, Role: roleJobManager, Started: time.Now().UTC()}
	})
	if err != nil {
		// Who launches it hears that it failed, so it must not run.
		_ = jm.signal(unix.SIGKILL)
		_ = jm.waitEnd()
		s.record.now.JobManager = nil
		return nil, err
	}
	return func(ctx context.Context) *int {
		ended := make(chan struct{})
		go jm.stopOn(ctx, jobManagerGrace, ended)
		code := jm.waitEnd()
		close(ended)
		return &code
	}, nil
}

// flockPatiently takes a lock that somebody who only looks may have.
func flockPatiently(f *os.File) error {
	until := time.Now().Add(supervisorPatience)
	for {
		err := flock(f, unix.LOCK_EX)
		if !errors.Is(err, errHeld) || time.Now().After(until) {
			return err
		}
		time.Sleep(lockPoll)
	}
}

// adopt takes over a JobManager that somebody else started, if it still runs.
func (s *supervisor) adopt() (func(context.Context) *int, error) {
	members, err := family(s.dir)
	if err != nil {
		return nil, err
	}
	var found []process
	for _, m := range members {
		if m.role == roleJobManager {
			found = append(found, m.process)
		}
	}
	jm := s.record.now.JobManager
	if len(found) == 0 {
		alive, err := s.lingers()
		if err != nil || alive || jm == nil {
			return nil, errors.Join(err, errors.New("its JobManager runs where it cannot be seen from here, or has just ended"))
		}
	}
	if jm == nil {
		jm = &child{process: found[0], Role: roleJobManager, Started: time.Now().UTC()}
	}
	err = s.record.change(func(st *status) { st.JobManager, st.Problem, st.Stopping, st.Ended = jm, "", time.Time{}, time.Time{} })
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) *int {
		for ctx.Err() == nil {
			if s.gone(append(found, jm.process)) {
				return nil
			}
			select {
			case <-ctx.Done():
			case <-time.After(10 * alivePoll):
			}
		}
		if err := end(context.WithoutCancel(ctx), jobManagerGrace, append(found, jm.process)...); err != nil {
			s.record.warn(err)
		}
		return nil
	}, nil
}

// lingers reports whether somebody has the JobManager's lock though no process of it can
// be seen. One that was killed has it until the kernel has ended it, which is waited for.
func (s *supervisor) lingers() (bool, error) {
	for until := time.Now().Add(killTimeout); ; time.Sleep(alivePoll) {
		alive, err := held(filepath.Join(s.dir, jobManagerLock))
		if err != nil || !alive || time.Now().After(until) {
			return alive, err
		}
	}
}

// gone reports whether it is certain that a JobManager is: nobody has its lock,
// and none of its known processes runs.
func (s *supervisor) gone(known []process) bool {
	if alive, err := held(filepath.Join(s.dir, jobManagerLock)); err != nil || alive {
		return false
	}
	return !slices.ContainsFunc(known, func(p process) bool {
		alive, err := p.alive()
		return err != nil || alive
	})
}
