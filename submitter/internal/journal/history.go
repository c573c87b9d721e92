package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"flink-sql-driver/plan/bucket"
)

const (
	historyRoot = "history/"
	partSuffix  = ".jsonl"
	// partSize is how many bytes of entries make a part full.
	partSize = 4 << 20
	// partEntries is how many entries make a part full.
	partEntries = 256
	// maxPart bounds a part. One that is larger than partSize holds a single entry.
	maxPart = maxEntry + partSize
)

// part is one object of a job's history: entries in ascending order, one a line. Its
// key has the number of the first entry that was in no part before it, and is
// created only. So of several commands that move the same entries one succeeds, parts
// never overlap, and an entry is deleted only after it was in a part: whoever creates a
// part has read entries that nobody had deleted.
type part struct {
	key   string
	first uint64
	// moved is when it was written, by the store's clock: later than all of its entries.
	moved time.Time
}

func partKey(name string, first uint64) string {
	return fmt.Sprintf("%s%s/%0*d%s", historyRoot, name, numberDigits, first, partSuffix)
}

// parts lists a job's history, oldest part first.
func (j *Journal) parts(ctx context.Context, name string) ([]part, error) {
	prefix := historyRoot + name + "/"
	objects, err := j.store.List(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", name, err)
	}
	var parts []part
	for _, o := range objects {
		digits, ok := strings.CutSuffix(strings.TrimPrefix(o.Key, prefix), partSuffix)
		first, err := strconv.ParseUint(digits, 10, 64)
		if !ok || err != nil || len(digits) != numberDigits || first == 0 {
			continue
		}
		parts = append(parts, part{key: o.Key, first: first, moved: o.ModTime})
	}
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.key, b.key) })
	return parts, nil
}

// line is an entry in a part, or one on its way into it.
type line struct {
	number uint64
	phase  Phase
	data   []byte
}

// lineOf reads of an entry only what it takes to move it. The rest may be of any
// version: nobody acts on it.
func lineOf(name string, data []byte) (line, error) {
	var head struct {
		Number uint64 `json:"number"`
		Name   string `json:"name"`
		Phase  Phase  `json:"phase"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return line{}, unreadable(data, err)
	}
	if head.Name != name || head.Number == 0 {
		return line{}, fmt.Errorf("it says that it is entry %d of %q; the bucket was tampered with", head.Number, head.Name)
	}
	return line{head.Number, head.Phase, data}, nil
}

// read returns the entries of a part.
func (j *Journal) readPart(ctx context.Context, name string, p part) ([]line, error) {
	data, err := j.store.Read(ctx, p.key, maxPart)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", name, err)
	}
	var lines []line
	for text := range bytes.Lines(data) {
		l, err := lineOf(name, bytes.TrimSuffix(text, []byte("\n")))
		if err != nil {
			return nil, fmt.Errorf("history %s: %w", p.key, err)
		}
		if len(lines) > 0 && l.number <= lines[len(lines)-1].number || l.number < p.first {
			return nil, fmt.Errorf("history %s: entry %d is out of order; the bucket was tampered with", p.key, l.number)
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("history %s: it is empty; bring it back from a version or a backup of the bucket, or delete it", p.key)
	}
	return lines, nil
}

// archive is what a job's history holds: its parts, and the entries of the newest.
type archive struct {
	parts  []part
	newest []line
}

// last is the number of the newest entry in the history, 0 if there is none. Every entry
// up to it is in the history; what is found of them elsewhere is not needed.
func (a archive) last() uint64 {
	if len(a.newest) == 0 {
		return 0
	}
	return a.newest[len(a.newest)-1].number
}

func (j *Journal) archive(ctx context.Context, name string) (archive, error) {
	parts, err := j.parts(ctx, name)
	if err != nil || len(parts) == 0 {
		return archive{}, err
	}
	newest, err := j.readPart(ctx, name, parts[len(parts)-1])
	return archive{parts, newest}, err
}

// numberFirst has a job's first entry count on from its history: its journal was lost, or
// deleted by hand, and no number is used twice.
func (j *Journal) numberFirst(ctx context.Context, first *Entry) error {
	a, err := j.archive(ctx, first.Name)
	if err == nil {
		first.Number = a.last() + 1
	}
	return err
}

// History returns a job's entries, oldest first.
func (j *Journal) History(ctx context.Context, name string) ([]*Entry, error) {
	var entries []*Entry
	for e, err := range j.Backward(ctx, name) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	slices.Reverse(entries)
	return entries, nil
}

// Backward returns a job's entries, newest first, those of its history included. It
// reads no further than its caller goes, and ends with an error.
func (j *Journal) Backward(ctx context.Context, name string) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		w := walk{journal: j, name: name, below: math.MaxUint64, yield: yield}
		for tries := 0; ; tries++ {
			reached := w.below
			err := w.on(ctx)
			if w.below < reached {
				tries = 0
			}
			if !errors.Is(err, bucket.ErrNotExist) || tries == rereads {
				if err != nil {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// walk goes from a job's newest entry to its oldest. Entries that are moved into the
// history while it is on its way are found there: it begins again where it has come to.
type walk struct {
	journal *Journal
	name    string
	below   uint64 // the entries that were not visited yet have lower numbers
	yield   func(*Entry, error) bool
}

// on visits the rest of the entries. An error of bucket.ErrNotExist says that something
// was moved meanwhile.
func (w *walk) on(ctx context.Context) error {
	// First the entries, then the history: what is moved in between is found in both.
	numbers, err := w.journal.numbers(ctx, w.name)
	if err != nil {
		return err
	}
	a, err := w.journal.archive(ctx, w.name)
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(numbers) {
		if n >= w.below || n <= a.last() {
			continue
		}
		e, err := w.journal.Read(ctx, w.name, n)
		if err != nil {
			return err
		}
		if !w.visit(e) {
			return nil
		}
	}
	for i, p := range slices.Backward(a.parts) {
		if p.first >= w.below {
			continue
		}
		lines := a.newest
		if i < len(a.parts)-1 {
			if lines, err = w.journal.readPart(ctx, w.name, p); err != nil {
				return err
			}
		}
		if going, err := w.through(p, lines); err != nil || !going {
			return err
		}
	}
	return nil
}

// through visits the entries of a part.
func (w *walk) through(p part, lines []line) (going bool, err error) {
	for _, l := range slices.Backward(lines) {
		if l.number >= w.below {
			continue
		}
		e, err := Decode(l.data)
		if err != nil {
			return false, fmt.Errorf("history %s: entry %d: %w", p.key, l.number, err)
		}
		if !w.visit(e) {
			return false, nil
		}
	}
	return true, nil
}

func (w *walk) visit(e *Entry) bool {
	w.below = e.Number
	return w.yield(e, nil)
}
