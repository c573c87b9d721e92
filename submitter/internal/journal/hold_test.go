package journal_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/journal"
)

func take(t *testing.T, j *journal.Journal, n uint64) *journal.Hold {
	t.Helper()
	h, err := j.Take(t.Context(), entry("orders", n, journal.Compiled))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// holds checks whether a hold still holds after a time.
func holds(t *testing.T, h *journal.Hold, after time.Duration, want bool) {
	t.Helper()
	time.Sleep(after)
	synctest.Wait()
	if cause := context.Cause(h.Context()); want != (cause == nil) || cause != nil && !errors.Is(cause, journal.ErrLost) {
		t.Errorf("its context ended with %v; holds: want %v", cause, want)
	}
}

const moment = time.Millisecond

var errFull = errors.New("no space left on device")

func failing(op string) func(string, string) error {
	return func(o, _ string) error {
		if o == op {
			return errFull
		}
		return nil
	}
}

func TestHoldIsKeptForAsLongAsHeartbeatsSucceed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := take(t, journal.New(newMemory()), 1)
		holds(t, h, 24*time.Hour, true)
		h.Release()
		if cause := context.Cause(h.Context()); !errors.Is(cause, context.Canceled) || errors.Is(cause, journal.ErrLost) {
			t.Errorf("released with %v", cause)
		}
	})
}

// TestHoldIsLost: 20 seconds after the last heartbeat that succeeded, no sooner.
func TestHoldIsLost(t *testing.T) {
	forever := make(chan struct{})
	for name, fault := range map[string]func(op, key string) error{
		"cannot write": failing("write"),
		"cannot list":  failing("list"),
		"hangs, deaf to its context": func(op, _ string) error {
			if op == "write" {
				<-forever
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				forever = make(chan struct{})
				m := newMemory()
				h := take(t, journal.New(m), 1)
				holds(t, h, 3*journal.HeartbeatEvery, true)
				m.spoil(fault)
				holds(t, h, journal.GiveUpAfter-moment, true)
				holds(t, h, 2*moment, false)
				if cause := context.Cause(h.Context()); strings.HasPrefix(name, "cannot") && !errors.Is(cause, errFull) {
					t.Errorf("lost without saying why: %v", cause)
				}
				if err := h.Append(func(*journal.Entry) { t.Error("it went on") }); !errors.Is(err, journal.ErrLost) {
					t.Errorf("append: %v", err)
				}
				close(forever)
				h.Release()
			})
		})
	}
}

func TestHeartbeatIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		h := take(t, journal.New(m), 1)
		m.spoil(failing("write"))
		holds(t, h, journal.GiveUpAfter-journal.HeartbeatEvery/4, true)
		m.spoil(nil)
		holds(t, h, time.Hour, true)
		h.Release()
	})
}

// TestSlowHeartbeat: others count from when they may have seen it, which is before
// its writer knew that it was written.
func TestSlowHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		h := take(t, journal.New(m), 1)
		const slow = 9 * time.Second
		m.spoil(func(op, _ string) error {
			if op == "list" {
				time.Sleep(slow)
				m.spoil(failing("write"))
			}
			return nil
		})
		time.Sleep(journal.HeartbeatEvery) // the beat is written now, and known 9 s later
		holds(t, h, journal.GiveUpAfter-moment, true)
		holds(t, h, 2*moment, false)
		h.Release()
	})
}

// TestSlowStore: time that requests take is not missing for the next heartbeat.
func TestSlowStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		const slow = 3 * time.Second
		m.spoil(func(string, string) error { time.Sleep(slow); return nil })
		h := take(t, journal.New(m), 1)
		holds(t, h, time.Hour, true)
		h.Release()
	})
}

func TestHigherEntryEndsAHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := journal.New(newMemory())
		paused := take(t, j, 1)
		other := take(t, j, 2)
		holds(t, paused, journal.HeartbeatEvery+moment, false)
		holds(t, other, time.Hour, true)
		if err := paused.Confirm(); !errors.Is(err, journal.ErrLost) {
			t.Errorf("confirm: %v", err)
		}
		paused.Release()
		other.Release()
	})
}

func TestConfirmSeesAHigherEntryAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		j := journal.New(m)
		paused := take(t, j, 1)
		if err := paused.Confirm(); err != nil {
			t.Errorf("of the holder: %v", err)
		}
		m.spoil(failing("write"))
		if err := paused.Confirm(); !errors.Is(err, errFull) {
			t.Errorf("what cannot be confirmed: %v", err)
		}
		m.spoil(nil)
		other := take(t, j, 2)
		if err := paused.Confirm(); !errors.Is(err, journal.ErrTaken) {
			t.Errorf("of the one that was replaced: %v", err)
		}
		holds(t, paused, 0, false)
		paused.Release()
		other.Release()
	})
}

// TestTakeOverWaits: a holder that lives is left alone, one that is silent is
// replaced after 30 seconds, ten more than it takes it to give up.
func TestTakeOverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		j := journal.New(m)
		h := take(t, j, 1)
		var w journal.Watch
		look := func() bool {
			_, abandoned, err := j.Look(t.Context(), "orders", &w)
			if err != nil {
				t.Fatal(err)
			}
			return abandoned
		}
		for range 600 {
			if look() {
				t.Fatal("a living holder counts as gone")
			}
			time.Sleep(time.Second)
		}
		if !w.Alive() {
			t.Error("its signs of life were not seen")
		}
		m.spoil(func(op, key string) error {
			if op == "write" {
				return errFull
			}
			return nil
		})
		silent := time.Now()
		for !look() {
			time.Sleep(time.Second)
		}
		if passed := time.Since(silent); passed < journal.TakeOverAfter-journal.HeartbeatEvery || passed > journal.TakeOverAfter+time.Second {
			t.Errorf("replaced after %s", passed)
		}
		if !errors.Is(context.Cause(h.Context()), journal.ErrLost) {
			t.Error("it was replaced while it still acted")
		}
		h.Release()
	})
}

// TestEntryThatCannotBeAppended: the hold stays, the entry may be appended later.
func TestEntryThatCannotBeAppended(t *testing.T) {
	for _, op := range []string{"create", "list"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				j := journal.New(m)
				h := take(t, j, 1)
				defer h.Release()
				m.spoil(failing(op))
				err := h.Append(func(e *journal.Entry) { e.Phase = journal.Published })
				if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "journal of orders") {
					t.Errorf("%v", err)
				}
				if got := h.Newest(); got.Number != 1 {
					t.Errorf("newest is entry %d", got.Number)
				}
			})
		})
	}
}

// TestTakeWithoutHeartbeat: who cannot show a sign of life does not begin.
func TestTakeWithoutHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.spoil(failing("write"))
		j := journal.New(m)
		if _, err := j.Take(t.Context(), entry("orders", 1, journal.Compiled)); !errors.Is(err, errFull) || !strings.Contains(err.Error(), "heartbeat of orders") {
			t.Errorf("%v", err)
		}
		m.spoil(nil)
		time.Sleep(time.Minute)
		var w journal.Watch
		for range 31 {
			if _, abandoned, _ := j.Look(t.Context(), "orders", &w); abandoned {
				return
			}
			time.Sleep(time.Second)
		}
		t.Error("the job cannot be taken over")
	})
}
