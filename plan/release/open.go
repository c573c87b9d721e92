package release

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/bucket"
)

// maxConfig bounds config.json; real ones have a few KiB.
const maxConfig = 16 << 20

// putBack is the remedy for what was deleted or damaged: releases never change, so
// any copy will do.
const putBack = "put the object back as it was, from a version or backup of the bucket"

// Open reads the driver config of a release and makes sure that it belongs to the
// digest. ErrIncomplete: it was never published to its end.
func Open(ctx context.Context, b *bucket.Bucket, name, digest string) (Config, error) {
	if err := checkRef(name, digest); err != nil {
		return Config{}, err
	}
	key := configKey(name, digest)
	data, err := b.Read(ctx, key, maxConfig)
	if err != nil {
		return Config{}, absent(err)
	}
	c, err := DecodeConfig(data)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w: %w; %s", b.URI(key), ErrCorrupt, err, putBack)
	}
	if c.Run.Plan == nil || digestOf(c.Run.Plan.SHA256, sum(data)) != digest {
		return Config{}, fmt.Errorf("%s: %w: it does not belong to this release; %s", b.URI(key), ErrCorrupt, putBack)
	}
	return c, nil
}

// ReadPlan reads the compiled plan of a release.
func ReadPlan(ctx context.Context, b *bucket.Bucket, name, digest string) ([]byte, error) {
	c, err := Open(ctx, b, name, digest)
	if err != nil {
		return nil, err
	}
	key := planKey(name, digest)
	data, err := b.Read(ctx, key, plan.MaxSize)
	if err != nil {
		return nil, absent(err)
	}
	if got := sum(data); got != c.Run.Plan.SHA256 {
		return nil, fmt.Errorf("%s: %w: its SHA-256 is %s, not %s; %s", b.URI(key), ErrCorrupt, got, c.Run.Plan.SHA256, putBack)
	}
	return data, nil
}

// Verify reads all of a release and its resources: ErrIncomplete when something
// is missing, ErrCorrupt when something is not what it should be.
func Verify(ctx context.Context, b *bucket.Bucket, name, digest string) error {
	c, err := Open(ctx, b, name, digest)
	if err != nil {
		return err
	}
	if _, err := ReadPlan(ctx, b, name, digest); err != nil {
		return err
	}
	for _, r := range c.Resources {
		if err := verify(ctx, b, r); err != nil {
			return fmt.Errorf("resource %s: %w", r.Name, err)
		}
	}
	return nil
}

func verify(ctx context.Context, b *bucket.Bucket, r Resource) error {
	key := resourceKey(r.SHA256, r.Name)
	content, _, err := b.Open(ctx, key)
	if err != nil {
		return absent(err)
	}
	defer content.Close()
	if _, err := io.Copy(io.Discard, &checked{r: content, hash: sha256.New(), left: r.Size, want: r.SHA256}); err != nil {
		if errors.Is(err, ErrCorrupt) {
			return fmt.Errorf("%s: %w; %s", b.URI(key), err, putBack)
		}
		return err // names the object
	}
	return nil
}

// absent turns a missing object into an incomplete release.
func absent(err error) error {
	if errors.Is(err, bucket.ErrNotExist) {
		return fmt.Errorf("%w: %w; %s", ErrIncomplete, err, putBack)
	}
	return err
}

func checkRef(name, digest string) error {
	if err := CheckName(name); err != nil {
		return fmt.Errorf("release of %q: %w", name, err)
	}
	if !digestPattern.MatchString(digest) {
		return fmt.Errorf("release of %s: %q is not a digest", name, digest)
	}
	return nil
}
