package cmd

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// names are the jobs that have a record.
func names(ctx context.Context, j *journal.Journal, bucketID string) ([]string, error) {
	records, unreadable, err := j.All(ctx, bucketID)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(records, func(_ string, e *journal.Entry) bool { return e.Action == journal.Delete })
	all := slices.AppendSeq(slices.Collect(maps.Keys(records)), maps.Keys(unreadable))
	slices.Sort(all)
	return all, nil
}

// nearest adds to the failure of a command on named jobs what name may have been
// meant.
func (p *place) nearest(ctx context.Context, asked []string, failure error) error {
	var usage *usageError
	if failure == nil || len(asked) == 0 || errors.As(failure, &usage) || ctx.Err() != nil {
		return failure
	}
	known, err := names(ctx, p.journal, p.bucketID)
	if err != nil {
		return failure // which is the news
	}
	for _, name := range asked {
		if meant := near(name, known); meant != "" && !slices.Contains(known, name) {
			return &misnamedError{failure, meant}
		}
	}
	return failure
}

// misnamedError is a failure that may come from a name that was mistyped.
type misnamedError struct {
	err   error
	meant string
}

func (e *misnamedError) Error() string { return e.err.Error() + e.meant }

func (e *misnamedError) Unwrap() error { return e.err }

// namesTimeout keeps a shell from waiting for a store that is slow or not there.
const namesTimeout = 2 * time.Second

// namesIn are the names of the jobs in a store, for completion: nothing where it
// cannot be asked.
func namesIn(ctx context.Context, store, config string) []string {
	ctx, cancel := context.WithTimeout(ctx, namesTimeout)
	defer cancel()
	cfg, err := manifest.LoadConfig(ctx, config, ".")
	if err != nil {
		return nil
	}
	dir, err := filepath.Abs(filepath.Dir(cfg.File)) // the working directory where there is no file
	if err != nil {
		return nil
	}
	b, id, err := lookAt(ctx, firstOf(store, cfg.Store, localStore(dir)))
	if err != nil {
		return nil
	}
	defer b.Close()
	all, _ := names(ctx, journal.New(b), id)
	return all
}
