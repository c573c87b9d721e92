package apply

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/savepoint"
	"flink-sql-driver/submitter/internal/change"
)

// metadataName is the file that makes a directory a savepoint or checkpoint.
const metadataName = "_metadata"

// checkRestore looks at the savepoint that a manifest names, before anything is
// started from it. What is only not known from here is left for Flink to find out.
func (a *Applier) checkRestore(ctx context.Context, s *Assessment) error {
	if a.Inspect == nil || !s.Decision.Acts() || s.Decision.From != change.FromNamed {
		return nil
	}
	dir := restoreDir(s.Job.Restore)
	held, err := a.inspectNamed(ctx, dir)
	var broken *unreadableSavepoint
	switch {
	case errors.Is(err, bucket.ErrNotExist), errors.Is(err, os.ErrNotExist):
		return s.wrongRestore(fmt.Errorf("%s is no savepoint: there is no %s in it; name a directory that `submitter history %s -o json` shows as savepoint.location", dir, metadataName, s.Job.Name))
	case errors.As(err, &broken):
		return s.wrongRestore(err)
	case err != nil:
		s.Decision.Warnings = append(s.Decision.Warnings, fmt.Sprintf("restore: the savepoint cannot be looked at from here, so whether it is there turns out at the start: %v", err))
		return nil
	case s.release == nil:
		return nil
	}
	refused := compat.Fits(s.release.plan, s.release.plan, held, s.Decision.AllowNonRestored)
	if len(refused) > 0 {
		return s.wrongRestore(fmt.Errorf("%s does not fit this query, so Flink would not start from it: %s", dir, strings.Join(refused, "; ")))
	}
	if s.origin != nil && s.origin.plan == nil {
		s.Decision.Warnings = append(s.Decision.Warnings, "restore: of which plan that savepoint was taken is not known in this store, so its operators are taken for those of the query by their kind and order; what their state means could not be compared")
	}
	return nil
}

// wrongRestore is a mistake in a manifest's restore.
func (s *Assessment) wrongRestore(err error) error {
	return fmt.Errorf("%s: restore: %w", s.Job.Where("restore"), err)
}

// restoreDir is the directory that a manifest names as Flink reads it: without what
// stands for nothing, and without the file in it.
func restoreDir(path string) string {
	scheme, rest, ok := strings.Cut(path, "://")
	if ok {
		scheme += "://"
	} else {
		scheme, rest = "", path
	}
	for strings.Contains(rest, "//") {
		rest = strings.ReplaceAll(rest, "//", "/")
	}
	return scheme + strings.TrimRight(strings.TrimSuffix(strings.TrimRight(rest, "/"), "/"+metadataName), "/")
}

// inspectNamed is Inspect without opening a directory that is not there, which would
// make it.
func (a *Applier) inspectNamed(ctx context.Context, dir string) (*savepoint.Savepoint, error) {
	place, key, err := bucket.ParseURI(dir+"/"+metadataName, a.Bucket.FlinkOptions())
	if err != nil {
		return nil, err
	}
	if u, err := url.Parse(place); err == nil && u.Scheme == "file" {
		if _, err := os.Stat(filepath.Join(u.Path, key)); err != nil {
			return nil, err
		}
	}
	return a.Inspect(ctx, dir)
}
