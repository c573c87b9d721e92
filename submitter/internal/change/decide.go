// Package change says what differs between what a manifest asks for and what the
// record and the target say, and what is to be done about it. It is pure:
// everything it knows is in its arguments.
package change

import (
	"fmt"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// Kind is what is to be done with a job.
type Kind string

// The kinds of decisions.
const (
	Nothing Kind = "nothing"
	Compile Kind = "compile" // cannot be told before the manifest is compiled
	// Continue is said of a deployment that was cut off; Decide does not return it.
	Continue Kind = "continue"
	Launch   Kind = "launch"  // a first start, or a new clean run
	Upgrade  Kind = "upgrade" // stop with a savepoint, start anew
	Restore  Kind = "restore" // start from the newest state
	Suspend  Kind = "suspend"
	Cancel   Kind = "cancel"
	Record   Kind = "record" // nothing but the record changes
	// ChangeCatalog: statements that change what outlives the session come first
	// (catalog-ddl: apply); then the job is assessed anew.
	ChangeCatalog Kind = "change-catalog"

	Blocked Kind = "blocked" // state would be lost; the job is left alone
	Refused Kind = "refused" // the job must not be touched by this command
	Unclear Kind = "unknown" // what is needed cannot be known now
)

// From is what a start restores.
type From string

// Where a start takes its state from.
const (
	FromNothing   From = "nothing"       // clean
	FromSavepoint From = "its savepoint" // the one that this deployment takes
	// FromCheckpoint is said afterwards, where no savepoint could be taken.
	FromCheckpoint From = "its newest checkpoint"
	FromNewest     From = "newest state"     // the newest state that the record vouches for
	FromNamed      From = "named in restore" // manifest's restore
)

// Decision is what is to be done, and why.
type Decision struct {
	Kind   Kind   `json:"action"`
	Reason string `json:"reason"`
	// Why are the reasons of a blocked change, one by one. Their text is long; the
	// comparison has short ones.
	Why []string `json:"why,omitempty"`
	// Remedy is what to do about a decision that leaves the job as it is.
	Remedy string `json:"remedy,omitempty"`
	From   From   `json:"from,omitempty"`
	// SameRelease: start the recorded release again; nothing was compiled.
	SameRelease bool `json:"sameRelease,omitempty"`
	// NewQuery: the query version goes up, with a new id and timestamp.
	NewQuery bool `json:"newQuery,omitempty"`
	// AllowNonRestored: dropping state was approved.
	AllowNonRestored bool `json:"allowNonRestored,omitempty"`
	// Approved is the approval id that this decision made use of.
	Approved string `json:"approved,omitempty"`
	// Warnings are for the manifest's author; they change nothing.
	Warnings []string `json:"warnings,omitempty"`
}

// Acts reports whether carrying the decision out touches anything that runs or
// starts something.
func (d Decision) Acts() bool {
	switch d.Kind {
	case Launch, Upgrade, Restore, Suspend, Cancel:
		return true
	}
	return false
}

// Policy is what the command line says.
type Policy struct {
	Owner string
	// Clean is --clean: start without state where state stands in the way. State
	// that can be kept is kept all the same; `cancel` throws that away.
	Clean      bool
	Approve    []string // --approve; the manifest's upgrade.approve counts as well
	Refresh    bool     // --refresh
	ResetState bool     // --reset-state
	Restart    bool     // restart: relaunch without a change
}

// Facts are what was found.
type Facts struct {
	Record *journal.Entry // nil: none
	Seen   target.Observation
	// Leftovers names something that a former job of this name left in the bucket,
	// which a record would speak of; empty: nothing.
	Leftovers string
	// LeftState is the newest savepoint or checkpoint among that, as restore may name it.
	LeftState string
	// Newest is the newest state that the record vouches for; empty: none. It is
	// filled in when Seen is dead.
	Newest string
	// Missing says what is gone that was the newest state, and where it was looked for;
	// Newest is empty then.
	Missing string
	// EndedEarly is a checkpoint or savepoint of the launch that its target calls finished,
	// which it would not have left had it come to its end by itself: it was cancelled or
	// stopped from outside.
	EndedEarly string
	// NeverRan: no launch of this job ever completed a checkpoint or was committed, or
	// the last one that was had finished, so a clean start loses nothing.
	NeverRan bool
	// Wish is the entry that brought the wish by hand that the record has; nil: it is
	// not known.
	Wish *journal.Entry
	// Catalog is what compiling found that is to be changed outside first.
	Catalog Catalog
}

// Base is the release whose state a job has: the one that runs, or of a job that
// does not run the last one that was committed. It is nil for a job that never
// had one.
func Base(f Facts) *journal.Release {
	switch r := f.Record; {
	case r == nil || r.Action == journal.Delete:
		return nil
	case f.Seen.Condition == target.Running || r.Good == nil:
		return r.Release
	default:
		return r.Good
	}
}

// Decide is the table of docs/recovery.md, "What apply does". inputs are the
// wanted job's; comparison is nil as long as nothing was compiled.
func Decide(job *manifest.Job, inputs Inputs, f Facts, comparison *Comparison, p Policy) Decision {
	q := question{job: job, facts: f, record: f.Record, comparison: comparison, policy: p, base: Base(f)}
	if q.base != nil {
		q.changed = inputs.Changed(q.base.Inputs)
	}
	d := q.catalogFirst(q.decide())
	if d.Kind == Nothing && Held(job, f.Record, p) {
		d = q.held(d)
	}
	if d.Kind == Nothing && q.noted() {
		d.Kind, d.Reason = Record, d.Reason+"; the record is brought up to date"
	}
	if id := job.Upgrade.Approve; id != "" && id != d.Approved && d.settled() {
		d.Warnings = append(d.Warnings, "upgrade.approve: "+id+" is not the id of a pending change; take it out of the manifest")
	}
	return d
}

// settled reports whether a decision is one that nothing more has to be known for.
func (d Decision) settled() bool {
	return d.Kind != Compile && d.Kind != Refused && d.Kind != Unclear
}

// question is all that a decision about one job depends on.
type question struct {
	job        *manifest.Job
	facts      Facts
	record     *journal.Entry
	comparison *Comparison
	policy     Policy
	base       *journal.Release
	changed    []string // parts of the inputs; only with a base
}

func (q question) decide() Decision {
	r := q.record
	switch {
	case q.facts.Seen.Condition == target.Unknown:
		return Decision{Kind: Unclear, Reason: "what it is doing cannot be told: " + q.facts.Seen.Proof + "; nothing is done until that is known, apply again then"}
	case r == nil || r.Action == journal.Delete:
		return q.first()
	case r.Owner != q.policy.Owner:
		return Decision{Kind: Refused, Reason: fmt.Sprintf("it belongs to owner %q, this command acts for %q; act for that one with --owner, or take it over with `submitter adopt %s --owner %s`", r.Owner, q.policy.Owner, r.Name, q.policy.Owner)}
	}
	switch Desired(q.job, r, q.policy) {
	case manifest.Cancelled:
		return q.toCancelled()
	case manifest.Suspended:
		return q.toSuspended()
	}
	return q.toRunning()
}

// noted reports whether the record has to be brought up to date though nothing
// else is to be done: a wish by hand ends when the manifest's state changes, so
// the record has to know what the manifest said last.
func (q question) noted() bool {
	r := q.record
	return r.ManifestState != string(q.job.State) ||
		r.State != string(Desired(q.job, r, q.policy)) ||
		r.Override != "" && q.policy.ResetState
}

// NeedsState reports whether Decide wants to know a job's newest state: it is dead
// and is to run. For all others Facts.Newest may stay empty.
func NeedsState(job *manifest.Job, f Facts, p Policy) bool {
	return f.Seen.Condition.Dead() && Desired(job, f.Record, p) == manifest.Running
}

// Desired is the state that the job should be in: the manifest's, unless a wish
// by hand still holds. The wish ends when the manifest's own state changes.
func Desired(job *manifest.Job, r *journal.Entry, p Policy) manifest.State {
	if r == nil || r.Override == "" || p.ResetState || string(job.State) != r.ManifestState {
		return job.State
	}
	return manifest.State(r.Override)
}

// first is for a job without a record.
func (q question) first() Decision {
	if q.facts.Seen.Condition != target.Absent {
		return Decision{Kind: Refused, Reason: "something with this name runs that no record speaks of (" + q.facts.Seen.Proof + "); `submitter adopt " + q.job.File + "` takes it over with its state. Or end it first, or give this job another name"}
	}
	from := startOf(q.job)
	if q.facts.Leftovers != "" && from == FromNothing && !q.policy.Clean && q.job.Restore != restoreNone {
		holds := q.facts.Leftovers + "; name a savepoint in `restore`"
		if q.facts.LeftState != "" {
			holds = q.facts.LeftState + "; put that into `restore` to go on from there"
		}
		return Decision{Kind: Refused, Reason: "the bucket has no record of it but holds " + holds + ", say `restore: none`, or start it with --clean"}
	}
	if q.job.State != manifest.Running {
		return Decision{Kind: Record, Reason: "new, and to be " + string(q.job.State)}
	}
	return q.start("new", from)
}

// What a manifest's restore may be besides a path.
const (
	restoreNone   = "none"
	restoreLatest = "latest"
)

// Named reports whether a manifest names a savepoint that its first launch starts from.
func Named(job *manifest.Job) bool { return startOf(job) == FromNamed }

// startOf is where a first launch takes its state from.
func startOf(job *manifest.Job) From {
	switch job.Restore {
	case "", restoreLatest, restoreNone:
		return FromNothing
	}
	return FromNamed
}

func (q question) toCancelled() Decision {
	if q.facts.Seen.Condition == target.Running {
		return Decision{Kind: Cancel, Reason: "it is to be cancelled"}
	}
	if q.record.State == string(manifest.Cancelled) {
		return Decision{Kind: Nothing, Reason: "cancelled, as it should be"}
	}
	return Decision{Kind: Record, Reason: "it is to be cancelled and does not run"}
}

func (q question) toSuspended() Decision {
	if q.facts.Seen.Condition == target.Running {
		return Decision{Kind: Suspend, Reason: "it is to be suspended"}
	}
	if q.record.State == string(manifest.Suspended) {
		return Decision{Kind: Nothing, Reason: "suspended, as it should be"}
	}
	return Decision{Kind: Record, Reason: "it is to be suspended and does not run"}
}
