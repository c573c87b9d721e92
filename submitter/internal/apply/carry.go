package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// Limits of a deployment where the manifest says nothing.
const (
	defaultSavepointTimeout = 30 * time.Minute
	defaultHealthTimeout    = 5 * time.Minute
)

// Carry carries an assessment's decision out. It returns the job's record
// afterwards, nil if there is none.
func (a *Applier) Carry(ctx context.Context, s *Assessment) (*journal.Entry, error) {
	if s.Unfinished {
		return nil, &journal.HeldError{Entry: s.Facts.Record}
	}
	if s.NewlyFinished() {
		return a.recordEnd(ctx, s)
	}
	if !s.Decision.Acts() && s.Decision.Kind != change.Record {
		if err := a.attend(ctx, s); err != nil || !s.Recovered() {
			return s.Facts.Record, err
		}
		return a.recordRecovery(ctx, s)
	}
	var err error
	if s.site, err = target.SiteOf(ctx, s.target); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Job.Name, err)
	}
	first, content, err := a.first(s)
	if err != nil {
		return nil, err
	}
	if s.Decision.Kind == change.Record {
		a.markEnd(ctx, s, first)
	}
	if err := a.publishAgain(ctx, s); err != nil {
		return nil, err
	}
	if err := a.mayStart(ctx, s); err != nil {
		return nil, err
	}
	if err := a.secretsThere(ctx, s, first, content); err != nil {
		return nil, err
	}
	if s.foundling != nil && s.foundling.release != nil {
		if _, err := release.Publish(ctx, a.Bucket, *s.foundling.release); err != nil {
			return nil, fmt.Errorf("%s: what runs could not be brought to this bucket, and nothing was touched: %w", s.Job.Name, err)
		}
	}
	hold, err := a.begin(ctx, first)
	if err != nil {
		return nil, err
	}
	defer hold.Release()
	e, err := a.deployer(s.target).Run(hold, content)
	if err == nil {
		err = s.clearFailed(ctx, &e)
	}
	return &e, err
}

