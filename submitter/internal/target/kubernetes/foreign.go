package kubernetes

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/target"
)

// foreign says whose a Job is that has the name of a launch and is not its own; empty if
// it is. Two stores may have jobs of one name, and then they have the same cluster ids.
func (t *Target) foreign(job *batchv1.Job, r target.Ref) string {
	if job == nil || t.config.Store == "" || r.Name == "" {
		return ""
	}
	made := launchOf(job)
	want := r.Origin
	if want == "" {
		want = t.config.Store + launch.Dir(r.Name, r.Launch)
	}
	switch made.Dir {
	case want:
		return ""
	case "":
		return fmt.Sprintf("Job %s is not one of this program's, so launch %d of %s cannot have that name; delete it, or call the job something else", job.Name, r.Launch, r.Name)
	}
	return fmt.Sprintf("Job %s was launched from another store (%s), so launch %d of %s cannot have that name; give one of the two jobs another name or namespace", job.Name, made.Dir, r.Launch, r.Name)
}
