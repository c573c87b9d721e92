package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/resource"
	"flink-sql-driver/submitter/internal/target"
)

// lookups is how many jobs are looked at on their target at once.
const lookups = 16

// Records is what one look at the journal found: every job's record, and why those
// that cannot be read cannot.
type Records struct {
	ByName     map[string]*journal.Entry
	Unreadable map[string]*journal.UnreadableError
}

// Records looks at the journal. A store that does not answer is an error of all jobs.
func (a *Applier) Records(ctx context.Context) (Records, error) {
	known, unreadable, err := a.Journal.All(ctx, a.BucketID)
	return Records{known, unreadable}, err
}

// Assess finds out what is to be done with every job. Nothing is touched. Errors
// of single jobs stand in their assessments.
func (a *Applier) Assess(ctx context.Context, jobs []*manifest.Job) ([]*Assessment, error) {
	return a.assess(ctx, jobs, false)
}

func (a *Applier) assess(ctx context.Context, jobs []*manifest.Job, adopt bool) ([]*Assessment, error) {
	known, err := a.Records(ctx)
	if err != nil {
		return nil, err
	}
	return a.assessFrom(ctx, jobs, known, adopt)
}

// AssessFrom is Assess with records that were just read. Where one has become old
// meanwhile, Carry finds out.
func (a *Applier) AssessFrom(ctx context.Context, jobs []*manifest.Job, known Records) ([]*Assessment, error) {
	return a.assessFrom(ctx, jobs, known, false)
}

func (a *Applier) assessFrom(ctx context.Context, jobs []*manifest.Job, known Records, adopt bool) ([]*Assessment, error) {
	all := make([]*Assessment, len(jobs))
	surveys := target.NewSurveys(ctx)
	for i, job := range jobs {
		all[i] = &Assessment{Job: job, Facts: change.Facts{Record: known.ByName[job.Name]}, adopt: adopt, surveys: surveys}
		if err := known.Unreadable[job.Name]; err != nil {
			all[i].Err = err
		}
	}
	find := a.finding(ctx)
	each(all, func(s *Assessment) {
		if s.Err == nil {
			s.Err = a.look(ctx, s, find)
		}
	})
	ahead := a.lookAhead(ctx, all, find)
	every := append(slices.Clone(all), ahead...)
	a.compileWhatChanged(ctx, every)
	each(every, func(s *Assessment) {
		if s.Err != nil || s.Unfinished {
			return
		}
		if s.Err = a.checkRestore(ctx, s); s.Err == nil {
			a.warnOfSecrets(ctx, s)
			a.warnOfTwins(s)
		}
	})
	return all, ctx.Err()
}

// warnOfTwins tells of two versions of one jar, where anything is to be done at all.
func (a *Applier) warnOfTwins(s *Assessment) {
	if s.Decision.Kind == change.Nothing {
		return
	}
	var library *resource.Library
	if a.Library != nil {
		library = a.Library(s.Job)
	}
	s.Decision.Warnings = append(s.Decision.Warnings, resource.Twins(s.files, library)...)
}

// each calls f for all assessments, several at once.
func each(all []*Assessment, f func(*Assessment)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, lookups)
	for _, s := range all {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			f(s)
		})
	}
	wg.Wait()
}

// look gathers the facts about one job and decides as far as that goes without
// compiling.
func (a *Applier) look(ctx context.Context, s *Assessment, find finding) error {
	var err error
	if s.files, err = a.Files(ctx, s.Job); err != nil {
		return err
	}
	if err := a.locate(s); err != nil {
		return err
	}
	if s.kubernetes, err = s.effective(); err != nil {
		return err
	}
	described := *s.Job
	described.Kubernetes = s.kubernetes
	s.Inputs = change.InputsOf(&described, digests(s.files))
	r := s.Facts.Record
	if r != nil {
		s.Meta = r.Meta
		s.Unfinished = !r.Phase.Final()
	}
	observe := a.observe
	recorded := r != nil && r.Action != journal.Delete
	if !recorded {
		observe = func(ctx context.Context, s *Assessment) error { return a.unrecorded(ctx, s, find) }
	}
	if err := observe(ctx, s); err != nil {
		return &UnseenError{err}
	}
	if recorded {
		if err := a.refuseTwin(ctx, s, find); err != nil {
			return &UnseenError{err}
		}
	}
	if s.adopt {
		return a.takeIn(ctx, s)
	}
	s.Facts.Wish = a.wishOf(ctx, s)
	s.decide(a.Policy)
	a.checkRelease(ctx, s)
	return nil
}

