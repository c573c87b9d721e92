package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"flink-sql-driver/plan/bucket"
)

// maxHeartbeat bounds the heartbeat object; real ones have about 100 bytes.
const maxHeartbeat = 4 << 10

// HeldError says who holds a job.
type HeldError struct {
	Entry *Entry
}

func (e *HeldError) Error() string {
	h := e.Entry.Holder
	return fmt.Sprintf("%s is being deployed by %s (process %d on %s, phase %s since %s); wait with --wait, or end that command and apply again",
		e.Entry.Name, orUnknown(h.User), h.PID, orUnknown(h.Host), e.Entry.Phase, e.Entry.Time.Format(time.RFC3339))
}

func orUnknown(s string) string {
	if s == "" {
		return "somebody"
	}
	return s
}

// Watch is one observer's view of a holder: what it saw last, and since when on
// its own monotonic clock nothing new was seen.
type Watch struct {
	// Gone proves that a holder's process has ended: it ran on this host, and its
	// pid and start time are gone. It may be nil.
	Gone func(Holder) bool

	seen  *Entry
	entry uint64
	beat  uint64
	nonce string
	since time.Time
	alive bool
}

// Alive reports whether a sign of life was seen since the first look.
func (w *Watch) Alive() bool { return w.alive }

// Look reads a job's newest entry and its heartbeat. It reports whether the
// deployment of that entry has been abandoned, so that it may be taken over.
func (j *Journal) Look(ctx context.Context, name string, w *Watch) (*Entry, bool, error) {
	e, err := j.newer(ctx, name, w.seen)
	w.seen = e
	if err != nil || e == nil || e.Phase.Final() {
		return e, false, err
	}
	if w.Gone != nil && w.Gone(e.Holder) {
		return e, true, nil
	}
	b, err := j.heartbeat(ctx, name)
	if err != nil {
		return e, false, err
	}
	if b.Nonce != e.Holder.Nonce {
		b.Beat = 0 // a former holder's; no sign of life of this one
	} else if b.Released {
		return e, true, nil
	}
	if w.since.IsZero() || e.Number != w.entry || e.Holder.Nonce != w.nonce || b.Beat != w.beat {
		w.alive = !w.since.IsZero()
		w.entry, w.beat, w.nonce, w.since = e.Number, b.Beat, e.Holder.Nonce, time.Now()
		return e, false, nil
	}
	return e, time.Since(w.since) >= TakeOverAfter, nil
}

func (j *Journal) heartbeat(ctx context.Context, name string) (Heartbeat, error) {
	data, err := j.store.Read(ctx, heartbeatKey(name), maxHeartbeat)
	if errors.Is(err, bucket.ErrNotExist) {
		return Heartbeat{}, nil
	}
	if err != nil {
		return Heartbeat{}, fmt.Errorf("heartbeat of %s: %w", name, err)
	}
	var b Heartbeat
	if err := json.Unmarshal(data, &b); err != nil {
		return Heartbeat{}, nil // a torn or foreign object is no sign of life
	}
	return b, nil
}
