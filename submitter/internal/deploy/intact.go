package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/journal"
)

// intact makes sure that a release in the bucket is what was published: plan and
// config by their digests, resources by their sizes, since they may be large. The
// driver checks the digest of everything once more.
func (d *deployment) intact(ctx context.Context, name string, r journal.Release) (release.Config, error) {
	config, err := release.Open(ctx, d.Bucket, name, r.Digest)
	if err != nil {
		return config, err
	}
	if _, err := release.ReadPlan(ctx, d.Bucket, name, r.Digest); err != nil {
		return config, err
	}
	for _, f := range config.Resources {
		key, ours := strings.CutPrefix(f.URI, d.Bucket.URI(""))
		if !ours {
			continue
		}
		o, err := d.Bucket.Stat(ctx, key)
		switch {
		case errors.Is(err, bucket.ErrNotExist):
			return config, fmt.Errorf("resource %s: %w: %w", f.Name, release.ErrIncomplete, err)
		case err != nil:
			return config, err
		case o.Size != f.Size:
			return config, fmt.Errorf("resource %s: %s: %w: it has %d bytes, not %d", f.Name, d.Bucket.URI(key), release.ErrCorrupt, o.Size, f.Size)
		}
	}
	return config, nil
}

// damaged tells a release that is not what was published from a bucket that cannot
// be read now.
func damaged(err error) bool {
	return errors.Is(err, release.ErrIncomplete) || errors.Is(err, release.ErrCorrupt)
}

// unusable is for an object that was read and makes no sense.
func unusable(err error) bool {
	var io *bucket.Error
	return err != nil && !errors.As(err, &io) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}
