package bucket

import (
	"context"
	"io"
	"strings"
	"testing"
)

// forgetful is a store that pays no heed to conditions, as some S3 servers do.
type forgetful struct{ *dir }

func (f forgetful) put(ctx context.Context, key string, r io.Reader, _ bool) error {
	return f.dir.put(ctx, key, r, false)
}

// late is a store that heeds conditions only while nobody else writes.
type late struct{ *dir }

func (l late) put(ctx context.Context, key string, r io.Reader, createOnly bool) error {
	if createOnly {
		if _, err := l.dir.stat(ctx, key); err == nil {
			return ErrExist
		}
		createOnly = false
	}
	return l.dir.put(ctx, key, r, createOnly)
}

func TestProveRefuses(t *testing.T) {
	d, err := openDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	for name, s := range map[string]store{"no conditions": forgetful{d}, "racy conditions": late{d}} {
		b := &Bucket{place: place{url: "x://y", uri: "x://y"}, store: s}
		err := b.Prove(context.Background())
		if err == nil || !strings.Contains(err.Error(), "create-only writes do not work there") || !strings.Contains(err.Error(), "jobs could run twice") {
			t.Errorf("%s: %v", name, err)
		}
		if l, err := b.List(context.Background(), ""); err != nil || len(l) != 0 {
			t.Errorf("%s: left behind %v, %v", name, l, err)
		}
	}
}
