package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"flink-sql-driver/plan/bucket"
)

const (
	indexKey = root + "index.json"
	// maxIndex bounds the index object: 10,000 records of a few KiB.
	maxIndex = 256 << 20
	// fetches is how many entries are read at once when the index lacks them.
	fetches = 32
)

// index is a copy of every job's newest entry, so that reading a thousand
// records takes one LIST and one GET. It is never trusted for which entry is the
// newest, only for what an entry says: entries never change, so a copy is right
// as long as the bucket is the same one. A bucket that was brought back from a
// backup is not: copies of entries that are younger than the index, by the store's
// own clock, are left alone, and Take looks at the entry itself.
type index struct {
	Version int               `json:"version"`
	Bucket  string            `json:"bucket"` // id in bucket.json
	Entries map[string]*Entry `json:"entries"`
}

// UnreadableError is the error of one job whose record is there and cannot be read;
// nothing may be done with that job. Other jobs are not affected.
type UnreadableError struct{ Err error }

func (e *UnreadableError) Error() string { return e.Err.Error() }
func (e *UnreadableError) Unwrap() error { return e.Err }

// All returns every job's record, and by the names of the jobs whose record cannot be
// read why; a store that does not answer is an error of all. bucketID is the id in
// bucket.json.
func (j *Journal) All(ctx context.Context, bucketID string) (map[string]*Entry, map[string]*UnreadableError, error) {
	heads, indexed, err := j.heads(ctx)
	if err != nil || len(heads) == 0 {
		return nil, nil, err
	}
	known, err := j.readIndex(ctx, bucketID)
	if err != nil {
		return nil, nil, err
	}
	records := make(map[string]*Entry, len(heads))
	var missing []string
	for name, n := range heads {
		if e := known[name]; indexed[name] && e != nil && e.Number == n && e.Name == name && e.check() == nil {
			records[name] = e
			j.remember(e)
		} else {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return records, nil, nil
	}
	unreadable, err := j.fill(ctx, records, missing, heads)
	if err != nil {
		return nil, nil, err
	}
	if len(unreadable) < len(missing) {
		// The index only saves time; failing to write it loses nothing.
		_ = j.writeIndex(ctx, bucketID, records)
	}
	return records, unreadable, nil
}

// remember keeps a record that came from the index, until somebody acts on it.
func (j *Journal) remember(e *Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.copies == nil {
		j.copies = make(map[string]*Entry)
	}
	j.copies[e.Name] = e
}

// verify makes sure that the record which next follows is what the journal holds,
// if it was a copy. A wrong index is removed, since nothing but time is lost with it.
func (j *Journal) verify(ctx context.Context, next *Entry) error {
	j.mu.Lock()
	record := j.copies[next.Name]
	delete(j.copies, next.Name)
	j.mu.Unlock()
	if record == nil || record.Number != next.Number-1 {
		return nil
	}
	held, err := j.Read(ctx, record.Name, record.Number)
	if errors.Is(err, bucket.ErrNotExist) {
		return j.orTaken(ctx, record, err)
	}
	if err != nil {
		return err
	}
	want, err := Encode(held)
	if err != nil {
		return err
	}
	got, err := Encode(record)
	if err != nil || bytes.Equal(got, want) {
		return err
	}
	wrong := fmt.Errorf("%s says otherwise than %s; it is only a copy and was removed", indexKey, key(record.Name, record.Number))
	if err := j.orTaken(ctx, record, wrong); errors.Is(err, ErrTaken) {
		return err
	}
	if err := j.store.Delete(ctx, indexKey); err != nil {
		return err
	}
	return wrong
}

// orTaken is what is wrong with a record, or ErrTaken if it is not the newest any more:
// then its entry may have been moved into the history, and no longer matters.
func (j *Journal) orTaken(ctx context.Context, record *Entry, wrong error) error {
	numbers, err := j.numbers(ctx, record.Name)
	switch {
	case err != nil:
		return err
	case len(numbers) > 0 && numbers[len(numbers)-1] > record.Number:
		return ErrTaken
	}
	return wrong
}

// fill reads the records that are missing.
func (j *Journal) fill(ctx context.Context, records map[string]*Entry, missing []string, heads map[string]uint64) (map[string]*UnreadableError, error) {
	var (
		wg         sync.WaitGroup
		mu         sync.Mutex
		errs       []error
		unreadable = make(map[string]*UnreadableError)
		slots      = make(chan struct{}, fetches)
	)
	for _, name := range missing {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			e, err := j.Read(ctx, name, heads[name])
			if errors.Is(err, bucket.ErrNotExist) { // a whole deployment was committed since the LIST
				e, err = j.Newest(ctx, name)
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && e != nil:
				records[name] = e
			case err == nil: // all that there was of it was deleted by hand
			case ctx.Err() != nil, errors.Is(err, bucket.ErrUnreachable), errors.Is(err, bucket.ErrNoBucket):
				errs = append(errs, err) // the others would say the same
			default:
				unreadable[name] = &UnreadableError{err}
			}
		}()
	}
	wg.Wait()
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return unreadable, nil
}

func (j *Journal) readIndex(ctx context.Context, bucketID string) (map[string]*Entry, error) {
	data, err := j.store.Read(ctx, indexKey, maxIndex)
	if errors.Is(err, bucket.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("index of the journal: %w", err)
	}
	var ix index
	if json.Unmarshal(data, &ix) != nil || ix.Version != EntryVersion || ix.Bucket != bucketID {
		return nil, nil // an older format or a copied bucket: read the entries themselves
	}
	return ix.Entries, nil
}

func (j *Journal) writeIndex(ctx context.Context, bucketID string, records map[string]*Entry) error {
	data, err := json.Marshal(index{Version: EntryVersion, Bucket: bucketID, Entries: records})
	if err != nil {
		return err
	}
	return j.store.Write(ctx, indexKey, data)
}
