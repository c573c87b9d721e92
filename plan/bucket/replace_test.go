package bucket_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/bucket"
)

// versionOf is the version of an object that is there.
func versionOf(t *testing.T, b *bucket.Bucket, key string) string {
	t.Helper()
	o, err := b.Stat(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	return o.Version
}

func TestReplace(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		const key = "manifests/k.yaml"
		if err := b.Replace(ctx, key, []byte("x"), "never"); !errors.Is(err, bucket.ErrChanged) {
			t.Errorf("what was never there: %v", err)
		}
		if err := b.DeleteVersion(ctx, key, "never"); err != nil {
			t.Errorf("deleting what was never there: %v", err)
		}
		if err := b.Create(ctx, key, []byte("one")); err != nil {
			t.Fatal(err)
		}
		one := versionOf(t, b, key)
		if again := versionOf(t, b, key); again != one || one == "" {
			t.Errorf("version %q, then %q", one, again)
		}
		if err := b.Replace(ctx, key, []byte("two"), one); err != nil {
			t.Fatal(err)
		}
		two := versionOf(t, b, key)
		for what, err := range map[string]error{
			"replace":       b.Replace(ctx, key, []byte("stale"), one),
			"delete":        b.DeleteVersion(ctx, key, one),
			"of no version": b.Replace(ctx, key, []byte("stale"), "\"x\""),
		} {
			if !errors.Is(err, bucket.ErrChanged) {
				t.Errorf("a version that is gone: %s: %v", what, err)
			}
		}
		if data, err := b.Read(ctx, key, 10); err != nil || string(data) != "two" {
			t.Errorf("%q, %v", data, err)
		}
		if err := b.DeleteVersion(ctx, key, two); err != nil {
			t.Error(err)
		}
		if err := b.Replace(ctx, key, []byte("stale"), two); !errors.Is(err, bucket.ErrChanged) {
			t.Errorf("one that was deleted: %v", err)
		}
		if there, err := b.Exists(ctx, key); there || err != nil {
			t.Errorf("it is there again: %v", err)
		}
		if l, err := b.List(ctx, ""); err != nil || len(l) != 0 {
			t.Errorf("left behind: %v, %v", l, err)
		}
		for _, key := range []string{"", "/x", "a//b"} {
			if b.Replace(ctx, key, nil, "v") == nil || b.DeleteVersion(ctx, key, "v") == nil {
				t.Errorf("the key %q was taken", key)
			}
		}
	})
}

// TestReplaceLosesNoUpdate has many writers count one number up.
func TestReplaceLosesNoUpdate(t *testing.T) {
	const writers, each = 4, 5
	everywhere(t, func(t *testing.T, b *bucket.Bucket) {
		if err := b.Create(ctx, "n", []byte("0 first")); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for range each {
					if err := countUp(b, w); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		data, err := b.Read(ctx, "n", 100)
		var n int
		if _, scanErr := fmt.Sscanf(string(data), "%d", &n); err != nil || scanErr != nil || n != writers*each {
			t.Errorf("%q, %v; want %d", data, err, writers*each)
		}
	})
}

func countUp(b *bucket.Bucket, writer int) error {
	for {
		o, err := b.Stat(ctx, "n")
		if err != nil {
			return err
		}
		data, err := b.Read(ctx, "n", 100)
		if err != nil {
			return err
		}
		var n int
		if _, err := fmt.Sscanf(string(data), "%d", &n); err != nil {
			return err
		}
		err = b.Replace(ctx, "n", []byte(strconv.Itoa(n+1)+" by "+strconv.Itoa(writer)), o.Version)
		if !errors.Is(err, bucket.ErrChanged) {
			return err
		}
	}
}

func TestLostReplyOfAReplaceIsNoConflict(t *testing.T) {
	b, proxy := faulty(t)
	if err := b.Create(ctx, "k", []byte("one")); err != nil {
		t.Fatal(err)
	}
	one := versionOf(t, b, "k")
	proxy.Add(flinktest.Fault{Match: flinktest.Key(http.MethodPut, "/k"), Times: 1, DropReply: true})
	if err := b.Replace(ctx, "k", []byte("two"), one); err != nil {
		t.Error(err)
	}
	if data, err := b.Read(ctx, "k", 10); err != nil || string(data) != "two" {
		t.Errorf("%q, %v", data, err)
	}
}
