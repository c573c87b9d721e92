package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/savepoint"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// against checks a verdict a second time, against the newest state that the launch
// of the old plan left by itself. Of one that left none nothing more is known.
func (a *Applier) against(ctx context.Context, s *Assessment, old *plan.Compiled, v compat.Verdict) (compat.Verdict, error) {
	l := stateOf(s)
	if a.Inspect == nil || l == nil || !old.HasState() {
		return v, nil
	}
	held, err := a.newestHeld(ctx, s, *l)
	if err != nil || held == nil {
		return v, err
	}
	if s.Facts.Seen.Condition == target.Running && held.Kind == "checkpoint" {
		held = settled(held)
	}
	return v.Against(old, held), nil
}

// stateOf is the launch whose state the next one would start from.
func stateOf(s *Assessment) *journal.LaunchRef {
	r := s.Facts.Record
	if s.Facts.Seen.Condition == target.Running {
		return r.Launch
	}
	return r.LastTrusted()
}

// newestHeld reads the newest savepoint or checkpoint of a launch; nil: there is
// none. A running job deletes its older checkpoints, perhaps this one.
func (a *Applier) newestHeld(ctx context.Context, s *Assessment, l journal.LaunchRef) (*savepoint.Savepoint, error) {
	l.Restored = "" // that is of the launch before, which may have run another plan
	l.Checkpointed = false
	const tries = 5
	for range tries {
		uri, err := a.deployer(s.target).NewestState(ctx, s.Job.Name, []journal.LaunchRef{l})
		if err != nil || uri == "" {
			return nil, err
		}
		held, err := a.Inspect(ctx, uri)
		if !errors.Is(err, bucket.ErrNotExist) {
			return held, err
		}
	}
	return nil, nil
}

// settled is a checkpoint without what a savepoint would not have: data in flight,
// and handles with nothing behind them.
func settled(s *savepoint.Savepoint) *savepoint.Savepoint {
	after := *s
	after.Operators = slices.Clone(s.Operators)
	for i := range after.Operators {
		o := &after.Operators[i]
		if o.Bytes == 0 || slices.Equal(o.Kinds, []string{savepoint.KindChannel}) {
			o.HasState, o.Bytes = false, 0
		}
	}
	return &after
}

// ReadSavepoint reads what a savepoint or checkpoint holds, by Flink's URI of its
// directory.
func (a *Applier) ReadSavepoint(ctx context.Context, uri string) (*savepoint.Savepoint, error) {
	data, err := a.readAt(ctx, uri+"/_metadata", a.Bucket.FlinkOptions(), savepoint.MaxSize)
	if err != nil {
		return nil, err
	}
	s, err := savepoint.Parse(data)
	var newer *savepoint.NewerError
	switch {
	case errors.As(err, &newer):
		return nil, fmt.Errorf("%s: %w", uri, err)
	case err != nil:
		return nil, &unreadableSavepoint{uri, err}
	}
	return s, nil
}

// unreadableSavepoint is one that no Flink could read either.
type unreadableSavepoint struct {
	uri   string
	cause error
}

func (e *unreadableSavepoint) Error() string { return fmt.Sprintf("%s: %v", e.uri, e.cause) }

func (e *unreadableSavepoint) Unwrap() error { return e.cause }
