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

// toRunning is for a recorded job that is to run.
func (q question) toRunning() Decision {
	if q.facts.Seen.Condition == target.Running {
		return q.keepRunning()
	}
	switch {
	case q.base == nil:
		return q.start("it was never started", startOf(q.job))
	case q.record.State == string(manifest.Cancelled):
		return q.start("it was cancelled and is to run again", FromNothing)
	case hadFinished(q.record), seenFinished(q.facts):
		return q.finished()
	}
	return q.revive()
}

// same reports whether the recorded release is what is wanted, so that nothing
// need be compiled.
func (q question) same() bool {
	return q.base != nil && len(q.changed) == 0 && !q.policy.Refresh
}

func (q question) keepRunning() Decision {
	switch {
	case q.same() && q.policy.Restart:
		return Decision{Kind: Upgrade, Reason: "restart", From: FromSavepoint, SameRelease: true}
	case q.same():
		return Decision{Kind: Nothing, Reason: "no change"}
	case q.comparison == nil:
		return Decision{Kind: Compile, Reason: q.difference()}
	case !q.comparison.restarts() && len(q.changed) == 0:
		return Decision{Kind: Nothing, Reason: "no change; it compiles to the same plan"}
	case !q.comparison.restarts():
		return Decision{Kind: Record, Reason: q.difference() + "; the running job is not affected"}
	}
	return q.judge(Upgrade, FromSavepoint, q.difference())
}

// stopped reports whether the record's launch ended because it was told to, with
// a savepoint, or may have. Flink calls that finished, too.
func stopped(r *journal.Entry) bool {
	s := r.Savepoint
	return s != nil && (s.Asked || s.Location != "" || s.GivenUp != "") && r.Launch != nil && s.Launch == r.Launch.Number
}

// hadFinished reports whether the record says that its launch has come to its end by
// itself: it was seen so, or found so when it was to be stopped.
func hadFinished(r *journal.Entry) bool {
	s := r.Savepoint
	return r.Launch != nil && (r.Launch.Finished || s != nil && s.Finished && s.Launch == r.Launch.Number)
}

// seenFinished reports whether the record's launch shows that it ended with success, and
// nothing shows that it was stopped.
func seenFinished(f Facts) bool {
	return f.Seen.Condition == target.Finished && !stopped(f.Record) && f.EndedEarly == ""
}

// NewlyFinished reports whether a job is seen to have come to its end by itself, and its
// record does not say so yet. A target shows that only for as long as it keeps what is
// left of a launch. Facts.EndedEarly has to be known. A job that was cancelled looks the
// same, and its next start is clean in any case.
func NewlyFinished(f Facts) bool {
	base := Base(f)
	return base != nil && base.Bounded && f.Record.Launch != nil && f.Record.State != string(manifest.Cancelled) &&
		seenFinished(f) && !hadFinished(f.Record)
}

// finished is for a job that ended by itself with success.
func (q question) finished() Decision {
	const outside = "it ended with success though its input has no end, so somebody stopped it from outside"
	switch {
	case !q.base.Bounded && q.base.Stateful && !q.policy.Clean:
		return Decision{Kind: Blocked, Reason: outside + ", and what it left is not where its savepoints and checkpoints are; to go on from that savepoint, `submitter delete` the job and name it in `restore`; to start without state, apply with --clean"}
	case !q.base.Bounded:
		return q.start(outside, FromNothing)
	case q.same() && !q.policy.Restart:
		return Decision{Kind: Nothing, Reason: "finished"}
	case q.comparison != nil && !q.comparison.reruns():
		return Decision{Kind: Record, Reason: "finished; " + q.difference() + ", which is no reason to run it again"}
	}
	return q.start("it had finished", FromNothing)
}

// revive starts a job that is proved not to run.
func (q question) revive() Decision {
	why := "it does not run: " + q.facts.Seen.Proof
	switch {
	case q.record.State == string(manifest.Suspended):
		why = "it was suspended"
	case q.record.Phase == journal.Failed && q.record.Launch != nil:
		why = fmt.Sprintf("it does not run: its last launch (%d) failed", q.record.Launch.Number)
	case q.facts.EndedEarly != "" && !stopped(q.record):
		why += ". It was cancelled or stopped from outside: it left " + q.facts.EndedEarly + ", which Flink deletes of a job that finishes"
	}
	switch {
	case q.facts.Newest == "" && q.facts.NeverRan:
		return q.start(why, startOf(q.job))
	case q.mayHaveFinished():
		return q.perhapsFinished(why)
	case q.facts.Newest == "" && !q.base.Stateful:
		return q.start(why+", and its plan has no state", FromNothing)
	case q.facts.Newest == "" && q.policy.Clean:
		return q.start(why+", and no state of it was found", FromNothing)
	case q.facts.Missing != "":
		return Decision{Kind: Blocked, Reason: why + ", and its newest state is missing: " + q.facts.Missing + q.perhapsDeleted(),
			Remedy: "bring that back to where it was; or, to go on from another savepoint, `submitter delete " + q.record.Name + "`, name it in `restore`, and apply; or apply --clean" + q.despiteWish() + " (starts without state)"}
	case q.facts.Newest == "":
		return Decision{Kind: Blocked, Reason: why + ", and no savepoint or checkpoint of it was found; bring that back to where it was, or apply with --clean to start without state"}
	case q.same():
		return Decision{Kind: Restore, Reason: why, From: FromNewest, SameRelease: true}
	case q.comparison == nil:
		return Decision{Kind: Compile, Reason: why + "; " + q.difference()}
	}
	return q.judge(Restore, FromNewest, why+"; "+q.difference())
}

