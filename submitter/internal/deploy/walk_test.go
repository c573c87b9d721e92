package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
)

// end is what is the same however often a deployment was cut off.
type end struct {
	phase    journal.Phase
	action   journal.Action
	state    string
	version  int
	plan     string // of what runs, or ran last
	good     string
	running  int
	launches int // that were started
	newest   bool
}

func endOf(w *deploytest.World) end {
	time.Sleep(time.Minute) // for what is about to end
	r := w.Record()
	e := end{
		phase: r.Phase, action: r.Action, state: r.State, version: r.Meta.QueryVersion,
		running: len(w.Target.Running()), launches: len(w.Target.Started()),
	}
	if r.Release != nil {
		e.plan = r.Release.PlanDigest
	}
	if r.Good != nil {
		e.good = r.Good.PlanDigest
	}
	state, err := (&deploy.Deployer{Bucket: w.Bucket}).NewestState(w.Context(), r.Name, r.Trusted)
	if err != nil {
		w.Fatal(err)
	}
	e.newest = state == w.Target.Newest()
	return e
}

// undisturbed carries a story out and returns its end, the numbers of its first and
// last entry, and how many effects it has.
func undisturbed(t *testing.T, s story) (want end, from, to uint64, effects int) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		s.before(w)
		if r := w.Record(); r != nil {
			from = r.Number
		}
		w.Target.Effect = counted(func(n int) { effects = n })
		_, err := s.act(t.Context(), w.Applier())
		var failed *deploy.FailedError
		if err != nil && !errors.As(err, &failed) {
			t.Fatal(err)
		}
		w.Check()
		want, to = endOf(w), w.Record().Number
		if !want.newest {
			t.Errorf("the record vouches for other state than the newest, %s", w.Target.Newest())
		}
	})
	return want, from + 1, to, effects
}

// counted numbers effects from 1. What is tried again and again counts twice.
func counted(f func(n int)) func(string) {
	seen, n := make(map[string]int), 0
	return func(what string) {
		const enough = 2
		if seen[what]++; seen[what] > enough {
			return
		}
		n++
		f(n)
	}
}

// cut ends a command.
type cut func(cancel context.CancelFunc)

func killed(context.CancelFunc) { runtime.Goexit() }

func cancelled(cancel context.CancelFunc) { cancel() }

// run carries out f with a new applier that is killed right after entry n.
func run(w *deploytest.World, n uint64, f func(context.Context, *apply.Applier) (*journal.Entry, error)) {
	a := w.Applier()
	a.Step = func(e journal.Entry) {
		if e.Number == n {
			runtime.Goexit()
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = f(w.Context(), a)
	}()
	<-done
}

// runUntil carries out f with a new applier that is cut off right after its nth
// effect, whose success it never hears of.
func runUntil(w *deploytest.World, nth int, c cut, f func(context.Context, *apply.Applier) (*journal.Entry, error)) {
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	w.Target.Effect = counted(func(n int) {
		if n == nth {
			c(cancel)
		}
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = f(ctx, w.Applier())
	}()
	<-done
	w.Target.Effect = nil
}

func goOn(ctx context.Context, a *apply.Applier) (*journal.Entry, error) {
	return a.Continue(ctx, deploytest.Name)
}

// finish lets a second command go on, and acts again if the first was cut off before
// it wrote down what it was about, or before anything was touched.
func finish(w *deploytest.World, s story, begun uint64) {
	var failed *deploy.FailedError
	e, err := w.Applier().Continue(w.Context(), deploytest.Name)
	switch {
	case e != nil && e.Number < begun:
		_, err = s.act(w.Context(), w.Applier())
	case errors.As(err, &failed) && failed.Entry.Problem == "it was interrupted before its release was in the bucket; nothing was touched":
		_, err = s.act(w.Context(), w.Applier())
	}
	if err != nil && !errors.As(err, &failed) {
		w.Errorf("the command that goes on: %v", err)
	}
}

// TestCutOffAfterEveryEffect kills or interrupts the command after everything that
// it does to the world: an entry, a decision, a launch, a removal, a request to a
// JobManager. Whatever the moment, whoever goes on reaches the same end.
func TestCutOffAfterEveryEffect(t *testing.T) {
	for name, s := range stories() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, from, _, effects := undisturbed(t, s)
			for n := 1; n <= effects; n++ {
				t.Run(fmt.Sprint(n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := deploytest.New(t)
						s.before(w)
						runUntil(w, n, []cut{killed, cancelled}[n%2], s.act)
						finish(w, s, from)
						w.Check()
						if got := endOf(w); got != want {
							t.Errorf("ended with\n%+v, want\n%+v", got, want)
						}
					})
				})
			}
		})
	}
}

// TestCutOffAgainAndAgain has every command die after one entry of its own, the
// one by which it took over not counted.
func TestCutOffAgainAndAgain(t *testing.T) {
	for name, s := range stories() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, from, _, _ := undisturbed(t, s)
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				s.before(w)
				run(w, from+1, s.act)
				const enough = 50
				for range enough {
					if w.Record().Phase.Final() {
						break
					}
					run(w, w.Record().Number+2, goOn)
				}
				w.Check()
				if got := endOf(w); got != want {
					t.Errorf("ended with\n%+v, want\n%+v", got, want)
				}
			})
		})
	}
}

// TestPausedHolderWakes pauses a command after every entry, lets another one take
// the job and bring it to its end, and wakes the first.
func TestPausedHolderWakes(t *testing.T) { afterEveryEntry(t, wake) }

// afterEveryEntry calls disturb for every entry of every story, but the last.
func afterEveryEntry(t *testing.T, disturb func(t *testing.T, s story, n uint64)) {
	t.Helper()
	for name, s := range stories() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, from, to, _ := undisturbed(t, s)
			for n := from; n < to; n++ {
				t.Run(fmt.Sprint(n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { disturb(t, s, n) })
				})
			}
		})
	}
}

func wake(t *testing.T, s story, n uint64) {
	w := deploytest.New(t)
	s.before(w)
	paused, wakes, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	a := w.Applier()
	a.Step = func(e journal.Entry) {
		if e.Number == n {
			close(paused)
			<-wakes
		}
	}
	go func() {
		_, err := s.act(t.Context(), a)
		done <- err
	}()
	<-paused
	_, err := w.Applier().Unlock(t.Context(), deploytest.Name)
	var failed *deploy.FailedError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	want, running, number := endOf(w), w.Target.Running(), w.Record().Number
	close(wakes)
	if err := <-done; !errors.Is(err, journal.ErrLost) {
		t.Errorf("the holder that was replaced ended with %v, want ErrLost", err)
	}
	w.Check()
	if got := endOf(w); got != want || !slices.Equal(running, w.Target.Running()) || w.Record().Number != number {
		t.Errorf("it changed the end from\n%+v, running %v, to\n%+v, running %v", want, running, got, w.Target.Running())
	}
}
