package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/journal"
)

// phases of one deployment in these tests.
var phases = []journal.Phase{journal.Compiled, journal.Published, journal.Decided, journal.Running, journal.Healthy, journal.Committed}

// deployed is how many entries deploy appends.
var deployed = uint64(len(phases))

// begin takes a job for its next deployment.
func begin(ctx context.Context, j *journal.Journal, name string) (*journal.Hold, error) {
	newest, err := j.Newest(ctx, name)
	if err != nil {
		return nil, err
	}
	first := entry(name, 1, phases[0])
	if newest != nil {
		first.Number = newest.Number + 1
	}
	return j.Take(ctx, first)
}

// advance appends the next entry of a deployment.
func advance(h *journal.Hold, p journal.Phase) error {
	return h.Append(func(e *journal.Entry) {
		e.Phase = p
		if e.Next != nil {
			e.Release, e.Launch = &e.Next.Release, &e.Next.Launch
		}
		if p.Final() {
			e.Next, e.Settings = nil, nil
		}
	})
}

// deploy carries one deployment of a job out.
func deploy(ctx context.Context, j *journal.Journal, name string) error {
	h, err := begin(ctx, j, name)
	if err != nil {
		return err
	}
	defer h.Release()
	for _, p := range phases[1:] {
		if err := advance(h, p); err != nil {
			return err
		}
	}
	return nil
}

func mustDeploy(t *testing.T, s journal.Store, times int) {
	t.Helper()
	j := journal.New(s)
	j.Trouble = func(name string, err error) { t.Errorf("%s: %v", name, err) }
	for range times {
		if err := deploy(t.Context(), j, "orders"); err != nil {
			t.Fatal(err)
		}
	}
}

func entryKey(n uint64) string { return fmt.Sprintf("journal/orders/%020d.json", n) }

