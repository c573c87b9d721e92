package apply

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// Wish is what somebody asks for by hand, without a manifest.
type Wish struct {
	State   manifest.State // empty: as it is
	Restart bool           // stop with a savepoint and start again, with no change
	Upgrade manifest.Upgrade
	// GiveUp: a deployment that was cut off is not waited for (Applier.GiveUp).
	GiveUp bool
}

// AssessWish decides what a wish means for a recorded job.
func (a *Applier) AssessWish(ctx context.Context, name string, w Wish) (*Assessment, error) {
	r, err := a.Journal.Newest(ctx, name)
	if err != nil {
		return nil, err
	}
	if r == nil || r.Action == journal.Delete {
		return nil, fmt.Errorf("%s: there is no record of it in %s", name, a.Bucket.URL())
	}
	wanted := *r
	if w.State != "" {
		wanted.Override = string(w.State)
		if wanted.Override == wanted.ManifestState {
			wanted.Override = ""
		}
	}
	s, err := a.recorded(ctx, &wanted)
	if err != nil {
		return nil, err
	}
	s.Job.Upgrade = w.Upgrade
	policy := a.Policy
	policy.Restart = w.Restart
	s.decide(policy)
	if s.Decision.Kind == change.Compile { // for want of a release
		s.Decision = change.Decision{Kind: change.Refused, Reason: "it was never launched, so there is nothing to start again; apply its manifest"}
	}
	if s.Decision.Kind == change.Nothing && wanted.Override != r.Override {
		s.Decision.Kind = change.Record
	}
	return s, nil
}

// recorded is a job as its record has it, with nothing to change.
func (a *Applier) recorded(ctx context.Context, r *journal.Entry) (*Assessment, error) {
	s := &Assessment{
		Job:        &manifest.Job{Name: r.Name, State: manifest.State(r.ManifestState)},
		Facts:      change.Facts{Record: r},
		Meta:       r.Meta,
		Unfinished: !r.Phase.Final(),
	}
	if err := a.locate(s); err != nil {
		return nil, err
	}
	if err := a.observe(ctx, s); err != nil {
		return nil, err
	}
	if err := a.refuseTwin(ctx, s, a.finding(ctx)); err != nil {
		return nil, err
	}
	if base := s.base(); base != nil {
		s.Inputs = base.Inputs
	}
	return s, nil
}

// Orphans are jobs of this owner that have a record and are not known: what prune
// is about. Each is to be suspended, as if a manifest said so: no wish by hand is left
// that would hold it back once its manifest is there again. Whose a job is whose record
// cannot be read is not known: it is left alone, and its assessment has the error.
func (a *Applier) Orphans(ctx context.Context, known map[string]bool) ([]*Assessment, error) {
	records, unreadable, err := a.Journal.All(ctx, a.BucketID)
	if err != nil {
		return nil, err
	}
	var gone []*Assessment
	for _, name := range slices.Sorted(maps.Keys(unreadable)) {
		if !known[name] {
			gone = append(gone, &Assessment{Job: &manifest.Job{Name: name}, Err: unreadable[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(records)) {
		r := records[name]
		if known[name] || r.Owner != a.Policy.Owner || r.Action == journal.Delete || r.State != string(manifest.Running) {
			continue
		}
		gone = append(gone, a.orphan(ctx, r))
	}
	return gone, nil
}

// Orphan is one of Orphans, looked at again.
func (a *Applier) Orphan(ctx context.Context, name string) (*Assessment, error) {
	r, err := a.Journal.Newest(ctx, name)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fmt.Errorf("%s: there is no record of it in %s", name, a.Bucket.URL())
	}
	return a.orphan(ctx, r), nil
}

func (a *Applier) orphan(ctx context.Context, r *journal.Entry) *Assessment {
	unnamed := *r
	unnamed.Override, unnamed.ManifestState = "", string(manifest.Suspended)
	s, err := a.recorded(ctx, &unnamed)
	if err != nil {
		return &Assessment{Job: &manifest.Job{Name: r.Name}, Err: err}
	}
	s.decide(a.Policy)
	s.unnamed()
	return s
}

// unnamed says why an orphan is stopped.
func (s *Assessment) unnamed() {
	const why = "no manifest names it"
	switch s.Decision.Kind {
	case change.Suspend:
		s.Decision.Reason = why
	case change.Record:
		s.Decision.Reason = why + ", and it does not run"
	}
}

// wishOf is the entry that brought the wish by hand that holds a job back; nil: none
// does.
func (a *Applier) wishOf(ctx context.Context, s *Assessment) *journal.Entry {
	r := s.Facts.Record
	if !change.Held(s.Job, r, a.Policy) {
		return nil
	}
	if r.Action == journal.Suspend || r.Action == journal.Cancel {
		return r // the usual case costs nothing
	}
	var wish *journal.Entry
	for e, err := range a.Journal.Backward(ctx, s.Job.Name) {
		switch {
		case err != nil:
			return nil // when and by whom is only told
		case e.Override != r.Override:
			return wish
		}
		wish = e
	}
	return nil // it is older than the history
}
