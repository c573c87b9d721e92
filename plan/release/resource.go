package release

import (
	"context"
	"crypto/sha256"
	"io"

	"flink-sql-driver/plan/bucket"
)

// OpenResource streams a resource of a published release. Reading it to its end fails
// with ErrCorrupt if it is not what the release says.
func OpenResource(ctx context.Context, b *bucket.Bucket, r Resource) (io.ReadCloser, error) {
	content, _, err := b.Open(ctx, resourceKey(r.SHA256, r.Name))
	if err != nil {
		return nil, absent(err)
	}
	return &checkedCloser{checked{r: content, hash: sha256.New(), left: r.Size, want: r.SHA256}, content}, nil
}
