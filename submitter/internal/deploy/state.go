package deploy

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/journal"
)

// maxMetadata bounds a _metadata file that is read to see whether it is whole.
const maxMetadata = 256 << 20

// NewestState finds the newest state that the record vouches for: of the newest
// launch that left any, the complete savepoint or checkpoint with the highest
// checkpoint id, or failing that what the launch was restored from. Order is by
// launch and checkpoint id; clocks have no say. It returns Flink's URI, "" if
// there is nothing.
func (d *Deployer) NewestState(ctx context.Context, name string, launches []journal.LaunchRef) (string, error) {
	for i := len(launches) - 1; i >= 0; i-- {
		l := launches[i]
		best, err := d.newestOf(ctx, name, l)
		if err != nil {
			return "", err
		}
		if best != "" {
			return best, nil
		}
		if l.Restored != "" {
			return l.Restored, nil
		}
	}
	return "", nil
}

func (d *Deployer) newestOf(ctx context.Context, name string, l journal.LaunchRef) (string, error) {
	dirs := []string{
		fmt.Sprintf("checkpoints/%s/%d/%s/", name, l.QueryVersion, l.JobID),
		fmt.Sprintf("savepoints/%s/%d/%d-", name, l.QueryVersion, l.Number),
	}
	var best string
	var bestID int64 = -1
	for _, dir := range dirs {
		objects, err := d.Bucket.List(ctx, dir)
		if err != nil {
			return "", err
		}
		for _, o := range objects {
			if path.Base(o.Key) != metadataFile || listedID(o.Key) < bestID {
				continue
			}
			id, err := d.checkpointID(ctx, o.Key)
			if err != nil {
				return "", err
			}
			if id > bestID {
				best, bestID = d.Bucket.URI(path.Dir(o.Key)), id
			}
		}
	}
	return best, nil
}

// listedID is the id in a checkpoint's directory name, so that older ones need
// not be read; a savepoint's name has none.
func listedID(key string) int64 {
	_, n, ok := strings.Cut(path.Base(path.Dir(key)), "chk-")
	if !ok {
		return 1<<63 - 1
	}
	id, err := strconv.ParseInt(n, 10, 64)
	if err != nil {
		return 1<<63 - 1
	}
	return id
}

// checkpointID reads the id in a _metadata file; -1 for one that is incomplete,
// which is no state at all, or that was removed meanwhile.
func (d *Deployer) checkpointID(ctx context.Context, key string) (int64, error) {
	data, err := d.Bucket.Read(ctx, key, maxMetadata)
	if errors.Is(err, bucket.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	return headerID(data), nil
}

// metadataMagic begins every _metadata file
// (org.apache.flink.runtime.checkpoint.Checkpoints.HEADER_MAGIC_NUMBER); version
// and checkpoint id follow.
const (
	metadataMagic  = 0x4960672d
	metadataHeader = 16
)

// headerID is the checkpoint id in a _metadata file, -1 if it is none.
func headerID(data []byte) int64 {
	if len(data) <= metadataHeader || binary.BigEndian.Uint32(data) != metadataMagic {
		return -1
	}
	return int64(binary.BigEndian.Uint64(data[8:]))
}

// Completed reports whether a launch left any complete checkpoint.
func (d *Deployer) Completed(ctx context.Context, name string, l journal.LaunchRef) (bool, error) {
	best, err := d.newestOf(ctx, name, l)
	return best != "", err
}
