package bucket

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	createAttempts = 6
	// proveWriters write one key at once when a bucket is proved.
	proveWriters = 8
	tidyTimeout  = 10 * time.Second
)

// Create stores data under a key that nobody has used. When an object is there
// already it is left alone and the error is ErrExist, unless it holds the very
// same bytes: a reply that got lost makes our own write look like a rival's. So
// what rivals write must differ: put a nonce in it.
//
// When ctx ends meanwhile, or the store stays silent, nobody knows whether the
// object is there; calling again with the same data finds out.
func (b *Bucket) Create(ctx context.Context, key string, data []byte) error {
	if err := checkKey(key); err != nil {
		return b.fail("create", key, err)
	}
	pause := firstPause
	for n := 1; ; n++ {
		err := b.store.put(ctx, key, newBytes(data), true)
		if err == nil {
			return nil
		}
		if final(ctx, err) {
			return b.fail("create", key, err)
		}
		// A conflict, or anything else that does not prove that nothing was written:
		// 409 for racing writers, a broken connection, an error of the server.
		outcome, known := b.winner(ctx, key, data)
		if known {
			return outcome
		}
		if n == createAttempts || !sleep(ctx, pause) {
			return b.fail("create", key, err)
		}
		pause *= 2
	}
}

// final reports errors after which nothing was written and trying again is no use.
func final(ctx context.Context, err error) bool {
	return ctx.Err() != nil || !errors.Is(err, ErrExist) && !transient(err)
}

// winner looks at who holds the key; known is false when nobody seems to.
func (b *Bucket) winner(ctx context.Context, key string, data []byte) (outcome error, known bool) {
	held, err := b.Read(ctx, key, int64(len(data)))
	switch {
	case err == nil && bytes.Equal(held, data):
		return nil, true
	case err == nil || errors.Is(err, ErrTooLarge):
		return b.fail("create", key, ErrExist), true
	case errors.Is(err, ErrNotExist):
		return nil, false
	}
	return err, true
}

// Prove makes sure that a bucket can be relied on: that it can be reached, read,
// written, listed and deleted from, and that of several writers that create one
// key at once exactly one wins. It leaves nothing behind.
func (b *Bucket) Prove(ctx context.Context) error {
	key := "staging/prove-" + rand.Text()
	winner, err := b.race(ctx, key)
	if err != nil {
		return err
	}
	defer b.tidy(ctx, key)
	held, err := b.Read(ctx, key, 1024)
	if err != nil {
		return err
	}
	if !bytes.Equal(held, winner) {
		return b.unfit("the winner of a create-only write was overwritten")
	}
	if err := b.Create(ctx, key, []byte("late")); !errors.Is(err, ErrExist) {
		if err != nil {
			return err
		}
		return b.unfit("a create-only write replaced an object")
	}
	if listed, err := b.List(ctx, key); err != nil {
		return err
	} else if len(listed) != 1 {
		return b.unfit("an object that was just written is not listed")
	}
	return b.Delete(ctx, key)
}

// tidy deletes a key even when ctx has ended.
func (b *Bucket) tidy(ctx context.Context, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTimeout)
	defer cancel()
	_ = b.Delete(ctx, key) // what stays behind is a few bytes that gc removes
}

// race lets several writers create one key at once and returns what the only
// winner wrote.
func (b *Bucket) race(ctx context.Context, key string) ([]byte, error) {
	var (
		wg      sync.WaitGroup
		results [proveWriters]error
	)
	content := func(i int) []byte { return fmt.Appendf(nil, "%s %d", key, i) }
	for i := range results {
		wg.Go(func() { results[i] = b.Create(ctx, key, content(i)) })
	}
	wg.Wait()
	var winners []int
	for i, err := range results {
		switch {
		case err == nil:
			winners = append(winners, i)
		case !errors.Is(err, ErrExist):
			return nil, err
		}
	}
	if len(winners) != 1 {
		b.tidy(ctx, key)
		return nil, b.unfit(fmt.Sprintf("%d of %d writers that created the same key at once were told that they had", len(winners), proveWriters))
	}
	return content(winners[0]), nil
}

func (b *Bucket) unfit(why string) error {
	return &Error{
		Op:     "prove",
		Object: b.URL(),
		Err:    errors.New("create-only writes do not work there: " + why),
		Remedy: "jobs could run twice; use a store that supports conditional writes (If-None-Match), such as S3, GCS, Azure, MinIO or a local file system",
	}
}