// numbersOf are the entries that a job's history tells of.
func numbersOf(t *testing.T, s journal.Store) []uint64 {
	t.Helper()
	entries, err := journal.New(s).History(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	var numbers []uint64
	for _, e := range entries {
		numbers = append(numbers, e.Number)
	}
	return numbers
}

// wantHistory checks that the history tells of just the entries from one to another.
func wantHistory(t *testing.T, s journal.Store, from, to uint64) {
	t.Helper()
	var want []uint64
	for n := from; n <= to; n++ {
		want = append(want, n)
	}
	if got := numbersOf(t, s); !slices.Equal(got, want) {
		t.Errorf("the history tells of %v, want %d to %d", got, from, to)
	}
}

// wantLive checks which entries the live prefix holds.
func wantLive(t *testing.T, m *memory, from, to uint64) {
	t.Helper()
	var want []string
	for n := from; n <= to; n++ {
		want = append(want, entryKey(n))
	}
	if got := m.keys("journal/orders/0"); !slices.Equal(got, want) {
		t.Errorf("the live prefix holds %v, want %d to %d", got, from, to)
	}
}

func TestOnlyTheLastDeploymentStays(t *testing.T) {
	for times := range 5 {
		m := newMemory()
		mustDeploy(t, m, times+1)
		last := uint64(times+1) * deployed
		wantLive(t, m, last-deployed+1, last)
		wantHistory(t, m, 1, last)
		if parts := m.keys("history/"); len(parts) != times {
			t.Errorf("%d parts after %d deployments: %v", len(parts), times+1, parts)
		}
	}
}

// TestEveryEndIsCompacted: a job whose deployments fail again and again grows no more
// than one that goes well, and a note of one entry is a deployment, too.
func TestEveryEndIsCompacted(t *testing.T) {
	for _, end := range []journal.Phase{journal.Committed, journal.RolledBack, journal.Failed} {
		t.Run(string(end), func(t *testing.T) {
			m := newMemory()
			mustDeploy(t, m, 2)
			h, err := journal.New(m).Take(t.Context(), entry("orders", 2*deployed+1, end))
			if err != nil {
				t.Fatal(err)
			}
			h.Release()
			wantLive(t, m, 2*deployed+1, 2*deployed+1)
			wantHistory(t, m, 1, 2*deployed+1)
		})
	}
}

// TestUnfinishedDeploymentStaysWhole: what several holders did of one deployment is one.
func TestUnfinishedDeploymentStaysWhole(t *testing.T) {
	m := newMemory()
	mustDeploy(t, m, 2)
	j := journal.New(m)
	n := 2 * deployed
	first := take(t, j, n+1)
	second := take(t, j, n+2) // takes over
	first.Release()
	if err := j.Compact(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	wantLive(t, m, n+1, n+2)
	for _, p := range phases[1:] {
		if err := advance(second, p); err != nil {
			t.Fatal(err)
		}
	}
	second.Release()
	wantLive(t, m, n+1, n+1+deployed)
	wantHistory(t, m, 1, n+1+deployed)
}

// cutting is a store whose user dies at the nth thing that it changes: before or after
// that has happened, but without hearing of it.
type cutting struct {
	*memory
	nth   int
	after bool
	count int
}

var errDead = errors.New("dead")

func (c *cutting) change(do func() error) error {
	c.mu.Lock()
	c.count++
	n := c.count
	c.mu.Unlock()
	switch {
	case n < c.nth, c.nth == 0:
		return do()
	case n == c.nth && c.after:
		_ = do() // nobody hears of it
	}
	return errDead
}

func (c *cutting) Create(ctx context.Context, key string, data []byte) error {
	return c.change(func() error { return c.memory.Create(ctx, key, data) })
}

func (c *cutting) Write(ctx context.Context, key string, data []byte) error {
	return c.change(func() error { return c.memory.Write(ctx, key, data) })
}

func (c *cutting) Delete(ctx context.Context, key string) error {
	return c.change(func() error { return c.memory.Delete(ctx, key) })
}

// TestCutOffAtEveryChange has a compaction die at everything that it changes. Whatever
// the moment: the newest entry is found, the history is whole, and the next deployment
// leaves the journal as if nothing had happened.
func TestCutOffAtEveryChange(t *testing.T) {
	before := func() *memory {
		m := newMemory()
		mustDeploy(t, m, 2)
		h := take(t, journal.New(m), 2*deployed+1)
		for _, p := range phases[1:] {
			if err := advance(h, p); err != nil {
				t.Fatal(err)
			}
		}
		journal.Kill(h) // committed, and nothing moved
		return m
	}
	whole := &cutting{memory: before()}
	if err := journal.New(whole).Compact(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	if whole.count < int(deployed)+1 {
		t.Fatalf("it changed only %d things", whole.count)
	}
	last := 3 * deployed
	for nth := 1; nth <= whole.count; nth++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint(nth, after), func(t *testing.T) {
				m := before()
				if err := journal.New(&cutting{memory: m, nth: nth, after: after}).Compact(t.Context(), "orders"); !errors.Is(err, errDead) {
					t.Fatal(err)
				}
				if e, err := journal.New(m).Newest(t.Context(), "orders"); err != nil || e.Number != last {
					t.Fatalf("newest: %+v, %v", e, err)
				}
				wantHistory(t, m, 1, last)
				mustDeploy(t, m, 1)
				wantLive(t, m, last+1, last+deployed)
				wantHistory(t, m, 1, last+deployed)
			})
		}
	}
}

