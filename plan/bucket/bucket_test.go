package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"flink-sql-driver/plan/bucket"
)

var ctx = context.Background()

func TestAbsent(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		if _, err := b.Read(ctx, "no/such", 10); !errors.Is(err, bucket.ErrNotExist) {
			t.Errorf("Read: %v", err)
		}
		if _, _, err := b.Open(ctx, "no/such"); !errors.Is(err, bucket.ErrNotExist) {
			t.Errorf("Open: %v", err)
		}
		if _, err := b.Stat(ctx, "no/such"); !errors.Is(err, bucket.ErrNotExist) {
			t.Errorf("Stat: %v", err)
		} else if want := "look at " + b.URI("no/such") + ": "; !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %q does not begin with %q", err, want)
		}
		if there, err := b.Exists(ctx, "no/such"); there || err != nil {
			t.Errorf("Exists: %v, %v", there, err)
		}
		if err := b.Delete(ctx, "no/such"); err != nil {
			t.Errorf("Delete: %v", err)
		}
		if l, err := b.List(ctx, "no/"); len(l) != 0 || err != nil {
			t.Errorf("List: %v, %v", l, err)
		}
		if l, err := b.ListDirs(ctx, "no/"); len(l) != 0 || err != nil {
			t.Errorf("ListDirs: %v, %v", l, err)
		}
	})
}

func TestWriteReadDelete(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		for _, content := range []string{"", "one", "another, longer"} {
			if err := b.Write(ctx, "a/b c+é%20日", []byte(content)); err != nil {
				t.Fatal(err)
			}
			got, err := b.Read(ctx, "a/b c+é%20日", int64(len(content)))
			if err != nil || string(got) != content {
				t.Fatalf("read %q, %v", got, err)
			}
		}
		if _, err := b.Read(ctx, "a/b c+é%20日", 3); !errors.Is(err, bucket.ErrTooLarge) {
			t.Errorf("Read with a limit: %v", err)
		}
		o, err := b.Stat(ctx, "a/b c+é%20日")
		if err != nil || o.Size != 15 || o.ModTime.IsZero() || o.Key != "a/b c+é%20日" {
			t.Errorf("Stat: %+v, %v", o, err)
		}
		if err := b.Delete(ctx, "a/b c+é%20日"); err != nil {
			t.Fatal(err)
		}
		if there, err := b.Exists(ctx, "a/b c+é%20日"); there || err != nil {
			t.Errorf("deleted, but Exists: %v, %v", there, err)
		}
	})
}

func TestKeysThatAreRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		for _, key := range []string{
			"", "/a", "a/", "a//b", "..", "../a", "a/../b", "a/./b", "a\x00b", "a\nb", `a\b`, "\xff",
			strings.Repeat("x", 256), strings.Repeat("x/", 600) + "x", ".~unfinished-x",
		} {
			if err := b.Write(ctx, key, nil); err == nil {
				t.Errorf("wrote %q", key)
			}
			if err := b.Create(ctx, key, nil); err == nil {
				t.Errorf("created %q", key)
			}
			if _, err := b.Read(ctx, key, 1); err == nil || errors.Is(err, bucket.ErrNotExist) {
				t.Errorf("read %q: %v", key, err)
			}
		}
	})
}

func TestList(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		keys := []string{"j/a-b/1", "j/a/1", "j/a/2", "j/a0", "j/b/deep/er/1", "k"}
		for _, k := range keys {
			if err := b.Write(ctx, k, []byte(k)); err != nil {
				t.Fatal(err)
			}
		}
		for prefix, want := range map[string]string{
			"":     strings.Join(keys, " "),
			"j/":   "j/a-b/1 j/a/1 j/a/2 j/a0 j/b/deep/er/1",
			"j/a":  "j/a-b/1 j/a/1 j/a/2 j/a0",
			"j/a/": "j/a/1 j/a/2",
			"k":    "k",
			"k/":   "",
			"j/x/": "",
		} {
			objects, err := b.List(ctx, prefix)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range objects {
				got = append(got, o.Key)
				if o.Size != int64(len(o.Key)) || o.ModTime.IsZero() {
					t.Errorf("%+v", o)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("List(%q) = %q, want %q", prefix, got, want)
			}
		}
		for prefix, want := range map[string]string{"": "[j/]", "j/": "[j/a-b/ j/a/ j/b/]", "j/b/": "[j/b/deep/]", "j/a/": "[]"} {
			if got, err := b.ListDirs(ctx, prefix); err != nil || fmt.Sprint(got) != want {
				t.Errorf("ListDirs(%q) = %q, %v, want %q", prefix, got, err, want)
			}
		}
		if _, err := b.ListDirs(ctx, "j"); err == nil {
			t.Error("ListDirs took a prefix without a slash")
		}
	})
}

