package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// BenchmarkNothingToDo applies manifests of which none changed: records of
// suspended jobs and, beside them, jobs that run on stand-in JobManagers.
func BenchmarkNothingToDo(b *testing.B) {
	for _, suspended := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprintf("file/%d", suspended), func(b *testing.B) { nothingToDo(b, suspended, nil, "") })
	}
	b.Run("s3/1000", func(b *testing.B) {
		s3 := flinktest.S3(b)
		nothingToDo(b, 1000, s3.Env(), s3.BucketURL(s3.Endpoint))
	})
}

// runningJobs is how many jobs run beside the suspended ones.
const runningJobs = 20

func nothingToDo(b *testing.B, suspended int, env []string, store string) {
	w := newWorld(b)
	standin := filepath.Join(b.TempDir(), "standin")
	if out, err := exec.Command("go", "build", "-o", standin, "./standin").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	w.env = append(append(w.env, "SUBMITTER_DRIVER="+standin), env...)
	if store != "" {
		w.env = append(w.env, "SUBMITTER_STORE="+store)
		w.must("init")
	}
	for i := range suspended {
		w.writeEndless(fmt.Sprintf("s-%d", i), "suspended")
	}
	for i := range runningJobs {
		w.writeEndless(fmt.Sprintf("r-%d", i), "running")
	}
	w.must("apply", "jobs", "--parallelism", "8")
	var peak int64
	for b.Loop() {
		c := w.command(context.Background(), nil, "apply", "jobs")
		out, err := c.Output()
		if err != nil || strings.Count(string(out), "nothing (") != suspended+runningJobs {
			b.Fatalf("%v\n%.2000s", err, out)
		}
		peak = max(peak, c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	}
	const kib = 1 << 10
	b.ReportMetric(float64(peak)/kib, "MiB-peak")
}

// writeEndless writes the manifest of a job that never ends.
func (w *world) writeEndless(name, state string) {
	text := strings.Replace(endlessJob, "name: count\n", "name: "+name+"\nstate: "+state+"\n", 1)
	w.write("jobs/"+name+".yaml", text)
}

// BenchmarkApplyToRunning brings one job from its manifest to RUNNING, through a
// warm gateway, and starts the same plan by hand with Flink's own scripts and
// settings, JobManager and TaskManager together. The two take turns; "ratio" is
// ours by theirs. Ours is the whole command, up to the committed record.
func BenchmarkApplyToRunning(b *testing.B) {
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
		name := fmt.Sprintf("j-%d", len(ours))
		w.writeEndless(name, "running")
		start := time.Now()
		w.must("apply", "jobs/"+name+".yaml")
		ours = append(ours, time.Since(start).Seconds())
		w.must("cancel", name)
		stock = append(stock, stockStart(b, plans[0]))
	}
	b.ReportMetric(median(ours), "s-ours")
	b.ReportMetric(median(stock), "s-stock")
	b.ReportMetric(median(ours)/median(stock), "ratio")
}

// stockStart runs a plan as the documentation of Flink says, untuned.
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
		resp, err := http.Get(j.URL + "/jobs/" + j.JobID)
		if err != nil {
			continue
		}
		var job struct {
			Vertices []struct{ Status string }
		}
		err = json.NewDecoder(resp.Body).Decode(&job)
		resp.Body.Close()
		running := err == nil && len(job.Vertices) > 0
		for _, v := range job.Vertices {
			running = running && v.Status == "RUNNING"
		}
		if running {
			return time.Since(start).Seconds()
		}
	}
	b.Fatal("the job by hand does not run")
	return 0
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
