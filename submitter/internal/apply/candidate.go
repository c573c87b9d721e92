package apply

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// candidate is a release that could be published.
type candidate struct {
	release release.Release
	record  journal.Release
	plan    *plan.Compiled // as it will run
	// rewritten: the plan that runs has other ids than the gateway gave it.
	rewritten bool
}

// compileWhatChanged compiles every job whose decision waits for it, judges the
// result and decides again. A change of query raises meta, which is a literal in
// the plan where the target table has columns for it, so those are compiled twice.
func (a *Applier) compileWhatChanged(ctx context.Context, all []*Assessment) {
	var waiting []*Assessment
	for _, s := range all {
		if s.Err == nil && !s.Unfinished && s.Decision.Kind == change.Compile {
			if s.base() == nil {
				s.Meta = newMeta(s.Meta)
			}
			waiting = append(waiting, s)
		}
	}
	results := a.compile(ctx, waiting)
	var again []*Assessment
	for i, s := range waiting {
		if s.Err = a.take(ctx, s, results[i]); s.Err == nil && s.Comparison != nil && s.Comparison.Class == change.Query && s.base() != nil {
			s.Meta = newMeta(s.Facts.Record.Meta)
			again = append(again, s)
		}
	}
	for i, r := range a.compile(ctx, again) {
		again[i].Err = a.retake(ctx, again[i], r)
	}
	for _, s := range waiting {
		if s.Err == nil {
			s.decide(a.Policy)
		}
	}
	a.loadPlans(ctx, waiting)
}

func (a *Applier) compile(ctx context.Context, jobs []*Assessment) []Result {
	if len(jobs) == 0 {
		return nil
	}
	requests := make([]Request, len(jobs))
	for i, s := range jobs {
		requests[i] = s.request()
	}
	return a.Compile(ctx, requests)
}

// base is the release whose state the job has: what runs, or what ran last and
// was committed.
func (s *Assessment) base() *journal.Release {
	return change.Base(s.Facts)
}

// take makes a candidate of the first compilation and compares it.
func (a *Applier) take(ctx context.Context, s *Assessment, r Result) error {
	if r.Err != nil {
		return r.Err
	}
	s.compiled = true
	s.Facts.Catalog, s.catalogSeen, s.warnings = r.Catalog, r.CatalogSeen, r.Warnings
	if r.Catalog.Unknown != "" {
		return s.changeable()
	}
	if err := s.runnable(r.Plan); err != nil {
		return err
	}
	s.Assignment = r.Assignment
	base := s.base()
	switch {
	case s.named():
		return a.takeNamed(ctx, s, r)
	case base == nil:
		s.Comparison = change.Start()
		return a.build(s, r, r.Plan, 0)
	}
	old, oldConfig, err := a.former(ctx, s, base)
	if err == nil {
		err = s.damage
	}
	if isDamage(err) && s.foundling == nil {
		if err := a.remake(ctx, s, r, base, err); err != nil {
			return err
		}
		old, oldConfig, err = a.former(ctx, s, base)
	}
	if err != nil {
		return err
	}
	equal := r.Plan.Digest() == base.PlanDigest
	if s.foundling != nil {
		base.Inputs = s.inputsOfFoundling(equal)
	}
	definitions, verdict := a.judge(ctx, s, old, oldConfig, r)
	if !equal || verdict.Reached() {
		if verdict, err = a.against(ctx, s, old, verdict); err != nil {
			return err
		}
	}
	if err := a.buildAligned(s, r, verdict, base); err != nil {
		return err
	}
	s.Comparison = change.Compare(base, oldConfig, &s.release.record, s.release.release.Config, equal, verdict, definitions...)
	s.Comparison.StartClean = s.Job.Upgrade.OnQueryChange == "clean"
	s.Comparison.ApprovalID = change.ApprovalID(base.PlanDigest, r.Plan.Digest(), verdict, definitions...)
	return nil
}

// given is what the cluster of a compiled job gets besides the plan, as far as the
// plan may name it.
func (s *Assessment) given(r Result) release.Config {
	c := release.Config{Init: r.Init, Session: s.Job.Session()}
	for _, f := range s.files {
		c.Resources = append(c.Resources, release.Resource{Name: f.Name, Kind: f.Kind, SHA256: f.SHA256})
	}
	return c
}

