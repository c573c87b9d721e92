// Package layout makes a bucket one of ours: bucket.json says that conditional
// create was proved to work there, which everything else rests on.
package layout

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"flink-sql-driver/plan/bucket"
)

const (
	key     = "bucket.json"
	version = 1
	maxSize = 4 << 10
)

// ErrNotOurs says that a bucket was never initialized.
var ErrNotOurs = errors.New("the bucket is not initialized")

// Bucket is the content of bucket.json.
type Bucket struct {
	Version int       `json:"version"`
	ID      string    `json:"id"` // 32 hex digits; tells copies of a bucket apart
	Created time.Time `json:"created"`
}

// Read returns a bucket's description, ErrNotOurs if it has none.
func Read(ctx context.Context, b *bucket.Bucket) (Bucket, error) {
	data, err := b.Read(ctx, key, maxSize)
	if errors.Is(err, bucket.ErrNotExist) {
		return Bucket{}, fmt.Errorf("%s: %w; run `submitter init` once", b.URL(), ErrNotOurs)
	}
	if err != nil {
		return Bucket{}, err
	}
	var d Bucket
	if err := json.Unmarshal(data, &d); err != nil || d.Version < 1 || d.ID == "" {
		return Bucket{}, foreign(b)
	}
	if d.Version != version {
		return Bucket{}, fmt.Errorf("%s in %s has version %d, this program knows %d; use the submitter that made it", key, b.URL(), d.Version, version)
	}
	return d, nil
}

func foreign(b *bucket.Bucket) error {
	return fmt.Errorf("%s in %s is not what `submitter init` writes; check the bucket and its endpoint, and whether something else writes there", key, b.URL())
}

// Init proves that a bucket can be relied on and describes it. A bucket that is
// described already is left as it is.
func Init(ctx context.Context, b *bucket.Bucket) (Bucket, error) {
	d, err := Read(ctx, b)
	if !errors.Is(err, ErrNotOurs) {
		return d, err
	}
	if err := b.Prove(ctx); err != nil {
		return d, err
	}
	var id [16]byte
	rand.Read(id[:]) // never fails (crypto/rand)
	d = Bucket{Version: version, ID: hex.EncodeToString(id[:]), Created: time.Now().UTC().Truncate(time.Second)}
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return d, err
	}
	err = b.Create(ctx, key, append(data, '\n'))
	if errors.Is(err, bucket.ErrExist) {
		return Read(ctx, b)
	}
	return d, err
}
