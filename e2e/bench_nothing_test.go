package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

const (
	// runningJobs is how many jobs run beside the suspended ones, each on a stand-in
	// JobManager.
	runningJobs = 20
	nothingRuns = 5
	kib         = 1 << 10
)

// BenchmarkNothingToDo applies manifests of which none changed: records of
// suspended jobs and, beside them, jobs that run. The numbers of suspended jobs
// show that it takes time in proportion.
func BenchmarkNothingToDo(b *testing.B) {
	const onFile, onS3, memory = 2, 4, 200
	standin := filepath.Join(b.TempDir(), "standin")
	if out, err := exec.Command("go", "build", "-o", standin, "./standin").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	local := newWorld(b)
	local.runStandIns(standin)
	for _, suspended := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprintf("file/%d", suspended), func(b *testing.B) {
			seconds, mib := local.nothingToDo(b, suspended)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(seconds, "s")
			b.ReportMetric(mib, "MiB")
			b.ReportMetric(seconds*1000/float64(suspended), "ms/job")
			if suspended == 1000 {
				b.ReportMetric(onFile, "s-bound")
				b.ReportMetric(memory, "MiB-bound")
			}
		})
	}
	b.Run("s3/1000", func(b *testing.B) {
		s3 := flinktest.S3(b)
		proxy := flinktest.S3Fault(b, s3.Endpoint)
		w := newS3World(b, s3, "")
		w.must("init")
		w.runStandIns(standin)
		seconds, mib := w.nothingToDo(b, 1000)
		w.env = append(w.env, "SUBMITTER_STORE="+s3.BucketURL(proxy.URL))
		w.must("apply", "jobs")
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(seconds, "s")
		b.ReportMetric(onS3, "s-bound")
		b.ReportMetric(mib, "MiB")
		b.ReportMetric(memory, "MiB-bound")
		b.ReportMetric(float64(len(proxy.Requests())), "requests")
	})
}

// runStandIns starts the jobs that run, and one that is suspended.
func (w *world) runStandIns(standin string) {
	w.t.Helper()
	w.env = append(w.env, "SUBMITTER_DRIVER="+standin)
	w.writeEndless(original, "suspended")
	for i := range runningJobs {
		w.writeEndless(fmt.Sprintf("r-%d", i), "running")
	}
	w.must("apply", "jobs", "--parallelism", "8")
}

// nothingToDo returns the median of seconds and the peak of memory in MiB.
func (w *world) nothingToDo(b *testing.B, suspended int) (seconds, mib float64) {
	for i := 1; i < suspended; i++ {
		name := fmt.Sprintf("s-%d", i)
		w.writeEndless(name, "suspended")
		w.copyRecord(original, name)
	}
	w.must("apply", "jobs") // the first one reads every record, the next ones what it kept of them
	var times []float64
	for b.Loop() {
		for range nothingRuns {
			c := w.command(context.Background(), nil, "apply", "jobs")
			start := time.Now()
			out, err := c.Output()
			times = append(times, time.Since(start).Seconds())
			if err != nil || strings.Count(string(out), "nothing (") != suspended+runningJobs {
				b.Fatalf("%v\n%.2000s", err, out)
			}
			mib = max(mib, float64(c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/kib)
		}
	}
	return median(times), mib
}

// original is the suspended job whose record the others have, too.
const original = "s-0"

// copyRecord gives a job the record of another one, as if it had been deployed the
// same way.
func (w *world) copyRecord(from, to string) {
	w.t.Helper()
	dir := filepath.Join(w.objects, "journal", to)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		w.t.Fatal(err)
	}
	entries, err := filepath.Glob(filepath.Join(w.objects, "journal", from, "*.json"))
	if err != nil || len(entries) == 0 {
		w.t.Fatalf("entries of %s: %v, %v", from, entries, err)
	}
	for _, entry := range entries {
		data, err := os.ReadFile(entry)
		if err != nil {
			w.t.Fatal(err)
		}
		text := strings.NewReplacer(`"`+from+`"`, `"`+to+`"`, `"`+from+`-`, `"`+to+`-`, "/"+from+"/", "/"+to+"/").Replace(string(data))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(entry)), []byte(text), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
}
