package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDamagedRelease spoils what a job's release consists of while it is stopped,
// and while it runs: whoever needs it says which object is wrong, nothing is
// stopped or lost, and with the right bytes back it goes on.
func TestDamagedRelease(t *testing.T) {
	w := newWorld(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), 3)
	w.writeCount("")
	f.piece(0)
	w.must("apply", "count.yaml")
	w.must("stop", "count")
	f.piece(1)

	damages := []struct {
		what, object string
		spoil        func([]byte) []byte
	}{
		{"a plan that is cut off", "plan.json", func(b []byte) []byte { return b[:len(b)/2] }},
		{"a plan of another Flink", "plan.json", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"flinkVersion":"2.3"`), []byte(`"flinkVersion":"1.18"`), 1)
		}},
		{"a config that is empty", "config.json", func([]byte) []byte { return nil }},
		{"a config with another byte", "config.json", func(b []byte) []byte { return bytes.Replace(b, []byte("count"), []byte("court"), 1) }},
		{"a plan that is gone", "plan.json", nil},
	}
	for _, d := range damages {
		t.Log(d.what)
		mend := w.spoil(d.object, d.spoil)
		began := time.Now()
		r := w.run("resume", "count")
		if r.code != 1 || !strings.Contains(r.stdout, d.object) || !strings.Contains(r.stdout, "put the object back") || strings.Contains(r.stdout, "\tat ") {
			t.Errorf("%s: exit %d, want 1 and the object\n%s%s", d.what, r.code, r.stdout, r.stderr)
		}
		if took := time.Since(began); took > definite {
			t.Errorf("%s: took %v", d.what, took)
		}
		if n := len(w.clusters()); n != 0 {
			t.Errorf("%s: %d clusters run", d.what, n)
		}
		if n := len(w.metadata("savepoints/count/1/*/*")); n != 1 {
			t.Errorf("%s: %d savepoints, want the one", d.what, n)
		}
		mend()
	}
	w.must("resume", "count")
	before := w.status()["count"]

	mend := w.spoil("plan.json", func(b []byte) []byte { return b[:len(b)-1] })
	if r := w.run("restart", "count"); r.code != 1 || !strings.Contains(r.stdout, "plan.json") {
		t.Errorf("restart: exit %d, want 1 and the object\n%s%s", r.code, r.stdout, r.stderr)
	}
	if after := w.status()["count"]; after.Status != "RUNNING" || after.Launch != before.Launch {
		t.Errorf("the running job was touched: %+v, was %+v", after, before)
	}
	mend()
	f.piece(2)
	w.checkCounts(f)
}

// spoil changes an object of the job's only release and returns what puts it right
// again. A nil function removes it.
func (w *world) spoil(object string, change func([]byte) []byte) (mend func()) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.objects, "releases/count/*", object))
	if err != nil || len(files) != 1 {
		w.t.Fatalf("%s: %v, %v", object, files, err)
	}
	right, err := os.ReadFile(files[0])
	must(w.t, err)
	if change == nil {
		must(w.t, os.Remove(files[0]))
	} else if wrong := change(bytes.Clone(right)); bytes.Equal(wrong, right) {
		w.t.Fatalf("%s stays as it is", object)
	} else {
		must(w.t, os.WriteFile(files[0], wrong, 0o644))
	}
	return func() { must(w.t, os.WriteFile(files[0], right, 0o644)) }
}
