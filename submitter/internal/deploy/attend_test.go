package deploy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// TestAttend has a launch that nobody looks after looked after again, without a word
// in the journal and without a restart.
func TestAttend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		runs(w)
		e := w.Record()
		d := &deploy.Deployer{Bucket: w.Bucket, Target: w.Target}
		observe := func() target.Observation {
			seen, err := w.Target.Observe(t.Context(), target.Ref{Name: e.Name, Launch: 1})
			if err != nil {
				t.Fatal(err)
			}
			return seen
		}
		w.Target.Leave(1)
		w.Target.Refuse = func(uint64) error { return errors.New("no such program") }
		if err := d.Attend(t.Context(), e, observe()); err == nil || !strings.Contains(err.Error(), "orders: what is missing of it could not be brought back: ") {
			t.Errorf("%v", err)
		}
		w.Target.Refuse = nil
		for range 2 {
			if err := d.Attend(t.Context(), e, observe()); err != nil {
				t.Error(err)
			}
		}
		if observe().Unattended || w.Record().Number != e.Number || fmt.Sprint(w.Target.Started()) != "[1]" {
			t.Errorf("%+v, entry %d, started %v", observe(), w.Record().Number, w.Target.Started())
		}
		w.Check()
	})
}

// TestLeftInADeployment: nobody looks after the new launch any more while it comes up.
func TestLeftInADeployment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		a := w.Applier()
		a.Step = func(e journal.Entry) {
			if e.Phase == journal.Running {
				w.Target.Leave(1)
			}
		}
		e, err := deploytest.Apply(t.Context(), a, deploytest.Job("filter"))
		if err != nil {
			t.Fatal(err)
		}
		w.Want(e, journal.Committed)
		if seen, _ := w.Target.Observe(t.Context(), target.Ref{Launch: 1}); seen.Unattended {
			t.Errorf("%+v", seen)
		}
		w.Check()
	})
}
