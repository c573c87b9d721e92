package apply

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/target"
)

// finder is a target that can say what runs there without a record to go by.
type finder interface {
	Find(ctx context.Context) ([]target.Found, error)
}

// finding tells what runs on a job's target.
type finding func(*Assessment) ([]target.Found, error)

// finding asks each target at most once, and only for jobs that are not known to run.
func (a *Applier) finding(ctx context.Context) finding {
	var (
		mu    sync.Mutex
		asked = make(map[Place]func() ([]target.Found, error))
	)
	return func(s *Assessment) ([]target.Found, error) {
		f, ok := s.target.(finder)
		if !ok {
			return nil, nil
		}
		mu.Lock()
		if asked[s.place] == nil {
			asked[s.place] = sync.OnceValues(func() ([]target.Found, error) { return f.Find(ctx) })
		}
		ask := asked[s.place]
		mu.Unlock()
		return ask()
	}
}

// unrecorded fills in what target and bucket know of a job that has no record.
func (a *Applier) unrecorded(ctx context.Context, s *Assessment, find finding) error {
	all, err := find(s)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Job.Name, err)
	}
	s.Facts.Seen = target.Observation{Condition: target.Absent, Proof: "there is no record of it"}
	for _, f := range all {
		if f.Launch.Name != s.Job.Name {
			continue
		}
		s.used = max(s.used, f.Launch.Launch)
		if !f.Observation.Condition.Dead() {
			s.strays = append(s.strays, f)
		}
	}
	if len(s.strays) > 0 {
		s.Facts.Seen = strayed(s.strays)
	}
	return a.leftovers(ctx, s)
}

// strayed sums up launches that no record speaks of. What is unknown of one is
// unknown of all.
func strayed(all []target.Found) target.Observation {
	sum := target.Observation{Condition: target.Running}
	var texts []string
	for _, f := range all {
		if f.Observation.Condition == target.Unknown {
			sum.Condition = target.Unknown
		}
		texts = append(texts, fmt.Sprintf("cluster %s: %s", f.Launch.ClusterID, f.Observation.Proof))
	}
	sum.Proof = strings.Join(texts, "; ")
	return sum
}

// leftovers finds what the bucket holds of a job without a record: the newest state
// that a launch of it left, or else the first thing that a record would speak of, and
// the highest launch number that left a trace. No number is used twice: a new launch
// would find the decision, the claim or the checkpoints of the old one.
func (a *Applier) leftovers(ctx context.Context, s *Assessment) error {
	name := s.Job.Name
	former := map[string][]string{} // the keys of checkpoints, by job id
	var newest remains
	for _, prefix := range []string{"manifests/" + name + ".yaml", "savepoints/" + name + "/", "checkpoints/" + name + "/", "launches/" + name + "/"} {
		objects, err := a.Bucket.List(ctx, prefix)
		if err != nil {
			return err
		}
		for _, o := range objects {
			n, job := trace(name, o.Key)
			s.used = max(s.used, n)
			if job != "" {
				former[job] = append(former[job], o.Key)
			}
			newest.savepoint(n, o.Key)
			if s.Facts.Leftovers == "" && !strings.HasPrefix(o.Key, "launches/") {
				s.Facts.Leftovers = o.Key
			}
		}
	}
	for job, n := range numbers(former, s.place.Namespace, name) {
		s.used = max(s.used, n)
		for _, key := range former[job] {
			newest.checkpoint(n, key)
		}
	}
	if newest.dir != "" {
		s.Facts.LeftState = a.Bucket.URI(newest.dir)
	}
	return nil
}

// remains is the newest state of a job without a record.
type remains struct {
	launch uint64
	dir    string
	id     int // of a checkpoint; 0: a savepoint
}

// savepoint takes a savepoint's object into account. A launch that left one was stopped
// with it, so its checkpoints are older; not so where somebody asked for it by hand.
func (r *remains) savepoint(launch uint64, key string) {
	if _, kept := deploy.Kept(path.Base(path.Dir(path.Dir(key)))); kept {
		return
	}
	if launch >= r.launch && strings.HasPrefix(key, "savepoints/") && path.Base(key) == metadataName {
		*r = remains{launch: launch, dir: path.Dir(key)}
	}
}

// checkpoint takes a checkpoint's object into account.
func (r *remains) checkpoint(launch uint64, key string) {
	number, ok := strings.CutPrefix(path.Base(path.Dir(key)), "chk-")
	id, err := strconv.Atoi(number)
	if !ok || err != nil || path.Base(key) != metadataName {
		return
	}
	if launch > r.launch || r.dir == "" || launch == r.launch && r.id > 0 && id > r.id {
		*r = remains{launch, path.Dir(key), id}
	}
}

// trace reads the launch number, or the job id, that an object's key tells of.
func trace(name, key string) (number uint64, job string) {
	kind, rest, _ := strings.Cut(key, "/")
	rest, ok := strings.CutPrefix(rest, name+"/")
	if !ok {
		return 0, ""
	}
	first, rest, _ := strings.Cut(rest, "/")
	switch kind {
	case "launches":
	case "savepoints": // <query-version>/<launch>-<trigger id>/…
		rest, _ = deploy.Kept(rest)
		first, _, _ = strings.Cut(rest, "-")
	case "checkpoints": // <query-version>/<job id>/…
		job, _, _ = strings.Cut(rest, "/")
		return 0, job
	default:
		return 0, ""
	}
	number, err := strconv.ParseUint(first, 10, 64)
	if err != nil {
		return 0, ""
	}
	return number, ""
}

// searched is up to which launch number the launches of former job ids are looked
// for.
const searched = 10_000

// numbers finds the launches that have one of the job ids.
func numbers(jobs map[string][]string, namespace, name string) map[string]uint64 {
	found := map[string]uint64{}
	for n := uint64(1); n <= searched && len(found) < len(jobs); n++ {
		if job := plan.JobID(namespace, plan.ClusterID(name, n)); jobs[job] != nil {
			found[job] = n
		}
	}
	return found
}

// Strays are the launches of the job's name that run, though no record speaks of
// them.
func (s *Assessment) Strays() []target.Found { return s.strays }
