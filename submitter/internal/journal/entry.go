package journal

import (
	"encoding/json"
	"time"
)

// EntryVersion is the version of the entry format.
const EntryVersion = 1

// Phase says how far a deployment got. docs/recovery.md has the table of what
// each phase is probed by and what follows it.
type Phase string

// The phases, in the order of a deployment that goes well, then those of one
// that does not.
const (
	Compiled  Phase = "compiled"
	Published Phase = "published"
	Standby   Phase = "standby"
	Stopping  Phase = "stopping"
	Stopped   Phase = "stopped"
	Decided   Phase = "decided"
	Running   Phase = "running"
	Healthy   Phase = "healthy"
	Committed Phase = "committed"

	// Changing is the phase of ChangeCatalog alone: its entry's last CatalogChange is
	// under way, or about to be.
	Changing Phase = "changing"

	Aborting    Phase = "aborting"
	RollingBack Phase = "rolling-back"
	RolledBack  Phase = "rolled-back"
	Failed      Phase = "failed"
)

// Final reports whether a deployment in this phase is over, so that nobody holds
// the job any more.
func (p Phase) Final() bool {
	switch p {
	case Committed, RolledBack, Failed:
		return true
	}
	return false
}

func (p Phase) known() bool {
	switch p {
	case Compiled, Published, Standby, Stopping, Stopped, Decided, Running, Healthy, Changing, Aborting, RollingBack:
		return true
	}
	return p.Final()
}

// Action is what a deployment does to its job.
type Action string

// The actions.
const (
	Launch  Action = "launch"  // first start, or a new clean run
	Upgrade Action = "upgrade" // stop with a savepoint, start the new release from it
	Restore Action = "restore" // start from the newest state: after a death or a suspension
	Suspend Action = "suspend" // stop with a savepoint
	Cancel  Action = "cancel"  // stop without one
	Note    Action = "record"  // change only what is recorded
	Delete  Action = "delete"  // end the job and its record
	// ChangeCatalog runs statements that change what outlives the session that compiles
	// the job, before the job is launched or upgraded.
	ChangeCatalog Action = "change-catalog"
)

func (a Action) known() bool {
	switch a {
	case Launch, Upgrade, Restore, Suspend, Cancel, Note, Delete, ChangeCatalog:
		return true
	}
	return false
}

// Entry is the whole record of a job at one moment. The newest entry of a job is
// its record; entries are created once and never changed.
type Entry struct {
	Version int       `json:"version"`
	Number  uint64    `json:"number"`
	Name    string    `json:"name"`
	Time    time.Time `json:"time"` // the writer's clock; for people, never for decisions
	Phase   Phase     `json:"phase"`
	Action  Action    `json:"action"`
	Reason  string    `json:"reason,omitempty"`
	// Problem is why a deployment failed, was rolled back or is being aborted.
	Problem string `json:"problem,omitempty"`

	Holder Holder `json:"holder"`
	Owner  string `json:"owner"`
	Git    string `json:"git,omitempty"` // revision of the manifest's work tree
	// File is the manifest that was applied last, relative to submitter.yaml's directory, or
	// to the working directory, where it is below that; empty: not known.
	File string `json:"file,omitempty"`

	// State is the state that was asked for last, after Override.
	State string `json:"state"`
	// ManifestState is what the manifest itself said; a change of it ends Override.
	ManifestState string `json:"manifestState"`
	// Override is a wish by hand (stop, resume, cancel) that outlives the command.
	Override string `json:"override,omitempty"`

	Meta   Meta   `json:"meta"`
	Target string `json:"target"` // its name in submitter.yaml, or its kind: local, kubernetes
	// Namespace is Kubernetes' namespace, else the target's name; it goes into the job id.
	Namespace string `json:"namespace"`

	// Release is what the job runs, or ran last.
	Release *Release `json:"release,omitempty"`
	// Launch is the launch that may run; the driver of any other refuses to.
	Launch *LaunchRef `json:"launch,omitempty"`
	// Next is what this deployment brings up; it becomes Release and Launch at Decided.
	Next *Next `json:"next,omitempty"`
	// Previous is what Launch replaced, kept until the deployment is over.
	Previous *Previous `json:"previous,omitempty"`
	// LastLaunch is the highest launch number ever given out; it only grows.
	LastLaunch uint64 `json:"lastLaunch"`
	// Savepoint is the stop under way, or the last one that was completed.
	Savepoint *Savepoint `json:"savepoint,omitempty"`
	// Good is the release of the last deployment that was committed.
	Good *Release `json:"good,omitempty"`
	// Trusted are the newest launches whose state may be restored from, oldest
	// first: those that were committed. A rolled-back launch never enters.
	Trusted []LaunchRef `json:"trusted,omitempty"`
	// Manifest is what manifests/<name>.yaml will hold once the deployment is
	// committed; empty in every final entry.
	Manifest string    `json:"manifest,omitempty"`
	Settings *Settings `json:"settings,omitempty"`
	// Catalog are the changes outside that the job's statements ask for and that were
	// made, or begun, for it. Those whose statement is gone are forgotten.
	Catalog []CatalogChange `json:"catalog,omitempty"`
}

