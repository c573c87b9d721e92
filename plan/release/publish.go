package release

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"flink-sql-driver/plan/bucket"
)

// renewAfter is the age at which an object that is there is uploaded again. gc
// deletes what nothing refers to once it is 48 hours old, so what a publish
// relies on must stay young for as long as a deployment may take.
const renewAfter = 24 * time.Hour

// readBack is up to how many bytes a resource that is there is read and checked.
const readBack = 8 << 20

// Publish puts a release into a bucket: resources, then plan.json, then
// config.json. It may be repeated after any failure; what is there already, young
// and right, is not uploaded again.
func Publish(ctx context.Context, b *bucket.Bucket, r Release) (Published, error) {
	p, config, err := describe(b, r)
	if err != nil {
		return Published{}, err
	}
	u := &uploader{bucket: b}
	for _, payload := range r.Resources {
		if err := u.payload(ctx, payload); err != nil {
			return Published{}, fmt.Errorf("release of %s: resource %s: %w", r.Name, payload.Name, err)
		}
	}
	if err := u.record(ctx, planKey(r.Name, p.Digest), r.Plan); err != nil {
		return Published{}, fmt.Errorf("release of %s: %w", r.Name, err)
	}
	if err := u.record(ctx, configKey(r.Name, p.Digest), config); err != nil {
		return Published{}, fmt.Errorf("release of %s: %w", r.Name, err)
	}
	return p, nil
}

// Upload puts one resource where a release that has it would, and returns its URI:
// for a gateway that needs it before there is a release.
func Upload(ctx context.Context, b *bucket.Bucket, p Payload) (string, error) {
	u := &uploader{bucket: b}
	if err := u.payload(ctx, p); err != nil {
		return "", fmt.Errorf("resource %s: %w", p.Name, err)
	}
	return b.URI(resourceKey(p.SHA256, p.Name)), nil
}

// uploader leaves out what is there.
type uploader struct {
	bucket *bucket.Bucket
	now    time.Time // by the store's clock; zero until it was asked
}

// payload uploads a resource unless it is there.
func (u *uploader) payload(ctx context.Context, p Payload) error {
	key := resourceKey(p.SHA256, p.Name)
	held, err := u.holds(ctx, key, p)
	if err != nil || held {
		return err
	}
	err = u.bucket.UploadFrom(ctx, key, func() (io.ReadCloser, error) {
		content, err := p.Open()
		if err != nil {
			return nil, err
		}
		return &checkedCloser{checked{r: content, hash: sha256.New(), left: p.Size, want: p.SHA256}, content}, nil
	})
	if errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("%w; was the file changed meanwhile?", err)
	}
	return err
}

// holds reports whether a resource is in the bucket, young and right. Big ones are
// told by key and size alone: objects appear whole or not at all, and only under
// the digest that they have.
func (u *uploader) holds(ctx context.Context, key string, p Payload) (bool, error) {
	o, err := u.bucket.Stat(ctx, key)
	if errors.Is(err, bucket.ErrNotExist) {
		return false, nil
	}
	if err != nil || o.Size != p.Size {
		return false, err
	}
	young, err := u.young(ctx, o)
	if err != nil || !young {
		return false, err
	}
	if p.Size > readBack {
		return true, nil
	}
	held, err := u.bucket.Read(ctx, key, readBack)
	if err != nil {
		return false, err
	}
	return sum(held) == p.SHA256, nil
}

// record writes a small object, unless these very bytes are there.
func (u *uploader) record(ctx context.Context, key string, data []byte) error {
	o, err := u.bucket.Stat(ctx, key)
	if err == nil && o.Size == int64(len(data)) {
		young, err := u.young(ctx, o)
		if err != nil {
			return err
		}
		if young {
			if held, err := u.bucket.Read(ctx, key, o.Size); err == nil && bytes.Equal(held, data) {
				return nil
			}
		}
	} else if err != nil && !errors.Is(err, bucket.ErrNotExist) {
		return err
	}
	return u.bucket.Write(ctx, key, data)
}

// young compares an object's age by the store's own clock, since this machine's
// may be wrong.
func (u *uploader) young(ctx context.Context, o bucket.Object) (bool, error) {
	if u.now.IsZero() {
		key := "staging/clock-" + rand.Text()
		if err := u.bucket.Write(ctx, key, nil); err != nil {
			return false, err
		}
		marker, err := u.bucket.Stat(ctx, key)
		if err != nil {
			return false, err
		}
		u.now = marker.ModTime
		if err := u.bucket.Delete(ctx, key); err != nil {
			return false, err
		}
	}
	return u.now.Sub(o.ModTime) < renewAfter, nil
}

// checked is content that fails at its end unless it was what was announced, so
// that nothing wrong is ever stored.
type checked struct {
	r    io.Reader
	hash hash.Hash
	left int64
	want string
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.hash.Write(p[:n])
	c.left -= int64(n)
	if c.left < 0 {
		return n, fmt.Errorf("%w: it is longer than was announced", ErrCorrupt)
	}
	if err != io.EOF {
		return n, err
	}
	if c.left > 0 {
		return n, fmt.Errorf("%w: it ends %d bytes too early", ErrCorrupt, c.left)
	}
	if got := hex.EncodeToString(c.hash.Sum(nil)); got != c.want {
		return n, fmt.Errorf("%w: its SHA-256 is %s, not %s", ErrCorrupt, got, c.want)
	}
	return n, io.EOF
}

type checkedCloser struct {
	checked
	io.Closer
}
