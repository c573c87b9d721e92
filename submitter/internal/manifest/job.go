package manifest

import "strconv"

// Job is one manifest after template, variables and files: all that the rest of
// the program knows of what a person wrote. It is never changed after Load.
type Job struct {
	Name        string
	Description string

	// SQL is the query or script; Code is a PyFlink job. Exactly one is set.
	SQL  Source
	Code Source

	// TargetTable is where a SELECT's rows go; empty for a script.
	TargetTable      string
	FlinkProperties  map[string]string
	TableDefinitions []Source // DDL to run before SQL, in order
	MetadataColumns  MetadataColumns
	Resources        []Resource

	State          State
	Upgrade        Upgrade
	Restore        string // latest, none or a savepoint's path
	Parallelism    int    // 0: Flink's default
	MaxParallelism int    // 0: chosen at the first launch and pinned
	StateTTL       string // Flink's notation; empty: the plan's own
	JobManager     Size
	TaskManager    Size
	FlinkVersion   string // "2.3"; empty: the default gateway's
	Target         string // name or kind of a target; empty: the default

	// File is the manifest's path as the user gave it.
	File string
	// positions maps a key's path ("upgrade.approve", "flinkProperties.a.b") to
	// where it stands, maybe in the template.
	positions map[string]Position
}

// Position is a place in a file that a person can go to.
type Position struct {
	File   string
	Line   int // from 1
	Column int // from 1
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
			return p
		}
	}
	return Position{File: j.File, Line: 1}
}

// Source is a text with the place it came from, so that a position inside the
// text can be turned into one in a file.
type Source struct {
	Text string
	At   Position // of the first character of Text
	// exact is false where YAML folded or escaped the text, so that only the line
	// of its key is known.
	exact bool
}

// State is what a job should be doing.
type State string

// The states that a manifest may ask for.
const (
	Running   State = "running"
	Suspended State = "suspended" // stopped with a savepoint
	Cancelled State = "cancelled" // stopped without one
)

// MetadataColumns are seed 000's six output columns. Off and Names are exclusive;
// the zero value means: those of the six that the target table has.
type MetadataColumns struct {
	Off   bool
	On    bool              // all six are wanted; a missing one is an error
	Names map[string]string // default name → name in the target table
}

// Resource is a file that a job needs on every JobManager and TaskManager.
type Resource struct {
	Name   string
	Kind   string // release.KindJar, KindFile or KindArchive
	From   string // path, URL or maven:group:artifact:version
	SHA256 string // expected; empty: whatever is there
	At     Position
}

// Upgrade says how a change is carried out.
type Upgrade struct {
	OnQueryChange    string // judge (default) or clean
	Approve          string // an approval id that diff printed
	Map              map[string]string
	SavepointTimeout Duration
	Drain            bool
	Rollback         string // auto (default) or never
	HandOver         string // warm or cold
	HealthTimeout    Duration
}

// Size of a process kind. Zero values mean Flink's own defaults.
type Size struct {
	CPU      float64
	Memory   string
	Slots    int
	Replicas int
}