// CatalogChange is a statement that changes what outlives a session.
type CatalogChange struct {
	ID   string `json:"id"`   // digest of the statement and what it changes
	What string `json:"what"` // DROP TABLE `paimon`.`default`.`orders`; no more of the statement
	// Made: it was run to its end. Without that it was begun, and may have been cut off.
	Made bool `json:"made,omitempty"`
}

// Holder says who carries a deployment out.
type Holder struct {
	Nonce string `json:"nonce"` // random, one for each run of a command
	Host  string `json:"host,omitempty"`
	Boot  string `json:"boot,omitempty"`  // boot id of that host
	PID   int    `json:"pid,omitempty"`   // with Start, Boot and PIDNamespace, proof that the holder is gone
	Start uint64 `json:"start,omitempty"` // process start, clock ticks since boot
	User  string `json:"user,omitempty"`
	// PIDNamespace is the link /proc/self/ns/pid of the holder.
	PIDNamespace string `json:"pidNamespace,omitempty"`
}

// Meta is seed 000's meta section.
type Meta struct {
	QueryVersion         int    `json:"query-version" yaml:"query-version"`
	QueryID              string `json:"query-id" yaml:"query-id"`
	QueryCreateTimestamp string `json:"query-create-timestamp" yaml:"query-create-timestamp"` // "2006-01-02 15:04:05", UTC
}

// Release names one release in the bucket.
type Release struct {
	Digest         string `json:"digest"`         // its directory: releases/<name>/<digest>
	ConfigSHA256   string `json:"configSha256"`   // of config.json
	PlanDigest     string `json:"planDigest"`     // of the canonical plan: for comparing
	LaunchedDigest string `json:"launchedDigest"` // of plan.json as it runs
	NextID         int    `json:"nextId"`         // the next node id that this job never used
	// Inputs are the digests of what the release was made from, by part.
	Inputs map[string]string `json:"inputs,omitempty"`
	Meta   Meta              `json:"meta"`
	// Bounded: every source is known to have an end, so the job finishes by itself.
	Bounded        bool     `json:"bounded,omitempty"`
	Stateful       bool     `json:"stateful"`       // the plan has state, so checkpoints are on
	MaxParallelism int      `json:"maxParallelism"` // pinned at the first launch
	JobManager     Size     `json:"jobManager"`
	TaskManager    Size     `json:"taskManager"`
	Secrets        []string `json:"secrets,omitempty"` // names
	// Kubernetes is the manifest's block of that name over its target's.
	Kubernetes json.RawMessage `json:"kubernetes,omitempty"`
	// Checkpoints is Flink's URI of the directory below which each launch's
	// checkpoints are, in a directory of its job id.
	Checkpoints string `json:"checkpoints,omitempty"`
}

