package apply_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// TestRace has commands that assessed the same facts carry them out at once: one
// deploys, the others say that the job was changed.
func TestRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		const rivals = 4
		var wg sync.WaitGroup
		errs := make([]error, rivals)
		assessed := make([]*apply.Assessment, rivals)
		for i := range rivals {
			assessed[i] = assess(t, w.Applier(), deploytest.Job(second))
		}
		for i, s := range assessed {
			wg.Go(func() { _, errs[i] = w.Applier().Carry(t.Context(), s) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, journal.ErrTaken) || !strings.HasPrefix(err.Error(), "orders: ") || !strings.HasSuffix(err.Error(), "apply again"):
				t.Errorf("a loser got %v", err)
			}
		}
		if won != 1 || len(w.Target.Started()) != 2 {
			t.Errorf("%d won, launches %v were started", won, w.Target.Started())
		}
		w.Check()
	})
}

func TestChangedBetweenAssessAndCarry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		a := w.Applier()
		s := assess(t, a, deploytest.Job(second))
		if _, err := deploytest.Wish(t.Context(), w.Applier(), apply.Wish{State: manifest.Suspended}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Carry(t.Context(), s); !errors.Is(err, journal.ErrTaken) {
			t.Errorf("%v, want ErrTaken", err)
		}
		w.Check()
	})
}

// held calls f while another command is in the midst of an upgrade, at a phase.
func held(t *testing.T, at journal.Phase, f func(w *deploytest.World)) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		reached, goOn, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		a := w.Applier()
		a.Step = func(e journal.Entry) {
			if e.Phase == at && !is(reached) {
				close(reached)
				<-goOn
			}
		}
		go func() {
			_, err := deploytest.Apply(t.Context(), a, deploytest.Job(second))
			done <- err
		}()
		<-reached
		f(w)
		close(goOn)
		if err := <-done; err != nil {
			t.Errorf("the holder was disturbed: %v", err)
		}
		w.Want(w.Record(), journal.Committed)
		w.Check()
	})
}

// is reports whether a channel is closed.
func is(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestHandsOff: whatever others want of a job that is being deployed, they are told
// who has it, and disturb nothing.
func TestHandsOff(t *testing.T) {
	for _, at := range []journal.Phase{journal.Published, journal.Stopped, journal.Decided, journal.Running} {
		for name, act := range map[string]func(*deploytest.World, *apply.Applier) error{
			"apply": func(w *deploytest.World, a *apply.Applier) error {
				_, err := deploytest.Apply(w.Context(), a, deploytest.Job(second))
				return err
			},
			"carry a wish": func(w *deploytest.World, a *apply.Applier) error {
				s, err := a.AssessWish(w.Context(), deploytest.Name, apply.Wish{State: manifest.Suspended})
				if err == nil {
					_, err = a.Carry(w.Context(), s)
				}
				return err
			},
			"prune": func(w *deploytest.World, a *apply.Applier) error {
				gone, err := a.Orphans(w.Context(), nil)
				if err == nil {
					_, err = a.Carry(w.Context(), gone[0])
				}
				return err
			},
			"delete": func(w *deploytest.World, a *apply.Applier) error { return a.Delete(w.Context(), deploytest.Name) },
			"adopt": func(w *deploytest.World, a *apply.Applier) error {
				_, err := a.Adopt(w.Context(), deploytest.Name)
				return err
			},
		} {
			t.Run(string(at)+"/"+name, func(t *testing.T) {
				t.Parallel()
				held(t, at, func(w *deploytest.World) {
					err := act(w, w.Applier())
					var held *journal.HeldError
					if !errors.As(err, &held) || !strings.Contains(err.Error(), "orders is being deployed by ") {
						t.Errorf("%v, want a HeldError", err)
					}
				})
			})
		}
	}
}

func TestUnfinishedDeploymentsStandInTheAssessment(t *testing.T) {
	held(t, journal.Stopping, func(w *deploytest.World) {
		if s := assess(w.T, w.Applier(), deploytest.Job(first)); !s.Unfinished {
			w.Error("it is not said to be unfinished")
		}
	})
}

func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		a := w.Applier()
		slow := time.Hour
		a.Step = func(e journal.Entry) {
			if e.Phase == journal.Published {
				time.Sleep(slow)
			}
		}
		go func() { _, _ = deploytest.Apply(t.Context(), a, deploytest.Job(first)) }()
		time.Sleep(time.Minute)
		patient := w.Applier()
		patient.Wait = true
		if e, err := deploytest.Apply(t.Context(), patient, deploytest.Job(second)); err != nil || e.Launch.Number != 2 {
			t.Errorf("%+v, %v", e, err)
		}
		w.Check()
	})
}
