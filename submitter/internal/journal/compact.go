package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"flink-sql-driver/plan/bucket"
)

const (
	// compactTimeout is how long a command that is done may take to tidy up.
	compactTimeout = time.Minute
	// keptFor and keptEntries say what stays in a job's history: what is younger, by the
	// store's clock, and so many entries in any case.
	keptFor     = 30 * 24 * time.Hour
	keptEntries = 1000
)

// Compact moves the entries before a job's last deployment into its history and removes
// what is older than that keeps. It may be stopped at any point, and run at any time and
// by several at once: an entry is deleted only once it is in the history, and those of
// the last deployment stay, so that the newest entry is always found where it is looked for.
func (j *Journal) Compact(ctx context.Context, name string) error {
	return j.compact(ctx, name, 0)
}

// tidy is Compact after a deployment whose entries begin at first, or below it.
func (j *Journal) tidy(ctx context.Context, name string, first uint64) {
	err := j.compact(ctx, name, first)
	if err != nil && ctx.Err() == nil && j.Trouble != nil {
		j.Trouble(name, err)
	}
}

func (j *Journal) compact(ctx context.Context, name string, first uint64) (err error) {
	for range rereads {
		c := compaction{journal: j, name: name, first: first}
		err = c.run(ctx)
		if !errors.Is(err, errOvertaken) {
			break
		}
	}
	return err
}

// errOvertaken: another command moves the same entries.
var errOvertaken = errors.New("another command is moving the same entries")

// compaction is one try to compact a job's journal.
type compaction struct {
	journal *Journal
	name    string
	first   uint64 // an entry of the last deployment, from which its beginning is looked for; 0: the newest
}

func (c *compaction) run(ctx context.Context) error {
	numbers, youngest, err := c.journal.live(ctx, c.name)
	if err != nil || len(numbers) == 0 {
		return err
	}
	newest := numbers[len(numbers)-1]
	if c.first == 0 || c.first > newest {
		c.first = newest
	}
	if numbers[0] >= c.first {
		return nil // the usual case after a first deployment
	}
	a, err := c.journal.archive(ctx, c.name)
	if err != nil {
		return err
	}
	if a.last() >= c.first {
		return c.behind(ctx, a.last())
	}
	before := slices.DeleteFunc(slices.Clone(numbers), func(n uint64) bool { return n >= c.first })
	waiting := slices.DeleteFunc(slices.Clone(before), func(n uint64) bool { return n <= a.last() })
	end, err := c.end(ctx, waiting)
	if err != nil {
		return err
	}
	if err := c.move(ctx, a.last()+1, upTo(waiting, end)); err != nil {
		return err
	}
	if err := c.remove(ctx, upTo(before, max(end, a.last()))); err != nil {
		return err
	}
	return c.forget(ctx, a.parts, newest, youngest)
}

// behind is for a history that reaches into what is taken for the last deployment: others
// have deployed since, and moved that away; or the journal is an older one.
func (c *compaction) behind(ctx context.Context, last uint64) error {
	numbers, err := c.journal.numbers(ctx, c.name)
	if err == nil && (len(numbers) == 0 || numbers[len(numbers)-1] <= last) {
		err = fmt.Errorf("history of %s: it reaches to entry %d, further than the journal; the bucket was brought back from a backup in part, so nothing was moved", c.name, last)
	}
	return err
}

func upTo(numbers []uint64, last uint64) []uint64 {
	return slices.DeleteFunc(slices.Clone(numbers), func(n uint64) bool { return n > last })
}

// end is the final entry of the deployment before the last one; 0: there is none.
// numbers are the entries that it may be.
func (c *compaction) end(ctx context.Context, numbers []uint64) (uint64, error) {
	for _, n := range slices.Backward(numbers) {
		l, err := c.read(ctx, n)
		if err != nil {
			return 0, err
		}
		if l.phase.Final() {
			return n, nil
		}
	}
	return 0, nil
}

func (c *compaction) read(ctx context.Context, number uint64) (line, error) {
	k := key(c.name, number)
	data, err := c.journal.store.Read(ctx, k, maxEntry)
	if errors.Is(err, bucket.ErrNotExist) {
		return line{}, errOvertaken
	}
	if err != nil {
		return line{}, fmt.Errorf("journal of %s: %w", c.name, err)
	}
	l, err := lineOf(c.name, data)
	if err == nil && l.number != number {
		err = fmt.Errorf("it says that it is entry %d; the bucket was tampered with", l.number)
	}
	if err != nil {
		return line{}, fmt.Errorf("journal entry %s: %w", k, err)
	}
	return l, nil
}

// move writes entries into the history, the first of which is to begin at first.
func (c *compaction) move(ctx context.Context, first uint64, numbers []uint64) error {
	for batch := range slices.Chunk(numbers, partEntries) {
		lines := make([]line, len(batch))
		var g errgroup.Group
		g.SetLimit(fetches)
		for i, n := range batch {
			g.Go(func() (err error) {
				lines[i], err = c.read(ctx, n)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		for len(lines) > 0 {
			data, n, err := pack(lines)
			if err != nil {
				return err
			}
			err = c.journal.store.Create(ctx, partKey(c.name, first), data)
			if errors.Is(err, bucket.ErrExist) {
				return errOvertaken
			}
			if err != nil {
				return fmt.Errorf("history of %s: %w", c.name, err)
			}
			first = lines[n-1].number + 1
			lines = lines[n:]
		}
	}
	return nil
}

// pack is the content of a part with as many of the entries as it takes, at least one.
func pack(lines []line) (data []byte, taken int, err error) {
	var b bytes.Buffer
	for _, l := range lines {
		before := b.Len()
		if err := json.Compact(&b, l.data); err != nil {
			return nil, 0, err
		}
		b.WriteByte('\n')
		if b.Len() > partSize && taken > 0 {
			b.Truncate(before)
			break
		}
		taken++
	}
	return b.Bytes(), taken, nil
}

// remove deletes entries that are in the history.
func (c *compaction) remove(ctx context.Context, numbers []uint64) error {
	var g errgroup.Group
	g.SetLimit(fetches)
	for _, n := range numbers {
		g.Go(func() error {
			if err := c.journal.store.Delete(ctx, key(c.name, n)); err != nil {
				return fmt.Errorf("journal of %s: %w", c.name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// forget deletes parts of the history that nobody needs any more; the newest one stays,
// since it says how far the history reaches. now is the store's.
func (c *compaction) forget(ctx context.Context, parts []part, newest uint64, now time.Time) error {
	for i := 0; i+1 < len(parts); i++ {
		last := parts[i+1].first - 1
		if last+keptEntries > newest || now.Sub(parts[i].moved) <= keptFor {
			return nil
		}
		if err := c.journal.store.Delete(ctx, parts[i].key); err != nil {
			return fmt.Errorf("history of %s: %w", c.name, err)
		}
	}
	return nil
}

// sweep removes an entry that was appended too late: others had gone past its number so
// long ago that the entry which had it is in the history, and its key was free again.
// Where it is left, it is never the newest, and the next compaction removes it.
func (j *Journal) sweep(ctx context.Context, e *Entry) {
	if a, err := j.archive(ctx, e.Name); err == nil && e.Number <= a.last() {
		_ = j.store.Delete(ctx, key(e.Name, e.Number)) // see above
	}
}
