package change_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

const approval = "3f9c0a12d4e5"

// scene is a row of the table: the zero value is a running job without a change.
type scene struct {
	job        func(*manifest.Job)
	record     func(*journal.Entry)
	wish       bool // when and by whom is known
	noRecord   bool
	seen       target.Condition // default: running
	changed    bool             // the manifest's SQL is another one than the release's
	leftovers  string
	newest     string
	neverRan   bool
	early      string
	missing    string
	killed     bool
	comparison *change.Comparison // nil: not compiled yet
	policy     func(*change.Policy)
}

func (s scene) decide() change.Decision {
	job := &manifest.Job{Name: "orders", State: manifest.Running, Restore: "latest"}
	if s.job != nil {
		s.job(job)
	}
	inputs := change.InputsOf(job, nil)
	recorded := change.InputsOf(job, nil)
	if s.changed {
		recorded[change.PartSQL] = "another"
	}
	release := &journal.Release{Digest: "d", Inputs: recorded, Stateful: true}
	record := &journal.Entry{
		Name: "orders", Owner: "team", State: "running", ManifestState: "running", Phase: journal.Committed, Action: journal.Launch,
		Release: release, Good: release, Launch: &journal.LaunchRef{Number: 3},
	}
	if s.record != nil {
		s.record(record)
	}
	p := change.Policy{Owner: "team"}
	if s.policy != nil {
		s.policy(&p)
	}
	f := change.Facts{Record: record, Seen: target.Observation{Condition: s.seen, Proof: "the proof"}, Leftovers: s.leftovers, Newest: s.newest, NeverRan: s.neverRan, EndedEarly: s.early, Missing: s.missing}
	f.Seen.Killed = s.killed
	if s.wish {
		f.Wish = &journal.Entry{Time: time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC), Holder: journal.Holder{User: "ann"}}
	}
	if s.seen == "" {
		f.Seen.Condition = target.Running
	}
	if s.noRecord {
		f.Record = nil
		if s.seen == "" {
			f.Seen.Condition = target.Absent
		}
	}
	return change.Decide(job, inputs, f, s.comparison, p)
}

// unrecorded is a change by nothing but that a jar's content is recorded now.
func unrecorded() *change.Comparison {
	same := &journal.Release{Inputs: map[string]string{}, Stateful: true}
	old := release.Config{Init: []string{"CREATE FUNCTION f AS 'x.F' USING JAR '/x/my.jar'", "ADD JAR '/x/your.jar'"}}
	now := release.Config{Init: []string{"CREATE FUNCTION f AS 'x.F' USING JAR '${resource:my.jar}'", "ADD JAR '${resource:your.jar}'"}, Resources: []release.Resource{
		{Name: "my.jar", Kind: release.KindFile, SHA256: "aa"}, {Name: "your.jar", Kind: release.KindFile, SHA256: "bb"},
	}}
	return change.Compare(same, old, same, now, true, compat.Verdict{Job: compat.Full}, change.Definitions(old, now)...)
}

func manifestState(s manifest.State) func(*manifest.Job) {
	return func(j *manifest.Job) { j.State = s }
}

func recordState(s string) func(*journal.Entry) {
	return func(e *journal.Entry) { e.State, e.ManifestState = s, s }
}

func bounded(e *journal.Entry)   { e.Release.Bounded = true }
func stateless(e *journal.Entry) { e.Release.Stateful = false }

// trusted is a bounded job whose launch got healthy.
func trusted(e *journal.Entry) {
	bounded(e)
	e.Trusted = []journal.LaunchRef{*e.Launch}
}

// vanished is one without state.
func vanished(e *journal.Entry) {
	trusted(e)
	stateless(e)
}

func withRestart(p *change.Policy) { p.Restart = true }
func withClean(p *change.Policy)   { p.Clean = true }
func withRefresh(p *change.Policy) { p.Refresh = true }
func withApproval(ids ...string) func(*change.Policy) {
	return func(p *change.Policy) { p.Approve = ids }
}

// compiled is a comparison with a verdict.
func compiled(class change.Class, verdict compat.Job) *change.Comparison {
	return &change.Comparison{Class: class, Verdict: verdict, Why: []string{"the reason"}, ApprovalID: approval, AllowNonRestored: verdict == compat.Partial}
}

