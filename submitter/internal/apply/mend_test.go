package apply_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// spoil damages an object of the job's release and returns what it was.
func spoil(w *deploytest.World, file string, how func(path string, data []byte) error) (path string, right []byte) {
	w.Helper()
	path = filepath.Join(w.Dir, "releases", deploytest.Name, w.Record().Release.Digest, file)
	right, err := os.ReadFile(path)
	if err == nil {
		err = how(path, right)
	}
	if err != nil {
		w.Fatal(err)
	}
	return path, right
}

func cutOff(path string, data []byte) error { return os.WriteFile(path, data[:len(data)/2], 0o644) }
func remove(path string, _ []byte) error    { return os.Remove(path) }

// TestDamagedReleaseIsPublishedAgain: the manifest that compiles to the release that
// runs brings it back, and the job can be changed and restarted again.
func TestDamagedReleaseIsPublishedAgain(t *testing.T) {
	refresh := func(w *deploytest.World) *apply.Applier {
		a := w.Applier()
		a.Policy.Refresh = true
		return a
	}
	for name, c := range map[string]struct {
		file string
		how  func(string, []byte) error
	}{
		"plan cut off": {"plan.json", cutOff}, "plan gone": {"plan.json", remove},
		"config cut off": {"config.json", cutOff}, "config gone": {"config.json", remove},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := deploytest.New(t)
			w.MustApply(deploytest.Job(first))
			path, right := spoil(w, c.file, c.how)
			before := w.Record().Number

			s := assess(t, refresh(w), deploytest.Job(first))
			if s.Decision.Kind != change.Record || !strings.Contains(s.Decision.Reason, "is published again") || len(s.Decision.Warnings) != 1 {
				t.Errorf("%s: %+v", name, s.Decision)
			}
			if all, err := w.Applier().Assess(t.Context(), []*manifest.Job{deploytest.Job(second)}); err != nil {
				t.Error(err)
			} else if err = all[0].Err; c.file == "config.json" {
				// The plan is there, and says what runs.
				if d := all[0].Decision; err != nil || d.Kind != change.Upgrade || !strings.Contains(d.Reason, "is published again") {
					t.Errorf("%s: another query: %+v, %v", name, d, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), c.file) || !strings.Contains(err.Error(), "with --refresh") {
				t.Errorf("%s: another query: %v", name, err)
			}
			if data, err := os.ReadFile(path); err == nil && string(data) == string(right) || w.Record().Number != before {
				t.Errorf("%s: something was done before it was asked for", name)
			}
			e, err := deploytest.Apply(t.Context(), refresh(w), deploytest.Job(first))
			if err != nil || w.Want(e, journal.Committed).Action != journal.Note || !strings.Contains(e.Reason, "damaged") {
				t.Fatalf("%s: %+v, %v", name, e, err)
			}
			if data, err := os.ReadFile(path); err != nil || string(data) != string(right) {
				t.Errorf("%s: it is not what it was: %v", name, err)
			}
			w.MustApply(deploytest.Job(second))
			w.Check()

			// A job that does not run needs no --refresh.
			path, right = spoil(w, c.file, c.how)
			w.Target.Kill(2)
			if e := w.MustApply(deploytest.Job(second)); e.Launch.Number != 3 {
				t.Errorf("%s: %+v", name, e.Launch)
			}
			if data, err := os.ReadFile(path); err != nil || string(data) != string(right) {
				t.Errorf("%s: it is not what it was: %v", name, err)
			}
			w.Check()
		})
	}
}

// TestUnreadableRecord: nothing is done with that job, and the others are gone on
// with.
func TestUnreadableRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		const key, half = "journal/payments/00000000000000000001.json", `{"version": 1,`
		w.Put(key, half)
		payments := deploytest.Job(first)
		payments.Name = "payments"
		all, err := w.Applier().Assess(t.Context(), []*manifest.Job{payments, deploytest.Job(second)})
		if err != nil || all[0].Err == nil || !strings.Contains(all[0].Err.Error(), key) || all[1].Err != nil || all[1].Decision.Kind != change.Upgrade {
			t.Fatalf("%+v, %+v, %v", all[0], all[1], err)
		}
		gone, err := w.Applier().Orphans(t.Context(), map[string]bool{deploytest.Name: true})
		if err != nil || len(gone) != 1 || gone[0].Err == nil || gone[0].Decision.Acts() {
			t.Errorf("%+v, %v", gone, err)
		}
		if data, err := os.ReadFile(filepath.Join(w.Dir, key)); err != nil || string(data) != half {
			t.Errorf("%q, %v", data, err)
		}
	})
}
