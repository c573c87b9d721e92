package journal_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/journal"
)

// TestDriversReadWhatIsMoved has drivers and commands read a job in a directory while it
// is deployed again and again, with entries of holders that woke late among the others.
// Drivers of before there was a history read in the same way: they list the entries and
// take the newest.
func TestDriversReadWhatIsMoved(t *testing.T) {
	j, b := open(t)
	if err := deploy(t.Context(), j, "orders"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	watch := func(what string, newest func() (uint64, error)) {
		wg.Go(func() {
			var seen uint64
			for ctx.Err() == nil {
				n, err := newest()
				if ctx.Err() == nil && (err != nil || n < seen) {
					t.Errorf("%s: entry %d after %d, %v", what, n, seen, err)
					return
				}
				seen = n
			}
		})
	}
	watch("driver", func() (uint64, error) {
		n, _, err := launch.Current(ctx, b, "orders")
		return n, err
	})
	watch("command", func() (uint64, error) {
		e, err := journal.New(b).Newest(ctx, "orders")
		return numberOf(e), err
	})
	watch("status", func() (uint64, error) {
		all, _, err := journal.New(b).All(ctx, "id")
		return numberOf(all["orders"]), err
	})
	watch("history", func() (uint64, error) {
		entries, err := journal.New(b).History(ctx, "orders")
		for i, e := range entries {
			if e.Number != uint64(i+1) {
				return 0, errors.New("an entry is missing")
			}
		}
		return uint64(len(entries)), err
	})
	const deployments = 10
	for i := range uint64(deployments) {
		if err := deploy(t.Context(), j, "orders"); err != nil {
			t.Error(err)
		}
		data, err := journal.Encode(entry("orders", i+1, journal.Compiled))
		if err != nil {
			t.Error(err)
		}
		if err := b.Create(t.Context(), entryKey(i+1), data); err != nil && !errors.Is(err, bucket.ErrExist) {
			t.Error(err)
		}
	}
	stop()
	wg.Wait()
	if n, l, err := launch.Current(t.Context(), b, "orders"); n != (deployments+1)*deployed || l != 1 || err != nil {
		t.Errorf("entry %d, launch %d, %v", n, l, err)
	}
}
