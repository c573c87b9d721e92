package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// busyJob keeps a TaskManager's processors busy for a while, and its JobManager
// with five checkpoints a second.
const busyJob = `name: %s
restore: none
parallelism: 2
flinkProperties:
  execution.checkpointing.interval: 200 ms
sql: |
  CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000000',
    'number-of-rows' = '%d', 'fields.n.min' = '0', 'fields.n.max' = '1000000');
  CREATE TABLE nowhere (k BIGINT, c BIGINT, h STRING) WITH ('connector' = 'blackhole');
  INSERT INTO nowhere SELECT MOD(n, 10000), COUNT(*), MAX(MD5(CAST(n AS STRING))) FROM numbers GROUP BY MOD(n, 10000);
`

const (
	busyRows  = 8_000_000
	workTurns = 3
)

// BenchmarkWork is a job at work, tuned and started by Flink's own scripts. The two
// take turns; what the start gains must not be paid for later: neither in the job's
// throughput nor in the processor time of the JobManager.
func BenchmarkWork(b *testing.B) {
	const bound = 1.05
	w := newWorld(b)
	w.must("local", "up")
	var tuned, stock, tunedCPU, stockCPU []float64
	for b.Loop() {
		for turn := range workTurns {
			seconds, cpu := w.work(fmt.Sprintf("tuned-%d", turn))
			tuned, tunedCPU = append(tuned, seconds), append(tunedCPU, cpu)
			seconds, cpu = w.work(fmt.Sprintf("stock-%d", turn), "--stock-start")
			stock, stockCPU = append(stock, seconds), append(stockCPU, cpu)
		}
	}
	compare(b, "s", tuned, stock, bound)
	b.ReportMetric(median(tunedCPU)/median(stockCPU), "ratio-of-JobManager-CPU")
}

// work runs the busy job and returns the seconds that it was at work, and the
// processor seconds that its JobManager spent meanwhile.
func (w *world) work(name string, flags ...string) (seconds, cpu float64) {
	w.t.Helper()
	w.write("jobs/"+name+".yaml", fmt.Sprintf(busyJob, name, busyRows))
	w.must(append([]string{"apply", "jobs/" + name + ".yaml"}, flags...)...)
	j := w.status()[name]
	pids := w.clusters()
	if len(pids) != 1 {
		w.t.Fatalf("%d JobManagers run after the start of %s; is its job too short?", len(pids), name)
	}
	var last seenJob
	before := processorTime(pids[0])
	spent := before
	for end := time.Now().Add(commandTimeout); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		seen, err := askJob(j.UI, j.JobID)
		if err != nil || seen.State != "RUNNING" {
			break
		}
		last, spent = seen, processorTime(pids[0])
	}
	if len(last.Vertices) == 0 {
		w.t.Fatalf("%s was not seen at work", name)
	}
	w.eventually(name+" has ended", func() bool { return len(w.clusters()) == 0 })
	return float64(last.Now-last.Vertices[0].Start) / 1000, spent - before
}

// processorTime is how many seconds a process has spent on processors.
func processorTime(pid string) float64 {
	data, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return 0
	}
	const (
		user, system = 11, 12 // counted from behind the name, which may have blanks
		ticks        = 100    // of a second, on every Linux
	)
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	u, _ := strconv.ParseFloat(fields[user], 64)
	s, _ := strconv.ParseFloat(fields[system], 64)
	return (u + s) / ticks
}