// Size of a process kind. Zero values mean the target's defaults.
type Size struct {
	CPU      float64 `json:"cpu,omitempty"`
	Memory   string  `json:"memory,omitempty"` // Flink's notation: 1600m
	Slots    int     `json:"slots,omitempty"`
	Replicas int     `json:"replicas,omitempty"`
}

// LaunchRef names one launch.
type LaunchRef struct {
	Number    uint64 `json:"number"`
	ClusterID string `json:"clusterId"`
	JobID     string `json:"jobId"`
	// Site is where its target made it, in the target's own words: the machine and the
	// directory, or the Kubernetes cluster.
	Site string `json:"site,omitempty"`
	// Origin is its directory in the store that it was launched from, where that is
	// another one: it was adopted.
	Origin string `json:"origin,omitempty"`
	// Restored is the savepoint or checkpoint that it started from; empty: clean.
	Restored string `json:"restored,omitempty"`
	// QueryVersion is part of the path of its savepoints.
	QueryVersion int `json:"queryVersion"`
	// Checkpoints is its release's.
	Checkpoints string `json:"checkpoints,omitempty"`
	// Checkpointed: it completed a checkpoint, so it left state of its own, and what it
	// was restored from is older than that.
	Checkpointed bool `json:"checkpointed,omitempty"`
	// Finished: it was seen to have come to its end by itself, with success, so the job is
	// done once its target shows nothing of it any more.
	Finished bool `json:"finished,omitempty"`
}

// Next is a release and the launch that is to run it.
type Next struct {
	Release Release   `json:"release"`
	Launch  LaunchRef `json:"launch"`
	// Clean: the savepoint that this deployment takes is kept, but not restored.
	Clean bool `json:"clean,omitempty"`
	// AllowNonRestored was approved for exactly this change.
	AllowNonRestored bool `json:"allowNonRestored,omitempty"`
}

// Settings are what the manifest says about carrying a deployment out; they
// stand in the journal so that whoever continues it does so in the same way.
type Settings struct {
	SavepointSeconds int  `json:"savepointSeconds"`
	HealthSeconds    int  `json:"healthSeconds"`
	Drain            bool `json:"drain,omitempty"`
	// Rollback: return to the previous release if the new one does not get healthy.
	Rollback bool `json:"rollback,omitempty"`
}

// Previous is what a deployment replaced.
type Previous struct {
	Release Release   `json:"release"`
	Launch  LaunchRef `json:"launch"`
}

// Savepoint is one request to stop with a savepoint.
type Savepoint struct {
	TriggerID string `json:"triggerId"` // 32 hex digits, given to Flink so that asking twice is one request
	Directory string `json:"directory"` // key in the bucket; this request's own
	Launch    uint64 `json:"launch"`
	// Asked: Flink may have got the request. From now on, that the job ends with success
	// does not mean that it had finished by itself: it is how Flink ends what it stops.
	Asked bool `json:"asked,omitempty"`
	// Taken: the savepoint was taken. Flink said so, or the job ended with success after
	// it was asked. It is the job's newest state then, whatever else is found.
	Taken bool `json:"taken,omitempty"`
	// GivenUp says why no savepoint is waited for any more: the job keeps failing, so
	// it is cancelled and its newest complete checkpoint counts.
	GivenUp string `json:"givenUp,omitempty"`
	// Finished: the job had finished by itself, with success, so there is nothing to
	// save; it is bounded, and its next run is a clean one.
	Finished bool `json:"finished,omitempty"`
	// Location is the completed savepoint, or the checkpoint that counts in its
	// place; a URI that Flink understands.
	Location string `json:"location,omitempty"`
}

// Heartbeat is written by the holder every 10 seconds.
type Heartbeat struct {
	Version int    `json:"version"`
	Nonce   string `json:"nonce"`
	Entry   uint64 `json:"entry"` // the holder's newest entry
	Beat    uint64 `json:"beat"`  // counts up; readers compare it, not clocks
	// Released: the holder has stopped in the middle of its deployment and does nothing
	// more, so nobody need wait for it.
	Released bool `json:"released,omitempty"`
}