// TestPausedHolderFindsItsNumberFree: the entry that a paused holder is about to write
// was written by another, long ago, and moved away. Its create succeeds, and means nothing.
func TestPausedHolderFindsItsNumberFree(t *testing.T) {
	for name, wake := range map[string]func(t *testing.T, m *memory, paused *journal.Hold) error{
		"appends": func(_ *testing.T, _ *memory, paused *journal.Hold) error { return advance(paused, journal.Decided) },
		"takes, from an old record": func(t *testing.T, m *memory, _ *journal.Hold) error {
			_, err := journal.New(m).Take(t.Context(), entry("orders", deployed+3, journal.Compiled))
			return err
		},
		"takes the first entry": func(t *testing.T, m *memory, _ *journal.Hold) error {
			_, err := journal.New(m).Take(t.Context(), entry("orders", 1, journal.Compiled))
			return err
		},
		"takes over the entry that it saw": func(t *testing.T, m *memory, paused *journal.Hold) error {
			next := paused.Newest()
			next.Number++
			next.Holder = journal.NewHolder()
			_, err := journal.New(m).Take(t.Context(), &next)
			return err
		},
		"confirms": func(_ *testing.T, _ *memory, paused *journal.Hold) error { return paused.Confirm() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				mustDeploy(t, m, 1)
				paused := take(t, journal.New(m), deployed+1)
				if err := advance(paused, journal.Published); err != nil {
					t.Fatal(err)
				}
				other := take(t, journal.New(m), deployed+3) // while the other is paused
				for _, p := range phases[1:] {
					if err := advance(other, p); err != nil {
						t.Fatal(err)
					}
				}
				other.Release()
				mustDeploy(t, m, 2)
				newest := 4*deployed + 2
				wantLive(t, m, newest-deployed+1, newest)

				if err := wake(t, m, paused); !errors.Is(err, journal.ErrTaken) {
					t.Errorf("woken: %v, want ErrTaken", err)
				}
				paused.Release()
				wantLive(t, m, newest-deployed+1, newest) // what it wrote is gone again
				wantHistory(t, m, 1, newest)
				mustDeploy(t, m, 1)
				wantHistory(t, m, 1, newest+deployed)
			})
		})
	}
}

// TestDebris: a holder that woke late was killed right after its create. What it wrote
// is in nobody's way, and the next deployment removes it.
func TestDebris(t *testing.T) {
	for _, n := range []uint64{1, deployed - 1, deployed, deployed + 1, 2 * deployed} {
		m := newMemory()
		mustDeploy(t, m, 3)
		stale := entry("orders", n, journal.Compiled)
		stale.Reason = "woken"
		data, err := journal.Encode(stale)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Create(t.Context(), entryKey(n), data); err != nil {
			t.Fatal(err)
		}
		j := journal.New(m)
		newest := 3 * deployed
		if e, err := j.Newest(t.Context(), "orders"); err != nil || e.Number != newest {
			t.Errorf("newest: %+v, %v", e, err)
		}
		if all, _, err := j.All(t.Context(), "id"); err != nil || all["orders"].Number != newest {
			t.Errorf("all: %+v, %v", all, err)
		}
		if e, _, err := j.Look(t.Context(), "orders", new(journal.Watch)); err != nil || e.Number != newest {
			t.Errorf("look: %+v, %v", e, err)
		}
		entries, err := j.History(t.Context(), "orders")
		if err != nil || slices.ContainsFunc(entries, func(e *journal.Entry) bool { return e.Reason == "woken" }) {
			t.Errorf("the history tells of entry %d as it was written again: %v", n, err)
		}
		wantHistory(t, m, 1, newest)
		mustDeploy(t, m, 1)
		wantLive(t, m, newest+1, newest+deployed)
		wantHistory(t, m, 1, newest+deployed)
	}
}

// pausing is a store that stops its user before one thing that it is going to do.
type pausing struct {
	*memory
	op     string
	prefix string
	paused chan struct{}
	wake   chan struct{}
	once   bool
}

func pauseBefore(m *memory, op, prefix string) *pausing {
	return &pausing{memory: m, op: op, prefix: prefix, paused: make(chan struct{}), wake: make(chan struct{})}
}

func (p *pausing) stop(op, key string) {
	p.mu.Lock()
	hit := !p.once && op == p.op && strings.HasPrefix(key, p.prefix)
	p.once = p.once || hit
	p.mu.Unlock()
	if hit {
		close(p.paused)
		<-p.wake
	}
}