func TestDecide(t *testing.T) {
	full, partial, none, blocked := compiled(change.Query, compat.Full), compiled(change.Query, compat.Partial), compiled(change.Query, compat.None), compiled(change.Query, compat.Blocked)
	asked := compiled(change.Query, compat.Blocked)
	asked.Approvable = true
	onClean := func(class change.Class, v compat.Job) *change.Comparison {
		c := compiled(class, v)
		c.StartClean = true
		return c
	}
	for _, c := range []struct {
		name string
		scene
		want   change.Decision // without Reason
		reason string          // a part of it
	}{
		// none · absent
		{"new", scene{noRecord: true}, change.Decision{Kind: change.Compile}, "new"},
		{"new, compiled", scene{noRecord: true, comparison: full}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, "new"},
		{"new, from a savepoint", scene{noRecord: true, comparison: full, job: func(j *manifest.Job) { j.Restore = "s3://b/sp" }}, change.Decision{Kind: change.Launch, From: change.FromNamed, NewQuery: true}, ""},
		{"new, from a savepoint, --clean means other jobs", scene{noRecord: true, comparison: full, policy: withClean, job: func(j *manifest.Job) { j.Restore = "s3://b/sp" }}, change.Decision{Kind: change.Launch, From: change.FromNamed, NewQuery: true}, ""},
		{"new, suspended", scene{noRecord: true, job: manifestState(manifest.Suspended)}, change.Decision{Kind: change.Record}, "to be suspended"},
		{"new, cancelled", scene{noRecord: true, job: manifestState(manifest.Cancelled)}, change.Decision{Kind: change.Record}, "to be cancelled"},
		{"leftovers", scene{noRecord: true, leftovers: "savepoints/orders/1"}, change.Decision{Kind: change.Refused}, "--clean"},
		{"leftovers, suspended", scene{noRecord: true, leftovers: "savepoints/orders/1", job: manifestState(manifest.Suspended)}, change.Decision{Kind: change.Refused}, "restore: none"},
		{"leftovers, --clean", scene{noRecord: true, leftovers: "x", policy: withClean, comparison: full}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, ""},
		{"leftovers, restore: none", scene{noRecord: true, leftovers: "x", comparison: full, job: func(j *manifest.Job) { j.Restore = "none" }}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, ""},
		{"leftovers, restore: a savepoint", scene{noRecord: true, leftovers: "x", comparison: full, job: func(j *manifest.Job) { j.Restore = "/sp/1" }}, change.Decision{Kind: change.Launch, From: change.FromNamed, NewQuery: true}, ""},
		{"deleted, leftovers", scene{seen: target.Absent, leftovers: "x", record: func(e *journal.Entry) { e.Action = journal.Delete }}, change.Decision{Kind: change.Refused}, "--clean"},
		{"deleted by another owner", scene{seen: target.Absent, comparison: full, record: func(e *journal.Entry) { e.Action, e.Owner = journal.Delete, "other" }}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, "new"},
		// none · something with our name
		{"a stranger", scene{noRecord: true, seen: target.Running}, change.Decision{Kind: change.Refused}, "another name"},
		// owner
		{"another owner's", scene{policy: func(p *change.Policy) { p.Owner = "mine" }}, change.Decision{Kind: change.Refused}, "`submitter adopt orders --owner mine`"},
		{"another owner's, to be stopped", scene{policy: func(p *change.Policy) { p.Owner = "mine" }, job: manifestState(manifest.Suspended)}, change.Decision{Kind: change.Refused}, `"team"`},
		// running · none, metadata
		{"no change", scene{}, change.Decision{Kind: change.Nothing}, "no change"},
		{"no change, --clean", scene{policy: withClean}, change.Decision{Kind: change.Nothing}, "no change"},
		{"changed", scene{changed: true}, change.Decision{Kind: change.Compile}, "changed: sql"},
		{"the same plan", scene{changed: true, comparison: compiled(change.None, compat.Full)}, change.Decision{Kind: change.Record}, "not affected"},
		{"metadata", scene{changed: true, comparison: compiled(change.Metadata, compat.Full)}, change.Decision{Kind: change.Record}, "not affected"},
		{"--refresh", scene{policy: withRefresh}, change.Decision{Kind: change.Compile}, ""},
		{"--refresh finds nothing", scene{policy: withRefresh, comparison: compiled(change.None, compat.Full)}, change.Decision{Kind: change.Nothing}, "same plan"},
		{"--refresh finds another plan", scene{policy: withRefresh, comparison: compiled(change.PlanOnly, compat.Full)}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint}, ""},
		{"restart", scene{policy: func(p *change.Policy) { p.Restart = true }}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint, SameRelease: true}, "restart"},
		// running · FULL
		{"config", scene{changed: true, comparison: compiled(change.Runtime, compat.Full)}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint}, ""},
		{"query, FULL", scene{changed: true, comparison: full}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint, NewQuery: true}, ""},
		{"query, FULL, --clean keeps what can be kept", scene{changed: true, comparison: full, policy: withClean}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint, NewQuery: true}, ""},
		{"on-query-change: clean", scene{changed: true, comparison: onClean(change.Query, compat.Full)}, change.Decision{Kind: change.Upgrade, From: change.FromNothing, NewQuery: true}, "the savepoint is kept"},
		{"on-query-change: clean, blocked", scene{changed: true, comparison: onClean(change.Query, compat.Blocked)}, change.Decision{Kind: change.Upgrade, From: change.FromNothing, NewQuery: true}, "on-query-change: clean"},
		{"on-query-change: clean, but the query is the same", scene{changed: true, comparison: onClean(change.Runtime, compat.Full)}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint}, ""},
		{"on-query-change: clean is not for other changes", scene{changed: true, comparison: onClean(change.PlanOnly, compat.Blocked)}, change.Decision{Kind: change.Blocked}, "--clean"},
		// running · PARTIAL, NONE
		{"PARTIAL", scene{changed: true, comparison: partial}, change.Decision{Kind: change.Blocked}, "--approve " + approval},
		{"NONE", scene{changed: true, comparison: none}, change.Decision{Kind: change.Blocked}, "--approve " + approval},
		{"PARTIAL, approved", scene{changed: true, comparison: partial, policy: withApproval("0", approval)}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint, NewQuery: true, AllowNonRestored: true, Approved: approval}, "approved"},
		{"NONE, approved", scene{changed: true, comparison: none, policy: withApproval(approval)}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint, NewQuery: true, Approved: approval}, "approved"},
		{"PARTIAL, approved in the manifest", scene{changed: true, comparison: partial, job: func(j *manifest.Job) { j.Upgrade.Approve = approval }}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint, NewQuery: true, AllowNonRestored: true, Approved: approval}, "approved"},
		{"PARTIAL, another approval", scene{changed: true, comparison: partial, policy: withApproval("000000000000")}, change.Decision{Kind: change.Blocked}, approval},
		{"PARTIAL, an empty approval", scene{changed: true, comparison: &change.Comparison{Class: change.Query, Verdict: compat.Partial}, policy: withApproval("")}, change.Decision{Kind: change.Blocked}, ""},
		{"PARTIAL, --clean", scene{changed: true, comparison: partial, policy: withClean}, change.Decision{Kind: change.Upgrade, From: change.FromNothing, NewQuery: true}, "the savepoint is kept"},
		// running · BLOCKED
		{"BLOCKED", scene{changed: true, comparison: blocked}, change.Decision{Kind: change.Blocked}, "the reason; undo the change, or apply --clean"},
		{"BLOCKED, without any state", scene{changed: true, comparison: blocked, record: stateless}, change.Decision{Kind: change.Upgrade, From: change.FromNothing, NewQuery: true}, "without state (it has none)"},
		{"BLOCKED cannot be approved", scene{changed: true, comparison: blocked, policy: withApproval(approval)}, change.Decision{Kind: change.Blocked}, "--clean"},
		{"BLOCKED, --clean", scene{changed: true, comparison: blocked, policy: withClean}, change.Decision{Kind: change.Upgrade, From: change.FromNothing, NewQuery: true}, ""},
		// running · BLOCKED by what only the user can know
		{"asked", scene{changed: true, comparison: asked}, change.Decision{Kind: change.Blocked}, "--approve " + approval},
		{"asked, approved", scene{changed: true, comparison: asked, policy: withApproval(approval)}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint, NewQuery: true, Approved: approval}, "approved"},
		{"asked, approved in the manifest", scene{changed: true, comparison: asked, job: func(j *manifest.Job) { j.Upgrade.Approve = approval }}, change.Decision{Kind: change.Upgrade, From: change.FromSavepoint, NewQuery: true, Approved: approval}, "approved"},
		{"asked, another approval", scene{changed: true, comparison: asked, policy: withApproval("000000000000")}, change.Decision{Kind: change.Blocked}, approval},
		{"asked, --clean", scene{changed: true, comparison: asked, policy: withClean}, change.Decision{Kind: change.Upgrade, From: change.FromNothing, NewQuery: true}, ""},
		{"asked, dead, approved", scene{seen: target.Failed, newest: "sp", changed: true, comparison: asked, policy: withApproval(approval)}, change.Decision{Kind: change.Restore, From: change.FromNewest, NewQuery: true, Approved: approval}, ""},
		// dead
		{"dead", scene{seen: target.Failed, newest: "sp"}, change.Decision{Kind: change.Restore, From: change.FromNewest, SameRelease: true}, "the proof"},
		{"its last launch failed", scene{seen: target.Absent, newest: "sp", record: func(e *journal.Entry) { e.Phase = journal.Failed }}, change.Decision{Kind: change.Restore, From: change.FromNewest, SameRelease: true}, "its last launch (3) failed"},
		{"absent", scene{seen: target.Absent, newest: "sp"}, change.Decision{Kind: change.Restore, From: change.FromNewest, SameRelease: true}, "the proof"},
		{"dead, --clean keeps what can be kept", scene{seen: target.Failed, newest: "sp", policy: withClean}, change.Decision{Kind: change.Restore, From: change.FromNewest, SameRelease: true}, ""},
		{"dead, changed", scene{seen: target.Failed, newest: "sp", changed: true}, change.Decision{Kind: change.Compile}, "changed: sql"},
		{"dead, FULL", scene{seen: target.Failed, newest: "sp", changed: true, comparison: full}, change.Decision{Kind: change.Restore, From: change.FromNewest, NewQuery: true}, ""},
		{"dead, the same plan", scene{seen: target.Failed, newest: "sp", changed: true, comparison: compiled(change.None, compat.Full)}, change.Decision{Kind: change.Restore, From: change.FromNewest}, ""},
		{"dead, BLOCKED", scene{seen: target.Failed, newest: "sp", changed: true, comparison: blocked}, change.Decision{Kind: change.Blocked}, "the reason"},
		{"dead, BLOCKED, --clean", scene{seen: target.Failed, newest: "sp", changed: true, comparison: blocked, policy: withClean}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, "without state"},
		{"dead, on-query-change: clean", scene{seen: target.Failed, newest: "sp", changed: true, comparison: onClean(change.Query, compat.Full)}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, ""},
		{"dead, no state", scene{seen: target.Failed}, change.Decision{Kind: change.Blocked}, "no savepoint or checkpoint"},
		{"dead, no state, changed", scene{seen: target.Failed, changed: true, comparison: full}, change.Decision{Kind: change.Blocked}, "--clean"},
		{"dead, a plan without state", scene{seen: target.Failed, record: stateless}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "its plan has no state"},
		{"suspended while it kept failing, a plan without state", scene{seen: target.Finished, record: func(e *journal.Entry) {
			stateless(e)
			e.Savepoint = &journal.Savepoint{Launch: 3, GivenUp: "it is RESTARTING"}
		}}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "its plan has no state"},
		{"dead, no state, --clean", scene{seen: target.Failed, policy: withClean}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "no state of it was found"},
		// a first launch that failed
		{"never ran", scene{seen: target.Failed, neverRan: true}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, ""},
		{"never ran, changed", scene{seen: target.Failed, neverRan: true, changed: true, comparison: full}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, ""},
		{"never ran, from a savepoint", scene{seen: target.Failed, neverRan: true, job: func(j *manifest.Job) { j.Restore = "s3://b/sp" }}, change.Decision{Kind: change.Launch, From: change.FromNamed, SameRelease: true}, ""},
		{"never started", scene{seen: target.Absent, neverRan: true, record: func(e *journal.Entry) { e.Release, e.Good, e.Launch = nil, nil, nil }}, change.Decision{Kind: change.Compile}, "never started"},
		{"never started, compiled", scene{seen: target.Absent, neverRan: true, comparison: full, record: func(e *journal.Entry) { e.Release, e.Good, e.Launch = nil, nil, nil }}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, ""},
		{"first suspended, now running, from a savepoint", scene{seen: target.Absent, neverRan: true, comparison: full, job: func(j *manifest.Job) { j.Restore = "s3://b/sp" }, record: func(e *journal.Entry) {
			e.Release, e.Good, e.Launch = nil, nil, nil
			e.State, e.ManifestState = "suspended", "suspended"
		}}, change.Decision{Kind: change.Launch, From: change.FromNamed, NewQuery: true}, ""},
		// finished
		{"finished", scene{seen: target.Finished, record: bounded}, change.Decision{Kind: change.Nothing}, "finished"},
		{"finished, changed", scene{seen: target.Finished, changed: true, record: bounded}, change.Decision{Kind: change.Compile}, "had finished"},
		{"finished, another query", scene{seen: target.Finished, changed: true, record: bounded, comparison: full}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, ""},
		{"finished, another description", scene{seen: target.Finished, changed: true, record: bounded, comparison: compiled(change.Metadata, compat.Full)}, change.Decision{Kind: change.Record}, "no reason to run it again"},
		{"finished, a jar whose content was not recorded", scene{seen: target.Finished, changed: true, record: bounded, comparison: unrecorded()}, change.Decision{Kind: change.Record}, "no reason to run it again"},
		{"gone, a jar whose content was not recorded", scene{seen: target.Absent, changed: true, record: vanished, comparison: unrecorded()}, change.Decision{Kind: change.Blocked}, "may have finished"},
		{"finished, restart", scene{seen: target.Finished, record: bounded, policy: func(p *change.Policy) { p.Restart = true }}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, ""},
		{"was seen finished, gone since", scene{seen: target.Absent, record: func(e *journal.Entry) { vanished(e); e.Launch.Finished = true }}, change.Decision{Kind: change.Nothing}, "finished"},
		{"was seen finished, gone since, changed", scene{seen: target.Absent, changed: true, comparison: full, record: func(e *journal.Entry) { vanished(e); e.Launch.Finished = true }}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, "it had finished"},
		{"was seen finished, then cancelled, to run again", scene{seen: target.Absent, record: func(e *journal.Entry) { vanished(e); e.Launch.Finished = true; recordState("cancelled")(e) }}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "was cancelled"},
		// nobody saw it finish
		{"gone", scene{seen: target.Absent, record: vanished}, change.Decision{Kind: change.Blocked}, "the proof. It may have finished: its input has an end, and its target shows nothing of it any more; if it has not, or is to run once more: `submitter restart orders` or apply --clean"},
		{"gone, with state", scene{seen: target.Absent, record: trusted}, change.Decision{Kind: change.Blocked}, "may have finished"},
		{"gone, described", scene{seen: target.Absent, changed: true, comparison: compiled(change.Metadata, compat.Full), record: vanished}, change.Decision{Kind: change.Blocked}, "may have finished"},
		{"gone, --refresh", scene{seen: target.Absent, policy: withRefresh, record: vanished}, change.Decision{Kind: change.Compile}, "may have finished"},
		{"gone, --refresh finds nothing", scene{seen: target.Absent, policy: withRefresh, comparison: compiled(change.None, compat.Full), record: vanished}, change.Decision{Kind: change.Blocked}, "may have finished"},
		{"gone, restart", scene{seen: target.Absent, record: vanished, policy: withRestart}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "may have finished"},
		{"gone, --clean", scene{seen: target.Absent, record: vanished, policy: withClean}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "may have finished"},
		{"gone, another query", scene{seen: target.Absent, changed: true, comparison: blocked, record: vanished}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, "changed: sql"},
		{"gone, with state, another query", scene{seen: target.Absent, changed: true, comparison: full, record: trusted}, change.Decision{Kind: change.Blocked}, "may have finished"},
		{"gone, it was started from a savepoint", scene{seen: target.Absent, newest: "sp", record: func(e *journal.Entry) { vanished(e); e.Launch.Restored = "sp" }}, change.Decision{Kind: change.Blocked}, "may have finished"},
		{"gone, it left a checkpoint", scene{seen: target.Absent, newest: "chk-7", record: func(e *journal.Entry) { trusted(e); e.Launch.Restored = "sp" }}, change.Decision{Kind: change.Restore, From: change.FromNewest, SameRelease: true}, "the proof"},
		{"gone, its newest state is missing", scene{seen: target.Absent, missing: "launch 3 completed checkpoints", record: trusted}, change.Decision{Kind: change.Blocked}, "Flink deletes the checkpoints of a job that finishes; then --clean runs it once more"},
		{"gone, its newest state is missing, restart", scene{seen: target.Absent, missing: "launch 3 completed checkpoints", record: trusted, policy: withRestart}, change.Decision{Kind: change.Blocked}, "newest state is missing"},
		{"gone, its newest state is missing, --clean", scene{seen: target.Absent, missing: "launch 3 completed checkpoints", record: trusted, policy: withClean}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "no state of it was found"},
		{"gone, no end", scene{seen: target.Absent, record: func(e *journal.Entry) { vanished(e); e.Release.Bounded = false }}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "its plan has no state"},
		{"killed", scene{seen: target.Absent, killed: true, record: vanished}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "its plan has no state"},
		{"failed", scene{seen: target.Failed, record: vanished}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "its plan has no state"},
		{"its last launch failed and was ended", scene{seen: target.Absent, record: func(e *journal.Entry) {
			vanished(e)
			e.Phase, e.Launch = journal.Failed, &journal.LaunchRef{Number: 4}
		}}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "its last launch (4) failed"},
		{"suspended, a plan without state", scene{seen: target.Absent, record: func(e *journal.Entry) {
			vanished(e)
			recordState("suspended")(e)
			e.Savepoint = &journal.Savepoint{Launch: 3, Asked: true}
		}}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "its plan has no state"},
		{"gone when it was to be suspended", scene{seen: target.Absent, record: func(e *journal.Entry) { vanished(e); recordState("suspended")(e) }}, change.Decision{Kind: change.Blocked}, "apply --clean --reset-state"},
		{"finished without an end", scene{seen: target.Finished}, change.Decision{Kind: change.Blocked}, "stopped it from outside"},
		{"finished without an end, a plan without state", scene{seen: target.Finished, record: stateless}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "stopped it from outside"},
		{"cancelled from outside", scene{seen: target.Finished, early: "chk-7", newest: "chk-7", record: bounded}, change.Decision{Kind: change.Restore, From: change.FromNewest, SameRelease: true}, "it left chk-7, which Flink deletes of a job that finishes"},
		{"cancelled from outside, changed", scene{seen: target.Finished, early: "chk-7", newest: "chk-7", record: bounded, changed: true, comparison: full}, change.Decision{Kind: change.Restore, From: change.FromNewest, NewQuery: true}, "cancelled or stopped from outside"},
		{"cancelled from outside, no end", scene{seen: target.Finished, early: "chk-7", newest: "chk-7"}, change.Decision{Kind: change.Restore, From: change.FromNewest, SameRelease: true}, "chk-7"},
		{"stopped, and its savepoint is gone", scene{seen: target.Finished, record: func(e *journal.Entry) {
			bounded(e)
			e.Savepoint = &journal.Savepoint{Launch: 3, Asked: true}
		}}, change.Decision{Kind: change.Blocked}, "no savepoint or checkpoint of it was found"},
		{"finished without an end, changed", scene{seen: target.Finished, changed: true, comparison: full}, change.Decision{Kind: change.Blocked}, "stopped it from outside"},
		{"finished without an end, changed, --clean", scene{seen: target.Finished, changed: true, comparison: full, policy: withClean}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, ""},
		// suspended → running
		{"resumed", scene{seen: target.Absent, newest: "sp", record: recordState("suspended")}, change.Decision{Kind: change.Restore, From: change.FromNewest, SameRelease: true}, "it was suspended"},
		{"resumed, Flink calls the stop finished", scene{seen: target.Finished, newest: "sp", record: func(e *journal.Entry) {
			recordState("suspended")(e)
			e.Savepoint = &journal.Savepoint{Launch: 3, Location: "sp"}
		}}, change.Decision{Kind: change.Restore, From: change.FromNewest, SameRelease: true}, "it was suspended"},
		{"resumed, but it had finished by itself", scene{seen: target.Finished, record: func(e *journal.Entry) { recordState("suspended")(e); bounded(e) }}, change.Decision{Kind: change.Record}, "finished"},
		{"resumed, changed", scene{seen: target.Absent, newest: "sp", changed: true, record: recordState("suspended"), comparison: full}, change.Decision{Kind: change.Restore, From: change.FromNewest, NewQuery: true}, ""},
		{"resumed, BLOCKED", scene{seen: target.Absent, newest: "sp", changed: true, record: recordState("suspended"), comparison: blocked}, change.Decision{Kind: change.Blocked}, ""},
		{"resumed, PARTIAL, approved", scene{seen: target.Absent, newest: "sp", changed: true, record: recordState("suspended"), comparison: partial, policy: withApproval(approval)}, change.Decision{Kind: change.Restore, From: change.FromNewest, NewQuery: true, AllowNonRestored: true, Approved: approval}, ""},
		{"resumed, its savepoint is gone", scene{seen: target.Absent, record: recordState("suspended")}, change.Decision{Kind: change.Blocked}, "bring that back"},
		// cancelled → running
		{"cancelled, to run again", scene{seen: target.Absent, newest: "old", record: recordState("cancelled")}, change.Decision{Kind: change.Launch, From: change.FromNothing, SameRelease: true}, "was cancelled"},
		{"cancelled, to run again, changed", scene{seen: target.Absent, changed: true, record: recordState("cancelled"), comparison: blocked}, change.Decision{Kind: change.Launch, From: change.FromNothing, NewQuery: true}, ""},
		// running · state: suspended, cancelled
		{"to be suspended", scene{job: manifestState(manifest.Suspended)}, change.Decision{Kind: change.Suspend}, ""},
		{"to be suspended, and changed", scene{changed: true, job: manifestState(manifest.Suspended)}, change.Decision{Kind: change.Suspend}, ""},
		{"to be cancelled", scene{job: manifestState(manifest.Cancelled)}, change.Decision{Kind: change.Cancel}, ""},
		{"suspended", scene{seen: target.Absent, job: manifestState(manifest.Suspended), record: recordState("suspended")}, change.Decision{Kind: change.Nothing}, "as it should be"},
		{"suspended, and changed", scene{seen: target.Absent, changed: true, job: manifestState(manifest.Suspended), record: recordState("suspended")}, change.Decision{Kind: change.Nothing}, ""},
		{"cancelled", scene{seen: target.Absent, job: manifestState(manifest.Cancelled), record: recordState("cancelled")}, change.Decision{Kind: change.Nothing}, ""},
		{"dead, to be suspended", scene{seen: target.Failed, job: manifestState(manifest.Suspended)}, change.Decision{Kind: change.Record}, "does not run"},
		{"dead, to be cancelled", scene{seen: target.Failed, job: manifestState(manifest.Cancelled)}, change.Decision{Kind: change.Record}, "does not run"},
		// unknown
		{"unknown", scene{seen: target.Unknown, changed: true}, change.Decision{Kind: change.Unclear}, "the proof"},
		{"unknown, --clean", scene{seen: target.Unknown, policy: withClean}, change.Decision{Kind: change.Unclear}, ""},
		{"unknown, to be cancelled", scene{seen: target.Unknown, job: manifestState(manifest.Cancelled)}, change.Decision{Kind: change.Unclear}, ""},
		// wishes by hand
		{"stopped by hand", scene{seen: target.Absent, newest: "sp", record: func(e *journal.Entry) { e.State, e.Override = "suspended", "suspended" }}, change.Decision{Kind: change.Nothing}, "stopped by hand; the manifest says running; `submitter resume orders`, or apply --reset-state"},
		{"stopped by hand, when and by whom", scene{seen: target.Absent, newest: "sp", wish: true, record: func(e *journal.Entry) { e.State, e.Override = "suspended", "suspended" }}, change.Decision{Kind: change.Nothing}, "stopped by hand (2026-03-01 12:30 UTC, ann); the manifest says running"},
		{"stopped by hand, then changed", scene{seen: target.Absent, newest: "sp", changed: true, record: func(e *journal.Entry) { e.State, e.Override = "suspended", "suspended" }}, change.Decision{Kind: change.Nothing}, "the manifest has changed since it ran (sql): resume starts what ran before, apply --reset-state what the manifest says now"},
		{"cancelled by hand", scene{seen: target.Absent, record: func(e *journal.Entry) { e.State, e.Override = "cancelled", "cancelled" }}, change.Decision{Kind: change.Nothing}, "cancelled by hand; the manifest says running"},
		{"resumed by hand", scene{job: manifestState(manifest.Suspended), record: func(e *journal.Entry) { e.ManifestState, e.Override = "suspended", "running" }}, change.Decision{Kind: change.Nothing}, "resumed by hand; the manifest says suspended; apply --reset-state"},
		{"stopped by hand, --reset-state", scene{seen: target.Absent, newest: "sp", policy: func(p *change.Policy) { p.ResetState = true }, record: func(e *journal.Entry) { e.State, e.Override = "suspended", "suspended" }}, change.Decision{Kind: change.Restore, From: change.FromNewest, SameRelease: true}, ""},
		{"stopped by hand, then by the manifest", scene{seen: target.Absent, job: manifestState(manifest.Suspended), record: func(e *journal.Entry) { e.State, e.Override = "suspended", "suspended" }}, change.Decision{Kind: change.Record}, "brought up to date"},
		{"resumed by hand, then running in the manifest", scene{record: func(e *journal.Entry) { e.ManifestState, e.Override = "suspended", "running" }}, change.Decision{Kind: change.Record}, "brought up to date"},
		{"cancelled by hand, the manifest now says suspended", scene{seen: target.Absent, job: manifestState(manifest.Suspended), record: func(e *journal.Entry) { e.State, e.Override = "cancelled", "cancelled" }}, change.Decision{Kind: change.Record}, ""},
		{"it runs though the record says suspended", scene{record: recordState("suspended")}, change.Decision{Kind: change.Record}, "no change"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.decide()
			said := strings.Join(append([]string{got.Reason}, append(got.Why, got.Remedy)...), "; ")
			if !strings.Contains(said, c.reason) || got.Reason == "" {
				t.Errorf("%q lacks %q", said, c.reason)
			}
			if got.Kind == change.Blocked && got.Remedy == "" && !strings.Contains(got.Reason, "--clean") {
				t.Errorf("%q: no remedy", said)
			}
			if got.Kind != c.want.Kind || got.From != c.want.From || got.SameRelease != c.want.SameRelease || got.NewQuery != c.want.NewQuery ||
				got.AllowNonRestored != c.want.AllowNonRestored || got.Approved != c.want.Approved || len(got.Warnings) > 0 {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// A decision never depends on how often it is asked for, and nothing that was not
// judged is ever carried out.
func TestNothingIsDoneBeforeItIsKnown(t *testing.T) {
	for _, seen := range []target.Condition{target.Running, target.Finished, target.Failed, target.Absent, target.Unknown} {
		for _, state := range []string{"running", "suspended", "cancelled"} {
			for _, newest := range []string{"", "sp"} {
				d := scene{seen: seen, newest: newest, changed: true, record: recordState(state)}.decide()
				switch d.Kind {
				case change.Launch, change.Upgrade, change.Restore:
					t.Errorf("%s, %s, newest %q: %s before it was compiled", seen, state, newest, d.Kind)
				}
			}
		}
	}
}

func TestStaleApproval(t *testing.T) {
	approve := func(j *manifest.Job) { j.Upgrade.Approve = "0123456789ab" }
	for name, c := range map[string]struct {
		scene
		warns bool
	}{
		"no change":           {scene{job: approve}, true},
		"another change":      {scene{job: approve, changed: true, comparison: compiled(change.Query, compat.Partial)}, true},
		"a harmless change":   {scene{job: approve, changed: true, comparison: compiled(change.Query, compat.Full)}, true},
		"not compiled yet":    {scene{job: approve, changed: true}, false},
		"another owner's job": {scene{job: approve, policy: func(p *change.Policy) { p.Owner = "x" }}, false},
		"unknown":             {scene{job: approve, seen: target.Unknown}, false},
	} {
		d := c.decide()
		if warns := slices.ContainsFunc(d.Warnings, func(w string) bool { return strings.Contains(w, "0123456789ab") }); warns != c.warns {
			t.Errorf("%s: warnings %q", name, d.Warnings)
		}
	}
}

func TestBase(t *testing.T) {
	running, good := &journal.Release{Digest: "running"}, &journal.Release{Digest: "good"}
	entry := &journal.Entry{Release: running, Good: good}
	for name, c := range map[string]struct {
		facts change.Facts
		want  *journal.Release
	}{
		"none":                    {change.Facts{}, nil},
		"deleted":                 {change.Facts{Record: &journal.Entry{Action: journal.Delete, Release: running}}, nil},
		"running":                 {change.Facts{Record: entry, Seen: target.Observation{Condition: target.Running}}, running},
		"a failed upgrade":        {change.Facts{Record: entry, Seen: target.Observation{Condition: target.Failed}}, good},
		"a first launch, failed":  {change.Facts{Record: &journal.Entry{Release: running}, Seen: target.Observation{Condition: target.Failed}}, running},
		"recorded, never started": {change.Facts{Record: &journal.Entry{}}, nil},
	} {
		if got := change.Base(c.facts); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
