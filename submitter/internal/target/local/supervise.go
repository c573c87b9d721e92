//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// How long processes may take to end after SIGTERM.
const (
	jobManagerGrace  = 15 * time.Second
	taskManagerGrace = 5 * time.Second
)

// supervisorPatience is how long a new supervisor tries for the lock, which
// somebody who only looks may hold for a moment.
const supervisorPatience = time.Second

// Supervise runs the processes of one launch until its JobManager has ended or
// ctx has: `submitter local supervise <directory>`. A second supervisor of one
// directory returns at once. Errors are also in status.json.
func Supervise(ctx context.Context, dir string) error {
	// A terminal's end must not be ours; a handler, unlike ignoring it, is not
	// inherited by the JVMs.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, unix.SIGHUP)
	defer signal.Stop(hangup)
	ctx, stop := signal.NotifyContext(ctx, unix.SIGTERM, unix.SIGINT)
	defer stop()

	lock, err := hold(ctx, filepath.Join(dir, supervisorLock), wait{what: "the supervisor's lock", busy: supervisorPatience, paused: supervisorPatience})
	if errors.Is(err, errHeld) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("supervise %s: %w", dir, err)
	}
	defer lock.Close()
	s, err := newSupervisor(dir)
	if err != nil {
		return fmt.Errorf("supervise %s: %w", dir, err)
	}
	return s.run(ctx)
}

type supervisor struct {
	dir     string
	request request
	environ []string
	runtime string
	cluster cluster
	record  *record
	grace   time.Duration // of TaskManagers
}

func newSupervisor(dir string) (*supervisor, error) {
	req, err := readRequest(dir)
	if err != nil {
		return nil, err
	}
	now, err := thisHost()
	if err != nil {
		return nil, err
	}
	me, err := self()
	if err != nil {
		return nil, err
	}
	environ := os.Environ()
	runtime, _, err := runtimeDir(lookup(environ))
	if err != nil {
		return nil, err
	}
	old, err := readStatus(dir)
	if err != nil {
		old = status{}
	}
	if old.JobManager != nil && old.Host.seenFrom(now) != here {
		return nil, fmt.Errorf("its JobManager was started on %s in another place or before the last boot, and none is started twice", old.Host.Name)
	}
	old.Version, old.Host, old.Supervisor = formatVersion, now, me
	warn := func(err error) { fmt.Fprintln(os.Stderr, time.Now().UTC().Format(time.RFC3339), err) }
	s := &supervisor{
		dir: dir, request: req, environ: environ, runtime: runtime,
		record: &record{dir: dir, now: old, warn: warn},
	}
	s.cluster = cluster{dir: dir, launch: req.Launch, settings: req.Options, private: privateDir(runtime, dir), stockStart: req.StockStart, archives: req.Archives, ports: old.Ports}
	s.grace = taskManagerGrace
	if req.Grace > 0 {
		s.grace = req.Grace
	}
	return s, nil
}

// run starts or adopts the JobManager, keeps TaskManagers beside it, and clears
// up after it.
func (s *supervisor) run(ctx context.Context) error {
	jm, err := s.jobManager()
	if err != nil {
		return errors.Join(err, s.record.change(func(st *status) { st.Problem = err.Error(); st.Ended = time.Now().UTC() }))
	}
	beside, cancel := context.WithCancel(context.Background())
	var others sync.WaitGroup
	for n := range s.cluster.launch.TaskManagers() {
		others.Go(func() { s.keepTaskManager(beside, roleTaskManager(n+1)) })
	}
	others.Go(func() { keepSmall(beside, filepath.Join(s.dir, "log")) })
	// Until its processes are gone they look as if they worked.
	told := context.AfterFunc(ctx, func() {
		_ = s.record.change(func(st *status) { st.Stopping = time.Now().UTC() }) // it warns itself
	})
	code := jm(ctx)
	told()
	s.recordEnd(ctx, code)
	cancel()
	others.Wait()
	if err := os.RemoveAll(s.cluster.private); err != nil {
		s.record.warn(err)
	}
	return s.record.change(func(st *status) { st.Ended = time.Now().UTC() })
}

// recordPatience is how long a supervisor holds on to an exit code that it
// cannot write down, because the disk is full.
const recordPatience = 10 * time.Minute

// recordEnd writes down how the JobManager ended; nobody else knows.
func (s *supervisor) recordEnd(ctx context.Context, code *int) {
	end := time.Now().UTC()
	taken := code != nil && *code != 0 && portTaken(s.dir, roleJobManager, logs{})
	patience := recordPatience
	if ctx.Err() != nil {
		patience = recordTimeout // its end was asked for, by somebody who waits
	}
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(time.Second) {
		err := s.record.change(func(st *status) {
			st.JobManager.Ended, st.JobManager.Code, st.PortTaken = end, code, taken
			if ctx.Err() != nil {
				st.Stopped = "because its supervisor was told to end it"
			}
		})
		if err == nil || errors.Is(err, fs.ErrNotExist) { // or nobody wants to know any more
			return
		}
	}
}

// command is the driver's command line in a role.
func (s *supervisor) command(role string, inherit []*os.File, args ...string) command {
	environ := with(s.environ,
		"FLINK_HOME", s.request.FlinkHome,
		"FLINK_CONF_DIR", filepath.Join(s.dir, "conf"),
		"FLINK_LOG_DIR", filepath.Join(s.dir, "log"),
		"FLINK_PID_DIR", filepath.Join(s.dir, "tmp"),
		"JAVA_HOME", s.request.JavaHome)
	return command{role: role, program: s.request.Driver, args: args, dir: s.dir, environ: environ, inherit: inherit}
}

// makePrivate makes the directory for the secrets of one process.
func (s *supervisor) makePrivate(role string) error {
	return os.MkdirAll(filepath.Join(s.cluster.private, role), 0o700)
}
