// Package journal keeps the record of every job in the bucket: entries that are
// created once and numbered without gaps, the newest of which is the job's
// record, and a heartbeat by which the holder of a job shows that it lives.
//
//	journal/<name>/<20-digit number>.json   the last deployment's entries
//	journal/<name>/heartbeat
//	history/<name>/<20-digit number>.jsonl  the entries before them, in parts
package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"flink-sql-driver/plan/bucket"
)

const (
	root          = "journal/"
	entrySuffix   = ".json"
	heartbeatName = "heartbeat"
	numberDigits  = 20
	// maxEntry bounds one entry, as it does where drivers read it (plan/launch); real
	// ones have a few KiB, and a manifest.
	maxEntry = 16 << 20
)

// ErrTaken is returned when somebody else appended the entry that was to be
// appended: the caller's view of the job is out of date.
var ErrTaken = errors.New("the job's record was changed by somebody else meanwhile")

// Store is what the journal needs of a bucket.
type Store interface {
	Create(ctx context.Context, key string, data []byte) error
	Read(ctx context.Context, key string, max int64) ([]byte, error)
	Write(ctx context.Context, key string, data []byte) error
	List(ctx context.Context, prefix string) ([]bucket.Object, error)
	Delete(ctx context.Context, key string) error
}

// Journal reads and appends entries.
type Journal struct {
	// Now stamps entries, for people; no decision depends on it. Nil: time.Now.
	Now func() time.Time
	// Trouble is told why entries of earlier deployments of a job could not be moved
	// into its history. Nothing is lost by that, and the next deployment tries again.
	// It may be nil.
	Trouble func(name string, err error)
	store   Store

	mu     sync.Mutex
	copies map[string]*Entry // records that All took from the index, by job
}

// New gives access to the journal in a bucket.
func New(s Store) *Journal { return &Journal{store: s} }

// Heads lists the number of every job's newest entry, with one LIST.
func (j *Journal) Heads(ctx context.Context) (map[string]uint64, error) {
	heads, _, err := j.heads(ctx)
	return heads, err
}

// heads tells also of which jobs the newest entry is older than the index.
func (j *Journal) heads(ctx context.Context) (heads map[string]uint64, indexed map[string]bool, err error) {
	objects, err := j.store.List(ctx, root)
	if err != nil {
		return nil, nil, err
	}
	var index time.Time
	written := make(map[string]time.Time)
	heads = make(map[string]uint64)
	for _, o := range objects {
		if o.Key == indexKey {
			index = o.ModTime
		}
		if name, n, ok := parseKey(o.Key); ok && n > heads[name] {
			heads[name], written[name] = n, o.ModTime
		}
	}
	indexed = make(map[string]bool, len(heads))
	for name, at := range written {
		indexed[name] = !at.After(index)
	}
	return heads, indexed, nil
}

// Newest returns a job's record, nil if there is none.
func (j *Journal) Newest(ctx context.Context, name string) (*Entry, error) {
	return j.newer(ctx, name, nil)
}

// newer is Newest, and returns have if that is still the newest: entries never change.
func (j *Journal) newer(ctx context.Context, name string, have *Entry) (e *Entry, err error) {
	for range rereads {
		numbers, err := j.numbers(ctx, name)
		if err != nil || len(numbers) == 0 {
			return nil, err
		}
		number := numbers[len(numbers)-1]
		if have != nil && have.Name == name && have.Number == number {
			return have, nil
		}
		if e, err = j.Read(ctx, name, number); !errors.Is(err, bucket.ErrNotExist) {
			return e, err
		}
	}
	return nil, err
}

// rereads is how often a job is looked at again whose entries are moved into its
// history while they are read. Each time a whole deployment was committed meanwhile.
const rereads = 10

// Read returns one entry.
func (j *Journal) Read(ctx context.Context, name string, number uint64) (*Entry, error) {
	k := key(name, number)
	data, err := j.store.Read(ctx, k, maxEntry)
	if err != nil {
		return nil, fmt.Errorf("journal of %s: %w", name, err)
	}
	e, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("journal entry %s: %w", k, err)
	}
	if e.Name != name || e.Number != number {
		return nil, fmt.Errorf("journal entry %s says that it is entry %d of %q; the bucket was tampered with", k, e.Number, e.Name)
	}
	return e, nil
}

