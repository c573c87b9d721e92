package deploy_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
)

// wrong is a command whose clock is wrong by a time.
func wrong(w *deploytest.World, by time.Duration) *apply.Applier {
	a := w.Applier()
	a.Journal.Now = func() time.Time { return time.Now().Add(by) }
	return a
}

// skew moves the store's timestamps apart: every other object is an hour old, the
// rest is of an hour from now. In a synctest bubble the store's clock is decades
// ahead of ours anyway.
func skew(w *deploytest.World) {
	n := 0
	err := filepath.WalkDir(w.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		info, err := d.Info()
		if err != nil {
			return err
		}
		at := info.ModTime().Add([]time.Duration{time.Hour, -time.Hour}[n%2])
		return os.Chtimes(path, at, at)
	})
	if err != nil {
		w.Error(err)
	}
}

// TestClocksAnHourApart: who holds a job and who may take over is told by signs of
// life on one's own monotonic clock, whatever any clock on a wall shows.
func TestClocksAnHourApart(t *testing.T) {
	for name, by := range map[string]time.Duration{"ahead": time.Hour, "behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				reached, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
				holder := wrong(w, by)
				holder.Step = func(e journal.Entry) {
					skew(w)
					if e.Phase == journal.Decided {
						close(reached)
						<-goOn
						runtime.Goexit()
					}
				}
				go func() {
					defer close(ended)
					_, _ = deploytest.Apply(t.Context(), holder, deploytest.Job(second))
				}()
				<-reached
				// While its heart beats, nobody takes over, however long that takes.
				time.Sleep(time.Minute)
				_, err := wrong(w, -by).Continue(t.Context(), deploytest.Name)
				var held *journal.HeldError
				if !errors.As(err, &held) {
					t.Fatalf("%v, want that it is held", err)
				}
				close(goOn)
				<-ended
				// It said that it does nothing more, as one that is killed cannot.
				if err := os.Remove(filepath.Join(w.Dir, "journal", deploytest.Name, "heartbeat")); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				e, err := wrong(w, -by).Continue(t.Context(), deploytest.Name)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < journal.TakeOverAfter || took > 2*journal.TakeOverAfter {
					t.Errorf("it was taken over and finished after %s", took)
				}
				w.Want(e, journal.Committed)
				if d := e.Time.Sub(time.Now()); d.Abs() < 59*time.Minute {
					t.Errorf("its last entry is of %s", e.Time)
				}
				skew(w)
				w.MustApply(deploytest.Job(first))
				w.Check()
			})
		})
	}
}

// TestIndexOfAnotherTime: with timestamps of the store as they come, the records
// are read all the same.
func TestIndexOfAnotherTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		runs(w)
		for range 4 {
			skew(w)
			records, _, err := w.Applier().Journal.All(t.Context(), "id")
			if err != nil || records[deploytest.Name].Number != w.Record().Number {
				t.Fatalf("%+v, %v", records, err)
			}
		}
	})
}