func (p *pausing) Create(ctx context.Context, key string, data []byte) error {
	p.stop("create", key)
	return p.memory.Create(ctx, key, data)
}

func (p *pausing) Delete(ctx context.Context, key string) error {
	p.stop("delete", key)
	return p.memory.Delete(ctx, key)
}

func (p *pausing) Read(ctx context.Context, key string, max int64) ([]byte, error) {
	p.stop("read", key)
	return p.memory.Read(ctx, key, max)
}

func (p *pausing) List(ctx context.Context, prefix string) ([]bucket.Object, error) {
	p.stop("list", prefix)
	return p.memory.List(ctx, prefix)
}

// TestPausedCompaction stops a compaction before everything that it does, lets others
// deploy three times and a holder that woke late write where entries were, and goes on.
func TestPausedCompaction(t *testing.T) {
	n := 2 * deployed
	for _, at := range [][2]string{
		{"list", "journal/orders/"}, {"list", "history/orders/"}, {"read", entryKey(1)}, {"read", entryKey(2)}, {"read", entryKey(deployed)},
		{"create", "history/orders/"}, {"delete", entryKey(1)}, {"delete", entryKey(deployed)},
	} {
		t.Run(strings.Join(at[:], " "), func(t *testing.T) {
			m := newMemory()
			mustDeploy(t, m, 1)
			h := take(t, journal.New(m), deployed+1)
			for _, p := range phases[1:] {
				if err := advance(h, p); err != nil {
					t.Fatal(err)
				}
			}
			journal.Kill(h)
			p := pauseBefore(m, at[0], at[1])
			done := make(chan error, 1)
			go func() { done <- journal.New(p).Compact(t.Context(), "orders") }()
			<-p.paused
			mustDeploy(t, m, 3)
			debris := entry("orders", 2, journal.Compiled)
			debris.Reason = "woken"
			data, err := journal.Encode(debris)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Create(t.Context(), entryKey(2), data); err != nil {
				t.Fatal(err)
			}
			close(p.wake)
			if err := <-done; err != nil {
				t.Errorf("the compaction that was paused: %v", err)
			}
			newest := n + 3*deployed
			wantHistory(t, m, 1, newest)
			mustDeploy(t, m, 1)
			wantLive(t, m, newest+1, newest+deployed)
			entries, err := journal.New(m).History(t.Context(), "orders")
			if err != nil || slices.ContainsFunc(entries, func(e *journal.Entry) bool { return e.Reason == "woken" }) {
				t.Errorf("the history tells of what was written late: %v", err)
			}
		})
	}
}

// TestReaderOfWhatIsMoved stops a reader before everything that it reads, and lets two
// deployments move it away.
func TestReaderOfWhatIsMoved(t *testing.T) {
	last := 2 * deployed
	after := last + 2*deployed
	for _, at := range [][2]string{
		{"list", "journal/"}, {"list", "history/"}, {"read", entryKey(last)}, {"read", entryKey(last - 1)}, {"read", "history/"},
	} {
		for name, read := range map[string]func(*journal.Journal) (newest uint64, err error){
			"Newest": func(j *journal.Journal) (uint64, error) {
				e, err := j.Newest(t.Context(), "orders")
				return numberOf(e), err
			},
			"Look": func(j *journal.Journal) (uint64, error) {
				e, _, err := j.Look(t.Context(), "orders", new(journal.Watch))
				return numberOf(e), err
			},
			"All": func(j *journal.Journal) (uint64, error) {
				all, unreadable, err := j.All(t.Context(), "id")
				if err == nil && len(unreadable) > 0 {
					err = unreadable["orders"]
				}
				return numberOf(all["orders"]), err
			},
			"History": func(j *journal.Journal) (uint64, error) {
				entries, err := j.History(t.Context(), "orders")
				for i, e := range entries {
					if e.Number != uint64(i+1) {
						return 0, fmt.Errorf("entry %d is number %d", i+1, e.Number)
					}
				}
				return uint64(len(entries)), err
			},
		} {
			t.Run(name+" "+strings.Join(at[:], " "), func(t *testing.T) {
				m := newMemory()
				mustDeploy(t, m, 2)
				p := pauseBefore(m, at[0], at[1])
				type answer struct {
					newest uint64
					err    error
				}
				done := make(chan answer, 1)
				go func() {
					newest, err := read(journal.New(p))
					done <- answer{newest, err}
				}()
				select {
				case <-p.paused:
					mustDeploy(t, m, 2)
					close(p.wake)
				case a := <-done: // it needs nothing of that
					if a.newest != last || a.err != nil {
						t.Errorf("undisturbed: entry %d, %v", a.newest, a.err)
					}
					return
				}
				if a := <-done; a.err != nil || a.newest%deployed != 0 || a.newest < last || a.newest > after {
					t.Errorf("entry %d, %v; want the end of a deployment, from %d to %d", a.newest, a.err, last, after)
				}
			})
		}
	}
}

