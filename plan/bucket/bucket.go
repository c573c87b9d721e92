// Package bucket is the blob storage that submitter, driver and Flink share. A
// bucket with a prefix is one environment:
//
//	file:///abs/dir                              a directory, created if absent
//	mem://                                       memory of this process, for tests
//	s3://bucket?prefix=p/&endpoint=…&region=…    S3 and what speaks its protocol
//	gs://bucket?prefix=p/                        Google Cloud Storage
//	azblob://container?prefix=p/                 Azure Blob Storage
//
// file is built in; a program gets the other schemes by importing their
// gocloud.dev package in its main. Credentials never stand in the URL: they come
// from where the cloud's own tools look for them.
//
// Keys are slash-separated, relative, and read the same to Flink. Every write
// is atomic: a reader sees the whole object or none. Create is the one primitive
// that programs coordinate by; it is create-only on every store.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gocloud.dev/blob"
)

// Object is one stored object.
type Object struct {
	Key     string
	Size    int64     // bytes
	ModTime time.Time // by the store's clock
	// Version tells this content from what replaces it (Replace); only Stat fills it in.
	Version string
}

// Bucket is an open bucket. Its methods may be called at the same time.
// Errors are *Error and name the object; act on their kind with errors.Is.
type Bucket struct {
	place place
	store store
}

// store is what a kind of storage has to offer. Keys are valid when they arrive.
// Errors are raw: Bucket adds operation and key.
type store interface {
	// open reads from the byte from on; the Object is the whole.
	open(ctx context.Context, key string, from int64) (io.ReadCloser, Object, error)
	// put stores all of r, or nothing when r fails or ctx ends. With createOnly an
	// object that is there stays, and the error is ErrExist.
	put(ctx context.Context, key string, r io.Reader, createOnly bool) error
	stat(ctx context.Context, key string) (Object, error)
	list(ctx context.Context, prefix string) ([]Object, error)
	listDirs(ctx context.Context, prefix string) ([]string, error)
	delete(ctx context.Context, key string) error
	close() error
}

// Open opens the bucket at url. It does no network I/O; Prove does.
func Open(ctx context.Context, url string) (*Bucket, error) {
	p, err := parsePlace(url)
	if err != nil {
		return nil, err
	}
	var s store
	if p.scheme == schemeFile {
		s, err = openDir(p.dir)
	} else {
		s, err = openCloud(ctx, p.openURL())
	}
	if name := unknownParameter(err); name != "" {
		return nil, fmt.Errorf("bucket URL %s: %s has no parameter %s", url, p.scheme, name)
	}
	if err != nil {
		return nil, &Error{Op: "open", Object: url, Err: err, Remedy: remedy(err)}
	}
	return &Bucket{place: p, store: s}, nil
}

// New makes a Bucket of one that is open already, whose prefix, if it has one,
// is applied already. uri is its URL as Open takes it; it serves to name things.
func New(b *blob.Bucket, uri string) *Bucket {
	p, err := parsePlace(uri)
	if err != nil {
		p = place{url: uri, uri: uri}
	}
	return &Bucket{place: p, store: &cloud{bucket: b, limits: usual}}
}

// URL is the URL that the bucket was opened with.
func (b *Bucket) URL() string { return b.place.url }

// URI is what Flink calls the object, or the "directory" when key ends with a
// slash or is empty.
func (b *Bucket) URI(key string) string { return b.place.uri + "/" + key }

// FlinkOptions are the options by which Flink's file systems reach the same
// bucket. They never hold credentials.
func (b *Bucket) FlinkOptions() map[string]string { return b.place.flinkOptions() }

// Close releases what the bucket holds open.
func (b *Bucket) Close() error { return b.store.close() }

// Read returns an object's content. One larger than max bytes is ErrTooLarge.
func (b *Bucket) Read(ctx context.Context, key string, max int64) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, b.fail("read", key, err)
	}
	var data []byte
	err := retry(ctx, func() (err error) {
		data, err = b.read(ctx, key, max)
		return err
	})
	if err != nil {
		return nil, b.fail("read", key, err)
	}
	return data, nil
}

func (b *Bucket) read(ctx context.Context, key string, max int64) ([]byte, error) {
	r, o, err := b.store.open(ctx, key, 0)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if o.Size > max {
		return nil, tooLarge(o.Size, max)
	}
	data, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > max {
		return nil, tooLarge(int64(len(data)), max)
	}
	return data, nil
}

