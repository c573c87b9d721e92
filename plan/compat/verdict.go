// Package compat judges what a change of a compiled plan does to the state of a
// job, and gives the new plan the node ids under which Flink finds that state.
//
// Plans of one shape are compared node by node: see Judge. Plans of another shape are
// not judged yet, and nothing that is not judged is carried.
package compat

import "flink-sql-driver/plan"

// Job is the verdict on a whole job.
type Job string

// The verdicts on a job.
const (
	Full    Job = "FULL"    // all state is kept
	Partial Job = "PARTIAL" // some state is lost or mixed
	None    Job = "NONE"    // only sources are kept
	Blocked Job = "BLOCKED" // it cannot be said, or not safely done
)

// State says what becomes of the state of one operator.
type State string

// The verdicts on an operator.
const (
	Kept         State = "KEPT"
	KeptMixed    State = "KEPT-MIXED" // valid, but built under another rule
	New          State = "NEW"        // starts empty
	Dropped      State = "DROPPED"    // thrown away
	Incompatible State = "INCOMPATIBLE"
	Unsafe       State = "UNSAFE" // Flink would take it, and results would be wrong
	Ambiguous    State = "AMBIGUOUS"
	Unknown      State = "UNKNOWN"
)

// Verdict is what a change does to the state of a job. Its JSON is what
// "plan diff -o json" prints.
type Verdict struct {
	Job Job `json:"job"`
	// Approvable: nothing makes the job BLOCKED but what only the user can know, such as
	// whether two addresses are those of one cluster. An approval carries all state over.
	Approvable bool       `json:"approvable,omitempty"`
	Operators  []Operator `json:"operators"`
	// AllowNonRestored: some state of the old plan has no operator in the new one, so
	// Flink has to be told to leave it (execution.state-recovery.ignore-unclaimed-state).
	AllowNonRestored bool `json:"allowNonRestoredState"`
	// NextID is the first node id that neither plan uses.
	NextID int `json:"nextId"`
	// Why says what is different, and of a BLOCKED job what stands in the way.
	Why []string `json:"why,omitempty"`
	// Brief is Why in short lines, without what a line about an operator says.
	Brief []string `json:"-"`
	// Aligned is the new plan with the old plan's ids; nil when the job is BLOCKED and
	// not Approvable.
	Aligned *plan.Compiled `json:"-"`
}

// Operator is the verdict on one stateful operator.
type Operator struct {
	Verdict        State  `json:"verdict"`
	Type           string `json:"type"` // group-aggregate
	Name           string `json:"-"`    // for people: group-aggregate(customer)
	Transformation string `json:"transformation"`
	OldID          *int   `json:"oldId,omitempty"` // node id; absent: not in the old plan
	NewID          *int   `json:"newId,omitempty"` // as aligned; absent: not in the new plan
	// OperatorID is the id in the savepoint, in hex.
	OperatorID string   `json:"operatorId"`
	States     []string `json:"states,omitempty"`
	Bytes      *int64   `json:"bytes,omitempty"` // absent: no savepoint was looked at
	Rule       string   `json:"rule"`
	Why        []string `json:"why,omitempty"`
	Brief      string   `json:"-"` // Why in one short line
}
