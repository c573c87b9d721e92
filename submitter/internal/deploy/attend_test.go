package deploy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// TestAttendedInVain: what was to be looked after again was about to end, or does not
// answer. Nobody says that it is done.
func TestAttendedInVain(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*deploytest.World)
		ended bool
	}{
		"it ends meanwhile": {func(w *deploytest.World) {
			w.Target.Effect = func(what string) {
				if what == "launch 1" {
					w.Target.Kill(1)
				}
			}
		}, true},
		"it ends a little later": {func(w *deploytest.World) {
			w.Target.Fault = func(string, string) deploytest.Fault { return deploytest.Unheard }
			go func() {
				time.Sleep(5 * time.Second)
				w.Target.Kill(1)
			}()
		}, true},
		"it had ended, and cannot be launched": {func(w *deploytest.World) {
			w.Target.Kill(1)
			w.Target.Refuse = func(uint64) error { return errors.New("its JobManager has just ended") }
		}, true},
		"it does not answer": {func(w *deploytest.World) {
			w.Target.Fault = func(string, string) deploytest.Fault { return deploytest.Unheard }
		}, false},
		"it stays as it is": {func(w *deploytest.World) {
			w.Target.Effect = func(what string) {
				if what == "launch 1" {
					w.Target.Leave(1)
				}
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				w.Target.Leave(1)
				seen, err := w.Target.Observe(t.Context(), target.Ref{Name: deploytest.Name, Launch: 1})
				if err != nil {
					t.Fatal(err)
				}
				c.spoil(w)
				d := &deploy.Deployer{Bucket: w.Bucket, Target: w.Target}
				d.Progress = func(_ string, p journal.Phase, text string) {
					if p == deploy.Repaired {
						t.Errorf("it is said to be done: %s", text)
					}
				}
				err = d.Attend(t.Context(), w.Record(), seen)
				var ended *deploy.EndedError
				if err == nil || errors.As(err, &ended) != c.ended {
					t.Errorf("%v, want an EndedError: %t", err, c.ended)
				}
			})
		})
	}
}
