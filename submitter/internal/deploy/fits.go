package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/plan/savepoint"
	"flink-sql-driver/submitter/internal/journal"
)

// fits compares what the launch really left with the release that is to go on from
// it. Where that does not fit, Flink would refuse it at the start, or start an
// operator empty in silence; so it is not started, and the previous release comes
// back.
func (d *deployment) fits(ctx context.Context, e *journal.Entry) error {
	if !comparable(e) {
		return nil
	}
	old, err := d.plan(ctx, e.Name, *e.Release)
	if err != nil || old == nil {
		return err
	}
	next, err := d.plan(ctx, e.Name, e.Next.Release)
	if err != nil || next == nil {
		return err
	}
	held, err := d.held(ctx, e.Savepoint.Location)
	if unusable(err) || errors.Is(err, bucket.ErrNotExist) {
		d.tell(e.Name, e.Phase, fmt.Sprintf("what the new release goes on from was not compared with its plan (%v); Flink itself refuses what it cannot restore", err))
		return nil
	}
	if err != nil {
		return err
	}
	if why := compat.Fits(old, next, held, e.Next.AllowNonRestored); len(why) > 0 {
		return unfit(e, why)
	}
	return nil
}

// comparable reports whether there is anything to compare. The same plan goes on
// from its own state as it would after a failure, and of what the launch was itself
// restored from, another plan may have been the author.
func comparable(e *journal.Entry) bool {
	return e.Action == journal.Upgrade && !e.Next.Clean && e.Savepoint.Location != "" &&
		e.Savepoint.Location != e.Launch.Restored && e.Release.LaunchedDigest != e.Next.Release.LaunchedDigest
}

// plan reads the plan of a release; nil if it is damaged, which is dealt with where
// it is started.
func (d *deployment) plan(ctx context.Context, name string, r journal.Release) (*plan.Compiled, error) {
	data, err := release.ReadPlan(ctx, d.Bucket, name, r.Digest)
	if damaged(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := plan.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("plan of release %s: %w", r.Digest, err)
	}
	return p, nil
}

// held reads what a savepoint or checkpoint holds.
func (d *deployment) held(ctx context.Context, uri string) (*savepoint.Savepoint, error) {
	b, key, err := d.open(ctx, uri)
	if err != nil {
		return nil, err
	}
	if b != d.Bucket {
		defer b.Close()
	}
	data, err := b.Read(ctx, key+"/"+metadataFile, savepoint.MaxSize)
	if err != nil {
		return nil, err
	}
	s, err := savepoint.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", uri, err)
	}
	return s, nil
}

func unfit(e *journal.Entry, why []string) error {
	problem := fmt.Sprintf("the new release was not started, since it does not fit what launch %d left: %s", e.Launch.Number, strings.Join(why, "; "))
	if !e.Settings.Rollback {
		return failed("%s. Its state is kept: %s", problem, e.Savepoint.Location)
	}
	return &failure{phase: journal.RollingBack, problem: problem, unstarted: true}
}
