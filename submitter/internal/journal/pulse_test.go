package journal

import (
	"context"
	"errors"
	"testing"

	_ "gocloud.dev/blob/memblob"

	"flink-sql-driver/plan/bucket"
)

// meddler does something while the store is asked for a list.
type meddler struct {
	Store
	onList func()
}

func (m *meddler) List(ctx context.Context, prefix string) ([]bucket.Object, error) {
	if f := m.onList; f != nil {
		m.onList = nil
		f()
	}
	return m.Store.List(ctx, prefix)
}

// TestPulseDuringAppend has an entry appended between a heartbeat and its check
// that nobody went past the hold: one's own entry is no rival's.
func TestPulseDuringAppend(t *testing.T) {
	b, err := bucket.Open(t.Context(), "mem://")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	store := &meddler{Store: b}
	j := New(store)
	first := &Entry{
		Version: EntryVersion, Number: 1, Name: "orders", Phase: Compiled, Action: Launch, Holder: NewHolder(), LastLaunch: 1,
		Next: &Next{
			Release: Release{Digest: "d", ConfigSHA256: "c", PlanDigest: "p"},
			Launch:  LaunchRef{Number: 1, ClusterID: "orders-1", JobID: "a"},
		},
		Settings: &Settings{},
	}
	h, err := j.Take(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Release()
	store.onList = func() {
		if err := h.Append(func(e *Entry) { e.Phase = Published }); err != nil {
			t.Error(err)
		}
	}
	if err := h.pulse(t.Context()); err != nil {
		t.Errorf("while this hold appends: %v", err)
	}
	store.onList = func() {
		rival := h.Newest()
		rival.Number++
		rival.Holder = NewHolder()
		if err := New(b).append(t.Context(), &rival); err != nil {
			t.Error(err)
		}
	}
	if err := h.pulse(t.Context()); !errors.Is(err, ErrTaken) {
		t.Errorf("while a rival appends: %v, want ErrTaken", err)
	}
}
