package apply

import (
	"context"
	"errors"
	"slices"

	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// lookAhead looks at jobs whose manifest has changed since the deployment that was cut off
// here, as if that had been ended. Only if it is known what is done then, and nothing
// stands in its way, the deployment is ended rather than waited for (Supersede).
func (a *Applier) lookAhead(ctx context.Context, all []*Assessment, find finding) []*Assessment {
	var ahead []*Assessment
	for _, s := range all {
		if s.Err != nil || !s.Unfinished || s.adopt || s.refused != nil || !s.outdated(a.Policy) {
			continue
		}
		s.Ahead = &Assessment{Job: s.Job, Facts: change.Facts{Record: ending(s.Facts.Record)}, surveys: s.surveys, ended: launched(s.Facts.Record)}
		ahead = append(ahead, s.Ahead)
	}
	each(ahead, func(s *Assessment) { s.Err = a.look(ctx, s, find) })
	return ahead
}

// launched reports whether the deployment may have started what it brings up.
func launched(r *journal.Entry) bool {
	return r.Phase == journal.Decided || r.Phase == journal.Running
}

// ending is the record that a deployment leaves that is ended.
func ending(r *journal.Entry) *journal.Entry {
	e := *r
	e.Phase = journal.Failed
	e.Next, e.Previous, e.Manifest, e.Settings = nil, nil, "", nil
	return &e
}

// outdated reports whether an unfinished deployment starts something else than what the
// manifest says by now. A return to the previous release does not: it is brought to its
// end in any case.
func (s *Assessment) outdated(p change.Policy) bool {
	r := s.Facts.Record
	switch r.Phase {
	case journal.Healthy, journal.Aborting, journal.RollingBack:
		return false
	}
	if r.Next == nil {
		return false
	}
	switch change.Desired(s.Job, r, p) {
	case manifest.Cancelled:
		return true
	case manifest.Suspended:
		return false // it is stopped with a savepoint once it runs
	}
	// These do not keep a launch from running, nor help it to.
	idle := []string{change.PartText, change.PartCompiler}
	matters := slices.DeleteFunc(s.Inputs.Changed(r.Next.Release.Inputs), func(part string) bool { return slices.Contains(idle, part) })
	return len(matters) > 0 || s.restoresOther(r)
}

// restoresOther reports whether a first launch starts from another savepoint than its
// manifest names.
func (s *Assessment) restoresOther(r *journal.Entry) bool {
	if r.Action != journal.Launch || r.Good != nil || len(r.Trusted) > 0 {
		return false
	}
	want := ""
	if change.Named(s.Job) {
		want = restoreDir(s.Job.Restore)
	}
	return r.Next.Launch.Restored != want
}

// Supersedes reports whether a deployment that was cut off, whose newest entry is e, is to
// be ended and not waited for.
func (s *Assessment) Supersedes(e *journal.Entry) bool {
	r, ahead := s.Facts.Record, s.Ahead
	if ahead == nil || ahead.Err != nil || ahead.lacks != nil || e.Next == nil || e.Next.Launch.Number != r.Next.Launch.Number {
		return false
	}
	return ahead.Decision.Acts() || ahead.Decision.Kind == change.Record
}

// Supersede ends a deployment that was cut off, whose newest entry is e, if another
// manifest is to follow and nothing stands in its way; otherwise it brings it to its end.
func (a *Applier) Supersede(ctx context.Context, s *Assessment, e *journal.Entry) (*journal.Entry, error) {
	return a.finish(ctx, e, s.Supersedes(e))
}

// Mistake is what is wrong with a job's manifest, or keeps it from being assessed. Of a
// job whose manifest changed while a deployment was cut off, that is known ahead.
func (s *Assessment) Mistake() error {
	var unseen *UnseenError
	if s.Err == nil && s.Ahead != nil && !errors.As(s.Ahead.Err, &unseen) {
		return s.Ahead.Err
	}
	return s.Err
}
