package journal_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/journal"
)

// slow is a store whose every operation takes some time before and after it happens, and
// now and then so long that its user has been given up for dead meanwhile.
type slow struct {
	*memory
	mu   sync.Mutex
	dice *rand.Rand
}

func (s *slow) wait() {
	s.mu.Lock()
	d := time.Duration(s.dice.IntN(50)) * time.Millisecond
	if s.dice.IntN(60) == 0 {
		d = 2 * journal.TakeOverAfter
	}
	s.mu.Unlock()
	time.Sleep(d)
}

func (s *slow) Create(ctx context.Context, key string, data []byte) error {
	s.wait()
	defer s.wait()
	return s.memory.Create(context.WithoutCancel(ctx), key, data)
}

func (s *slow) Write(ctx context.Context, key string, data []byte) error {
	s.wait()
	defer s.wait()
	return s.memory.Write(context.WithoutCancel(ctx), key, data)
}

func (s *slow) Delete(ctx context.Context, key string) error {
	s.wait()
	defer s.wait()
	return s.memory.Delete(context.WithoutCancel(ctx), key)
}

func (s *slow) Read(ctx context.Context, key string, max int64) ([]byte, error) {
	s.wait()
	defer s.wait()
	return s.memory.Read(ctx, key, max)
}

func (s *slow) List(ctx context.Context, prefix string) ([]bucket.Object, error) {
	s.wait()
	defer s.wait()
	return s.memory.List(ctx, prefix)
}

// accepted are the entries whose writers were told that they count.
type accepted struct {
	mu     sync.Mutex
	nonces map[uint64]string
	t      *testing.T
}

func (a *accepted) add(e journal.Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if have, ok := a.nonces[e.Number]; ok && have != e.Holder.Nonce {
		a.t.Errorf("two writers were told that entry %d is theirs", e.Number)
	}
	a.nonces[e.Number] = e.Holder.Nonce
}

// worker deploys, takes over and is taken over.
func worker(ctx context.Context, j *journal.Journal, a *accepted) {
	for ctx.Err() == nil {
		newest, err := j.Newest(ctx, "orders")
		if err != nil {
			continue
		}
		next := entry("orders", 1, phases[0])
		if newest != nil {
			next.Number = newest.Number + 1
			if !newest.Phase.Final() {
				time.Sleep(journal.TakeOverAfter) // perhaps it has been abandoned
				next.Phase, next.Next, next.Launch, next.Release = newest.Phase, newest.Next, newest.Launch, newest.Release
			}
		}
		h, err := j.Take(ctx, next)
		if err != nil {
			continue
		}
		a.add(h.Newest())
		for _, p := range phases[slices.Index(phases, next.Phase)+1:] {
			if advance(h, p) != nil {
				break
			}
			a.add(h.Newest())
		}
		h.Release()
	}
}

// TestManyAtOnce lets commands deploy a job and read of it, each pausing wherever it
// likes, and compares what they were told with what the history tells in the end.
func TestManyAtOnce(t *testing.T) {
	const rounds, workers, readers = 8, 4, 2
	for seed := range uint64(rounds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				store := &slow{memory: m, dice: rand.New(rand.NewPCG(seed, 1))}
				a := &accepted{nonces: make(map[uint64]string), t: t}
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
				defer stop()
				var wg sync.WaitGroup
				for range workers {
					wg.Go(func() {
						j := journal.New(store)
						j.Trouble = func(_ string, err error) { t.Errorf("trouble: %v", err) }
						worker(ctx, j, a)
					})
				}
				for range readers {
					wg.Go(func() { reader(ctx, t, journal.New(store)) })
				}
				wg.Wait()
				check(t, m, a)
			})
		})
	}
}

// reader sees the newest entry move on, and the history whole.
func reader(ctx context.Context, t *testing.T, j *journal.Journal) {
	var seen uint64
	for ; ctx.Err() == nil; time.Sleep(time.Second) {
		e, err := j.Newest(ctx, "orders")
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("newest: %v", err)
		}
		if e != nil {
			if e.Number < seen {
				t.Errorf("entry %d is the newest, after %d was", e.Number, seen)
			}
			seen = e.Number
		}
		entries, err := j.History(ctx, "orders")
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("history: %v", err)
		}
		for i, e := range entries {
			if e.Number != uint64(i+1) {
				t.Errorf("entry %d of the history is number %d", i+1, e.Number)
				return
			}
		}
		if err == nil && uint64(len(entries)) < seen {
			t.Errorf("the history ends at %d, and %d was there", len(entries), seen)
		}
	}
}

// check compares the history with what its writers were told, and looks for what is left.
func check(t *testing.T, m *memory, a *accepted) {
	t.Helper()
	var written uint64
	entries, err := journal.New(m).History(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		if e.Number != uint64(i+1) {
			t.Fatalf("entry %d of the history is number %d", i+1, e.Number)
		}
		if want, ok := a.nonces[e.Number]; ok && want != e.Holder.Nonce {
			t.Errorf("entry %d of the history is not the one that was accepted", e.Number)
		}
		written = e.Number
	}
	if top := slices.Max(slices.Collect(maps.Keys(a.nonces))); written < top || top < 2*deployed {
		t.Errorf("the history ends at %d, and %d was accepted", written, top)
	}
	mustDeploy(t, m, 2)
	if n := uint64(len(m.keys("journal/orders/0"))); n != deployed {
		t.Errorf("%d entries are left in the live prefix", n)
	}
}
