//go:build linux

package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/target"
)

// view is what can be told of a launch at one moment.
type view struct {
	request         request
	known           bool // there is a status
	status          status
	place           place
	supervised      bool
	paused          bool // the supervisor is stopped (state T), and does nothing
	jobManagerAlive bool
	// jobManagerEnding: it is there, and was killed or exits, so it does no work any more.
	jobManagerEnding bool
	lost             []string // roles of TaskManagers that ended while nobody supervised them
}

// look gathers a view. fs.ErrNotExist says that there is no such launch.
func look(dir string) (view, error) {
	var v view
	var err error
	// The processes first: whatever ends after this look is seen as running, and
	// what the status says is at least as new.
	if v.supervised, err = held(filepath.Join(dir, supervisorLock)); err != nil {
		return v, err
	}
	alive, err := held(filepath.Join(dir, jobManagerLock))
	if err != nil {
		return v, err
	}
	if v.request, err = readRequest(dir); err != nil {
		return v, err
	}
	v.status, err = readStatus(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return v, err
	}
	v.known = err == nil
	now, err := thisHost()
	if err != nil {
		return v, err
	}
	recorded := v.request.Host
	if v.known {
		recorded = v.status.Host
	}
	v.place = recorded.seenFrom(now)
	v.jobManagerAlive = alive
	v.paused = v.place == here && v.supervised && v.status.Supervisor.paused()
	if v.place == here && v.status.JobManager != nil && v.status.JobManager.Ended.IsZero() && !alive {
		v.jobManagerAlive, err = v.status.JobManager.alive()
	}
	if v.place == here && v.jobManagerAlive && v.known && v.status.JobManager != nil {
		if v.jobManagerEnding, err = ending(dir, v.status.JobManager.process); err != nil {
			return v, err
		}
	}
	if v.place == here && v.jobManagerAlive && !v.supervised {
		for _, tm := range v.status.TaskManager {
			if alive, aerr := tm.alive(); aerr == nil && !alive {
				v.lost = append(v.lost, tm.Role)
			}
		}
	}
	return v, err
}

// ending reports whether a JobManager that is still there has been killed, or exits, and
// with it whatever else has its lock.
func ending(dir string, recorded process) (bool, error) {
	if alive, err := recorded.alive(); err != nil || alive && !recorded.ending() {
		return false, err
	}
	members, err := family(dir)
	if err != nil {
		return false, err
	}
	last := 0
	for _, m := range members {
		if m.role != roleJobManager {
			continue
		}
		if !m.ending() {
			return false, nil
		}
		last++
	}
	// Of one that exits the environment can no longer be read, so that it is in no family.
	return last > 0 || recorded.ending(), nil
}

// recordTimeout is how long a supervisor may take to record that its JobManager
// ended.
const recordTimeout = 2 * time.Second

// Observe says what is known of a launch.
func (t *Target) Observe(ctx context.Context, r target.Ref) (target.Observation, error) {
	t, err := t.of(r)
	if err != nil {
		return target.Observation{}, err
	}
	dir, err := t.runDir(r)
	if err != nil {
		return target.Observation{}, err
	}
	deadline := time.Now().Add(recordTimeout)
	killed, stopped := time.Now().Add(killTimeout), time.Now().Add(supervisorGrace)
	for {
		v, err := look(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return t.absent(r, dir, v), nil
		}
		if err != nil {
			return target.Observation{Condition: target.Unknown, Proof: err.Error()}, nil //nolint:nilerr // it is the answer
		}
		o := v.judge()
		wait := o.Condition == target.Unknown && (v.supervised && time.Now().Before(deadline) || v.jobManagerEnding && time.Now().Before(killed) || v.stopping() && time.Now().Before(stopped))
		if !wait || ctx.Err() != nil {
			o.LastWord = lastWord(dir, roleJobManager)
			if o.LastWord == "" && o.Condition == target.Failed {
				o.LastWord = lastCause(dir)
			}
			return o, ctx.Err()
		}
		time.Sleep(alivePoll) // its supervisor is about to say more
	}
}

