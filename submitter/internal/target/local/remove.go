//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/target"
)

// keptLogs is how many removed launches of a job keep their logs.
const keptLogs = 5

// supervisorGrace is how long a supervisor may take to end its children.
const supervisorGrace = jobManagerGrace + taskManagerGrace + killTimeout

// Remove ends the processes of a launch and deletes its directory, but for the
// logs, which move to Root/logs/<name>/<cluster id>.
func (t *Target) Remove(ctx context.Context, r target.Ref) error {
	t, err := t.of(r)
	if err != nil {
		return err
	}
	dir, err := t.runDir(r)
	if err != nil {
		return err
	}
	lock, err := t.launchLock(ctx, r.ClusterID)
	if err != nil {
		return fmt.Errorf("remove %s: %w", r.ClusterID, err)
	}
	defer lock.Close()
	if err := t.endAll(ctx, dir); err != nil {
		return fmt.Errorf("remove %s: %w", r.ClusterID, err)
	}
	if err := t.keepLogs(dir, r); err != nil {
		return fmt.Errorf("remove %s: %w", r.ClusterID, err)
	}
	// Without its launch.json a directory is nothing that anybody completes.
	if err := os.Remove(filepath.Join(dir, "launch.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", r.ClusterID, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove %s: %w", r.ClusterID, err)
	}
	if runtime, _, err := runtimeDir(t.env); err == nil {
		sweepPorts(runtime, sweepSome)
	}
	return os.Remove(lock.Name())
}

// endAll ends every process of a run directory: the supervisor, which ends the
// others, then whatever is left without one.
func (t *Target) endAll(ctx context.Context, dir string) error {
	v, err := look(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && (v.place == elsewhere || v.place == neighbour && (v.supervised || v.jobManagerAlive)) {
		return fmt.Errorf("its processes were started on %s, in another place than this one; remove it from there", v.request.Host.Name)
	}
	if v.supervised {
		if err := t.endSupervisor(ctx, dir, v); err != nil {
			return err
		}
	}
	// Twice, for what a process may have started while it was being ended.
	for range 2 {
		members, err := v.members(dir)
		if err != nil {
			return err
		}
		if len(members) == 0 {
			break
		}
		if err := end(ctx, jobManagerGrace, processes(members)...); err != nil {
			return err
		}
	}
	if alive, err := held(filepath.Join(dir, jobManagerLock)); err != nil || alive {
		return errors.Join(err, errors.New("a process of its JobManager is still there and cannot be seen from here"))
	}
	return removePrivate(t.env, dir)
}

// members are the living processes of a launch: those that say so, and those
// that were recorded, if the directory had another name then.
func (v view) members(dir string) ([]member, error) {
	all, err := family(dir)
	if err != nil || v.place != here || !v.known {
		return all, err
	}
	recorded := []member{{v.status.Supervisor, roleSupervisor}}
	if jm := v.status.JobManager; jm != nil {
		recorded = append(recorded, member{jm.process, roleJobManager})
	}
	for _, tm := range v.status.TaskManager {
		recorded = append(recorded, member{tm.process, tm.Role})
	}
	for _, m := range recorded {
		if slices.ContainsFunc(all, func(o member) bool { return o.process == m.process }) {
			continue
		}
		alive, err := m.alive()
		if err != nil {
			return nil, err
		}
		if alive && m.PID > 0 {
			all = append(all, m)
		}
	}
	return all, nil
}

func processes(members []member) []process {
	var all []process
	for _, m := range members {
		all = append(all, m.process)
	}
	return all
}

// endSupervisor lets a supervisor clear up, or, where it does not, ends it. It
// is the one that holds the lock; the status may be older than that.
func (t *Target) endSupervisor(ctx context.Context, dir string, v view) error {
	members, err := v.members(dir)
	if err != nil {
		return err
	}
	var supervisors []process
	for _, m := range members {
		if m.role == roleSupervisor {
			supervisors = append(supervisors, m.process)
		}
	}
	return end(ctx, supervisorGrace, supervisors...)
}

// keepLogs moves the logs of a launch away and forgets the oldest of its job.
func (t *Target) keepLogs(dir string, r target.Ref) error {
	from := filepath.Join(dir, "log")
	if _, err := os.Stat(from); err != nil {
		return nil //nolint:nilerr // there are none
	}
	jobDir := filepath.Join(t.config.Root, "logs", jobName(r.ClusterID))
	kept := filepath.Join(jobDir, r.ClusterID)
	if err := errors.Join(os.MkdirAll(jobDir, 0o755), os.RemoveAll(kept)); err != nil {
		return err
	}
	if err := os.Rename(from, kept); err != nil {
		return err
	}
	now := time.Now()
	_ = os.Chtimes(kept, now, now)
	entries, err := os.ReadDir(jobDir)
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return modified(b).Compare(modified(a)) })
	for i, e := range entries {
		if i >= keptLogs {
			if err := os.RemoveAll(filepath.Join(jobDir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func modified(e fs.DirEntry) time.Time {
	info, err := e.Info()
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// jobName is the part of a cluster id before the launch number.
func jobName(clusterID string) string {
	if i := strings.LastIndexByte(clusterID, '-'); i > 0 {
		return clusterID[:i]
	}
	return clusterID
}

// Down ends everything that was started below Root, the SQL Gateway included.
// Records and logs stay.
func (t *Target) Down(ctx context.Context) error {
	var failures []error
	dirs, err := t.runDirs()
	if err != nil {
		return err
	}
	// A directory that somebody deleted may have left processes.
	lost, err := families()
	if err != nil {
		return err
	}
	for dir := range lost {
		if filepath.Dir(dir) == filepath.Join(t.config.Root, "run") && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	done := make(chan error, len(dirs)+1)
	for _, dir := range dirs {
		go func() { done <- t.endLaunch(ctx, dir) }()
	}
	go func() { done <- t.gatewaysDown(ctx) }()
	for range len(dirs) + 1 {
		failures = append(failures, <-done)
	}
	if runtime, _, err := runtimeDir(t.env); err == nil {
		sweepPorts(runtime, 0)
	}
	return errors.Join(failures...)
}

func (t *Target) endLaunch(ctx context.Context, dir string) error {
	lock, err := t.launchLock(ctx, filepath.Base(dir))
	if err != nil {
		return fmt.Errorf("end %s: %w", filepath.Base(dir), err)
	}
	defer lock.Close()
	if err := t.endAll(ctx, dir); err != nil {
		return fmt.Errorf("end %s: %w", filepath.Base(dir), err)
	}
	return nil
}

// runDirs are the directories of all launches.
func (t *Target) runDirs() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(t.config.Root, "run"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("local target: %w", err)
	}
	var dirs []string
	for _, e := range entries {
		if e.IsDir() && clusterID.MatchString(e.Name()) {
			dirs = append(dirs, filepath.Join(t.config.Root, "run", e.Name()))
		}
	}
	return dirs, nil
}
