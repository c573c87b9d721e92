package fence

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"flink-sql-driver/plan/bucket"
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
	newest, number := "", int64(-1)
	for _, d := range dirs {
		base := strings.TrimSuffix(d, "/")
		base = base[strings.LastIndexByte(base, '/')+1:]
		digits, ok := strings.CutPrefix(base, "chk-")
		n, err := strconv.ParseInt(digits, 10, 64)
		if !ok || err != nil || n <= number {
			continue
		}
		complete, err := complete(ctx, b, d+"_metadata")
		if err != nil {
			return "", err
		}
		if complete {
			newest, number = d, n
		}
	}
	if newest == "" {
		return "", nil
	}
	return strings.TrimSuffix(b.URI(newest), "/"), nil
}

// complete reports whether a checkpoint's metadata is there and is metadata.
func complete(ctx context.Context, b *bucket.Bucket, key string) (bool, error) {
	there, err := b.Exists(ctx, key)
	if !there || err != nil {
		return false, err
	}
	r, _, err := b.Open(ctx, key)
	if err != nil {
		return false, err
	}
	defer r.Close()
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return false, fmt.Errorf("%s: %w", b.URI(key), err)
	}
	return binary.BigEndian.Uint32(head[:]) == metadataMagic, nil
}
