// Package change says what differs between what a manifest asks for and what the
// record and the target say, and what is to be done about it. It is pure:
// everything it knows is in its arguments.
package change

import (
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/plan/compat"
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
	Launch  Kind = "launch"  // a first start, or a new clean run
	Upgrade Kind = "upgrade" // stop with a savepoint, start anew
	Restore Kind = "restore" // start from the newest state
	Suspend Kind = "suspend"
	Cancel  Kind = "cancel"
	Record  Kind = "record" // nothing but the record changes

	Blocked Kind = "blocked" // state would be lost; the job is left alone
	Refused Kind = "refused" // the job must not be touched by this command
	Unclear Kind = "unknown" // what is needed cannot be known now
)

// From is what a start restores.
type From string

// Where a start takes its state from.
const (
	FromNothing   From = "nothing"          // clean
	FromSavepoint From = "its savepoint"    // the one that this deployment takes
	FromNewest    From = "newest state"     // the newest state that the record vouches for
	FromNamed     From = "named in restore" // manifest's restore
)

// Decision is what is to be done, and why.
type Decision struct {
	Kind   Kind   `json:"action"`
	Reason string `json:"reason"`
	From   From   `json:"from,omitempty"`
	// SameRelease: start the recorded release again; nothing was compiled.
	SameRelease bool `json:"sameRelease,omitempty"`
	// NewQuery: the query version goes up, with a new id and timestamp.
	NewQuery bool `json:"newQuery,omitempty"`
	// AllowNonRestored: dropping state was approved.
	AllowNonRestored bool `json:"allowNonRestored,omitempty"`
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
	Owner      string
	Clean      bool     // --clean
	Approve    []string // --approve
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
	// Newest is the newest state that the record vouches for; empty: none. It is
	// filled in when Seen is dead.
	Newest string
	// NeverRan: no launch of this job ever completed a checkpoint or was committed,
	// so a clean start loses nothing.
	NeverRan bool
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
func Decide(job *manifest.Job, inputs Inputs, f Facts, c *Comparison, p Policy) Decision {
	if f.Seen.Condition == target.Unknown {
		return Decision{Kind: Unclear, Reason: "what it is doing cannot be told: " + f.Seen.Proof}
	}
	r := f.Record
	if r == nil || r.Action == journal.Delete {
		return first(job, f, c, p)
	}
	if r.Owner != p.Owner {
		return Decision{Kind: Refused, Reason: fmt.Sprintf("it belongs to owner %q, this command acts for %q; use --owner or adopt it", r.Owner, p.Owner)}
	}
	switch Desired(job, r, p) {
	case manifest.Cancelled:
		return toCancelled(f)
	case manifest.Suspended:
		return toSuspended(f)
	}
	return toRunning(job, inputs, f, c, p)
}

// Desired is the state that the job should be in: the manifest's, unless a wish
// by hand still holds. The wish ends when the manifest's own state changes.
func Desired(job *manifest.Job, r *journal.Entry, p Policy) manifest.State {
	if r == nil || r.Override == "" || p.ResetState || string(job.State) != r.ManifestState {
		return job.State
	}
	return manifest.State(r.Override)
}

func first(job *manifest.Job, f Facts, c *Comparison, p Policy) Decision {
	if f.Seen.Condition != target.Absent {
		return Decision{Kind: Refused, Reason: "something with this name runs that no record speaks of (" + f.Seen.Proof + "); `submitter adopt` takes it over"}
	}
	from := startOf(job, p)
	if f.Leftovers != "" && from == FromNothing && !p.Clean && job.Restore != "none" {
		return Decision{Kind: Refused, Reason: fmt.Sprintf("the bucket has no record of it but holds %s; name a savepoint in `restore`, say `restore: none`, or start it with --clean", f.Leftovers)}
	}
	if job.State != manifest.Running {
		return Decision{Kind: Record, Reason: "new, and to be " + string(job.State)}
	}
	if c == nil {
		return Decision{Kind: Compile, Reason: "new"}
	}
	return Decision{Kind: Launch, Reason: "new", From: from, NewQuery: true}
}

// startOf is where a first launch takes its state from.
func startOf(job *manifest.Job, p Policy) From {
	if p.Clean || job.Restore == "" || job.Restore == "latest" || job.Restore == "none" {
		return FromNothing
	}
	return FromNamed
}

func toCancelled(f Facts) Decision {
	if f.Seen.Condition == target.Running {
		return Decision{Kind: Cancel, Reason: "it is to be cancelled"}
	}
	if f.Record.State == string(manifest.Cancelled) {
		return Decision{Kind: Nothing, Reason: "cancelled, as it should be"}
	}
	return Decision{Kind: Record, Reason: "it is to be cancelled and does not run"}
}

func toSuspended(f Facts) Decision {
	if f.Seen.Condition == target.Running {
		return Decision{Kind: Suspend, Reason: "it is to be suspended"}
	}
	if f.Record.State == string(manifest.Suspended) {
		return Decision{Kind: Nothing, Reason: "suspended, as it should be"}
	}
	return Decision{Kind: Record, Reason: "it is to be suspended and does not run"}
}

func toRunning(job *manifest.Job, inputs Inputs, f Facts, c *Comparison, p Policy) Decision {
	r, base := f.Record, Base(f)
	same := base != nil && len(inputs.Changed(base.Inputs)) == 0 && !p.Refresh
	if f.Seen.Condition == target.Running {
		switch {
		case same && p.Restart:
			return Decision{Kind: Upgrade, Reason: "restart", From: FromSavepoint, SameRelease: true}
		case same:
			return Decision{Kind: Nothing, Reason: "no change"}
		case c == nil:
			return Decision{Kind: Compile, Reason: changedParts(inputs, base)}
		}
		return judge(c, p, Upgrade, FromSavepoint, changedParts(inputs, base))
	}
	if r.State == string(manifest.Cancelled) || base == nil {
		return clean(same, c, "it was cancelled and is to run again", changedParts(inputs, base), p)
	}
	if f.Seen.Condition == target.Finished && r.State == string(manifest.Running) {
		return finished(same, inputs, base, c, p)
	}
	return revive(job, same, inputs, f, c, p)
}

// finished is for a job that ended by itself with success.
func finished(same bool, inputs Inputs, base *journal.Release, c *Comparison, p Policy) Decision {
	if same && !p.Restart {
		return Decision{Kind: Nothing, Reason: "finished"}
	}
	if !base.Bounded && !p.Clean {
		return Decision{Kind: Blocked, Reason: "it ended with success though its input has no end, so somebody stopped it from outside; put that savepoint into `restore` after `submitter delete`, or start it with --clean"}
	}
	return clean(same, c, "it had finished", changedParts(inputs, base), p)
}

// clean is a new run without state.
func clean(same bool, c *Comparison, why, changed string, p Policy) Decision {
	switch {
	case same:
		return Decision{Kind: Launch, Reason: why, From: FromNothing, SameRelease: true}
	case c == nil:
		return Decision{Kind: Compile, Reason: why + "; " + changed}
	}
	return Decision{Kind: Launch, Reason: why + "; " + changed, From: FromNothing, NewQuery: c.Class == Query}
}

// revive starts a job that is proved not to run.
func revive(job *manifest.Job, same bool, inputs Inputs, f Facts, c *Comparison, p Policy) Decision {
	r, base := f.Record, Base(f)
	why := "it does not run: " + f.Seen.Proof
	if r.State == string(manifest.Suspended) {
		why = "it was suspended"
	}
	if f.Newest == "" {
		switch {
		case f.NeverRan && startOf(job, p) == FromNamed:
			return named(same, c, why, changedParts(inputs, base))
		case f.NeverRan || p.Clean:
			return clean(same, c, why, changedParts(inputs, base), p)
		}
		return Decision{Kind: Blocked, Reason: why + ", and no savepoint or checkpoint of it was found; start it with --clean if its state may be lost"}
	}
	switch {
	case p.Clean:
		return clean(same, c, why, changedParts(inputs, base), p)
	case same:
		return Decision{Kind: Restore, Reason: why, From: FromNewest, SameRelease: true}
	case c == nil:
		return Decision{Kind: Compile, Reason: why + "; " + changedParts(inputs, base)}
	}
	return judge(c, p, Restore, FromNewest, why+"; "+changedParts(inputs, base))
}

func named(same bool, c *Comparison, why, changed string) Decision {
	if same {
		return Decision{Kind: Launch, Reason: why, From: FromNamed, SameRelease: true}
	}
	if c == nil {
		return Decision{Kind: Compile, Reason: why + "; " + changed}
	}
	return Decision{Kind: Launch, Reason: why + "; " + changed, From: FromNamed, NewQuery: c.Class == Query}
}

// judge applies the verdict on a change to a job whose state exists.
func judge(c *Comparison, p Policy, kind Kind, from From, why string) Decision {
	d := Decision{Kind: kind, Reason: why, From: from, NewQuery: c.Class == Query}
	switch {
	case kind == Upgrade && (c.Class == None || c.Class == Metadata) && !p.Restart:
		return Decision{Kind: Record, Reason: why + "; the running job is not affected"}
	case c.StartClean && c.Class == Query, p.Clean:
		d.From = FromNothing
		d.Reason += "; starts clean, its savepoint is kept"
		return d
	case c.Verdict == compat.Full:
		return d
	case c.Verdict != compat.Blocked && slices.Contains(p.Approve, c.ApprovalID):
		d.AllowNonRestored = c.AllowNonRestored
		d.Reason += "; approved"
		return d
	}
	d = Decision{Kind: Blocked, Reason: why + "; " + strings.Join(c.Why, "; ")}
	if c.Verdict == compat.Blocked {
		d.Reason += "; --clean starts it without state"
	} else {
		d.Reason += "; --approve " + c.ApprovalID + " accepts the loss"
	}
	return d
}

func changedParts(inputs Inputs, base *journal.Release) string {
	if base == nil {
		return "never started"
	}
	parts := inputs.Changed(base.Inputs)
	if len(parts) == 0 {
		return "nothing changed"
	}
	return "changed: " + strings.Join(parts, ", ")
}
