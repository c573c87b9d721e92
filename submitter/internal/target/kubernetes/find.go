package kubernetes

import (
	"context"
	"fmt"

	"flink-sql-driver/submitter/internal/target"
)

// Find tells of every launch in the namespace as it was asked for, dead ones that were
// not removed included.
func (t *Target) Find(ctx context.Context) ([]target.Found, error) {
	snapshots, err := t.launches(ctx)
	if err != nil {
		return nil, fmt.Errorf("launches in namespace %s: %w", t.namespace, remedied(err))
	}
	var all []target.Found
	for id, s := range snapshots {
		l := target.Launch{Ref: target.Ref{ClusterID: id}}
		switch {
		case s.job != nil && launchOf(s.job).ClusterID == id:
			l = launchOf(s.job)
		case s.job != nil:
			l.Name = s.job.Labels[labelName]
		default:
			l.Name = s.pods[0].Labels[labelName]
		}
		all = append(all, target.Found{Launch: l, Observation: t.add(s.judge(l.Ref), *s, l.Ref)})
	}
	return all, nil
}
