package deploy_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// ending is a command that ends a job and gives up what is being started.
func ending(w *deploytest.World) *apply.Applier {
	a := w.Applier()
	a.GiveUp = true
	return a
}

// TestGivenUp: a launch that never comes up is ended by cancel and delete at once,
// wherever its deployment was cut off. A holder that wakes starts nothing.
func TestGivenUp(t *testing.T) {
	for name, s := range map[string]story{
		"first launch": {func(*deploytest.World) {}, applies(first)},
		"upgrade":      {runs, applies(second)},
		"rollback": {func(w *deploytest.World) {
			runs(w)
			w.Target.Behave = behaves(2, deploytest.Behaviour{Start: deploytest.Dies})
		}, applies(second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, from, to, _ := undisturbed(t, s)
			for n := from; n < to; n++ {
				t.Run(fmt.Sprint(n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { giveUp(t, s, n) })
				})
			}
		})
	}
}

func giveUp(t *testing.T, s story, n uint64) {
	w := deploytest.New(t)
	s.before(w)
	behave := w.Target.Behave
	w.Target.Behave = func(nth int) deploytest.Behaviour {
		if behave != nil && behave(nth).Start != "" {
			return behave(nth)
		}
		return deploytest.Behaviour{Start: deploytest.Hangs}
	}
	var before uint64 // the launch that may run on: it was not touched yet
	if r := w.Record(); r != nil && r.Phase.Final() {
		before = r.Launch.Number
	}
	paused, wakes, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	holder := w.Applier()
	holder.Step = func(e journal.Entry) {
		if e.Number == n {
			close(paused)
			<-wakes
		}
	}
	go func() {
		defer close(done)
		_, _ = s.act(t.Context(), holder)
	}()
	select {
	case <-paused:
	case <-time.After(time.Hour):
	}
	begun := time.Now()
	_, _ = ending(w).Unlock(t.Context(), deploytest.Name)
	if took := time.Since(begun); took > deploytest.HealthTimeout/2 {
		t.Errorf("it took %s", took)
	}
	if r := w.Record(); !r.Phase.Final() {
		t.Fatalf("phase %s", r.Phase)
	}
	close(wakes)
	<-done
	time.Sleep(time.Minute)
	r := w.Record()
	if got := w.Target.Running(); len(got) > 0 && fmt.Sprint(got) != fmt.Sprintf("[%d]", before) {
		t.Errorf("launches %v run, the record is at %s", got, r.Phase)
	}
	w.Target.Behave = nil
	if _, err := deploytest.Wish(t.Context(), ending(w), apply.Wish{State: manifest.Cancelled}); err != nil {
		t.Error(err)
	}
	time.Sleep(time.Minute)
	if got := w.Target.Running(); len(got) > 0 || w.Record().State != string(manifest.Cancelled) {
		t.Errorf("after cancel: launches %v run, %+v", got, w.Record())
	}
	w.Check()
}
