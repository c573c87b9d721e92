package apply

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/plan/savepoint"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
)

// origin is where the state comes from that a job without a record starts with.
type origin struct {
	held *savepoint.Savepoint
	// plan is the one that the savepoint was taken of; nil: that is not known.
	plan *plan.Compiled
	// config is that of the same release.
	config release.Config
	// maxParallelism is what the state was written under; 0: not known.
	maxParallelism int
}

// unlike says why a savepoint of an unknown plan is not restored.
type unlike struct {
	dir string
	why []string
}

func (e *unlike) Error() string {
	return fmt.Sprintf("%s does not fit this query, so Flink would not start from it: %s. No release of the job in this store has the operators of that savepoint, so its state could not be matched with more than what it says itself. Apply first the manifest that it was taken with, from this savepoint, then change that; `submitter savepoint inspect %s` shows what it holds", e.dir, strings.Join(e.why, "; "), e.dir)
}

// named reports whether a job starts from a savepoint that its manifest names.
func (s *Assessment) named() bool { return s.base() == nil && change.Named(s.Job) }

// takeNamed is take for a job that starts from a savepoint that its manifest names.
// Flink finds state by ids that come from the counter of the gateway that compiled the
// plan, so the new plan gets those of the plan that the savepoint was taken of, and the
// change from that one is judged as any other. A savepoint that cannot be read from here
// is left for Flink to judge.
func (a *Applier) takeNamed(ctx context.Context, s *Assessment, r Result) error {
	dir := restoreDir(s.Job.Restore)
	s.Comparison = change.Start()
	if a.Inspect == nil {
		return a.build(s, r, r.Plan, 0)
	}
	held, err := a.inspectNamed(ctx, dir)
	if err != nil { // checkRestore says so
		return a.build(s, r, r.Plan, 0) //nolint:nilerr // see above
	}
	o, err := a.origin(ctx, s.Job.Name, dir, held)
	if err != nil {
		return err
	}
	s.origin = o
	var v compat.Verdict
	if o.plan == nil {
		v = compat.AlignTo(r.Plan, o.held)
	} else {
		_, v = a.judge(ctx, s, o.plan, o.config, r)
		v = v.Against(o.plan, o.held)
	}
	if v.Job == compat.Blocked && o.plan == nil {
		return s.wrongRestore(&unlike{dir, v.Why})
	}
	launched := v.Aligned
	if launched == nil { // it is not going to be launched
		launched = r.Plan
	}
	if err := a.build(s, r, launched, v.NextID); err != nil {
		return err
	}
	s.Comparison.Judged(v, o.approval(s, v))
	if is := s.release.record.MaxParallelism; o.maxParallelism > 0 && is != o.maxParallelism {
		s.Comparison.OtherMaxParallelism(strconv.Itoa(o.maxParallelism), strconv.Itoa(is))
	}
	return nil
}

// approval names what is lost. The new plan may hold the query's id as a literal, which
// is another one each time, so what it is compiled from stands for it.
func (o *origin) approval(s *Assessment, v compat.Verdict) string {
	old := ""
	if o.plan != nil {
		old = o.plan.Digest()
	}
	return change.ApprovalID(old, s.Inputs.Digest(), v)
}

// origin finds the plan that a savepoint was taken of: of a launch that the job's
// journal still tells of, or among the job's releases, which stay when it is deleted.
func (a *Applier) origin(ctx context.Context, name, dir string, held *savepoint.Savepoint) (*origin, error) {
	o := &origin{held: held}
	for _, op := range held.Operators {
		o.maxParallelism = max(o.maxParallelism, op.MaxParallelism) // some parts of sinks have less
	}
	digest, err := a.releaseOf(ctx, name, dir)
	if err != nil {
		return nil, err
	}
	if digest != "" {
		if p, c, err := a.open(ctx, name, &journal.Release{Digest: digest}); err == nil {
			o.plan, o.config = p, c
			return o, nil
		} else if !isDamage(err) {
			return nil, err
		}
	}
	o.plan, o.config, err = a.planOf(ctx, name, held)
	return o, err
}

// releaseOf finds in a job's journal which release wrote what lies in a directory of
// this store; empty: it does not say.
func (a *Applier) releaseOf(ctx context.Context, name, dir string) (string, error) {
	key, ours := a.key(dir)
	if !ours {
		return "", nil
	}
	for e, err := range a.Journal.Backward(ctx, name) {
		if err != nil {
			return "", nil //nolint:nilerr // the releases themselves are looked through then
		}
		if e.Launch != nil && e.Release != nil && deploy.Wrote(name, *e.Launch, key) {
			return e.Release.Digest, nil
		}
	}
	return "", nil
}

// planOf looks through the job's releases, the newest first, for a plan whose operators
// are those of a savepoint, and the config of that release; nil: there is none.
func (a *Applier) planOf(ctx context.Context, name string, held *savepoint.Savepoint) (*plan.Compiled, release.Config, error) {
	objects, err := a.Bucket.List(ctx, "releases/"+name+"/")
	if err != nil {
		return nil, release.Config{}, err
	}
	slices.SortStableFunc(objects, func(x, y bucket.Object) int { return y.ModTime.Compare(x.ModTime) })
	for _, o := range objects {
		digest, ok := strings.CutSuffix(strings.TrimPrefix(o.Key, "releases/"+name+"/"), "/plan.json")
		if !ok {
			continue
		}
		p, c, err := a.open(ctx, name, &journal.Release{Digest: digest})
		if isDamage(err) {
			continue
		}
		if err != nil {
			return nil, release.Config{}, err
		}
		if compat.TakenOf(p, held) {
			return p, c, nil
		}
	}
	return nil, release.Config{}, nil
}

// key is the key of what Flink calls uri, if that lies in the applier's store.
func (a *Applier) key(uri string) (key string, ours bool) {
	return strings.CutPrefix(onDisk(uri), onDisk(a.Bucket.URI("")))
}

// onDisk writes all of Flink's ways to name a local path as one.
func onDisk(uri string) string {
	path, _ := strings.CutPrefix(uri, "file:")
	if strings.HasPrefix(path, "/") {
		return "/" + strings.TrimLeft(path, "/")
	}
	return uri
}
