package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// TestBadPlaces deploys where the store or the disk is not what it should be. The
// gateway is real; the job is a stand-in, since Flink has no part in it.
func TestBadPlaces(t *testing.T) {
	gateway := flinktest.Gateway(t, flinktest.GatewayOptions{})
	standin := filepath.Join(t.TempDir(), "standin")
	if out, err := exec.Command("go", "build", "-o", standin, "./standin").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	place := func(t *testing.T, env ...string) *world {
		w := newWorld(t)
		w.env = append(append(w.env, env...), "SUBMITTER_DRIVER="+standin, "SUBMITTER_GATEWAY="+gateway.URL)
		w.write("count.yaml", endlessJob)
		return w
	}
	t.Run("a store that may only be read", func(t *testing.T) { readOnlyStore(t, place) })
	t.Run("a store whose clock is an hour ahead", func(t *testing.T) { skewedStore(t, place, time.Hour) })
	t.Run("a store whose clock is an hour behind", func(t *testing.T) { skewedStore(t, place, -time.Hour) })
	t.Run("a disk that fills up", func(t *testing.T) { fullDisk(t, place(t)) })
}

// readOnlyStore deploys as somebody who may read the store alone.
func readOnlyStore(t *testing.T, place func(*testing.T, ...string) *world) {
	reader := flinktest.S3User{AccessKey: "reader", SecretKey: "reader-secret"}
	s3 := flinktest.S3(t, reader)
	s3.Allow(t, reader, "s3:GetObject", "s3:ListBucket")
	w := place(t, append(s3.Env(), "SUBMITTER_STORE="+s3.BucketURL(s3.Endpoint))...)
	w.must("init")
	before := len(objects(t, s3))
	asReader := []string{"AWS_ACCESS_KEY_ID=" + reader.AccessKey, "AWS_SECRET_ACCESS_KEY=" + reader.SecretKey}
	if r := w.runWith(asReader, "status"); r.code != 0 {
		t.Errorf("status needs more than the right to read: exit %d\n%s", r.code, r.stderr)
	}
	if r := w.runWith(asReader, "diff", "count.yaml"); r.code != 0 || !strings.Contains(r.stdout, "count: launch (new)") {
		t.Errorf("diff needs more than the right to read: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	began := time.Now()
	r := w.runWith(asReader, "apply", "count.yaml")
	if r.code != 1 || !strings.Contains(r.stdout, "access denied") || !strings.Contains(r.stdout, "the credentials need the right to list, read, write and delete") {
		t.Errorf("apply: exit %d, want 1 and the remedy\n%s%s", r.code, r.stdout, r.stderr)
	}
	if took := time.Since(began); took > definite {
		t.Errorf("apply: took %v", took)
	}
	if n := len(objects(t, s3)); n != before {
		t.Errorf("%d objects, were %d", n, before)
	}
	w.must("apply", "count.yaml") // by somebody who may
	w.running()
}

// skewedStore deploys on a store with another clock. The client follows it, and
// holding a job does not go by clocks.
func skewedStore(t *testing.T, place func(*testing.T, ...string) *world, skew time.Duration) {
	s3 := flinktest.S3(t)
	endpoint := flinktest.S3Other(t, s3, flinktest.OtherS3{Skew: skew})
	w := place(t, append(s3.Env(), "SUBMITTER_STORE="+s3.BucketURL(endpoint))...)
	w.must("init")
	w.must("apply", "count.yaml")
	w.running()
	if r := w.must("apply", "count.yaml"); !strings.Contains(r.stdout, "count: nothing") {
		t.Errorf("applied again:\n%s", r.stdout)
	}
}

// fullDisk deploys to a store and with work directories on a disk without room,
// with a little, and with enough.
func fullDisk(t *testing.T, w *world) {
	disk := filepath.Join(w.dir, ".flink-sql")
	if !flinktest.SmallDisk(t, disk, "2m") {
		return
	}
	ballast := filepath.Join(disk, "ballast")
	for _, room := range []int64{0, 12 << 10, 40 << 10} {
		fill(t, ballast, room)
		r := w.run("apply", "count.yaml")
		if r.code == 0 {
			t.Logf("%d bytes are enough", room)
			break
		}
		if r.code != 1 || !strings.Contains(r.stdout+r.stderr, "no space left on device") || strings.Contains(r.stderr, "goroutine ") {
			t.Errorf("with %d bytes free: exit %d, want 1 and the reason\n%s%s", room, r.code, r.stdout, r.stderr)
		}
		w.whole()
	}
	must(t, os.Remove(ballast))
	w.must("apply", "count.yaml")
	w.whole()
	w.running()
	w.must("local", "down") // before the disk goes
}

// fill leaves only so many bytes free on the file's disk.
func fill(t *testing.T, file string, free int64) {
	t.Helper()
	f, err := os.Create(file)
	must(t, err)
	defer f.Close()
	n, err := io.Copy(f, zeros{})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%d bytes fit: %v", n, err)
	}
	must(t, f.Truncate(max(0, n-free)))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// whole makes sure that every object of the store is: all of them are JSON or the
// manifest.
func (w *world) whole() {
	w.t.Helper()
	must(w.t, filepath.WalkDir(w.objects, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil && !json.Valid(data) {
			w.t.Errorf("%s is half an object: %q", path, data)
		}
		return err
	}))
}

// running makes sure that the job runs as it is recorded, in one cluster.
func (w *world) running() {
	w.t.Helper()
	if n := len(w.standins()); n != 1 {
		w.t.Errorf("%d clusters run, want one", n)
	}
	if j := w.status()["count"]; j.Status != "RUNNING" || j.Phase != "committed" {
		w.t.Errorf("the job is %+v, want RUNNING", j)
	}
}

// standins are the pids of this world's stand-in JobManagers.
func (w *world) standins() []string {
	w.t.Helper()
	procs, err := filepath.Glob("/proc/[0-9]*/cmdline")
	must(w.t, err)
	var found []string
	for _, p := range procs {
		data, err := os.ReadFile(p)
		if err != nil || !bytes.Contains(data, []byte("/standin\x00standalone-job")) {
			continue
		}
		env, err := os.ReadFile(filepath.Join(filepath.Dir(p), "environ"))
		if err == nil && bytes.Contains(env, []byte(w.dir)) {
			found = append(found, filepath.Base(filepath.Dir(p)))
		}
	}
	return found
}
