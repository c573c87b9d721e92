package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
)

// Delete ends the record of a job that does not run: its last entry stays, so
// that launch numbers are never used again.
func (a *Applier) Delete(ctx context.Context, name string) error {
	r, err := a.Journal.Newest(ctx, name)
	if err != nil {
		return err
	}
	manifest := "manifests/" + name + ".yaml"
	if r != nil && r.Action == journal.Delete {
		if left, err := a.Bucket.Exists(ctx, manifest); err != nil || left { // it was cut off
			return errors.Join(err, a.Bucket.Delete(ctx, manifest))
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
	last := *r
	last.Number++
	last.Time = time.Now().UTC().Truncate(time.Millisecond)
	last.Holder = journal.NewHolder()
	last.Action, last.Phase, last.Reason, last.Problem = journal.Delete, journal.Committed, "deleted", ""
	last.Override = ""
	hold, err := a.Journal.Take(ctx, &last)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	hold.Release()
	return a.Bucket.Delete(ctx, manifest)
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
	return a.takeOver(ctx, r)
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
	next := *r
	next.Number++
	next.Time = time.Now().UTC().Truncate(time.Millisecond)
	next.Holder = journal.NewHolder()
	next.Action, next.Phase, next.Reason = journal.Note, journal.Committed, "adopted from owner "+r.Owner
	next.Owner = a.Policy.Owner
	hold, err := a.Journal.Take(ctx, &next)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	hold.Release()
	return r.Owner, nil
}
