package bucket

import (
	"context"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
)

func (c *cloud) replace(ctx context.Context, key string, r io.Reader, version string) error {
	if !c.isS3() {
		return c.inTurn(func() error { return compared{c}.replace(ctx, key, r, version) })
	}
	ctx, w := newWatch(ctx, c.limits)
	defer w.stop()
	source := &sourceReader{Reader: watchedSource{r, w}}
	err := c.write(ctx, w, key, source, &blob.WriterOptions{ContentType: contentType, BeforeWrite: func(as func(any) bool) error {
		var input *transfermanager.UploadObjectInput
		if !as(&input) {
			return errors.ErrUnsupported
		}
		input.IfMatch = &version
		return nil
	}})
	if source.err != nil {
		return source.err
	}
	err = c.failed(ctx, err)
	if errors.Is(err, ErrNotExist) {
		return ErrChanged
	}
	return changed(err)
}

func (c *cloud) deleteVersion(ctx context.Context, key, version string) error {
	if !c.isS3() {
		return c.inTurn(func() error { return compared{c}.deleteVersion(ctx, key, version) })
	}
	ctx, w := newWatch(ctx, c.limits)
	defer w.stop()
	err := c.bucket.DeleteWithOptions(ctx, key, &blob.DeleteOptions{BeforeDelete: func(as func(any) bool) error {
		var input *s3.DeleteObjectInput
		if !as(&input) {
			return errors.ErrUnsupported
		}
		input.IfMatch = &version
		return nil
	}})
	return changed(c.failed(ctx, err))
}

// isS3 reports whether requests can be given S3's conditions.
func (c *cloud) isS3() bool {
	var client *s3.Client
	return c.bucket.As(&client)
}

// inTurn lets those in this process compare and change one after the other, which is all
// that there are of mem.
func (c *cloud) inTurn(f func() error) error {
	c.turn.Lock()
	defer c.turn.Unlock()
	return f()
}

// changed gives the answer to a condition that did not hold, 412, its kind.
func changed(err error) error {
	if errors.Is(err, ErrExist) {
		return ErrChanged
	}
	return err
}
