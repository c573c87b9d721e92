package fence

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
)

const maxRecordBytes = 16 << 20

func (l Launch) key(file string) string {
	return "launches/" + l.Name + "/" + strconv.FormatUint(l.Number, 10) + "/" + file
}

func read[T any](ctx context.Context, b *bucket.Bucket, key string) (T, error) {
	var v T
	data, err := b.Read(ctx, key, maxRecordBytes)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("%s: %w", b.URI(key), err)
	}
	return v, nil
}

func (l Launch) readDecision(ctx context.Context) (launch.Decision, error) {
	return read[launch.Decision](ctx, l.Bucket, l.key("decision.json"))
}

// decide writes a decision unless there is one, and returns the one that holds.
func (l Launch) decide(ctx context.Context, d launch.Decision) (launch.Decision, error) {
	d.Nonce = rand.Text()
	data, err := json.Marshal(d)
	if err != nil {
		return d, err
	}
	err = l.Bucket.Create(ctx, l.key("decision.json"), data)
	if errors.Is(err, bucket.ErrExist) {
		return l.readDecision(ctx)
	}
	return d, err
}

// current returns the newest journal entry's number and the launch that it lets
// run; 0 for none.
func (l Launch) current(ctx context.Context) (entry, number uint64, err error) {
	list, err := l.Bucket.List(ctx, "journal/"+l.Name+"/")
	if err != nil {
		return 0, 0, err
	}
	newest := ""
	for _, o := range list {
		base := o.Key[strings.LastIndexByte(o.Key, '/')+1:]
		if digits, ok := strings.CutSuffix(base, ".json"); ok && len(digits) == 20 {
			if n, err := strconv.ParseUint(digits, 10, 64); err == nil && n > entry {
				entry, newest = n, o.Key
			}
		}
	}
	if newest == "" {
		return 0, 0, refuse("%s has no journal", l.Name)
	}
	e, err := read[struct {
		Launch struct {
			Number uint64 `json:"number"`
		} `json:"launch"`
	}](ctx, l.Bucket, newest)
	return entry, e.Launch.Number, err
}