// UnseenError is the error of one job of which it could not be told what it does, or
// what state it has. It is no mistake of its manifest, and no other job's business.
type UnseenError struct{ Err error }

func (e *UnseenError) Error() string { return e.Err.Error() }
func (e *UnseenError) Unwrap() error { return e.Err }

// effective is the job's block kubernetes with what its target adds.
func (s *Assessment) effective() ([]byte, error) {
	t, ok := s.target.(interface{ Effective([]byte) ([]byte, error) })
	if !ok {
		return s.Job.Kubernetes, nil
	}
	block, err := t.Effective(s.Job.Kubernetes)
	if err != nil {
		return nil, fmt.Errorf("%s: kubernetes: %w", s.Job.Name, err)
	}
	return block, nil
}

func (s *Assessment) decide(p change.Policy) {
	if s.refused != nil {
		s.Decision = change.Decision{Kind: change.Refused, Reason: s.refused.Error()}
		return
	}
	s.Decision = change.Decide(s.Job, s.Inputs, s.Facts, s.Comparison, p)
	s.Decision.Warnings = append(s.Decision.Warnings, s.warnings...)
	if s.foundling != nil {
		s.decideAdoption()
	}
	if s.remade != nil {
		s.decideRemade()
	}
}

// observe fills in what target and bucket know of a recorded job.
func (a *Applier) observe(ctx context.Context, s *Assessment) error {
	r := s.Facts.Record
	if r.Launch == nil {
		s.Facts.Seen = target.Observation{Condition: target.Absent, Proof: "it was never launched"}
		s.Facts.NeverRan = true
		return nil
	}
	if s.refused != nil {
		s.Facts.Seen = target.Observation{Condition: target.Unknown, Proof: s.refused.Error()}
		return nil
	}
	if s.elsewhere(r) {
		return a.observeElsewhere(ctx, s, r)
	}
	if s.ended {
		s.Facts.Seen = target.Observation{Condition: target.Failed, Proof: fmt.Sprintf("launch %d did not get healthy before the manifest changed", r.Launch.Number)}
		return a.findNeeded(ctx, s, r)
	}
	seen, err := s.surveys.Observe(ctx, s.target, deploy.RefOf(s.Job.Name, *r.Launch))
	if err != nil {
		return fmt.Errorf("%s: %w", s.Job.Name, err)
	}
	s.Facts.Seen = seen
	return a.findNeeded(ctx, s, r)
}

// observeElsewhere lets a manifest move a job whose record proves that it has
// ended on its former target.
func (a *Applier) observeElsewhere(ctx context.Context, s *Assessment, r *journal.Entry) error {
	s.Facts.Seen = target.Observation{Condition: target.Absent, Proof: "it was stopped on the target " + PlaceOf(r).String()}
	if !Ended(r) {
		s.refused = s.notHere(r)
		return nil
	}
	return a.findNeeded(ctx, s, r)
}

func (a *Applier) findNeeded(ctx context.Context, s *Assessment, r *journal.Entry) error {
	if !change.NeedsState(s.Job, s.Facts, a.Policy) {
		return nil
	}
	return a.findState(ctx, s, r)
}

// findState looks for the state that a dead job would be started from. It lists
// objects of the job, so it is not done for jobs that stay as they are.
func (a *Applier) findState(ctx context.Context, s *Assessment, r *journal.Entry) error {
	if deploy.Finished(r) {
		s.Facts.NeverRan = true
		return nil
	}
	d := a.deployer(s.target)
	var (
		err     error
		missing *deploy.MissingError
	)
	if s.Facts.Seen.Condition == target.Finished {
		if s.Facts.EndedEarly, err = d.EndedEarly(ctx, r.Name, *r.Launch); err != nil {
			return err
		}
	}
	if s.Facts.Newest, err = d.RecordedState(ctx, r); errors.As(err, &missing) {
		s.Facts.Newest, s.Facts.Missing = "", missing.What
	} else if err != nil {
		return err
	}
	if len(r.Trusted) == 0 {
		completed, err := d.Completed(ctx, s.Job.Name, *r.Launch)
		if err != nil {
			return err
		}
		s.Facts.NeverRan = !completed
	}
	return nil
}

func digests(files []resource.File) map[string]string {
	m := make(map[string]string, len(files))
	for _, f := range files {
		m[f.Name] = f.Kind + ":" + f.SHA256
	}
	return m
}

// newMeta starts a new query version.
func newMeta(former journal.Meta) journal.Meta {
	return journal.Meta{
		QueryVersion:         former.QueryVersion + 1,
		QueryID:              uuid.NewString(),
		QueryCreateTimestamp: time.Now().UTC().Format("2006-01-02 15:04:05"),
	}
}