// retake replaces the candidate's plan by the one compiled with the new meta; the
// comparison stays that of the query itself, unless the new meta's verdict is worse.
func (a *Applier) retake(ctx context.Context, s *Assessment, r Result) error {
	if r.Err != nil {
		return r.Err
	}
	base := s.base()
	old, oldConfig, err := a.former(ctx, s, base)
	if err != nil {
		return err
	}
	_, verdict := a.judge(ctx, s, old, oldConfig, r)
	verdict, err = a.against(ctx, s, old, verdict)
	if err != nil {
		return err
	}
	s.Comparison.Recompiled(verdict, change.ApprovalID(base.PlanDigest, s.release.record.PlanDigest, verdict))
	return a.buildAligned(s, r, verdict, base)
}

// former is the plan and config of the release whose state the job has.
func (a *Applier) former(ctx context.Context, s *Assessment, base *journal.Release) (*plan.Compiled, release.Config, error) {
	if f := s.foundling; f != nil {
		return f.plan, f.config, nil
	}
	if s.remade != nil {
		return s.remade.plan, s.remade.release.Config, nil
	}
	return a.open(ctx, s.Job.Name, base)
}

func (a *Applier) open(ctx context.Context, name string, base *journal.Release) (*plan.Compiled, release.Config, error) {
	config, err := release.Open(ctx, a.Bucket, name, base.Digest)
	if err != nil {
		return nil, config, err
	}
	data, err := release.ReadPlan(ctx, a.Bucket, name, base.Digest)
	if err != nil {
		return nil, config, err
	}
	old, err := plan.Parse(data)
	if err != nil {
		return nil, config, fmt.Errorf("%s: the recorded plan: %w", name, err)
	}
	return old, config, nil
}

// buildAligned gives the new plan the old one's ids where its state carries on,
// and ids never used before where it does not.
func (a *Applier) buildAligned(s *Assessment, r Result, v compat.Verdict, base *journal.Release) error {
	launched := v.Aligned
	next := v.NextID
	if launched == nil {
		var err error
		if launched, err = plan.Shift(r.Plan, base.NextID); err != nil {
			return err
		}
		next = launched.MaxID() + 1
	}
	return a.build(s, r, launched, max(next, base.NextID))
}

// build puts the release together. launched is the plan as it will run.
func (a *Applier) build(s *Assessment, r Result, launched *plan.Compiled, nextID int) error {
	stateful := launched.HasState()
	maxPar := s.maxParallelism()
	data := launched.Bytes()
	sum := sha256.Sum256(data)
	secrets := s.Job.Secrets()
	rel := release.Release{
		Name: s.Job.Name,
		Plan: data,
		Config: release.Config{
			Version: release.ConfigVersion,
			Run:     release.Run{Plan: &release.File{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data))}},
			Init:    r.Init, Catalogs: r.Catalogs,
			Session: session(s.Job, a.Bucket, s.Meta, stateful, maxPar),
			Secrets: secrets,
		},
	}
	for _, f := range s.files {
		rel.Resources = append(rel.Resources, release.Payload{
			Name: f.Name, Kind: f.Kind, SHA256: f.SHA256, Size: f.Size,
			Open: func() (io.ReadCloser, error) { return os.Open(f.Path) },
		})
	}
	described, err := release.Describe(a.Bucket, rel)
	if err != nil {
		return err
	}
	rel.Config = described.Config
	s.release = &candidate{release: rel, plan: launched, rewritten: !bytes.Equal(data, r.Plan.Bytes()), record: journal.Release{
		Digest: described.Digest, ConfigSHA256: described.ConfigSHA256,
		PlanDigest: r.Plan.Digest(), LaunchedDigest: hex.EncodeToString(sum[:]),
		NextID: max(nextID, launched.MaxID()+1), Inputs: s.Inputs, Meta: s.Meta,
		Bounded: launched.Bounded(), Stateful: stateful, MaxParallelism: maxPar,
		JobManager: sizeOf(s.Job.JobManager), TaskManager: sizeOf(s.Job.TaskManager), Secrets: secrets,
		Checkpoints: rel.Config.Session[keyCheckpoints],
		Kubernetes:  s.kubernetes,
	}}
	return nil
}

func sizeOf(s manifest.Size) journal.Size {
	return journal.Size{CPU: s.CPU, Memory: s.Memory, Slots: s.Slots, Replicas: s.Replicas}
}
