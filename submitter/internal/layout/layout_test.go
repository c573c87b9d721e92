package layout_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	_ "gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/memblob"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/layout"
)

func open(t *testing.T, url string) *bucket.Bucket {
	t.Helper()
	b, err := bucket.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestInit(t *testing.T) {
	b := open(t, "file://"+t.TempDir())
	if _, err := layout.Read(t.Context(), b); !errors.Is(err, layout.ErrNotOurs) || !strings.Contains(err.Error(), "submitter init") {
		t.Errorf("%v", err)
	}
	first, err := layout.Init(t.Context(), b)
	if err != nil || len(first.ID) != 32 || first.Version != 1 || first.Created.IsZero() {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := layout.Init(t.Context(), b)
	if err != nil || again != first {
		t.Errorf("%+v, %v; was %+v", again, err, first)
	}
	objects, err := b.List(t.Context(), "")
	if err != nil || len(objects) != 1 {
		t.Errorf("the proof left something behind: %v, %v", objects, err)
	}
}

// Many who come first at once agree on one id.
func TestInitAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		b := open(t, "file://"+dir)
		wg.Go(func() {
			d, err := layout.Init(t.Context(), b)
			if err != nil {
				t.Error(err)
			}
			ids[i] = d.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("%v", ids)
		}
	}
}

func TestReadWhatIsNotOurs(t *testing.T) {
	const notOurs = "is not what `submitter init` writes; check the bucket"
	for text, want := range map[string]string{
		"":                                   notOurs,
		"{":                                  notOurs,
		"hello":                              notOurs,
		"{}":                                 notOurs,
		`{"version":1}`:                      notOurs,
		`{"version":2,"id":"00"}`:            "use the submitter that made it",
		strings.Repeat(" ", 1<<20):           "bucket.json",
		`{"version":1,"id":7}`:               notOurs,
		"{\"version\":1,\"id\":\"\x00\xff\"": notOurs,
	} {
		b := open(t, "mem://")
		if err := b.Write(t.Context(), "bucket.json", []byte(text)); err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func() (layout.Bucket, error){
			"read": func() (layout.Bucket, error) { return layout.Read(t.Context(), b) },
			"init": func() (layout.Bucket, error) { return layout.Init(t.Context(), b) },
		} {
			if _, err := f(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s of %.30q: %v", name, text, err)
			}
		}
	}
}
