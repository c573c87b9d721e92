package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// request asks for the job's compilation.
func (s *Assessment) request() Request {
	return Request{Job: s.Job, Meta: s.Meta, Files: s.files, Made: CatalogMade(s.Facts.Record)}
}

// CatalogMade are the ids of the catalog changes that a job's record, which may be nil,
// says were made.
func CatalogMade(record *journal.Entry) map[string]bool {
	ids := map[string]bool{}
	if record != nil {
		for _, c := range record.Catalog {
			ids[c.ID] = c.Made
		}
	}
	return ids
}

// changeable refuses to take over a job whose plan is not known yet.
func (s *Assessment) changeable() error {
	if !s.adopt {
		return nil
	}
	return fmt.Errorf("%s: it cannot be taken over while statements of its script are still to change catalogs: %s; run them first and take them out of the script", s.Job.Name, s.Facts.Catalog.Unknown)
}

// catalogMade is what a job's record says of catalog changes once it was compiled: those
// that it still asks for. If none is pending, all count as made, so that DROP … IF EXISTS
// does not drop later what was not there when it was come to.
func (s *Assessment) catalogMade(recorded []journal.CatalogChange) []journal.CatalogChange {
	if !s.compiled {
		return recorded
	}
	if len(s.Facts.Catalog.Pending) == 0 {
		return allMade(s.catalogSeen)
	}
	return slices.DeleteFunc(slices.Clone(recorded), func(r journal.CatalogChange) bool {
		return !slices.ContainsFunc(s.catalogSeen, func(c change.CatalogChange) bool { return c.ID == r.ID })
	})
}

func allMade(changes []change.CatalogChange) []journal.CatalogChange {
	var all []journal.CatalogChange
	for _, c := range changes {
		all = append(all, journal.CatalogChange{ID: c.ID, What: c.What, Made: true})
	}
	return all
}

// ChangeCatalogs runs the statements that change what outlives the job's session, each
// written down before and after, and then assesses the job anew: s is that assessment
// afterwards. A statement that was begun and cut off is run again by the next apply.
// It returns the job's record.
func (a *Applier) ChangeCatalogs(ctx context.Context, s *Assessment) (*journal.Entry, error) {
	e, err := a.runCatalogChanges(ctx, s)
	if err != nil {
		return e, err
	}
	anew, err := a.Assess(ctx, []*manifest.Job{s.Job})
	if err != nil {
		return e, err
	}
	if *s = *anew[0]; s.Err != nil {
		return e, s.Err
	}
	if s.Decision.Kind == change.ChangeCatalog {
		return e, fmt.Errorf("%s: its catalog changes were made, and are still to be made: %s; does somebody else undo them?", s.Job.Name, s.Facts.Catalog.Pending[0].What)
	}
	return e, nil
}

func (a *Applier) runCatalogChanges(ctx context.Context, s *Assessment) (*journal.Entry, error) {
	first := a.successor(s)
	first.Action, first.Phase, first.Reason = journal.ChangeCatalog, journal.Changing, s.Decision.Reason
	first.Settings = settings(s.Job)
	hold, err := a.begin(ctx, first)
	if err != nil {
		return nil, err
	}
	defer hold.Release()
	failed := a.Change(hold.Context(), s.request(), func(c change.CatalogChange, run func() error) error {
		if err := hold.Append(func(e *journal.Entry) { e.Catalog = begun(e.Catalog, c) }); err != nil {
			return err
		}
		if a.Progress != nil {
			a.Progress(s.Job.Name, journal.Changing, c.What)
		}
		if err := run(); err != nil {
			return err
		}
		return hold.Append(func(e *journal.Entry) { e.Catalog = made(e.Catalog, c) })
	})
	if cause := context.Cause(hold.Context()); failed != nil && cause != nil {
		e := hold.Newest()
		return &e, fmt.Errorf("%s: %w", s.Job.Name, cause)
	}
	err = hold.Append(func(e *journal.Entry) {
		e.Phase, e.Settings, e.Problem = journal.Committed, nil, ""
		if failed != nil {
			e.Problem = failed.Error()
			return
		}
		e.Catalog = allMade(s.catalogSeen) // also what found nothing to do
	})
	e := hold.Newest()
	return &e, errors.Join(failed, err)
}

// begun are the catalog changes with one that is about to be made.
func begun(all []journal.CatalogChange, c change.CatalogChange) []journal.CatalogChange {
	rest := slices.DeleteFunc(slices.Clone(all), func(b journal.CatalogChange) bool { return b.ID == c.ID })
	return append(rest, journal.CatalogChange{ID: c.ID, What: c.What})
}

func made(all []journal.CatalogChange, c change.CatalogChange) []journal.CatalogChange {
	out := slices.Clone(all)
	for i := range out {
		out[i].Made = out[i].Made || out[i].ID == c.ID
	}
	return out
}