func TestListManyPages(t *testing.T) {
	const n = 1100 // S3 gives 1000 at a time
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		var wg sync.WaitGroup
		for w := range 16 {
			wg.Go(func() {
				for i := w; i < n; i += 16 {
					if err := b.Write(ctx, fmt.Sprintf("many/%04d/x", i), nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if l, err := b.List(ctx, "many/"); err != nil || len(l) != n || l[n-1].Key != "many/1099/x" {
			t.Errorf("List: %d objects, %v", len(l), err)
		}
		if l, err := b.ListDirs(ctx, "many/"); err != nil || len(l) != n {
			t.Errorf("ListDirs: %d, %v", len(l), err)
		}
	})
}

func TestUploadIsAllOrNothing(t *testing.T) {
	const big = 20 << 20 // several parts on S3
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		broken := errors.New("the source broke")
		for _, size := range []int64{0, 10, big} {
			r := io.MultiReader(io.LimitReader(zeros{}, size), iotest.ErrReader(broken))
			if err := b.Upload(ctx, "half", r); !errors.Is(err, broken) {
				t.Errorf("Upload of a source that breaks after %d bytes: %v", size, err)
			}
			cancelled, cancel := context.WithCancel(ctx)
			r = io.MultiReader(io.LimitReader(zeros{}, size), call(cancel), io.LimitReader(zeros{}, 10))
			if err := b.Upload(cancelled, "half", r); !errors.Is(err, context.Canceled) {
				t.Errorf("Upload cancelled after %d bytes: %v", size, err)
			}
		}
		if l, err := b.List(ctx, ""); err != nil || len(l) != 0 {
			t.Errorf("half an object appeared: %v, %v", l, err)
		}
		if err := b.Upload(ctx, "whole", io.LimitReader(zeros{}, big)); err != nil {
			t.Fatal(err)
		}
		r, size, err := b.Open(ctx, "whole")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if n, err := io.Copy(io.Discard, r); size != big || n != big || err != nil {
			t.Errorf("Open: %d bytes, %d read, %v", size, n, err)
		}
	})
}

func TestCreate(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		if err := b.Create(ctx, "x/1", []byte("mine")); err != nil {
			t.Fatal(err)
		}
		if err := b.Create(ctx, "x/1", []byte("mine")); err != nil {
			t.Errorf("the same bytes again: %v", err)
		}
		for _, other := range []string{"", "min", "mind", "theirs"} {
			if err := b.Create(ctx, "x/1", []byte(other)); !errors.Is(err, bucket.ErrExist) {
				t.Errorf("Create of %q over another: %v", other, err)
			}
		}
		if got, _ := b.Read(ctx, "x/1", 10); string(got) != "mine" {
			t.Errorf("it was replaced by %q", got)
		}
	})
}

func TestCreateRaceHasOneWinner(t *testing.T) {
	const rounds, writers = 20, 16
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		for round := range rounds {
			key := fmt.Sprintf("race/%d", round)
			won := make([]bool, writers)
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					err := b.Create(ctx, key, fmt.Appendf(nil, "writer %d", w))
					if err != nil && !errors.Is(err, bucket.ErrExist) {
						t.Error(err)
					}
					won[w] = err == nil
				})
			}
			wg.Wait()
			winner := -1
			for w, ok := range won {
				if ok && winner >= 0 {
					t.Fatalf("%s: writers %d and %d both won", key, winner, w)
				}
				if ok {
					winner = w
				}
			}
			if got, err := b.Read(ctx, key, 20); err != nil || string(got) != fmt.Sprintf("writer %d", winner) {
				t.Fatalf("%s: writer %d won, but it holds %q, %v", key, winner, got, err)
			}
		}
	})
}

func TestProve(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		if err := b.Prove(ctx); err != nil {
			t.Fatal(err)
		}
		if l, err := b.List(ctx, ""); err != nil || len(l) != 0 {
			t.Errorf("it left behind %v, %v", l, err)
		}
	})
}

func TestReadersNeverSeeAHalfWrite(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		a, z := bytes.Repeat([]byte("a"), 1<<20), bytes.Repeat([]byte("z"), 1<<19)
		if err := b.Write(ctx, "x", a); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := range 40 {
				content := a
				if i%2 == 0 {
					content = z
				}
				if err := b.Write(ctx, "x", content); err != nil {
					t.Error(err)
				}
			}
		}()
		for reading := true; reading; {
			select {
			case <-done:
				reading = false
			default:
			}
			if got, err := b.Read(ctx, "x", 1<<20); err != nil || !bytes.Equal(got, a) && !bytes.Equal(got, z) {
				t.Fatalf("read %d bytes, %v", len(got), err)
			}
		}
	})
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// call is an empty reader that calls a function when it is read.
type call func()

func (c call) Read([]byte) (int, error) { c(); return 0, io.EOF }
