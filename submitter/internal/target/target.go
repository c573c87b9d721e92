// Package target says what deploying needs of a place where launches run.
package target

import (
	"context"
	"encoding/json"
	"time"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/journal"
)

// Ref names one launch on its target.
type Ref struct {
	Name      string // the job's name
	Launch    uint64
	ClusterID string
	JobID     string
	// Site is where the launch was made, in the target's own words (Sited); empty: its
	// record does not say. A target that looks elsewhere cannot tell that it is gone.
	Site string `json:",omitempty"`
	// Origin is the Dir that the launch was asked for with, where that is in another store
	// than the one it is recorded in now (it was adopted).
	Origin string `json:",omitempty"`
}

// Sited is a target whose launches cannot be seen from everywhere that the store can be
// reached from: those of one machine, or of one Kubernetes cluster.
type Sited interface {
	Site(ctx context.Context) (string, error)
	// Hidden says why a launch cannot be seen from here; empty if it can.
	Hidden(ctx context.Context, r Ref) (string, error)
}

// SiteOf is the site of a target; empty where it has none.
func SiteOf(ctx context.Context, t Target) (string, error) {
	if s, ok := t.(Sited); ok {
		return s.Site(ctx)
	}
	return "", nil
}

// HiddenFrom says why a launch cannot be seen by a target; empty if it can.
func HiddenFrom(ctx context.Context, t Target, r Ref) (string, error) {
	if s, ok := t.(Sited); ok && r.Site != "" {
		return s.Hidden(ctx, r)
	}
	return "", nil
}

// Launch is everything that a target needs to start a launch. Nothing in it is
// secret.
type Launch struct {
	Ref
	PlanURI   string // Flink's URI of plan.json
	ConfigURI string // Flink's URI of config.json, with #sha256=
	Dir       string // Flink's URI of launches/<name>/<n>/
	// Options are the Flink options of the cluster, of the release and of every
	// launch. The target adds those that tell the driver about this one
	// (plan/launch.Option…).
	Options     map[string]string
	JobManager  journal.Size
	TaskManager journal.Size
	Secrets     []string // names that the launch will ask for
	// QueryVersion, for people.
	QueryVersion int `json:",omitempty"`
	// Kubernetes is the effective block of that name, as JSON; only that target looks at
	// it. nil: the target's own (releases of before it was part of them).
	Kubernetes json.RawMessage `json:",omitempty"`
}

// Condition is what a target knows of a launch.
type Condition string

// The conditions. Absent, Finished and Failed are claims that need proof; what
// cannot be proved is Unknown.
const (
	Running  Condition = "running"
	Finished Condition = "finished" // ended by itself, or was stopped, with success
	Failed   Condition = "failed"
	Absent   Condition = "absent"
	Unknown  Condition = "unknown"
)

// Dead reports whether it is proved that the launch does not run.
func (c Condition) Dead() bool { return c == Finished || c == Failed || c == Absent }

// Observation is a condition with its proof.
type Observation struct {
	Condition Condition
	// Killed: it is dead, and not by itself: its processes were ended from outside, or
	// with the machine.
	Killed bool
	Proof  string // for people: "process 4711 ended with code 163"
	UI     string // address of Flink's web UI, while there is one
	// Started is when its JobManager's process was started last, if that is known.
	Started  time.Time
	LastWord string // what the driver said last, if it said anything
	// Problem is what keeps it from working, while it is not dead; empty if nothing
	// is known to. It may pass by itself (a process that ended is started again), so
	// whoever gives a launch up because of it looks more than once.
	Problem string
	// Patient: the problem may pass without anybody's doing (a cluster that gets larger),
	// so only the time for getting healthy ends the wait for that.
	Patient bool
	// Unattended: it runs, and nobody looks after its processes any more, or something
	// that belongs to it is gone or changed. Launch of the same launch mends that and
	// leaves what runs alone.
	Unattended bool
}

// Target is a place where launches run.
type Target interface {
	// Launch starts a launch. It is safe to repeat: everything it makes carries the
	// launch number, and what is there already is left alone.
	Launch(ctx context.Context, l Launch) error
	// Observe says what is known of a launch. An error means that the question
	// could not be asked; a question without an answer is Unknown.
	Observe(ctx context.Context, r Ref) (Observation, error)
	// JobManager gives access to the launch's JobManager.
	JobManager(ctx context.Context, r Ref) (*flinkrest.Client, error)
	// Remove ends what is left of a launch and deletes what the target made for it.
	Remove(ctx context.Context, r Ref) error
}
