package deploy

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/savepoint"
)

// found is the newest complete savepoint or checkpoint so far. It is looked for where
// Flink puts them and nowhere else: beside a job's checkpoints lie the files that they
// share, which may be a million.
type found struct {
	uri string
	id  int64
	// stops: look only for savepoints with which a job was to end.
	stops bool
}

// CheckpointDirs lists what may be checkpoints below a launch's directory, <dir>chk-<id>/,
// newest first.
func CheckpointDirs(ctx context.Context, b *bucket.Bucket, dir string) ([]Checkpoint, error) {
	dirs, err := b.ListDirs(ctx, dir)
	if err != nil {
		return nil, err
	}
	var all []Checkpoint
	for _, d := range dirs {
		digits, ok := strings.CutPrefix(strings.TrimPrefix(d, dir), "chk-")
		id, err := strconv.ParseInt(strings.TrimSuffix(digits, "/"), 10, 64)
		if ok && err == nil {
			all = append(all, Checkpoint{d, id})
		}
	}
	slices.SortFunc(all, func(x, y Checkpoint) int { return int(min(max(y.ID-x.ID, -1), 1)) })
	return all, nil
}

// Checkpoint is a directory that may hold one, by its key with the slash at its end.
type Checkpoint struct {
	Dir string
	ID  int64
}

// checkpoints looks at the checkpoints below a launch's directory.
func (f *found) checkpoints(ctx context.Context, b *bucket.Bucket, dir string) error {
	all, err := CheckpointDirs(ctx, b, dir)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.ID <= f.id {
			return nil
		}
		before := f.id
		if err := f.look(ctx, b, c.Dir); err != nil || f.id > before {
			return err
		}
	}
	return nil
}

// request looks at what a request for a savepoint brought: Flink makes a directory of its
// own below the one that it is told (AbstractFsCheckpointStorageAccess).
func (f *found) request(ctx context.Context, b *bucket.Bucket, dir string) error {
	dirs, err := b.ListDirs(ctx, dir)
	if err != nil {
		return err
	}
	for _, d := range dirs {
		if err := f.look(ctx, b, d); err != nil {
			return err
		}
	}
	return nil
}

// look looks at one directory, by its key with the slash at its end.
func (f *found) look(ctx context.Context, b *bucket.Bucket, dir string) error {
	held, err := complete(ctx, b, dir+metadataFile)
	if err != nil {
		return err
	}
	if held != nil && held.CheckpointID > f.id && (held.Stop || !f.stops) {
		f.uri, f.id = strings.TrimSuffix(b.URI(dir), "/"), held.CheckpointID
	}
	return nil
}

// complete reads a _metadata file; nil for one that is incomplete, which is no state
// at all, or that was removed meanwhile. One that a newer Flink wrote is taken for
// whole: to pass it over would bring back older state.
func complete(ctx context.Context, b *bucket.Bucket, key string) (*savepoint.Savepoint, error) {
	data, err := b.Read(ctx, key, savepoint.MaxSize)
	if errors.Is(err, bucket.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	meta, err := savepoint.Parse(data)
	var newer *savepoint.NewerError
	switch {
	case errors.As(err, &newer):
		return &savepoint.Savepoint{CheckpointID: newer.CheckpointID}, nil
	case err != nil:
		return nil, nil //nolint:nilerr // it is none
	}
	return meta, nil
}
