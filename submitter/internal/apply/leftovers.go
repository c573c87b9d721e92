package apply

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/deploy"
)

// leftovers finds what the bucket holds of a job without a record: the newest state
// that a launch of it left, or else the first thing that a record would speak of, and
// the highest launch number that left a trace. No number is used twice: a new launch
// would find the decision, the claim or the checkpoints of the old one. Only names of
// directories are listed: below a job's checkpoints may be a million files.
func (a *Applier) leftovers(ctx context.Context, s *Assessment) error {
	name := s.Job.Name
	manifest := deploy.ManifestKey(name)
	there, err := a.Bucket.Exists(ctx, manifest)
	if err != nil {
		return err
	}
	if there {
		s.Facts.Leftovers = manifest
	}
	launches, err := a.Bucket.ListDirs(ctx, "launches/"+name+"/")
	if err != nil {
		return err
	}
	for _, dir := range launches {
		s.used = max(s.used, launchNumber(path.Base(dir)))
	}
	traces, err := a.savepointTraces(ctx, s)
	if err != nil {
		return err
	}
	checkpoints, err := a.checkpointTraces(ctx, s)
	if err != nil {
		return err
	}
	return a.newestTrace(ctx, s, append(traces, checkpoints...))
}

// trace is a directory of a launch, by its key with the slash at its end.
type trace struct {
	launch uint64 // 0: it is not known which one's
	dir    string
	kind   traceKind
}

type traceKind int

const (
	checkpointsOf  traceKind = iota // of a launch
	savepointAsked                  // a request; Flink's own directory is below it
	savepointOwn                    // that somebody took with Flink's own tools
	savepointKept                   // that somebody asked for by hand; no start takes it by itself
)

// grandchildren lists the directories two levels below one, as savepoints/<name>/ and
// checkpoints/<name>/ have them, one for each query version.
func (a *Applier) grandchildren(ctx context.Context, dir string) ([]string, error) {
	versions, err := a.Bucket.ListDirs(ctx, dir)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, v := range versions {
		dirs, err := a.Bucket.ListDirs(ctx, v)
		if err != nil {
			return nil, err
		}
		all = append(all, dirs...)
	}
	return all, nil
}

func (a *Applier) savepointTraces(ctx context.Context, s *Assessment) ([]trace, error) {
	dirs, err := a.grandchildren(ctx, "savepoints/"+s.Job.Name+"/")
	if err != nil {
		return nil, err
	}
	var traces []trace
	for _, dir := range dirs { // <launch>-<trigger id>, kept-<launch>-<trigger id>, savepoint-<…>
		rest, kept := deploy.Kept(path.Base(dir))
		number, _, _ := strings.Cut(rest, "-")
		t := trace{launch: launchNumber(number), dir: dir, kind: savepointAsked}
		switch {
		case kept:
			t.kind = savepointKept
		case t.launch == 0:
			t.kind = savepointOwn
		}
		s.used = max(s.used, t.launch)
		traces = append(traces, t)
	}
	return traces, nil
}

func (a *Applier) checkpointTraces(ctx context.Context, s *Assessment) ([]trace, error) {
	dirs, err := a.grandchildren(ctx, "checkpoints/"+s.Job.Name+"/")
	if err != nil {
		return nil, err
	}
	jobs := make(map[string]string)
	for _, dir := range dirs {
		jobs[path.Base(dir)] = dir
	}
	launches := numbers(jobs, s.place.Namespace, s.Job.Name)
	var traces []trace
	for _, dir := range dirs {
		n := launches[path.Base(dir)]
		s.used = max(s.used, n)
		traces = append(traces, trace{launch: n, dir: dir, kind: checkpointsOf})
	}
	return traces, nil
}

// newestTrace finds the newest state among what launches left. A launch that left a
// savepoint was stopped with it, so its checkpoints are older; not so where somebody asked
// for it by hand. Of a launch that is not known nothing is proposed.
func (a *Applier) newestTrace(ctx context.Context, s *Assessment, traces []trace) error {
	for _, t := range traces {
		if s.Facts.Leftovers != "" {
			break
		}
		inside, err := a.Bucket.ListDirs(ctx, t.dir)
		if err != nil {
			return err
		}
		s.Facts.Leftovers = append(inside, t.dir)[0]
	}
	slices.SortStableFunc(traces, func(x, y trace) int {
		return cmp.Or(cmp.Compare(y.launch, x.launch), cmp.Compare(y.kind, x.kind), strings.Compare(y.dir, x.dir))
	})
	for _, t := range traces {
		if t.kind == savepointKept || t.kind == checkpointsOf && t.launch == 0 {
			continue
		}
		dirs, err := a.states(ctx, t)
		if err != nil {
			return err
		}
		for _, dir := range dirs {
			complete, err := a.Bucket.Exists(ctx, dir+metadataName)
			if err != nil {
				return err
			}
			if complete {
				s.Facts.LeftState = strings.TrimSuffix(a.Bucket.URI(dir), "/")
				return nil
			}
		}
	}
	return nil
}

// states lists what may be savepoints or checkpoints of one trace, newest first.
func (a *Applier) states(ctx context.Context, t trace) ([]string, error) {
	switch t.kind {
	case savepointOwn:
		return []string{t.dir}, nil
	case savepointAsked:
		dirs, err := a.Bucket.ListDirs(ctx, t.dir)
		slices.Reverse(dirs)
		return dirs, err
	}
	all, err := deploy.CheckpointDirs(ctx, a.Bucket, t.dir)
	if err != nil {
		return nil, err
	}
	dirs := make([]string, len(all))
	for i, c := range all {
		dirs[i] = c.Dir
	}
	return dirs, nil
}

// launchNumber reads a launch's number; 0: it is none.
func launchNumber(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// searched is up to which launch number the launches of former job ids are looked
// for.
const searched = 10_000

// numbers finds the launches that have one of the job ids.
func numbers(jobs map[string]string, namespace, name string) map[string]uint64 {
	found := map[string]uint64{}
	for n := uint64(1); n <= searched && len(found) < len(jobs); n++ {
		if job := plan.JobID(namespace, plan.ClusterID(name, n)); jobs[job] != "" {
			found[job] = n
		}
	}
	return found
}
