package apply

import (
	"context"
	"fmt"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/change"
)

// refuseTwin refuses to start a job that its record proves dead while a launch of its
// name runs that was made from another store: somebody adopted the job there, and it
// would run twice.
func (a *Applier) refuseTwin(ctx context.Context, s *Assessment, find finding) error {
	if s.refused != nil || s.Unfinished || !change.NeedsState(s.Job, s.Facts, a.Policy) {
		return nil
	}
	all, err := find(s)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Job.Name, err)
	}
	for _, f := range all {
		l := f.Launch
		if l.Name != s.Job.Name || f.Observation.Condition.Dead() || l.Dir == a.Bucket.URI(launch.Dir(l.Name, l.Launch)) {
			continue
		}
		s.refused = fmt.Errorf("its cluster %s was launched from another store (%s) and is there: %s; apply from that store, or `submitter delete %s` here and adopt it", l.ClusterID, l.Dir, f.Observation.Proof, s.Job.Name)
		return nil
	}
	return nil
}
