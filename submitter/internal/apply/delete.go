package apply

import (
	"context"
	"errors"
	"fmt"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// Delete ends the record of a job that does not run: its last entry stays, so
// that launch numbers are never used again.
func (a *Applier) Delete(ctx context.Context, name string) error {
	r, err := a.Journal.Newest(ctx, name)
	if err != nil {
		return err
	}
	if r != nil && r.Action == journal.Delete { // perhaps it was cut off
		deleted, err := a.deleteManifest(ctx, name, func() error { return a.stillNewest(ctx, r) })
		if err != nil || deleted {
			return err
		}
	}
	if r == nil || r.Action == journal.Delete {
		return fmt.Errorf("%s: there is no record of it in %s", name, a.Bucket.URL())
	}
	if !r.Phase.Final() {
		return &journal.HeldError{Entry: r} // its deployment might start something yet
	}
	t, err := a.at(r)
	if err != nil && !Ended(r) {
		return err
	}
	if r.Launch != nil && err == nil {
		ref := deploy.RefOf(name, *r.Launch)
		seen, err := t.Observe(ctx, ref)
		if err != nil {
			return err
		}
		if !seen.Condition.Dead() {
			return fmt.Errorf("%s: it is %s (%s); stop it first", name, seen.Condition, seen.Proof)
		}
		if err := t.Remove(ctx, ref); err != nil {
			return err
		}
	}
	last := following(*r)
	last.Action, last.Phase, last.Reason, last.Problem = journal.Delete, journal.Committed, "deleted", ""
	last.Override = ""
	hold, err := a.Journal.Take(ctx, &last)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer hold.Release()
	_, err = a.deleteManifest(ctx, name, hold.Confirm)
	return err
}

// deleteManifest removes the manifest of a job that was deleted, unless a later deployment
// wrote it: what is there is looked at before it is made sure that there is none.
func (a *Applier) deleteManifest(ctx context.Context, name string, confirm func() error) (there bool, err error) {
	key := deploy.ManifestKey(name)
	o, err := a.Bucket.Stat(ctx, key)
	if errors.Is(err, bucket.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = confirm()
	}
	if err == nil {
		err = a.Bucket.DeleteVersion(ctx, key, o.Version)
	}
	if errors.Is(err, bucket.ErrChanged) {
		return true, fmt.Errorf("%s: %w; its record is deleted", name, err)
	}
	return true, err
}

// stillNewest makes sure that a record is its job's newest.
func (a *Applier) stillNewest(ctx context.Context, r *journal.Entry) error {
	newest, err := a.Journal.Newest(ctx, r.Name)
	if err == nil && (newest == nil || newest.Number != r.Number) {
		err = fmt.Errorf("%s: %w", r.Name, journal.ErrTaken)
	}
	return err
}

// Unlock takes a job from its holder and brings the deployment to an end.
func (a *Applier) Unlock(ctx context.Context, name string) (*journal.Entry, error) {
	r, err := a.Journal.Newest(ctx, name)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fmt.Errorf("%s: there is no record of it in %s", name, a.Bucket.URL())
	}
	if r.Phase.Final() {
		return r, nil
	}
	return a.Finish(ctx, r)
}

// Gone records that a launch which cannot be seen from here has ended: somebody knows
// that its machine, or its cluster, is no more. A launch that can be seen needs nobody's
// word.
func (a *Applier) Gone(ctx context.Context, name string) (*journal.Entry, error) {
	r, err := a.Journal.Newest(ctx, name)
	if err != nil {
		return nil, err
	}
	if r == nil || r.Launch == nil {
		return nil, fmt.Errorf("%s: no launch of it is recorded in %s", name, a.Bucket.URL())
	}
	t, err := a.at(r)
	if err != nil {
		return nil, err
	}
	hidden, err := target.HiddenFrom(ctx, t, deploy.RefOf(name, *r.Launch))
	if err == nil && hidden == "" {
		err = errors.New("its launch can be seen from here; `submitter status` says what it does")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	next := following(*r)
	launch := *r.Launch
	launch.Site = "" // from now on it counts what is seen, which is nothing
	next.Launch = &launch
	if r.Phase.Final() {
		next.Action, next.Phase, next.Reason = journal.Note, journal.Committed, "its launch is gone, somebody said: "+hidden
	} else if next.Next != nil {
		coming := *next.Next
		if coming.Launch.Site, err = target.SiteOf(ctx, t); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		next.Next = &coming
	}
	hold, err := a.Journal.Take(ctx, &next)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	hold.Release()
	return &next, nil
}

// Adopt makes the applier's owner a job's owner and returns the former one.
func (a *Applier) Adopt(ctx context.Context, name string) (before string, err error) {
	r, err := a.Journal.Newest(ctx, name)
	if err != nil {
		return "", err
	}
	if r == nil || r.Action == journal.Delete {
		return "", fmt.Errorf("%s: there is no record of it in %s", name, a.Bucket.URL())
	}
	if !r.Phase.Final() {
		return "", &journal.HeldError{Entry: r}
	}
	next := following(*r)
	next.Action, next.Phase, next.Reason = journal.Note, journal.Committed, "adopted from owner "+r.Owner
	next.Owner = a.Policy.Owner
	hold, err := a.Journal.Take(ctx, &next)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	hold.Release()
	return r.Owner, nil
}