// Open streams an object and tells its size in bytes. Reading fails rather than
// end early when the store sends less than that.
func (b *Bucket) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	return b.OpenAt(ctx, key, 0)
}

// OpenAt is Open of what follows the first bytes of an object. The size is that of the
// whole object.
func (b *Bucket) OpenAt(ctx context.Context, key string, from int64) (io.ReadCloser, int64, error) {
	if err := checkKey(key); err != nil {
		return nil, 0, b.fail("read", key, err)
	}
	var (
		r io.ReadCloser
		o Object
	)
	err := retry(ctx, func() (err error) {
		r, o, err = b.store.open(ctx, key, from)
		return err
	})
	if err != nil {
		return nil, 0, b.fail("read", key, err)
	}
	return &reader{ReadCloser: r, left: o.Size - from, fail: func(err error) error { return b.fail("read", key, err) }}, o.Size, nil
}

// Write stores data, replacing what is there.
func (b *Bucket) Write(ctx context.Context, key string, data []byte) error {
	if err := checkKey(key); err != nil {
		return b.fail("write", key, err)
	}
	err := retry(ctx, func() error { return b.store.put(ctx, key, newBytes(data), false) })
	if err != nil {
		return b.fail("write", key, err)
	}
	return nil
}

// Upload stores all of r, replacing what is there. Nothing appears when r fails
// or ctx ends. A failure of the store is final, since r cannot be read again; see
// UploadFrom.
func (b *Bucket) Upload(ctx context.Context, key string, r io.Reader) error {
	if err := checkKey(key); err != nil {
		return b.fail("write", key, err)
	}
	if err := b.store.put(ctx, key, r, false); err != nil {
		return b.fail("write", key, err)
	}
	return nil
}

// UploadFrom is Upload of what open returns, which is opened anew when the store
// failed in a way that may pass.
func (b *Bucket) UploadFrom(ctx context.Context, key string, open func() (io.ReadCloser, error)) error {
	if err := checkKey(key); err != nil {
		return b.fail("write", key, err)
	}
	var source error // the source's fault, which trying again does not mend
	err := retry(ctx, func() error {
		r, err := open()
		if err != nil {
			source = err
			return nil
		}
		defer r.Close()
		watched := &sourceReader{Reader: r}
		err = b.store.put(ctx, key, watched, false)
		if watched.err != nil {
			source = watched.err
			return nil
		}
		return err
	})
	if source != nil {
		err = source
	}
	if err != nil {
		return b.fail("write", key, err)
	}
	return nil
}

// Stat tells an object's size and time of change.
func (b *Bucket) Stat(ctx context.Context, key string) (Object, error) {
	if err := checkKey(key); err != nil {
		return Object{}, b.fail("look at", key, err)
	}
	var o Object
	err := retry(ctx, func() (err error) {
		o, err = b.store.stat(ctx, key)
		return err
	})
	if err != nil {
		return Object{}, b.fail("look at", key, err)
	}
	return o, nil
}

// Exists reports whether the object is there.
func (b *Bucket) Exists(ctx context.Context, key string) (bool, error) {
	_, err := b.Stat(ctx, key)
	if errors.Is(err, ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// List returns every object whose key starts with prefix, sorted by key.
func (b *Bucket) List(ctx context.Context, prefix string) ([]Object, error) {
	if err := checkPrefix(prefix); err != nil {
		return nil, b.fail("list", prefix, err)
	}
	var objects []Object
	err := retry(ctx, func() (err error) {
		objects, err = b.store.list(ctx, prefix)
		return err
	})
	if err != nil {
		return nil, b.fail("list", prefix, err)
	}
	return objects, nil
}

// ListDirs returns, sorted and with their slash at the end, the "directories"
// right below prefix, itself empty or ending with a slash, that hold an object.
func (b *Bucket) ListDirs(ctx context.Context, prefix string) ([]string, error) {
	if err := checkDirPrefix(prefix); err != nil {
		return nil, b.fail("list", prefix, err)
	}
	var dirs []string
	err := retry(ctx, func() (err error) {
		dirs, err = b.store.listDirs(ctx, prefix)
		return err
	})
	if err != nil {
		return nil, b.fail("list", prefix, err)
	}
	return dirs, nil
}

// Delete removes an object. One that is not there is fine.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if key == "" {
		return b.fail("delete", key, errors.New("the key is empty"))
	}
	err := retry(ctx, func() error {
		err := b.store.delete(ctx, key)
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
