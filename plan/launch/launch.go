// Package launch holds what submitter and driver say to each other about one
// launch: the decision that releases a cluster or turns it away, and the claim
// by which one process becomes the only one that may run it. Both are objects
// that are created once and never changed:
//
//	launches/<name>/<n>/decision.json   written by the submitter, or by a standby that gives up
//	launches/<name>/<n>/claim.json      written by the driver before Flink gets its script
package launch

import "time"

// Version of both formats.
const Version = 1

// Verdict is what a decision says.
type Verdict string

// The verdicts.
const (
	Go    Verdict = "go"    // run the job
	Abort Verdict = "abort" // never run this launch; exit 67
)

// Decision releases a launch or turns it away.
type Decision struct {
	Version   int     `json:"version"`
	Verdict   Verdict `json:"verdict"`
	Launch    uint64  `json:"launch"`
	ClusterID string  `json:"clusterId"`
	JobID     string  `json:"jobId"`
	// Entry is the number of the journal entry that the decision carries out.
	Entry uint64 `json:"entry"`
	// Savepoint is what the job restores from, a URI that Flink understands; empty
	// for a clean start.
	Savepoint string `json:"savepoint,omitempty"`
	// ClaimMode is execution.state-recovery.claim-mode, always NO_CLAIM today.
	ClaimMode string `json:"claimMode,omitempty"`
	// AllowNonRestored is execution.state-recovery.ignore-unclaimed-state.
	AllowNonRestored bool `json:"allowNonRestored,omitempty"`
	// Reason says in words why a launch was aborted.
	Reason string `json:"reason,omitempty"`
	// Nonce tells the writer its own object from a rival's after a lost reply.
	Nonce string `json:"nonce"`
}

// Claim names the one process, or the one Kubernetes Job or YARN application,
// that may run a launch.
type Claim struct {
	Version   int    `json:"version"`
	Launch    uint64 `json:"launch"`
	ClusterID string `json:"clusterId"`
	JobID     string `json:"jobId"`
	// Instance is "job:<uid>" on Kubernetes, "yarn:<application id>" on YARN and
	// "process:<pid>.<start>@<boot id>" elsewhere.
	Instance string    `json:"instance"`
	Time     time.Time `json:"time"` // the driver's clock; for people, never for decisions
}
