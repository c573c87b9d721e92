package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
)

// TestPausedHolderWakesLate pauses a command after every entry, lets others bring the job
// to its end and deploy it again, until the entries that the first would write next are
// all in the history and their keys free, and wakes it.
func TestPausedHolderWakesLate(t *testing.T) { afterEveryEntry(t, wakeLate) }

func wakeLate(t *testing.T, s story, n uint64) {
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
	for _, owner := range []string{"b", "a", "team"} {
		other := w.Applier()
		other.Policy.Owner = owner
		if _, err := other.Adopt(t.Context(), deploytest.Name); err != nil {
			t.Fatal(err)
		}
	}
	newest := w.Record().Number
	want, running, objects := endOf(w), w.Target.Running(), objectsOf(w)
	if strings.Contains(objects, fmt.Sprintf("journal/orders/%020d.json", n+1)) {
		t.Fatalf("entry %d was not moved away", n+1)
	}
	close(wakes)
	if err := <-done; !errors.Is(err, journal.ErrLost) {
		t.Errorf("the holder that was replaced ended with %v, want ErrLost", err)
	}
	w.Check()
	if got := endOf(w); got != want || !slices.Equal(running, w.Target.Running()) || w.Record().Number != newest {
		t.Errorf("it changed the end from\n%+v, running %v, to\n%+v, running %v", want, running, got, w.Target.Running())
	}
	if got := objectsOf(w); got != objects {
		t.Errorf("it changed what the bucket holds from\n%s\nto\n%s", objects, got)
	}
	entries, err := journal.New(w.Bucket).History(t.Context(), deploytest.Name)
	if err != nil || uint64(len(entries)) != newest {
		t.Errorf("the history has %d entries, not %d: %v", len(entries), newest, err)
	}
}

// objectsOf are the job's record, its history and its manifest, with what is in them.
func objectsOf(w *deploytest.World) string {
	w.Helper()
	var all strings.Builder
	ctx := context.WithoutCancel(w.Context())
	for _, prefix := range []string{"journal/orders/0", "history/", "manifests/"} {
		objects, err := w.Bucket.List(ctx, prefix)
		if err != nil {
			w.Fatal(err)
		}
		for _, o := range objects {
			data, err := w.Bucket.Read(ctx, o.Key, 1<<20)
			if err != nil {
				w.Fatal(err)
			}
			fmt.Fprintf(&all, "%s\n%s\n", o.Key, data)
		}
	}
	return all.String()
}
