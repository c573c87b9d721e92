package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// BenchmarkApplyToRunning brings one job from its manifest to RUNNING, through a
// warm gateway, and starts the same plan by hand with Flink's own scripts and
// settings, JobManager and TaskManager together. The two take turns. Ours is the
// whole command, up to the committed record.
func BenchmarkApplyToRunning(b *testing.B) {
	const bound = 0.6
	w := newWorld(b)
	w.must("local", "up")
	w.writeEndless("warm", "running")
	w.must("apply", "jobs/warm.yaml")
	w.must("cancel", "warm")
	plans, err := filepath.Glob(filepath.Join(w.dir, ".flink-sql/store/releases/warm/*/plan.json"))
	if err != nil || len(plans) != 1 {
		b.Fatalf("plans %v, %v", plans, err)
	}
	var ours, stock []float64
	for b.Loop() {
		for range *pairs {
			name := fmt.Sprintf("j-%d", len(ours))
			w.writeEndless(name, "running")
			start := time.Now()
			w.must("apply", "jobs/"+name+".yaml")
			ours = append(ours, time.Since(start).Seconds())
			w.must("cancel", name)
			stock = append(stock, stockStart(b, plans[0]))
		}
	}
	compare(b, "s", ours, stock, bound)
}

// stockStart runs a plan as the documentation of Flink says, untuned, and returns
// the seconds until all of it runs.
func stockStart(b *testing.B, plan string) float64 {
	start := time.Now()
	j, err := flinktest.StartStandaloneJob(fmt.Sprintf("EXECUTE PLAN '%s';", plan), flinktest.ClusterOptions{
		Conf: map[string]string{"cluster.registration.error-delay": "10 s"}, // Flink's default
		Env:  []string{"FLINK_ENV_JAVA_OPTS_JM=", "FLINK_ENV_JAVA_OPTS_TM="},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Stop()
	for end := start.Add(commandTimeout); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if seen, err := askJob(j.URL, j.JobID); err == nil && seen.runs() {
			return time.Since(start).Seconds()
		}
	}
	b.Fatal("the job by hand does not run")
	return 0
}

// seenJob is a job as its JobManager has it; times are milliseconds of its clock.
type seenJob struct {
	State    string
	Now      int64
	Vertices []struct {
		Status string
		Start  int64 `json:"start-time"`
	}
}

// runs reports whether all vertices run.
func (j seenJob) runs() bool {
	for _, v := range j.Vertices {
		if v.Status != "RUNNING" {
			return false
		}
	}
	return len(j.Vertices) > 0
}

func askJob(jobManager, id string) (seenJob, error) {
	var job seenJob
	resp, err := http.Get(jobManager + "/jobs/" + id)
	if err != nil {
		return job, err
	}
	defer resp.Body.Close()
	return job, json.NewDecoder(resp.Body).Decode(&job)
}
