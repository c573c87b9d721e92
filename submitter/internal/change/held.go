package change

import (
	"fmt"
	"strings"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// Held reports whether a wish by hand keeps a job from what its manifest says.
func Held(job *manifest.Job, r *journal.Entry, p Policy) bool {
	return r != nil && r.Action != journal.Delete && Desired(job, r, p) != job.State
}

// held says of a job that is left as it is that its manifest wants something else.
func (q question) held(d Decision) Decision {
	wish := manifest.State(q.record.Override)
	d.Reason = fmt.Sprintf("%s%s; the manifest says %s", ByHand(wish), whenAndWho(q.facts.Wish), q.job.State)
	reset := "apply --reset-state"
	if q.job.State == manifest.Running {
		d.Remedy = "`submitter resume " + q.record.Name + "`, or " + reset
	} else {
		d.Remedy = reset
	}
	if q.base != nil && len(q.changed) > 0 && wish != manifest.Running {
		d.Why = []string{"the manifest has changed since it ran (" + strings.Join(q.changed, ", ") + "): resume starts what ran before, " + reset + " what the manifest says now"}
	}
	return d
}

// ByHand says what was done to a job by hand.
func ByHand(wish manifest.State) string {
	switch wish {
	case manifest.Suspended:
		return "stopped by hand"
	case manifest.Cancelled:
		return "cancelled by hand"
	}
	return "resumed by hand"
}

func whenAndWho(e *journal.Entry) string {
	if e == nil {
		return ""
	}
	text := e.Time.UTC().Format("2006-01-02 15:04 UTC")
	if e.Holder.User != "" {
		text += ", " + e.Holder.User
	}
	return " (" + text + ")"
}