// begin takes hold of a job for a deployment whose first entry is first.
func (a *Applier) begin(ctx context.Context, first *journal.Entry) (*journal.Hold, error) {
	hold, err := a.Journal.Take(ctx, first)
	switch {
	case errors.Is(err, journal.ErrTaken):
		return nil, fmt.Errorf("%s: %w; apply again", first.Name, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", first.Name, err)
	}
	return hold, nil
}

// clearFailed removes what a launch that failed still has, TaskManagers, say, once its job
// is not to run any more: no later launch will.
func (s *Assessment) clearFailed(ctx context.Context, e *journal.Entry) error {
	if s.Decision.Kind != change.Record || s.Facts.Seen.Condition != target.Failed || e.Launch == nil || e.State == string(manifest.Running) {
		return nil
	}
	if err := s.target.Remove(ctx, deploy.RefOf(e.Name, *e.Launch)); err != nil {
		return fmt.Errorf("%s: it is recorded as %s, but what is left of launch %d could not be removed: %w", e.Name, e.State, e.Launch.Number, err)
	}
	return nil
}

// first is the entry that begins the deployment, and the release to publish.
func (a *Applier) first(s *Assessment) (*journal.Entry, *release.Release, error) {
	e := a.successor(s)
	e.Reason = s.Decision.Reason
	var err error
	if e.Manifest, err = stored(s); err != nil {
		return nil, nil, err
	}
	e.Settings = settings(s.Job)
	switch s.Decision.Kind {
	case change.Suspend:
		e.Action, e.Phase, e.Savepoint = journal.Suspend, journal.Stopping, deploy.NewSavepoint(e)
	case change.Cancel:
		e.Action, e.Phase = journal.Cancel, journal.Stopping
	case change.Record:
		e.Action, e.Phase = journal.Note, journal.Healthy
		s.note(e)
	default:
		return e, a.start(s, e), nil
	}
	return e, nil, nil
}

// note records what the release is made from now, if it is compiled anew and is
// the same.
func (s *Assessment) note(e *journal.Entry) {
	base := s.base()
	if s.release == nil || base == nil {
		return
	}
	same := *base
	same.Inputs = s.Inputs
	if e.Release != nil && e.Release.Digest == same.Digest {
		e.Release = &same
	}
	if e.Good != nil && e.Good.Digest == same.Digest {
		e.Good = &same
	}
}

// stored is what manifests/<name>.yaml is to hold; empty for a wish by hand, which
// has no manifest.
func stored(s *Assessment) (string, error) {
	if s.Job.File == "" {
		return "", nil
	}
	data, err := manifest.Stored(s.Job, manifest.Meta(s.Meta))
	return string(data), err
}

// start makes e begin a deployment that launches something.
func (a *Applier) start(s *Assessment, e *journal.Entry) *release.Release {
	e.Action = map[change.Kind]journal.Action{
		change.Launch: journal.Launch, change.Upgrade: journal.Upgrade, change.Restore: journal.Restore,
	}[s.Decision.Kind]
	e.LastLaunch++
	next := journal.Next{
		Clean:            s.Decision.From == change.FromNothing,
		AllowNonRestored: s.Decision.AllowNonRestored,
	}
	var content *release.Release
	if s.Decision.SameRelease {
		e.Phase = journal.Published
		next.Release = *s.base()
	} else {
		e.Phase = journal.Compiled
		next.Release = s.release.record
		content = &s.release.release
		if s.Assignment != nil && a.Progress != nil {
			a.Progress(e.Name, e.Phase, "columns go "+s.Assignment.String())
		}
	}
	id := plan.ClusterID(e.Name, e.LastLaunch)
	next.Launch = journal.LaunchRef{
		Number: e.LastLaunch, ClusterID: id, JobID: plan.JobID(e.Namespace, id),
		QueryVersion: next.Release.Meta.QueryVersion, Checkpoints: next.Release.Checkpoints, Site: s.site,
	}
	switch s.Decision.From {
	case change.FromNewest:
		next.Launch.Restored = s.Facts.Newest
	case change.FromNamed:
		next.Launch.Restored = restoreDir(s.Job.Restore)
	}
	e.Next = &next
	e.Previous = s.wayBack(next)
	return content
}

// wayBack is what a start returns to if it does not get healthy, where it takes the place
// of an upgrade that came to nothing: the release that ran before that, from the savepoint
// that it was stopped with. nil: there is no way back.
func (s *Assessment) wayBack(next journal.Next) *journal.Previous {
	r := s.Facts.Record
	if s.Decision.Kind != change.Restore || s.Decision.SameRelease || r.Phase != journal.Failed || r.TrustsLaunch() {
		return nil
	}
	if r.Action != journal.Upgrade && r.Action != journal.Restore { // a start in an upgrade's place may have come to nothing, too
		return nil
	}
	last, saved := r.LastTrusted(), r.Savepoint
	if last == nil || saved == nil || r.Good == nil || saved.Launch != last.Number || saved.Location == "" || saved.Location != next.Launch.Restored {
		return nil
	}
	return &journal.Previous{Release: *r.Good, Launch: *last}
}

// successor is a copy of the job's record, or a first one, ready to become the
// next entry.
func (a *Applier) successor(s *Assessment) *journal.Entry {
	e := journal.Entry{Version: journal.EntryVersion, Name: s.Job.Name, Target: s.place.Target, Namespace: s.place.Namespace, Owner: a.Policy.Owner, LastLaunch: s.used}
	if r := s.Facts.Record; r != nil {
		e = *r
		if r.Action == journal.Delete {
			e = journal.Entry{Version: journal.EntryVersion, Name: r.Name, Number: r.Number, LastLaunch: max(r.LastLaunch, s.used),
				Target: s.place.Target, Namespace: s.place.Namespace, Owner: a.Policy.Owner, Meta: r.Meta}
		}
	}
	if s.elsewhere(&e) { // it moves
		e.Target, e.Namespace = s.place.Target, s.place.Namespace
	}
	e = following(e)
	e.Git = a.Git
	if s.Job.File != "" {
		e.File = a.fileOf(s.Job.File)
	}
	e.Problem = ""
	e.Next, e.Previous = nil, nil
	e.Catalog = s.catalogMade(e.Catalog)
	if string(s.Job.State) != e.ManifestState || a.Policy.ResetState {
		e.Override = ""
	}
	e.ManifestState = string(s.Job.State)
	e.State = string(change.Desired(s.Job, &e, a.Policy))
	return &e
}

// following is the entry after e, with the same content, held by this command.
func following(e journal.Entry) journal.Entry {
	e.Number++
	e.Time = time.Now().UTC().Truncate(time.Millisecond)
	e.Holder = journal.NewHolder()
	return e
}

func settings(job *manifest.Job) *journal.Settings {
	u := job.Upgrade
	return &journal.Settings{
		SavepointSeconds: seconds(u.SavepointTimeout, defaultSavepointTimeout),
		HealthSeconds:    seconds(u.HealthTimeout, defaultHealthTimeout),
		Drain:            u.Drain,
		Rollback:         u.Rollback != manifest.Never,
	}
}

func seconds(d, otherwise time.Duration) int {
	if d <= 0 {
		d = otherwise
	}
	return int(d / time.Second)
}

// Continue brings a deployment that was cut off to its end, once its holder is
// proved or presumed gone. It returns a *journal.HeldError while somebody holds
// the job, unless the applier waits.
func (a *Applier) Continue(ctx context.Context, name string) (*journal.Entry, error) {
	e, err := a.Await(ctx, name)
	if err != nil || e == nil || e.Phase.Final() {
		return e, err
	}
	return a.Finish(ctx, e)
}

// Await waits until nobody holds a job, and returns its newest entry: a final one, or
// that of a deployment that was cut off. It returns a *journal.HeldError while somebody
// holds the job, unless the applier waits.
func (a *Applier) Await(ctx context.Context, name string) (*journal.Entry, error) {
	watch := journal.Watch{Gone: journal.ProcessGone}
	for {
		e, abandoned, err := a.Journal.Look(ctx, name, &watch)
		switch {
		case err != nil, e == nil, e.Phase.Final(), abandoned:
			return e, err
		case !a.Wait && watch.Alive():
			return e, &journal.HeldError{Entry: e}
		}
		if err := pause(ctx); err != nil {
			return e, err
		}
	}
}

// visible refuses to go on with a deployment whose launches cannot be seen from here:
// one that was started would be taken for one that was not.
func visible(ctx context.Context, t target.Target, e *journal.Entry) error {
	launches := []*journal.LaunchRef{e.Launch}
	if e.Next != nil {
		launches = append(launches, &e.Next.Launch)
	}
	for _, l := range launches {
		if l == nil {
			continue
		}
		hidden, err := target.HiddenFrom(ctx, t, deploy.RefOf(e.Name, *l))
		if err == nil && hidden != "" {
			err = fmt.Errorf("a deployment was cut off at %s, and only where its launch can be seen can it go on: %s", e.Phase, hidden)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
	}
	return nil
}

// Finish brings a deployment to its end that somebody else began and does not hold any
// more.
func (a *Applier) Finish(ctx context.Context, e *journal.Entry) (*journal.Entry, error) {
	return a.finish(ctx, e, false)
}

func (a *Applier) finish(ctx context.Context, e *journal.Entry, superseded bool) (*journal.Entry, error) {
	t, err := a.at(e)
	if err != nil {
		return e, err
	}
	if err := visible(ctx, t, e); err != nil {
		return e, err
	}
	if a.Progress != nil {
		doing := "continuing"
		switch {
		case a.GiveUp:
			doing = "giving up"
		case superseded:
			doing = "its manifest has changed, so not waiting for"
		}
		a.Progress(e.Name, e.Phase, fmt.Sprintf(doing+" the deployment that process %d on %s left at phase %s", e.Holder.PID, e.Holder.Host, e.Phase))
	}
	next := following(*e)
	hold, err := a.Journal.Take(ctx, &next)
	if errors.Is(err, journal.ErrTaken) {
		return e, &journal.HeldError{Entry: e}
	}
	if err != nil {
		return e, err
	}
	defer hold.Release()
	d := a.deployer(t)
	d.GiveUp, d.Superseded = a.GiveUp, superseded
	last, err := d.Run(hold, nil)
	return &last, err
}

// watchEvery is how often a held job is looked at.
const watchEvery = time.Second

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(watchEvery):
		return nil
	}
}
