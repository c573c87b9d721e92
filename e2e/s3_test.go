package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"flink-sql-driver/e2e/flinktest"
)

// newS3World is newWorld with its store on a real S3 server, which is asked at
// endpoint, or directly if that is empty. The bucket is not initialized.
func newS3World(t testing.TB, s3 *flinktest.S3Server, endpoint string) *world {
	t.Helper()
	if endpoint == "" {
		endpoint = s3.Endpoint
	}
	w := newWorld(t)
	w.objects = filepath.Join(s3.Root, s3.Bucket)
	w.env = append(w.env, s3.Env()...)
	w.env = append(w.env, "SUBMITTER_STORE="+s3.BucketURL(endpoint))
	return w
}

// TestS3Store is a job's life with plan, journal, checkpoints and savepoints on S3:
// upgrade, stop, resume, and a crash.
func TestS3Store(t *testing.T) {
	s3 := flinktest.S3(t)
	w := newS3World(t, s3, "")
	f := newFeed(t, filepath.Join(w.dir, "in"), 5)
	w.writeCount("")
	w.refusals(s3)

	w.must("init")
	f.piece(0)
	w.must("apply", "count.yaml")
	f.piece(1)
	w.writeCount("task.cancellation.interval: 30001")
	if r := w.must("apply", "count.yaml"); !strings.Contains(r.stdout, "count: upgrade → committed") {
		t.Fatalf("upgrade:\n%s", r.stdout)
	}
	if n := len(w.metadata("savepoints/count/1/1-*/*")); n != 1 {
		t.Errorf("%d savepoints of launch 1 are in the bucket, want 1", n)
	}

	w.must("stop", "count")
	w.asksOnce(s3)
	f.piece(2)
	w.must("resume", "count")
	f.piece(3)

	job := w.status()["count"].JobID
	before := len(w.metadata("checkpoints/count/1/" + job + "/chk-*"))
	w.eventually("another checkpoint is in the bucket", func() bool {
		return before > 0 && len(w.metadata("checkpoints/count/1/"+job+"/chk-*")) > 0
	})
	w.kill()
	if r := w.must("apply", "count.yaml"); !strings.Contains(r.stdout, "count: restore → committed") {
		t.Errorf("after a crash:\n%s", r.stdout)
	}
	f.piece(4)
	w.checkCounts(f)
	if j := w.status()["count"]; j.Launch != 4 || j.QueryVersion != 1 || j.Status != "RUNNING" {
		t.Errorf("at the end: %+v", j)
	}
}

// asksOnce shows that jobs with nothing to do cost no requests of their own: there
// are as many for forty as for twenty.
func (w *world) asksOnce(s3 *flinktest.S3Server) {
	w.t.Helper()
	proxy := flinktest.S3Fault(w.t, s3.Endpoint)
	w.write("many/tables.sql", countTables)
	total := 0
	requests := func(jobs int) int {
		for ; total < jobs; total++ {
			name := fmt.Sprintf("c-%d", total)
			w.write("many/"+name+".yaml", strings.Replace(fmt.Sprintf(countJob, "  task.cancellation.interval: 30001\n"), "name: count", "name: "+name, 1))
			w.copyRecord("count", name)
		}
		w.must("apply", "many") // reads the records that are new to it
		before := len(proxy.Requests())
		r := w.runWith([]string{"SUBMITTER_STORE=" + s3.BucketURL(proxy.URL)}, "apply", "many")
		if r.code != 0 || strings.Count(r.stdout, "nothing (") != jobs {
			w.t.Fatalf("there should be nothing to do for %d jobs: exit %d\n%s%s", jobs, r.code, r.stdout, r.stderr)
		}
		return len(proxy.Requests()) - before
	}
	const few, many = 20, 40
	if a, b := requests(few), requests(many); a != b {
		w.t.Errorf("nothing to do takes %d requests for %d jobs and %d for %d:\n%s", a, few, b, many, strings.Join(proxy.Requests(), "\n"))
	} else {
		w.t.Logf("nothing to do: %d requests\n%s", a, strings.Join(proxy.Requests(), "\n"))
	}
}

// refusals looks at a bucket that nobody prepared, and at keys that nobody knows.
func (w *world) refusals(s3 *flinktest.S3Server) {
	w.t.Helper()
	for _, args := range [][]string{{"apply", "count.yaml"}, {"status"}} {
		if r := w.run(args...); r.code != 1 || !strings.Contains(r.stderr, "submitter init") {
			w.t.Errorf("%s on a bucket that is not initialized: exit %d, want 1 and the remedy\n%s", args[0], r.code, r.stderr)
		}
	}
	wrong := []struct{ env, remedy string }{
		{"AWS_SECRET_ACCESS_KEY=wrong-canary", "AWS_SECRET_ACCESS_KEY"},
		{"AWS_ACCESS_KEY_ID=nobody", "AWS_ACCESS_KEY_ID"},
	}
	for _, c := range wrong {
		for _, args := range [][]string{{"init"}, {"apply", "count.yaml"}} {
			r := w.runWith([]string{c.env}, args...)
			if r.code != 1 || !strings.Contains(r.stderr, c.remedy) || strings.Contains(r.stderr, "wrong-canary") {
				w.t.Errorf("%s with %s: exit %d, want 1 and the remedy\n%s", args[0], c.env, r.code, r.stderr)
			}
		}
	}
	if left, _ := os.ReadDir(w.objects); len(left) > 0 {
		w.t.Errorf("the refused commands left %v", left)
	}
}

// metadata lists complete savepoints or checkpoints in the store.
func (w *world) metadata(dirs string) []string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.objects, dirs, "_metadata"))
	if err != nil {
		w.t.Fatal(err)
	}
	return files
}

// kill ends the only JobManager the hard way.
func (w *world) kill() {
	w.t.Helper()
	running := w.clusters()
	if len(running) != 1 {
		w.t.Fatalf("%d JobManagers run, want 1", len(running))
	}
	pid, err := strconv.Atoi(running[0])
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	// A process that ends loses its command line some time before its files.
	w.eventually("the JobManager is gone", func() bool {
		_, err := os.Stat(filepath.Join("/proc", running[0]))
		return err != nil
	})
}