// absent looks twice: somebody may have deleted the directory of a launch that
// runs.
func (t *Target) absent(r target.Ref, dir string, v view) target.Observation {
	members, err := t.recentFamily(dir)
	if _, serr := os.Stat(dir); serr != nil && !errors.Is(serr, fs.ErrNotExist) {
		err = errors.Join(err, serr)
	}
	hidden, herr := t.Hidden(context.Background(), r)
	switch err = errors.Join(err, herr); {
	case err != nil:
		return target.Observation{Condition: target.Unknown, Proof: err.Error()}
	case hidden != "":
		return target.Observation{Condition: target.Unknown, Proof: hidden}
	case len(members) > 0 || v.supervised || v.jobManagerAlive:
		return target.Observation{Condition: target.Unknown, Proof: fmt.Sprintf("%s holds no launch any more, but %d of its processes still run; `submitter local down` ends them", dir, len(members))}
	default:
		return target.Observation{Condition: target.Absent, Proof: dir + " holds no launch, and no process belongs to it"}
	}
}

// scanAge is how old the list of processes may be that proves that a launch
// without a directory has none: somebody who asks for a thousand jobs does not
// want a thousand lists.
const scanAge = time.Second

func (t *Target) recentFamily(dir string) ([]member, error) {
	t.scan.Lock()
	defer t.scan.Unlock()
	if time.Since(t.scan.at) > scanAge {
		all, err := families()
		if err != nil {
			return nil, err
		}
		t.scan.all, t.scan.at = all, time.Now()
	}
	// A list can name the dead, never miss one that is older.
	return slices.DeleteFunc(slices.Clone(t.scan.all[dir]), func(m member) bool {
		alive, err := m.alive()
		return err == nil && !alive
	}), nil
}

// judge turns a view into a condition and its proof.
func (v view) judge() target.Observation {
	jm := v.status.JobManager
	switch {
	case v.place == elsewhere:
		return target.Observation{Condition: target.Unknown, Proof: fmt.Sprintf("it was launched on %s, whose processes cannot be seen from here", v.request.Host.Name)}
	case jm != nil && jm.Code != nil:
		return v.ended(*jm)
	case jm != nil && !jm.Ended.IsZero():
		return target.Observation{Condition: target.Failed, Killed: v.status.Stopped != "", Proof: strings.TrimSpace(fmt.Sprintf("JobManager (%s) is gone and ended without a word %s", jm.process, v.status.Stopped))}
	case v.place == rebooted:
		return target.Observation{Condition: target.Failed, Killed: true, Proof: fmt.Sprintf("%s was started again since it was launched, so its processes are gone", v.request.Host.Name)}
	case v.jobManagerEnding:
		return target.Observation{Condition: target.Unknown, Proof: fmt.Sprintf("JobManager (%s) was killed or exits, and is not gone yet", jm.process)}
	case v.stopping():
		return target.Observation{Condition: target.Unknown, Proof: fmt.Sprintf("its supervisor (%s) was told to end it, and JobManager (%s) is not gone yet", v.status.Supervisor, jm.process)}
	case v.jobManagerAlive:
		return v.running()
	case v.status.Problem != "":
		return target.Observation{Condition: target.Failed, Proof: "it never started: " + v.status.Problem}
	case v.paused && jm == nil:
		return target.Observation{Condition: target.Running, Proof: "it is starting", Problem: v.pausedText() + ", and cannot start it"}
	case v.paused:
		return target.Observation{Condition: target.Unknown, Proof: fmt.Sprintf("JobManager (%s) has ended, and %s, and cannot record how", jm.process, v.pausedText())}
	case v.supervised && jm == nil:
		return target.Observation{Condition: target.Running, Proof: "its supervisor is starting it"}
	case v.supervised:
		return target.Observation{Condition: target.Unknown, Proof: fmt.Sprintf("JobManager (%s) has ended, and its supervisor has not recorded how yet", jm.process)}
	case jm == nil:
		return target.Observation{Condition: target.Failed, Proof: "its supervisor ended without a word before it started a JobManager"}
	default:
		return target.Observation{Condition: target.Failed, Proof: fmt.Sprintf("JobManager (%s) is gone and ended without a word", jm.process)}
	}
}