// mayHaveFinished reports whether nobody saw how a job ended that may have done all of its
// work: its input has an end, its target shows nothing of it any more (somebody deleted
// it, or Kubernetes did after a while), and it left no state of its own.
func (q question) mayHaveFinished() bool {
	r, f := q.record, q.facts
	if !q.vanished() || !r.TrustsLaunch() {
		return false // that launch never got healthy, and was ended
	}
	if q.base.Stateful && f.Missing != "" {
		return false // which is said in its own words
	}
	return f.Newest == "" || f.Newest == r.Launch.Restored
}

// vanished reports whether a bounded job that was not stopped is gone without a word.
func (q question) vanished() bool {
	seen := q.facts.Seen
	return seen.Condition == target.Absent && !seen.Killed && q.base.Bounded && !stopped(q.record)
}

// perhapsFinished is for such a job. To run it again would write its output again, so that
// is done only if somebody says so, or for a change, which comes to a new clean run
// whether it had finished or not.
func (q question) perhapsFinished(why string) Decision {
	const may = ". It may have finished: its input has an end, and its target shows nothing of it any more"
	anew := !q.same() && (q.comparison == nil || q.comparison.reruns())
	switch {
	case q.policy.Restart, q.policy.Clean, anew && !q.base.Stateful:
		return q.start(why+may, FromNothing)
	}
	again := "`submitter restart " + q.record.Name + "` or apply --clean"
	if q.record.State == string(manifest.Suspended) { // then restart has nothing to start
		again = "apply --clean" + q.despiteWish()
	}
	return Decision{Kind: Blocked, Reason: why + may, Remedy: "if it has not, or is to run once more: " + again + " (runs it anew, without state)"}
}

// perhapsDeleted explains state that is missing of a job that may need none any more.
func (q question) perhapsDeleted() string {
	if !q.vanished() {
		return ""
	}
	return ". It may have finished: its input has an end, and Flink deletes the checkpoints of a job that finishes; then --clean runs it once more"
}

// despiteWish is what --clean needs besides, for a job that may have been stopped by
// hand.
func (q question) despiteWish() string {
	if q.record.State != string(manifest.Suspended) {
		return ""
	}
	return " --reset-state"
}

// start is a launch that owes nothing to what ran before.
func (q question) start(why string, from From) Decision {
	if q.base != nil {
		why += "; " + q.difference()
	}
	switch {
	case q.same():
		return Decision{Kind: Launch, Reason: why, From: from, SameRelease: true}
	case q.comparison == nil:
		return Decision{Kind: Compile, Reason: why}
	case from == FromNamed && q.comparison.Verdict != compat.Full:
		return q.judge(Launch, from, why)
	}
	return Decision{Kind: Launch, Reason: why, From: from, NewQuery: q.comparison.Class == Query}
}

// judge applies the verdict on a change to a job whose state exists.
func (q question) judge(kind Kind, from From, why string) Decision {
	c := q.comparison
	d := Decision{Kind: kind, Reason: why, From: from, NewQuery: c.Class == Query}
	switch {
	case c.StartClean && c.Class == Query:
		return d.clean("on-query-change: clean")
	case c.Verdict == compat.Full:
		return d
	case q.base != nil && !q.base.Stateful: // there is nothing to lose
		return d.clean(stateless)
	case c.TakesApproval() && q.approves(c.ApprovalID):
		d.Approved = c.ApprovalID
		d.AllowNonRestored = c.AllowNonRestored
		d.Reason += "; approved"
		return d
	case q.policy.Clean:
		return d.clean("--clean")
	}
	blocked := Decision{Kind: Blocked, Reason: why, Why: c.Why}
	switch {
	case !c.TakesApproval():
		blocked.Remedy = "undo the change, or apply --clean (starts without state; the savepoint is kept)"
	case c.Verdict == compat.Blocked:
		blocked.Remedy = "apply --approve " + c.ApprovalID + " (if you know that the state fits all the same; it is carried over as it is), or undo the change, or apply --clean (starts without state; the savepoint is kept)"
	default:
		blocked.Remedy = "apply --approve " + c.ApprovalID + " (accepts that), or apply --clean (starts without state; the savepoint is kept)"
	}
	return blocked
}

// stateless is why a job that has no state starts without it.
const stateless = "it has none"

// clean makes a start out of d that restores nothing.
func (d Decision) clean(because string) Decision {
	d.Reason += "; starts without state (" + because + ")"
	switch {
	case d.Kind == Restore:
		d.Kind = Launch
	case because != stateless:
		d.Reason += ", the savepoint is kept"
	}
	d.From = FromNothing
	return d
}

func (q question) approves(id string) bool {
	return id != "" && (id == q.job.Upgrade.Approve || slices.Contains(q.policy.Approve, id))
}

// difference says in words which parts of the inputs differ.
func (q question) difference() string {
	if len(q.changed) == 0 {
		return "nothing changed"
	}
	return "changed: " + strings.Join(q.changed, ", ")
}
