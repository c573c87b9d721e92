package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
)

// remade is a release that is damaged in the bucket, made again from the manifest.
// Keys of releases are digests, so what has the same digest is the same release.
type remade struct {
	plan    *plan.Compiled
	release release.Release
	damage  error
}

// isDamage tells what publishing again would mend from a store that does not answer.
func isDamage(err error) bool {
	return errors.Is(err, release.ErrCorrupt) || errors.Is(err, release.ErrIncomplete)
}

// checkRelease looks whether the recorded release is whole, where it is to be started
// again, which nothing but the manifest can help with, or where --refresh asks for it.
func (a *Applier) checkRelease(ctx context.Context, s *Assessment) {
	again := s.Decision.Acts() && s.Decision.SameRelease
	if base := s.base(); base != nil && (again || s.Decision.Kind == change.Compile && a.Policy.Refresh) {
		if err := release.Verify(ctx, a.Bucket, s.Job.Name, base.Digest); isDamage(err) {
			s.damage = err
			s.Decision = change.Decision{Kind: change.Compile, Reason: "its release is damaged in the bucket"}
		}
	}
}

// remake makes the damaged release again, if the manifest compiles to it.
func (a *Applier) remake(ctx context.Context, s *Assessment, r Result, base *journal.Release, damage error) error {
	for _, p := range a.launchedPlans(ctx, s.Job.Name, r.Plan, base) {
		if err := a.build(s, r, p, base.NextID); err != nil {
			return err
		}
		if s.release.record.Digest == base.Digest {
			s.remade = &remade{p, s.release.release, damage}
			return nil
		}
	}
	return damaged(s.Job.Name, damage)
}

// damaged says how a release can be brought back.
func damaged(name string, damage error) error {
	return fmt.Errorf("%s: %w; or apply the manifest that it was started from with --refresh (manifests/%s.yaml in the bucket is that one): where it compiles to the very same release, that is published again", name, damage, name)
}

// launchedPlans are the plans that may be the one of a release: what the bucket holds,
// if that is it, and what was compiled now, with the ids that it came with, or with
// the newest ones of the job.
func (a *Applier) launchedPlans(ctx context.Context, name string, compiled *plan.Compiled, base *journal.Release) []*plan.Compiled {
	var all []*plan.Compiled
	add := func(p *plan.Compiled, err error) {
		if err != nil {
			return
		}
		if sum := sha256.Sum256(p.Bytes()); hex.EncodeToString(sum[:]) == base.LaunchedDigest {
			all = append(all, p)
		}
	}
	if data, err := a.Bucket.Read(ctx, "releases/"+name+"/"+base.Digest+"/plan.json", plan.MaxSize); err == nil {
		add(plan.Parse(data))
	}
	add(compiled, nil)
	if compiled.Digest() == base.PlanDigest {
		nodes := compiled.Nodes()
		add(plan.Shift(compiled, base.NextID-len(nodes)))
		ids := make(map[int]int, len(nodes)) // as the gateway's counter stood then
		for _, n := range nodes {
			ids[n.ID] = n.ID + base.NextID - 1 - compiled.MaxID()
		}
		add(compiled.Renumber(ids))
	}
	return all
}

// decideRemade has the release published also where nothing else is to be done.
func (s *Assessment) decideRemade() {
	const what = "its release was damaged in the bucket and is published again"
	d := &s.Decision
	switch {
	case d.Kind == change.Nothing:
		d.Kind, d.Reason = change.Record, d.Reason+"; "+what
	case d.Acts() || d.Kind == change.Record:
		d.Reason += "; " + what
	default:
		return // it is left alone
	}
	d.Warnings = append(d.Warnings, fmt.Sprintf("it was damaged: %v", s.remade.damage))
}

// publishAgain brings a damaged release back.
func (a *Applier) publishAgain(ctx context.Context, s *Assessment) error {
	if s.remade == nil {
		return nil
	}
	if _, err := release.Publish(ctx, a.Bucket, s.remade.release); err != nil {
		return fmt.Errorf("%s: its damaged release could not be published again, and nothing was touched: %w", s.Job.Name, err)
	}
	return nil
}