// stopping reports whether a launch is being ended by its supervisor.
func (v view) stopping() bool {
	return v.place == here && v.supervised && !v.paused && v.jobManagerAlive && v.status.JobManager != nil && !v.status.Stopping.IsZero()
}

// pausedText names the supervisor that is stopped, and what to do about it.
func (v view) pausedText() string {
	p := v.status.Supervisor
	return fmt.Sprintf("its supervisor (%s) is stopped (state T; `kill -CONT %d` lets it go on)", p, p.PID)
}

func (v view) running() target.Observation {
	o := target.Observation{Condition: target.Running, Proof: "the JobManager's processes hold their lock"}
	if jm := v.status.JobManager; jm != nil {
		o.Proof = fmt.Sprintf("JobManager (%s) runs", jm.process)
		o.UI = v.status.ui()
	}
	o.Unattended = !v.supervised && v.place == here
	if !v.supervised {
		o.Proof += "; its supervisor is gone, so TaskManagers are not restarted until it is launched again"
	}
	for _, tm := range v.status.TaskManager {
		if tm.Restarts > 0 && tm.Code != nil {
			o.Proof += fmt.Sprintf("; %s ended %d times, last with code %d", tm.Role, tm.Restarts, *tm.Code)
		}
	}
	o.Problem = v.problem(time.Now())
	return o
}

// problem says what keeps a launch that runs from its work.
func (v view) problem(now time.Time) string {
	switch {
	case len(v.lost) > 0:
		return strings.Join(v.lost, ", ") + " ended, and so has the supervisor that would start them again; `submitter apply` starts both"
	case !v.supervised && v.place == here:
		return "its supervisor ended, so nobody would start TaskManagers again; `submitter apply` starts another one"
	}
	var all []string
	for _, tm := range v.status.TaskManager {
		if p := tm.problem(now); p != "" && v.supervised {
			all = append(all, p)
		}
	}
	return strings.Join(all, "; ")
}

func (v view) ended(jm child) target.Observation {
	o := target.Observation{Condition: target.Failed, Proof: fmt.Sprintf("JobManager (%s) ended with code %d", jm.process, *jm.Code)}
	if *jm.Code == 0 && v.status.Stopped == "" {
		o.Condition = target.Finished
	}
	if v.status.Stopped != "" {
		o.Killed = true
		o.Proof += ", " + v.status.Stopped
	}
	if v.status.PortTaken {
		o.Proof += ": somebody else listens on one of its ports; launching it again chooses others"
	}
	return o
}

func (s status) ui() string { return "http://" + loopback + ":" + strconv.Itoa(s.Ports.REST) }

// maxLastWord is Kubernetes' limit of a termination log, in bytes.
const maxLastWord = 4096

func lastWord(dir, role string) string {
	f, err := os.Open(filepath.Join(dir, lastWordFile(role)))
	if err != nil {
		return ""
	}
	defer f.Close()
	data, _ := io.ReadAll(io.LimitReader(f, maxLastWord))
	return strings.ToValidUTF8(string(bytes.TrimSpace(data)), "�")
}

// JobManager gives access to the launch's JobManager while it runs.
func (t *Target) JobManager(_ context.Context, r target.Ref) (*flinkrest.Client, error) {
	t, err := t.of(r)
	if err != nil {
		return nil, err
	}
	dir, err := t.runDir(r)
	if err != nil {
		return nil, err
	}
	v, err := look(dir)
	if err != nil {
		return nil, fmt.Errorf("JobManager of %s: %w", r.ClusterID, err)
	}
	// A port that its owner left may belong to anybody.
	if o := v.judge(); o.Condition != target.Running || o.UI == "" || v.place != here {
		return nil, fmt.Errorf("JobManager of %s: %s", r.ClusterID, o.Proof)
	}
	return flinkrest.New(v.status.ui(), flinkrest.Options{}), nil
}
