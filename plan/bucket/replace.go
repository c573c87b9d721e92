package bucket

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// ErrChanged: the object is not the version that was to be replaced or deleted.
var ErrChanged = errors.New("it was changed by somebody else meanwhile")

// conditional is a store that changes an object only while it is one version of it.
// Errors are ErrChanged where it is another, or gone.
type conditional interface {
	replace(ctx context.Context, key string, r io.Reader, version string) error
	deleteVersion(ctx context.Context, key, version string) error
}

// Replace stores data in place of one version of an object, as Stat told it; ErrChanged
// if it is another one by now. Two contents that are equal may be one version, so what
// rivals write must differ.
//
// On S3, on file and in memory nothing comes between the comparison and the write; on gs
// and azblob the version is only compared right before it.
func (b *Bucket) Replace(ctx context.Context, key string, data []byte, version string) error {
	if err := checkKey(key); err != nil {
		return b.fail("replace", key, err)
	}
	err := retry(ctx, func() error {
		err := b.conditional().replace(ctx, key, newBytes(data), version)
		if err == nil || ctx.Err() != nil {
			return err
		}
		// A reply that got lost makes our own write look like a rival's.
		if held, readErr := b.read(ctx, key, int64(len(data))); readErr == nil && bytes.Equal(held, data) {
			return nil
		}
		return err
	})
	if err != nil {
		return b.fail("replace", key, err)
	}
	return nil
}

// DeleteVersion removes one version of an object, as Stat told it; ErrChanged if it is
// another one by now. One that is not there is fine. See Replace; some servers that speak
// S3's protocol pay no heed to the version.
func (b *Bucket) DeleteVersion(ctx context.Context, key, version string) error {
	if err := checkKey(key); err != nil {
		return b.fail("delete", key, err)
	}
	err := retry(ctx, func() error {
		err := b.conditional().deleteVersion(ctx, key, version)
		if errors.Is(err, ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		return b.fail("delete", key, err)
	}
	return nil
}

func (b *Bucket) conditional() conditional {
	if c, ok := b.store.(conditional); ok {
		return c
	}
	return compared{b.store}
}

// compared is a store without conditions: the version is compared right before.
type compared struct{ store }

func (c compared) replace(ctx context.Context, key string, r io.Reader, version string) error {
	err := c.same(ctx, key, version)
	if errors.Is(err, ErrNotExist) {
		return ErrChanged
	}
	if err != nil {
		return err
	}
	return c.put(ctx, key, r, false)
}

func (c compared) deleteVersion(ctx context.Context, key, version string) error {
	if err := c.same(ctx, key, version); err != nil {
		return err
	}
	return c.delete(ctx, key)
}

func (c compared) same(ctx context.Context, key, version string) error {
	o, err := c.stat(ctx, key)
	if err == nil && o.Version != version {
		err = ErrChanged
	}
	return err
}
