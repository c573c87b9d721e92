package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestContinuity changes a job's configuration three times while it reads. Its
// final counts are those of an undisturbed run.
func TestContinuity(t *testing.T) {
	w := newGuest(t)
	const upgrades = 3
	f := newFeed(t, filepath.Join(w.dir, "in"), upgrades+2)
	w.writeCount("")
	f.piece(0)
	w.must("apply", "count.yaml")
	for i := 1; i <= upgrades; i++ {
		f.piece(i)
		w.writeCount(fmt.Sprintf("task.cancellation.interval: %d", 30000+i))
		r := w.must("apply", "count.yaml")
		if !strings.Contains(r.stdout, "count: upgrade → committed") {
			t.Fatalf("upgrade %d:\n%s", i, r.stdout)
		}
		if j := w.status()["count"]; j.Launch != i+1 || j.QueryVersion != 1 {
			t.Fatalf("after upgrade %d: %+v", i, j)
		}
	}
	f.piece(upgrades + 1)
	w.checkCounts(f)
}

// TestWishes stops, resumes, restarts and cancels by hand, and brings a job back
// that was killed.
func TestWishes(t *testing.T) {
	w := newGuest(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), 4)
	w.writeCount("")
	f.piece(0)
	w.must("apply", "count.yaml")

	w.keepsSavepoint()
	if r := w.must("stop", "count"); !strings.Contains(r.stdout, "saved: file://") {
		t.Errorf("stop does not say where the savepoint is:\n%s", r.stdout)
	}
	if j := w.status()["count"]; j.Status != "SUSPENDED" {
		t.Errorf("after stop: %+v", j)
	}
	if r := w.run("savepoint", "trigger", "count"); r.code != 1 || !strings.Contains(r.stderr, "count: it does not run") {
		t.Errorf("a savepoint of a stopped job: exit %d\n%s", r.code, r.stderr)
	}
	if r := w.must("apply", "count.yaml"); !strings.Contains(r.stdout, "stopped by hand (") {
		t.Errorf("apply does not respect the stop:\n%s", r.stdout)
	}
	f.piece(1)
	w.without("savepoints", func() {
		r := w.run("resume", "count")
		if r.code != 3 || !strings.Contains(r.stdout, "its newest state is missing") {
			t.Errorf("without its savepoint: exit %d, want 3 and blocked\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
	if r := w.must("resume", "count"); !strings.Contains(r.stdout, "savepoint of launch 1, file://") {
		t.Errorf("resume does not say what it starts from:\n%s", r.stdout)
	}
	f.piece(2)
	w.must("restart", "count")
	if j := w.status()["count"]; j.Status != "RUNNING" || j.Launch != 3 {
		t.Errorf("after resume and restart: %+v", j)
	}

	w.must("local", "down") // the machine goes down, in effect
	if j := w.status()["count"]; j.Status == "RUNNING" {
		t.Errorf("after local down: %+v", j)
	}
	w.without("checkpoints", func() { // the savepoint that launch 3 was started from is older
		r := w.run("apply", "count.yaml")
		if r.code != 3 || !strings.Contains(r.stdout, "launch 3 completed checkpoints") {
			t.Errorf("without checkpoints: exit %d, want 3 and blocked\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
	if r := w.must("apply", "count.yaml"); !strings.Contains(r.stdout, "count: restore → committed") {
		t.Errorf("a dead job is not restored:\n%s", r.stdout)
	}
	f.piece(3)
	w.checkCounts(f)

	w.must("cancel", "count")
	if j := w.status()["count"]; j.Status != "CANCELLED" {
		t.Errorf("after cancel: %+v", j)
	}
	w.must("delete", "count")
	if _, there := w.status()["count"]; there {
		t.Error("after delete it is still listed")
	}
	if r := w.run("apply", "count.yaml"); r.code != 1 || !strings.Contains(r.stdout, "--clean") {
		t.Errorf("with leftovers in the bucket: exit %d, want 1 and the remedy\n%s", r.code, r.stdout)
	}
}

// without takes a directory of the store away and brings it back.
func (w *world) without(dir string, do func()) {
	w.t.Helper()
	here, away := filepath.Join(w.objects, dir), filepath.Join(w.dir, "away")
	if err := os.Rename(here, away); err != nil {
		w.t.Fatal(err)
	}
	do()
	if err := os.Rename(away, here); err != nil {
		w.t.Fatal(err)
	}
}

// TestFinished changes a bounded job when it has just come to its end, while its
// JobManager may still be up.
func TestFinished(t *testing.T) {
	w := newGuest(t)
	w.write("in/rows.csv", "1,a\n2,b\n")
	w.write("copy.yaml", fmt.Sprintf(copyJob, "first"))
	w.must("apply", "copy.yaml")
	w.write("copy.yaml", fmt.Sprintf(copyJob, "second"))
	r := w.must("apply", "copy.yaml")
	if j := w.status()["copy"]; j.Launch != 2 || strings.Contains(r.stdout, "its savepoint\n") {
		t.Errorf("it says that it starts from a savepoint that there is not: %+v\n%s", j, r.stdout)
	}
}

const copyJob = `name: copy
sql: |
  CREATE TABLE lines (id INT, name STRING) WITH ('connector' = 'filesystem', 'path' = 'file://${env:PWD}/in', 'format' = 'csv');
  CREATE TABLE copies (id INT, name STRING, run STRING) WITH ('connector' = 'filesystem', 'path' = 'file://${env:PWD}/out', 'format' = 'csv');
  INSERT INTO copies SELECT id, name, '%s' FROM lines;
flinkProperties:
  parallelism.default: 1
`

// TestBlocked changes the query so that its state is not known to fit.
func TestBlocked(t *testing.T) {
	w := newGuest(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), 2)
	w.writeCount("")
	f.piece(0)
	w.must("apply", "count.yaml")
	before := w.status()["count"]

	w.write("count.yaml", strings.Replace(fmt.Sprintf(countJob, ""), "window_end, carrier", "window_end, carrier, origin", 1))
	r := w.run("apply", "count.yaml")
	if r.code != 3 || !strings.Contains(r.stdout, "count: blocked") {
		t.Errorf("exit %d, want 3 and blocked\n%s%s", r.code, r.stdout, r.stderr)
	}
	if r := w.run("diff", "count.yaml", "--exit-code"); r.code != 3 {
		t.Errorf("diff: exit %d, want 3", r.code)
	}
	if after := w.status()["count"]; after != before {
		t.Errorf("the blocked job was touched: %+v, was %+v", after, before)
	}
	r = w.must("apply", "count.yaml", "--clean")
	if j := w.status()["count"]; j.QueryVersion != 2 || j.Launch != 2 {
		t.Errorf("after --clean: %+v\n%s", j, r.stdout)
	}
}

// keepsSavepoint takes a savepoint of the running job, which goes on as if nothing had been.
func (w *world) keepsSavepoint() {
	w.t.Helper()
	w.awaitCheckpoints("count", 1)
	before := w.status()["count"]
	var kept struct{ Savepoint, JobID string }
	must(w.t, json.Unmarshal([]byte(w.must("savepoint", "trigger", "count", "-o", "json").stdout), &kept))
	if _, err := os.Stat(filepath.Join(strings.TrimPrefix(kept.Savepoint, "file://"), "_metadata")); err != nil || kept.JobID != before.JobID {
		w.t.Errorf("%+v: %v", kept, err)
	}
	if after := w.status()["count"]; after != before {
		w.t.Errorf("the job did not go on: %+v, was %+v", after, before)
	}
}
