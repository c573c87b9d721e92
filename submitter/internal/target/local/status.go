//go:build linux

package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"flink-sql-driver/submitter/internal/target"
)

// formatVersion of launch.json and status.json.
const formatVersion = 1

// maxRecord bounds what is read of either file, in bytes.
const maxRecord = 4 << 20

// request is launch.json: what a supervisor needs to know, and all it knows
// besides its environment.
type request struct {
	Version    int               `json:"version"`
	Launch     target.Launch     `json:"launch"`
	Root       string            `json:"root"`
	Target     string            `json:"target"`
	FlinkHome  string            `json:"flinkHome"`
	JavaHome   string            `json:"javaHome"`
	Driver     string            `json:"driver"`
	StockStart bool              `json:"stockStart,omitempty"`
	Archives   string            `json:"archives,omitempty"` // directory of class archives
	Grace      time.Duration     `json:"grace,omitempty"`    // of TaskManagers, in nanoseconds; 0: the usual
	Options    map[string]string `json:"options,omitempty"`
	Host       host              `json:"host"`
	Asked      time.Time         `json:"asked"`
}

// same reports whether two requests ask for the same launch. How it is run (by
// which driver, on which Java) may differ: what is there already is left alone.
func (r request) same(l target.Launch) bool {
	return r.Launch.Ref == l.Ref && r.Launch.PlanURI == l.PlanURI && r.Launch.ConfigURI == l.ConfigURI && r.Launch.Dir == l.Dir
}

// status is status.json: what became of a launch.
type status struct {
	Version     int       `json:"version"`
	Host        host      `json:"host"`
	Supervisor  process   `json:"supervisor"`
	Ports       ports     `json:"ports"`
	JobManager  *child    `json:"jobManager,omitempty"`
	TaskManager []child   `json:"taskManagers,omitempty"`
	Stopped     string    `json:"stopped,omitempty"`   // why we ended it, if we did
	Stopping    time.Time `json:"stopping,omitzero"`   // since when the supervisor is told to end it
	PortTaken   bool      `json:"portTaken,omitempty"` // the JobManager could not listen
	Problem     string    `json:"problem,omitempty"`   // why there never was a JobManager
	Ended       time.Time `json:"ended,omitzero"`      // nothing of the launch runs any more
}

// child is one process that a supervisor started.
type child struct {
	process
	Role     string    `json:"role"`
	Started  time.Time `json:"started"`
	Restarts int       `json:"restarts,omitempty"`
	Ended    time.Time `json:"ended,omitzero"`
	// Code is the exit code of the newest run that ended, 128 + n for signal n as a
	// shell has it; nil: not known.
	Code *int `json:"code,omitempty"`
	// Why is what that run left as its reason, if it left one.
	Why string `json:"why,omitempty"`
	// Failures is how many runs ended in a row before they were settled.
	Failures int `json:"failures,omitempty"`
}

// record is the status of a launch in the supervisor's hands.
type record struct {
	mu   sync.Mutex
	dir  string
	now  status
	warn func(error)
}

// change changes the status and writes it. A full disk must not end a launch,
// so that a write that fails is tried again (keep) or by the next change.
func (r *record) change(f func(*status)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.now)
	data, err := json.MarshalIndent(r.now, "", " ")
	if err == nil {
		err = replaceFile(filepath.Join(r.dir, "status.json"), data)
	}
	if err != nil {
		r.warn(fmt.Errorf("status.json: %w", err))
	}
	return err
}

// taskManager changes one TaskManager's entry.
func (r *record) taskManager(role string, f func(*child)) error {
	return r.change(func(s *status) {
		i := slices.IndexFunc(s.TaskManager, func(c child) bool { return c.Role == role })
		if i < 0 {
			i = len(s.TaskManager)
			s.TaskManager = append(s.TaskManager, child{Role: role})
		}
		f(&s.TaskManager[i])
	})
}

// readRecord reads launch.json or status.json.
func readRecord(path string, to any) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRecord+1))
	if err != nil {
		return err
	}
	if len(data) > maxRecord {
		return fmt.Errorf("%s is larger than %d bytes", path, maxRecord)
	}
	var v struct {
		Version int `json:"version"`
	}
	if err := errors.Join(json.Unmarshal(data, to), json.Unmarshal(data, &v)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if v.Version != formatVersion {
		return fmt.Errorf("%s has format %d, this program knows %d; use the newer one", path, v.Version, formatVersion)
	}
	return nil
}

func readRequest(dir string) (request, error) {
	var r request
	err := readRecord(filepath.Join(dir, "launch.json"), &r)
	return r, err
}

func readStatus(dir string) (status, error) {
	var s status
	err := readRecord(filepath.Join(dir, "status.json"), &s)
	return s, err
}
