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
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%s: restore: %w", s.Job.Where("restore"), fmt.Errorf(format, args...))
	}
	dir := strings.TrimSuffix(strings.TrimRight(s.Job.Restore, "/"), "/"+metadataName)
	held, err := a.inspectNamed(ctx, dir)
	var broken *unreadableSavepoint
	switch {
	case errors.Is(err, bucket.ErrNotExist), errors.Is(err, os.ErrNotExist):
		return wrong("%s is no savepoint: there is no %s in it; name a directory that `submitter savepoint list` or `submitter history` shows", dir, metadataName)
	case errors.As(err, &broken):
		return wrong("%w", err)
	case err != nil:
		s.Decision.Warnings = append(s.Decision.Warnings, fmt.Sprintf("restore: the savepoint cannot be looked at from here, so whether it is there turns out at the start: %v", err))
		return nil
	case s.release == nil:
		return nil
	}
	// Of which plan it was taken is not known: the new one is compared with itself.
	empty := compat.Fits(s.release.plan, s.release.plan, held, true)
	refused := compat.Fits(s.release.plan, s.release.plan, held, s.Decision.AllowNonRestored)[len(empty):]
	if len(refused) > 0 {
		return wrong("%s does not fit this query, so Flink would not start from it: %s", dir, strings.Join(refused, "; "))
	}
	for _, why := range empty {
		s.Decision.Warnings = append(s.Decision.Warnings, "restore: "+why)
	}
	return nil
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