func numberOf(e *journal.Entry) uint64 {
	if e == nil {
		return 0
	}
	return e.Number
}

// TestOldBucket: a journal that was never compacted is with its next deployment, in parts
// that are not too large.
func TestOldBucket(t *testing.T) {
	m := newMemory()
	const many = 1100
	for n := uint64(1); n <= many; n++ {
		p := journal.Published
		if n%deployed == 0 || n == many {
			p = journal.Committed
		}
		e := entry("orders", n, p)
		if e.Next != nil && n < 10 {
			e.Manifest = strings.Repeat("x", 1<<20)
		}
		data, err := journal.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		m.objects[entryKey(n)] = string(data)
	}
	wantHistory(t, m, 1, many)
	mustDeploy(t, m, 1)
	wantLive(t, m, many+1, many+deployed)
	wantHistory(t, m, 1, many+deployed)
	parts := m.keys("history/")
	for _, k := range parts {
		if size := len(m.objects[k]); size > 5<<20 {
			t.Errorf("%s has %d bytes", k, size)
		}
	}
	if len(parts) < 5 || len(parts) > 12 {
		t.Errorf("%d parts", len(parts))
	}
}

// TestHistoryIsForgotten: after 30 days, but never the newest 1,000 entries.
func TestHistoryIsForgotten(t *testing.T) {
	const day = 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		mustDeploy(t, m, 10)
		time.Sleep(40 * day)
		mustDeploy(t, m, 10)
		wantHistory(t, m, 1, 20*deployed) // old, but few
		mustDeploy(t, m, 190)
		all := numbersOf(t, m)
		// What was older than 30 days is gone, but for what the part was needed for.
		if all[0] < 9*deployed || all[0] > 11*deployed+1 {
			t.Errorf("the history begins at %d", all[0])
		}
		time.Sleep(31 * day)
		mustDeploy(t, m, 1)
		all = numbersOf(t, m)
		if n := len(all); n < 1000 || n > 1000+2*int(deployed) {
			t.Errorf("%d entries are kept", n)
		}
		if last := all[len(all)-1]; last != 211*deployed || last-all[0]+1 != uint64(len(all)) {
			t.Errorf("%d entries from %d to %d", len(all), all[0], last)
		}
	})
}

