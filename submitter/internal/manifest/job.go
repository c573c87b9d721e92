// Package manifest reads what people write: one YAML document for each job, a
// template with defaults under it, variables, SQL files, and submitter.yaml. It
// checks everything that can be checked without a gateway, reports all problems
// of all files at once, each with file, line and column, and hands on Jobs.
package manifest

import (
	"strconv"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/target"
)

// Job is one manifest after template, variables and files: all that the rest of
// the program knows of what a person wrote. It is never changed after Load.
type Job struct {
	Name        string
	Description string

	// SQL is the query or script; Code is a PyFlink job. Exactly one is set.
	SQL  Source
	Code Source

	// TargetTable is where a SELECT's rows go; empty for a script.
	TargetTable string
	// Columns is ByName, ByPosition, or empty: as the names tell.
	Columns string
	// OnConflict is what the INSERT says of it: Deduplicate, Fail or Ignore; empty: nothing.
	OnConflict       string
	FlinkProperties  map[string]string // keys as the user wrote them; see Option
	TableDefinitions []Source          // DDL to run before SQL, in order
	// CatalogDDL: apply may run the statements that change a catalog which outlives the
	// session (catalog-ddl: apply).
	CatalogDDL      bool
	MetadataColumns MetadataColumns
	Resources       []Resource

	State          State
	Upgrade        Upgrade
	Restore        string // latest, none or a savepoint's path
	Parallelism    int    // 0: Flink's default; also from parallelism.default
	MaxParallelism int    // 0: chosen at the first launch and pinned; also from pipeline.max-parallelism
	StateTTL       string // Flink's notation; empty: the plan's own
	JobManager     Size
	TaskManager    Size
	// Room is what the job's cluster has, where that is fixed; nil: it grows, or the job
	// takes what there is.
	Room         *target.Room
	FlinkVersion string // "2.3"; empty: the default gateway's
	Target       string // name or kind of a target; empty: the default
	// Kubernetes is the block of that name, checked, as JSON (settings.Settings); nil
	// where there is none. Namespace is the one in it.
	Kubernetes []byte
	Namespace  string

	// Meta is the meta section of a manifest that a deployment wrote; information
	// only. Nil where there is none.
	Meta *Meta

	// File is the manifest's path as the user gave it.
	File string
	// positions maps a key's path ("upgrade.approve", "flinkProperties.a.b") to
	// where it stands, maybe in the template.
	positions map[string]place
	document  document
}

// place is where a key and its value stand.
type place struct{ key, value Position }

// Position is a place in a file that a person can go to.
type Position struct {
	File   string
	Line   int // from 1
	Column int // from 1, in characters
}

// String renders file:line:column, leaving out what is not known.
func (p Position) String() string {
	s := p.File
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line)
		if p.Column > 0 {
			s += ":" + strconv.Itoa(p.Column)
		}
	}
	return s
}

// Where says where a key stands: its own place, else the nearest enclosing key's,
// else the manifest's first line.
func (j *Job) Where(key string) Position {
	for k := key; k != ""; k = parent(k) {
		if p, ok := j.positions[k]; ok {
			return p.key
		}
	}
	return Position{File: j.File, Line: 1}
}

// parent is the path of the enclosing key: a.b of a.b.c, a of a[1].
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// State is what a job should be doing.
type State string

// The states that a manifest may ask for.
const (
	Running   State = "running"
	Suspended State = "suspended" // stopped with a savepoint
	Cancelled State = "cancelled" // stopped without one
)

// MetadataColumns are seed 000's six output columns. Off, On and Names are
// exclusive; the zero value means: those of the six that the target table has.
type MetadataColumns struct {
	Off   bool
	On    bool              // all six are wanted; a missing one is an error
	Names map[string]string // default name → name in the target table
}

// MetadataColumnNames are the six, in the order in which they are written.
var MetadataColumnNames = []string{
	"__create_timestamp", "__query_name", "__query_description",
	"__query_id", "__query_version", "__query_create_timestamp",
}

// Resource is a file that a job needs on every JobManager and TaskManager.
type Resource struct {
	Name   string // one path element, unique in the job
	Kind   string // release.KindJar, KindFile or KindArchive
	From   string // path, URL or maven:group:artifact:version; a path is relative to the working directory
	SHA256 string // expected, 64 hex digits in lower case; empty: whatever is there
	At     Position
}

// Values of Upgrade's fields.
const (
	Judge = "judge" // on-query-change: as the verdict says
	Clean = "clean" // on-query-change: every query change starts clean at a new version
	Auto  = "auto"
	Never = "never"
	Warm  = "warm"
	Cold  = "cold"
)

// Upgrade says how a change is carried out.
type Upgrade struct {
	OnQueryChange    string // Judge (default) or Clean
	Approve          string // an approval id that diff printed
	Map              map[string]string
	SavepointTimeout time.Duration // 0: the deployment's default
	Drain            bool
	Rollback         string        // Auto (default) or Never
	HandOver         string        // Warm or Cold (default)
	HealthTimeout    time.Duration // 0: the deployment's default
}

// Size of a process kind. Zero values mean Flink's own defaults.
type Size struct {
	CPU      float64
	Memory   string // Flink's notation: 1600m
	Slots    int
	Replicas int
}

// Meta is seed 000's meta section.
type Meta struct {
	QueryVersion         int
	QueryID              string
	QueryCreateTimestamp string
}
