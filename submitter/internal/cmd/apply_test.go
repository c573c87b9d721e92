package cmd

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/manifest"
)

// TestFinishedJobIsReportedAsItIs: that its end is recorded is no change of the job.
func TestFinishedJobIsReportedAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		job := deploytest.Job("copy-files")
		before := w.MustApply(job).Number
		if err := w.Target.Finish(1, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for range 2 {
			this := &work{applier: w.Applier(), jobs: []*manifest.Job{job}}
			all, err := this.applier.Assess(t.Context(), this.jobs)
			if err != nil {
				t.Fatal(err)
			}
			r := this.carryAll(t.Context(), all, 1)
			var text strings.Builder
			if err := r.text(&text); err != nil || text.String() != "orders: nothing (finished)\n" {
				t.Errorf("%q, %v", text.String(), err)
			}
			if err := verdict(t.Context(), all, r); err != nil {
				t.Error(err)
			}
			if e := w.Record(); e.Number != before+1 || !e.Launch.Finished {
				t.Errorf("entry %d after %d: %+v", e.Number, before, e.Launch)
			}
		}
	})
}

// TestFinishThatCannotBeRecorded is an error of that job, and not passed over.
func TestFinishThatCannotBeRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		job := deploytest.Job("copy-files")
		w.MustApply(job)
		if err := w.Target.Finish(1, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		this := &work{applier: w.Applier(), jobs: []*manifest.Job{job}}
		all, err := this.applier.Assess(t.Context(), this.jobs)
		if err != nil {
			t.Fatal(err)
		}
		journal := filepath.Join(w.Dir, "journal", deploytest.Name) // a file where a directory should be
		if err := errors.Join(os.Rename(journal, journal+".away"), os.WriteFile(journal, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		r := this.carryAll(t.Context(), all, 1)
		if err := verdict(t.Context(), all, r); err == nil || !strings.Contains(r.Jobs[0].Problem, "orders: it has finished, and that could not be recorded: ") {
			t.Errorf("%v; %+v", err, r.Jobs[0])
		}
	})
}
