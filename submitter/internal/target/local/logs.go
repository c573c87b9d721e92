//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/target"
)

// outLimit is how large the file of what a process prints may grow, in bytes;
// outPoll how often that is looked at.
const (
	outLimit = 32 << 20
	outPoll  = 5 * time.Second
)

// keepSmall cuts the files that processes print to, keeping one older part of
// each. Flink's own logs are kept small by log4j.
func keepSmall(ctx context.Context, dir string) {
	tick := time.NewTicker(outPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*.out"))
		for _, f := range files {
			_ = cut(f, outLimit)
		}
	}
}

// cut copies a file that grew too large to <file>.1 and empties it. Whoever
// writes to it appends, so its next byte is the first; what it writes between
// the two steps is lost.
func cut(path string, limit int64) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() <= limit {
		return err
	}
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	if _, err := from.Seek(-limit, io.SeekEnd); err != nil {
		return err
	}
	to, err := os.Create(path + ".1")
	if err == nil {
		_, err = io.Copy(to, from)
		err = errors.Join(err, to.Close())
	}
	if err != nil {
		os.Remove(path + ".1") // the disk may be full: then the room is worth more
	}
	return errors.Join(err, os.Truncate(path, 0))
}

// followPoll is how often a file that is followed is looked at.
const followPoll = 200 * time.Millisecond

// allTaskManagers is how Logs is asked for every TaskManager.
const allTaskManagers = "taskmanager"

// Logs copies logs of a launch to w. which is a process (jobmanager,
// taskmanager-1, supervisor), taskmanager for all TaskManagers, or empty for the
// JobManager's; what it printed (.out) comes before what it logged. Lines of several
// TaskManagers begin with their names. With follow it goes on until the launch is
// dead or ctx ends.
func (t *Target) Logs(ctx context.Context, r target.Ref, w io.Writer, follow bool, which string) error {
	t, err := t.of(r)
	if err != nil {
		return err
	}
	run, err := t.runDir(r)
	if err != nil {
		return err
	}
	if which == "" {
		which = roleJobManager
	}
	if which != roleJobManager && which != roleSupervisor && which != allTaskManagers && !isTaskManager(which) || strings.ContainsAny(which, "/\\") {
		return fmt.Errorf("logs of %s: %q is no process: use jobmanager, taskmanager (all of them), taskmanager-1, … or supervisor", r.ClusterID, which)
	}
	dir := filepath.Join(run, "log")
	if _, err := os.Stat(dir); err != nil {
		dir, follow = filepath.Join(t.config.Root, "logs", jobName(r.ClusterID), r.ClusterID), false
	}
	m := &merger{dir: dir, which: which, to: w}
	defer m.close()
	for {
		// Whether it is dead is asked first: what it wrote before that is copied then.
		over := !follow || t.dead(ctx, r)
		if err := m.copy(); err != nil {
			return fmt.Errorf("logs of %s: %w", r.ClusterID, err)
		}
		if over {
			if !m.found {
				return fmt.Errorf("logs of %s: there are none of %s: %w", r.ClusterID, which, t.whichLogs(dir))
			}
			return m.end()
		}
		select {
		case <-ctx.Done():
			return errors.Join(m.end(), ctx.Err())
		case <-time.After(followPoll):
		}
	}
}

func (t *Target) dead(ctx context.Context, r target.Ref) bool {
	o, err := t.Observe(ctx, r)
	return err == nil && o.Condition.Dead()
}

// whichLogs says what there is instead.
func (t *Target) whichLogs(dir string) error {
	files, _ := filepath.Glob(filepath.Join(dir, "*.out"))
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".out"))
	}
	if len(names) == 0 {
		return fs.ErrNotExist
	}
	slices.Sort(names)
	return fmt.Errorf("it has logs of %s", strings.Join(names, ", "))
}

// tail reads a file that grows, is cut, or is replaced by a fresh one.
type tail struct {
	path string
	file *os.File
	read int64
}

// copyTo copies what is new. It reports whether there is such a file.
func (t *tail) copyTo(w io.Writer) (bool, error) {
	there, err := os.Stat(t.path)
	if err != nil {
		return t.file != nil, nil //nolint:nilerr // not there yet, or being replaced
	}
	if t.file != nil {
		mine, err := t.file.Stat()
		if err != nil {
			return true, err
		}
		if !os.SameFile(mine, there) {
			if _, err := io.Copy(w, t.file); err != nil { // the rest of the old one
				return true, err
			}
			t.close()
		} else if mine.Size() < t.read {
			if _, err := t.file.Seek(0, io.SeekStart); err != nil {
				return true, err
			}
			t.read = 0
		}
	}
	if t.file == nil {
		if t.file, err = os.Open(t.path); err != nil {
			return false, err
		}
		t.read = 0
	}
	n, err := io.Copy(w, t.file)
	t.read += n
	return true, err
}

func (t *tail) close() {
	if t.file != nil {
		t.file.Close()
		t.file = nil
	}
}