// TestHistoryOutlivesTheJournal: numbers count on, so that no entry gets the number of
// one that is in the history.
func TestHistoryOutlivesTheJournal(t *testing.T) {
	m := newMemory()
	mustDeploy(t, m, 3)
	for _, k := range m.keys("journal/") {
		if err := m.Delete(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	if e, err := journal.New(m).Newest(t.Context(), "orders"); e != nil || err != nil {
		t.Errorf("a record: %+v, %v", e, err)
	}
	wantHistory(t, m, 1, 2*deployed)
	mustDeploy(t, m, 2)
	wantLive(t, m, 3*deployed+1, 4*deployed)
	wantHistory(t, m, 1, 4*deployed)
}

// TestRestoredInPart: a journal that is older than its history is left alone.
func TestRestoredInPart(t *testing.T) {
	m := newMemory()
	mustDeploy(t, m, 2)
	backup := m.keys("journal/orders/0")
	texts := make(map[string]string)
	for _, k := range backup {
		texts[k] = m.objects[k]
	}
	mustDeploy(t, m, 2)
	for _, k := range m.keys("journal/") {
		if err := m.Delete(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	for k, text := range texts {
		m.objects[k] = text
	}
	stray := entry("orders", 1, journal.Committed)
	data, err := journal.Encode(stray)
	if err != nil {
		t.Fatal(err)
	}
	m.objects[entryKey(1)] = string(data)
	if err := journal.New(m).Compact(t.Context(), "orders"); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("%v", err)
	}
	if e, err := journal.New(m).Newest(t.Context(), "orders"); err != nil || e.Number != 2*deployed {
		t.Errorf("newest: %+v, %v", e, err)
	}
}

// TestTroubleIsTold: entries that cannot be moved keep no deployment from its end, and
// somebody hears of it.
func TestTroubleIsTold(t *testing.T) {
	for name, spoil := range map[string]func(m *memory){
		"deleting is forbidden": func(m *memory) { m.spoil(failing("delete")) },
		"the history cannot be listed": func(m *memory) {
			m.spoil(func(op, key string) error {
				if op == "list" && strings.HasPrefix(key, "history/") {
					return errFull
				}
				return nil
			})
		},
		"an old entry is damaged":  func(m *memory) { m.objects[entryKey(deployed+2)] = `{"version": 1,` },
		"an old entry is empty":    func(m *memory) { m.objects[entryKey(deployed+2)] = "" },
		"an old entry is not its":  func(m *memory) { m.objects[entryKey(deployed+2)] = m.objects[entryKey(deployed+3)] },
		"the history is damaged":   func(m *memory) { m.objects[m.keys("history/")[0]] = "{" },
		"the history is empty":     func(m *memory) { m.objects[m.keys("history/")[0]] = "" },
		"the history is another's": func(m *memory) { m.objects[m.keys("history/")[0]] = `{"number":1,"name":"payments"}` },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			mustDeploy(t, m, 2)
			spoil(m)
			j := journal.New(m)
			var told []error
			j.Trouble = func(name string, err error) {
				if name != "orders" {
					t.Errorf("of %q", name)
				}
				told = append(told, err)
			}
			if err := deploy(t.Context(), j, "orders"); err != nil {
				t.Fatal(err)
			}
			if len(told) != 1 || !strings.Contains(told[0].Error(), "orders") && !errors.Is(told[0], errFull) {
				t.Errorf("told: %v", told)
			}
			m.spoil(nil)
			if e, err := j.Newest(t.Context(), "orders"); err != nil || e.Number != 3*deployed || e.Phase != journal.Committed {
				t.Errorf("newest: %+v, %v", e, err)
			}
			if len(m.keys("journal/orders/0")) < int(deployed) {
				t.Errorf("entries were deleted: %v", m.keys("journal/"))
			}
		})
	}
}

// TestInterruptedCommandDoesNotTidyUp: it is to end at once.
func TestInterruptedCommandDoesNotTidyUp(t *testing.T) {
	m := newMemory()
	mustDeploy(t, m, 1)
	ctx, cancel := context.WithCancel(t.Context())
	j := journal.New(m)
	j.Trouble = func(_ string, err error) { t.Errorf("told of %v", err) }
	h, err := j.Take(ctx, entry("orders", deployed+1, journal.Committed))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	h.Release()
	wantLive(t, m, 1, deployed+1)
}
