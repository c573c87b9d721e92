package journal_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/submitter/internal/journal"
)

// TestReleased: a command that is interrupted says that it does nothing more, and the
// next one goes on at once. One that was passed by says nothing.
func TestReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		j := journal.New(m)
		abandoned := func() bool {
			t.Helper()
			_, abandoned, err := j.Look(t.Context(), "orders", new(journal.Watch))
			if err != nil {
				t.Fatal(err)
			}
			return abandoned
		}
		ctx, interrupt := context.WithCancel(t.Context())
		first, err := j.Take(ctx, entry("orders", 1, journal.Compiled))
		if err != nil {
			t.Fatal(err)
		}
		if abandoned() {
			t.Error("it is held")
		}
		interrupt()
		first.Release()
		if !abandoned() {
			t.Error("it was released")
		}
		second := take(t, j, 2)
		if abandoned() {
			t.Error("it was taken over")
		}
		third := take(t, j, 3)
		_ = second.Confirm() // it learns that it was passed by
		second.Release()
		if text := m.objects["journal/orders/heartbeat"]; strings.Contains(text, "released") {
			t.Errorf("the heartbeat of another was replaced: %s", text)
		}
		if err := third.Append(func(e *journal.Entry) { e.Phase = journal.Failed }); err != nil {
			t.Fatal(err)
		}
		third.Release()
		if text := m.objects["journal/orders/heartbeat"]; strings.Contains(text, "released") {
			t.Errorf("nothing was left in the middle: %s", text)
		}
	})
}
