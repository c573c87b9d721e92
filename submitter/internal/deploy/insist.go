package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// unanswered tells a target that gave no answer from one that refused: its error says so,
// or is one of the network's, whoever made it.
func unanswered(err error) bool {
	for _, cause := range []error{target.ErrUnavailable, io.EOF, io.ErrUnexpectedEOF, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, cause) {
			return true
		}
	}
	// Not every net.Error is one of the network: all of the system's look like that, and a
	// url.Error is whatever it wraps.
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "dial" || op.Op == "read" || op.Op == "write") {
		return true
	}
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// insistent asks a target for something again and again: if it refuses, for a short while,
// and for longer if it gives no answer, since that may pass without anybody's doing.
type insistent struct {
	*deployment
	e *journal.Entry
	// patience is for refusals, limit for a target that gives no answer.
	patience, limit time.Duration

	begun time.Time
	heard time.Time // when it answered last
	mute  time.Time // when it gave no answer last
	told  bool
}

// insist waits for a target's answer until e's launch has to be healthy.
func (d *deployment) insist(e *journal.Entry, patience time.Duration) *insistent {
	now := time.Now()
	return &insistent{deployment: d, e: e, patience: patience, limit: max(healthTimeout(e), patience), begun: now, heard: now, mute: now}
}

// wait waits before the next try, or returns why there is none.
func (i *insistent) wait(ctx context.Context, err error) error {
	var f *failure
	switch {
	case ctx.Err() != nil, errors.As(err, &f):
		return err
	case !unanswered(err):
		i.heard = time.Now()
		if time.Since(i.mute) >= i.patience {
			return err
		}
	case time.Since(i.begun) >= i.limit:
		return fmt.Errorf("its target gave no answer within %s: %w", i.limit, err)
	default:
		i.mute = time.Now()
		i.silence(err)
	}
	return sleep(ctx, pace(i.begun))
}

// silence says once that the target gives no answer, if that takes longer.
func (i *insistent) silence(err error) {
	if i.told || time.Since(i.heard) < silencePatience {
		return
	}
	i.told = true
	i.tellSilence(i.e, err.Error(), i.limit)
}

// tellSilence says that a target is waited for.
func (d *deployment) tellSilence(e *journal.Entry, why string, limit time.Duration) {
	d.tell(e.Name, e.Phase, fmt.Sprintf("its target gives no answer (%s); waiting for it, %s at most (upgrade.health-timeout)", why, limit))
}

// healthTimeout is how long e's launch may take to get healthy; nothing is said of that
// where no deployment is under way.
func healthTimeout(e *journal.Entry) time.Duration {
	if e.Settings == nil {
		return 0
	}
	return time.Duration(e.Settings.HealthSeconds) * time.Second
}
