package fence

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/savepoint"
)

// metadataMagic begins every _metadata file (Flink's Checkpoints.HEADER_MAGIC_NUMBER).
const metadataMagic = 0x4960672d

// NewestCheckpoint returns the URI of the newest complete checkpoint below
// <job id>/chk-N in a bucket that is Flink's checkpoint directory; nothing if
// there is none.
func NewestCheckpoint(ctx context.Context, b *bucket.Bucket, jobID string) (string, error) {
	dirs, err := b.ListDirs(ctx, jobID+"/")
	if err != nil {
		return "", err
	}
	numbers := make(map[int64]string)
	for _, d := range dirs {
		digits, ok := strings.CutPrefix(strings.TrimPrefix(d, jobID+"/"), "chk-")
		n, err := strconv.ParseInt(strings.TrimSuffix(digits, "/"), 10, 64)
		if ok && err == nil {
			numbers[n] = d
		}
	}
	for _, n := range slices.Backward(slices.Sorted(maps.Keys(numbers))) {
		complete, err := complete(ctx, b, numbers[n]+"_metadata")
		if err != nil {
			return "", err
		}
		if complete {
			return strings.TrimSuffix(b.URI(numbers[n]), "/"), nil
		}
	}
	return "", nil
}

// complete reports whether a checkpoint's metadata is there and is metadata.
func complete(ctx context.Context, b *bucket.Bucket, key string) (bool, error) {
	r, size, err := b.Open(ctx, key)
	if errors.Is(err, bucket.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer r.Close()
	var head [4]byte
	switch {
	case size < int64(len(head)):
		return false, nil
	case size > savepoint.MaxSize:
		return false, fmt.Errorf("%s: %w: %d bytes, at most %d are read", b.URI(key), bucket.ErrTooLarge, size, savepoint.MaxSize)
	}
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return false, fmt.Errorf("%s: %w", b.URI(key), err)
	}
	return binary.BigEndian.Uint32(head[:]) == metadataMagic, nil
}