// append creates e under its number and makes sure that nobody went past it. It
// refuses what nobody could read or go on from.
func (j *Journal) append(ctx context.Context, e *Entry) error {
	j.stamp(e)
	if err := e.check(); err != nil {
		return fmt.Errorf("journal entry %s: %w", key(e.Name, e.Number), err)
	}
	data, err := Encode(e)
	if err != nil {
		return err
	}
	if len(data) > maxEntry {
		return fmt.Errorf("journal entry %s: it would have %d bytes, %d are allowed; make the manifest smaller", key(e.Name, e.Number), len(data), maxEntry)
	}
	if err := j.store.Create(ctx, key(e.Name, e.Number), data); err != nil {
		if errors.Is(err, bucket.ErrExist) {
			return ErrTaken
		}
		return fmt.Errorf("journal of %s: %w", e.Name, err)
	}
	err = j.unsurpassed(ctx, e)
	if errors.Is(err, ErrTaken) {
		j.sweep(ctx, e)
	}
	return err
}

func (j *Journal) stamp(e *Entry) {
	now := time.Now
	if j.Now != nil {
		now = j.Now
	}
	e.Time = now().UTC().Truncate(time.Millisecond)
}

// unsurpassed returns ErrTaken if somebody else appended a higher entry than e.
// One of e's own holder may be on its way while its heartbeat looks.
func (j *Journal) unsurpassed(ctx context.Context, e *Entry) error {
	numbers, err := j.numbers(ctx, e.Name)
	if err != nil {
		return err
	}
	if len(numbers) == 0 || numbers[len(numbers)-1] <= e.Number {
		return nil
	}
	top, err := j.Read(ctx, e.Name, numbers[len(numbers)-1])
	if errors.Is(err, bucket.ErrNotExist) {
		return ErrTaken // it is in the history by now, and so is e: later deployments followed
	}
	if err != nil {
		return err
	}
	if top.Holder.Nonce != e.Holder.Nonce {
		return ErrTaken
	}
	return nil
}

// numbers lists a job's entries that are not in its history, in ascending order. Those
// of the last deployment are always among them. Below them may be some that are being
// moved into the history, and some that a holder wrote which woke too late; neither is
// ever the newest.
func (j *Journal) numbers(ctx context.Context, name string) ([]uint64, error) {
	numbers, _, err := j.live(ctx, name)
	return numbers, err
}

// live is numbers, and when the youngest of these entries was written, by the store's
// clock.
func (j *Journal) live(ctx context.Context, name string) (numbers []uint64, youngest time.Time, err error) {
	objects, err := j.store.List(ctx, root+name+"/")
	if err != nil {
		return nil, youngest, fmt.Errorf("journal of %s: %w", name, err)
	}
	for _, o := range objects {
		if owner, n, ok := parseKey(o.Key); ok && owner == name {
			numbers = append(numbers, n)
			if o.ModTime.After(youngest) {
				youngest = o.ModTime
			}
		}
	}
	slices.Sort(numbers)
	return numbers, youngest, nil
}

// Encode renders an entry as it stands in the bucket.
func Encode(e *Entry) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(e); err != nil {
		return nil, fmt.Errorf("journal entry of %s: %w", e.Name, err)
	}
	return b.Bytes(), nil
}

// Decode reads an entry and makes sure that it can be gone on from. Unknown fields
// are errors: they belong to a newer version, whose meaning an older program must
// not guess.
func Decode(data []byte) (*Entry, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, unreadable(data, err)
	}
	switch {
	case head.Version == 0:
		return nil, missing("version")
	case head.Version != EntryVersion:
		return nil, fmt.Errorf("format version %d, this program knows %d; use the newer submitter", head.Version, EntryVersion)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var e Entry
	if err := dec.Decode(&e); err != nil {
		return nil, fmt.Errorf("not readable by this version: %w", err)
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	return &e, nil
}

// unreadable says what is wrong with data that is no JSON object.
func unreadable(data []byte, err error) error {
	const remedy = `docs/recovery.md, "A damaged entry", says what to do`
	var syntax *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return errors.New("it is empty; " + remedy)
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(data)):
		return errors.New("it is truncated; " + remedy)
	}
	return fmt.Errorf("it is no journal entry: %w; %s", err, remedy)
}

func key(name string, number uint64) string {
	return fmt.Sprintf("%s%s/%0*d%s", root, name, numberDigits, number, entrySuffix)
}

func parseKey(k string) (name string, number uint64, ok bool) {
	name, file, ok := strings.Cut(strings.TrimPrefix(k, root), "/")
	if !ok || len(file) != numberDigits+len(entrySuffix) || !strings.HasSuffix(file, entrySuffix) {
		return "", 0, false
	}
	number, err := strconv.ParseUint(file[:numberDigits], 10, 64)
	return name, number, err == nil && number > 0
}
