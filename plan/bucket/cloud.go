package bucket

import (
	"context"
	"errors"
	"io"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// contentType spares the library's guessing, which reads the content.
const contentType = "application/octet-stream"

// opening guards gocloud's URL openers: the one of s3blob writes to itself.
var opening sync.Mutex

// cloud is a store behind gocloud.dev.
type cloud struct {
	bucket *blob.Bucket
	limits patient
	seen   atomic.Bool // the bucket itself is known to exist
	turn   sync.Mutex  // of changes on a condition
}

func openCloud(ctx context.Context, url string) (*cloud, error) {
	opening.Lock()
	defer opening.Unlock()
	b, err := blob.OpenBucket(ctx, url)
	if err != nil {
		return nil, err
	}
	return &cloud{bucket: b, limits: usual}, nil
}

func (c *cloud) close() error { return c.bucket.Close() }

// failed turns an error of the library into one of ours.
func (c *cloud) failed(ctx context.Context, err error) error {
	if err == nil {
		c.seen.Store(true)
		return nil
	}
	err = classify(cause(ctx, err))
	if !errors.Is(err, ErrNotExist) || c.seen.Load() {
		return err
	}
	return c.absent(ctx, err)
}

// absent decides whether the object is missing or the whole bucket: some
// requests are answered alike, and a missing bucket must never look like an
// empty one.
func (c *cloud) absent(ctx context.Context, err error) error {
	_, _, listErr := c.bucket.ListPage(ctx, blob.FirstPageToken, 1, nil)
	if listErr == nil {
		c.seen.Store(true)
		return err
	}
	if gcerrors.Code(listErr) == gcerrors.NotFound {
		return &kindError{ErrNoBucket, listErr}
	}
	return classify(cause(ctx, listErr))
}

func (c *cloud) open(ctx context.Context, key string, from int64) (io.ReadCloser, Object, error) {
	ctx, w := newWatch(ctx, c.limits)
	r, err := c.bucket.NewRangeReader(ctx, key, from, -1, &blob.ReaderOptions{BeforeRead: quiet})
	if err := c.failed(ctx, err); err != nil {
		w.stop()
		return nil, Object{}, err
	}
	w.pause()
	o := Object{Key: key, Size: r.Size(), ModTime: r.ModTime()}
	return &cloudReader{ctx: ctx, watch: w, Reader: r}, o, nil
}

// quiet keeps the AWS SDK from writing to stderr that it cannot check the digest
// of an object that came in parts.
func quiet(as func(any) bool) error {
	var options *[]func(*s3.Options)
	if as(&options) {
		*options = append(*options, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true })
	}
	return nil
}

// cloudReader watches the store while somebody waits for bytes.
type cloudReader struct {
	ctx   context.Context // of the request that the bytes belong to
	watch *watch
	*blob.Reader
}

func (r *cloudReader) Read(p []byte) (int, error) {
	r.watch.progress(false)
	n, err := r.Reader.Read(p)
	r.watch.pause()
	if err != nil && err != io.EOF {
		err = classify(cause(r.ctx, err))
	}
	return n, err
}

func (r *cloudReader) Close() error {
	defer r.watch.stop()
	return r.Reader.Close()
}

func (c *cloud) put(ctx context.Context, key string, r io.Reader, createOnly bool) error {
	ctx, w := newWatch(ctx, c.limits)
	defer w.stop()
	source := &sourceReader{Reader: watchedSource{r, w}}
	err := c.write(ctx, w, key, source, &blob.WriterOptions{ContentType: contentType, IfNotExist: createOnly})
	if source.err != nil {
		return source.err
	}
	return c.failed(ctx, err)
}

func (c *cloud) write(ctx context.Context, w *watch, key string, r io.Reader, opts *blob.WriterOptions) error {
	out, err := c.bucket.NewWriter(ctx, key, opts)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, r); err != nil {
		// Closing without this would commit what was written so far.
		w.cancel(err)
		_ = out.Close() // the copy's error says why
		return err
	}
	return out.Close()
}

func (c *cloud) stat(ctx context.Context, key string) (Object, error) {
	ctx, w := newWatch(ctx, c.limits)
	defer w.stop()
	a, err := c.bucket.Attributes(ctx, key)
	if err := c.failed(ctx, err); err != nil {
		return Object{}, err
	}
	return Object{Key: key, Size: a.Size, ModTime: a.ModTime, Version: a.ETag}, nil
}

func (c *cloud) list(ctx context.Context, prefix string) ([]Object, error) {
	var objects []Object
	err := c.each(ctx, &blob.ListOptions{Prefix: prefix}, func(o *blob.ListObject) {
		objects = append(objects, Object{Key: o.Key, Size: o.Size, ModTime: o.ModTime})
	})
	sort.Slice(objects, func(i, j int) bool { return objects[i].Key < objects[j].Key })
	return objects, err
}

func (c *cloud) listDirs(ctx context.Context, prefix string) ([]string, error) {
	var dirs []string
	err := c.each(ctx, &blob.ListOptions{Prefix: prefix, Delimiter: "/"}, func(o *blob.ListObject) {
		if o.IsDir {
			dirs = append(dirs, o.Key)
		}
	})
	sort.Strings(dirs)
	return dirs, err
}

func (c *cloud) each(ctx context.Context, opts *blob.ListOptions, f func(*blob.ListObject)) error {
	ctx, w := newWatch(ctx, c.limits)
	defer w.stop()
	pages := c.bucket.List(opts)
	for {
		o, err := pages.Next(ctx)
		if err == io.EOF {
			c.seen.Store(true)
			return nil
		}
		if err != nil {
			err = classify(cause(ctx, err))
			if errors.Is(err, ErrNotExist) {
				return &kindError{ErrNoBucket, err} // a list has nothing else to miss
			}
			return err
		}
		f(o)
	}
}

func (c *cloud) delete(ctx context.Context, key string) error {
	ctx, w := newWatch(ctx, c.limits)
	defer w.stop()
	return c.failed(ctx, c.bucket.Delete(ctx, key))
}
