package cmd

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"gocloud.dev/blob/memblob"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/layout"
)

// openURL opens a bucket. A URL that names none is wrong usage.
func openURL(ctx context.Context, store string) (*bucket.Bucket, error) {
	b, err := bucket.Open(ctx, store)
	var failed *bucket.Error
	if err != nil && !errors.As(err, &failed) {
		return nil, usagef("%v", err)
	}
	return b, err
}

// workOn opens a store to write to. A directory is made when it is needed; other
// stores are initialized on purpose, by `submitter init`.
func workOn(ctx context.Context, store string) (*bucket.Bucket, string, error) {
	b, err := openURL(ctx, store)
	if err != nil {
		return nil, "", err
	}
	describe := layout.Read
	if directory(store) != "" {
		describe = layout.Init
	}
	d, err := describe(ctx, b)
	if err != nil {
		return nil, "", errors.Join(err, b.Close())
	}
	return b, d.ID, nil
}

// lookAt opens a store to see what is there. A directory that is not there, or was
// never used, is as good as an empty one, and stays as it is.
func lookAt(ctx context.Context, store string) (*bucket.Bucket, string, error) {
	dir := directory(store)
	if _, err := os.Stat(dir); dir != "" && errors.Is(err, fs.ErrNotExist) {
		return bucket.New(memblob.OpenBucket(nil), store), "", nil
	}
	b, err := openURL(ctx, store)
	if err != nil {
		return nil, "", err
	}
	d, err := layout.Read(ctx, b)
	if err != nil && !(dir != "" && errors.Is(err, layout.ErrNotOurs)) {
		return nil, "", errors.Join(err, b.Close())
	}
	return b, d.ID, nil
}

// directory is the directory of a file:// store, empty for every other store.
func directory(store string) string {
	u, err := url.Parse(store)
	if err != nil || u.Scheme != "file" {
		return ""
	}
	return filepath.Join(filepath.FromSlash(u.Path), u.Query().Get("prefix"))
}
