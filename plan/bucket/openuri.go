package bucket

import (
	"context"
	"errors"
	"io"
)

// OpenURI streams an object by the URI that Flink has for it, in whatever store that
// is; options are Flink's (ParseURI). The store is closed with the object.
func OpenURI(ctx context.Context, uri string, options map[string]string) (io.ReadCloser, error) {
	b, key, err := At(ctx, uri, options)
	if err != nil {
		return nil, err
	}
	content, _, err := b.Open(ctx, key)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return &elsewhere{content, b}, nil
}

// At opens the bucket that holds the object which Flink has a URI for, and gives the
// object's key there.
func At(ctx context.Context, uri string, options map[string]string) (*Bucket, string, error) {
	url, key, err := ParseURI(uri, options)
	if err != nil {
		return nil, "", err
	}
	b, err := Open(ctx, url)
	return b, key, err
}

type elsewhere struct {
	io.ReadCloser
	store *Bucket
}

func (e *elsewhere) Close() error { return errors.Join(e.ReadCloser.Close(), e.store.Close()) }
