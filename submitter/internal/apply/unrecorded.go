package apply

import (
	"context"
	"fmt"
	"strings"
	"sync"

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

// Strays are the launches of the job's name that run, though no record speaks of
// them.
func (s *Assessment) Strays() []target.Found { return s.strays }
