package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"flink-sql-driver/plan/bucket"
)

const (
	// entryVersion is the version of journal entries that Current understands.
	entryVersion = 1
	// entryDigits is the length of the number in an entry's key.
	entryDigits = 20
	// maxEntry bounds a journal entry; it may hold a manifest.
	maxEntry = 16 << 20
	// currentAttempts is for entries that are compacted away while they are read.
	currentAttempts = 3
)

// Current reads a job's newest journal entry and returns its number and the
// launch that it lets run, 0 for none. A job without entries is
// bucket.ErrNotExist.
//
// Of the entry, which is the submitter's, it reads only what it needs.
func Current(ctx context.Context, b *bucket.Bucket, name string) (entry, launch uint64, err error) {
	if err := checkName(name); err != nil {
		return 0, 0, err
	}
	for range currentAttempts {
		entry, launch, err = current(ctx, b, name)
		if !errors.Is(err, bucket.ErrNotExist) || entry == 0 {
			break
		}
	}
	return entry, launch, err
}

func current(ctx context.Context, b *bucket.Bucket, name string) (entry, launch uint64, err error) {
	prefix := "journal/" + name + "/"
	objects, err := b.List(ctx, prefix)
	if err != nil {
		return 0, 0, err
	}
	newest := ""
	for _, o := range objects {
		if n, ok := entryNumber(o.Key); ok && n > entry {
			entry, newest = n, o.Key
		}
	}
	if entry == 0 {
		return 0, 0, fmt.Errorf("journal of %s: there is no entry in %s: %w", name, b.URI(prefix), bucket.ErrNotExist)
	}
	data, err := b.Read(ctx, newest, maxEntry)
	if err != nil {
		return entry, 0, err
	}
	if launch, err = readEntry(data, name, entry); err != nil {
		return entry, 0, fmt.Errorf("journal entry %s: %w", b.URI(newest), err)
	}
	return entry, launch, nil
}

// entryNumber takes the number out of journal/<name>/<20 digits>.json.
func entryNumber(key string) (uint64, bool) {
	digits, ok := strings.CutSuffix(path.Base(key), ".json")
	if !ok || len(digits) != entryDigits {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil
}

func readEntry(data []byte, name string, number uint64) (launch uint64, err error) {
	var e struct {
		Version int    `json:"version"`
		Number  uint64 `json:"number"`
		Name    string `json:"name"`
		Phase   string `json:"phase"`
		Launch  *struct {
			Number uint64 `json:"number"`
		} `json:"launch"`
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return 0, err
	}
	switch {
	case e.Version != entryVersion:
		return 0, fmt.Errorf("it has version %d, but this program reads version %d", e.Version, entryVersion)
	case e.Number != number || e.Name != name:
		return 0, fmt.Errorf("it says that it is number %d of %q", e.Number, e.Name)
	case e.Phase == "":
		return 0, errors.New("it has no phase")
	case e.Launch == nil:
		return 0, nil
	}
	return e.Launch.Number, nil
}
