package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// The clockwork of holding, measured on each process's own monotonic clock.
// TakeOver leaves the holder 10 seconds between giving up and being replaced.
const (
	HeartbeatEvery = 10 * time.Second
	GiveUpAfter    = 20 * time.Second
	TakeOverAfter  = 30 * time.Second
)

// ErrLost is the cause of a Hold's context once it may no longer act.
var ErrLost = errors.New("lost the hold on the job")

// Hold is the right to carry out one deployment of a job. It ends with Release,
// or by itself when the heartbeat cannot be written or somebody else went past
// it; Context is cancelled then, with ErrLost as its cause.
type Hold struct {
	journal *Journal
	parent  context.Context // the command's
	ctx     context.Context // of the hold itself
	cancel  context.CancelCauseFunc
	done    chan struct{}
	first   uint64 // the number of its first entry

	mu     sync.Mutex
	newest *Entry
	beat   uint64
}

// Take appends first, the first entry of a deployment or one that takes over,
// and holds the job from then on. first.Number must follow the entry that the
// caller based it on; ErrTaken says that there is a newer one. Number 1, of a job without
// entries, becomes the one after its history, if that is left of a former journal.
func (j *Journal) Take(ctx context.Context, first *Entry) (*Hold, error) {
	if err := j.verify(ctx, first); err != nil {
		return nil, err
	}
	if first.Number == 1 {
		if err := j.numberFirst(ctx, first); err != nil {
			return nil, err
		}
	}
	begun := time.Now()
	if err := j.append(ctx, first); err != nil {
		return nil, err
	}
	h := &Hold{journal: j, newest: first, first: first.Number, parent: ctx, done: make(chan struct{})}
	h.ctx, h.cancel = context.WithCancelCause(ctx)
	if err := h.pulse(ctx); err != nil {
		h.cancel(err)
		return nil, err
	}
	go h.keepAlive(begun, HeartbeatEvery, GiveUpAfter)
	return h, nil
}

// Context is cancelled when the hold ends.
func (h *Hold) Context() context.Context { return h.ctx }

// Newest is the last entry that this hold appended.
func (h *Hold) Newest() Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	return *h.newest
}

// Append adds the next entry: a copy of the newest one, changed by change. It
// returns ErrTaken, and ends the hold, if somebody else appended first. It is
// for one goroutine.
func (h *Hold) Append(change func(e *Entry)) error {
	if h.ctx.Err() != nil {
		return context.Cause(h.ctx)
	}
	next := h.Newest()
	number := next.Number + 1
	change(&next)
	next.Number = number
	if err := h.journal.append(h.ctx, &next); err != nil {
		if errors.Is(err, ErrTaken) {
			h.lose(err)
		}
		return err
	}
	h.mu.Lock()
	h.newest = &next
	h.mu.Unlock()
	return nil
}

// Release ends the hold; the job is free when its newest entry is final,
// otherwise the next command continues the deployment. Once a deployment is over, the
// entries before it are moved into the job's history.
func (h *Hold) Release() {
	lost := errors.Is(context.Cause(h.ctx), ErrLost)
	h.cancel(context.Canceled)
	<-h.done
	n := h.Newest()
	switch {
	case lost:
	case n.Phase.Final():
		ctx, cancel := context.WithTimeout(h.parent, compactTimeout)
		defer cancel()
		h.journal.tidy(ctx, n.Name, h.first)
	default:
		ctx, cancel := context.WithTimeout(context.WithoutCancel(h.ctx), releaseTimeout)
		defer cancel()
		_ = h.write(ctx, true) // who does not hear of it waits for TakeOverAfter
	}
}

// releaseTimeout is how long a command that was interrupted may take to say that it does
// nothing more.
const releaseTimeout = 2 * time.Second

// Confirm makes sure that nobody has gone past this hold. It is for what no fence
// protects from a holder that was paused: ending a launch. ErrTaken ends the hold.
func (h *Hold) Confirm() error {
	if h.ctx.Err() != nil {
		return context.Cause(h.ctx)
	}
	err := h.pulse(h.ctx)
	if errors.Is(err, ErrTaken) {
		h.lose(err)
	}
	return err
}

func (h *Hold) lose(why error) { h.cancel(fmt.Errorf("%w: %w", ErrLost, why)) }

// tries is how often a heartbeat that could not be written is tried again before
// the next one would be due.
const tries = 5

// keepAlive writes heartbeats. last is when the last one that succeeded was begun:
// others may have seen it since then.
func (h *Hold) keepAlive(last time.Time, every, giveUp time.Duration) {
	defer close(h.done)
	var failed atomic.Pointer[error] // why the last one could not be written
	tooLate := func() {
		late := fmt.Errorf("no heartbeat could be written for %s", giveUp)
		if why := failed.Load(); why != nil {
			late = fmt.Errorf("%w: %w", late, *why)
		}
		h.lose(late)
	}
	// Apart from the writing, which may hang.
	watchdog := time.AfterFunc(time.Until(last.Add(giveUp)), tooLate)
	defer watchdog.Stop()
	// Counted from when the last one was begun, too: a store that takes long to answer
	// leaves no less time for the next.
	next := time.NewTimer(time.Until(last.Add(every)))
	defer next.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-next.C:
		}
		begun := time.Now()
		// A process that was stopped for long finds the tick late: it must not act on.
		if begun.Sub(last) >= giveUp {
			tooLate()
			return
		}
		ctx, cancel := context.WithDeadline(h.ctx, last.Add(giveUp))
		err := h.pulse(ctx)
		cancel()
		switch {
		case err == nil:
			last = begun
			failed.Store(nil)
			watchdog.Reset(time.Until(last.Add(giveUp)))
			next.Reset(time.Until(last.Add(every)))
		case errors.Is(err, ErrTaken):
			h.lose(err)
			return
		default:
			failed.Store(&err)
			next.Reset(every / tries)
		}
	}
}

// pulse writes the heartbeat and checks that nobody went past this hold.
func (h *Hold) pulse(ctx context.Context) error {
	if err := h.write(ctx, false); err != nil {
		return err
	}
	h.mu.Lock()
	newest := h.newest
	h.mu.Unlock()
	return h.journal.unsurpassed(ctx, newest)
}

// write writes the heartbeat.
func (h *Hold) write(ctx context.Context, released bool) error {
	h.mu.Lock()
	h.beat++
	newest := h.newest
	b := Heartbeat{Version: EntryVersion, Nonce: newest.Holder.Nonce, Entry: newest.Number, Beat: h.beat, Released: released}
	h.mu.Unlock()
	data, err := json.Marshal(b)
	if err != nil {
		return err
	}
	if err := h.journal.store.Write(ctx, heartbeatKey(newest.Name), data); err != nil {
		return fmt.Errorf("heartbeat of %s: %w", newest.Name, err)
	}
	return nil
}

func heartbeatKey(name string) string { return root + name + "/" + heartbeatName }
