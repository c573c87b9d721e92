package deploy_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "gocloud.dev/blob/s3blob"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/savepoint"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
)

// stateful is a launch in these tests, and where its state may be.
var stateful = journal.LaunchRef{Number: 3, ClusterID: "orders-3", JobID: "abcdef0123", QueryVersion: 1}

const (
	ofCheckpoints = "checkpoints/orders/1/abcdef0123/"
	ofSavepoints  = "savepoints/orders/1/"
)

// realMetadata is a checkpoint's _metadata as Flink wrote it, and its id.
func realMetadata(t *testing.T, name string) (string, int64) {
	t.Helper()
	data, err := os.ReadFile("../../../plan/savepoint/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := savepoint.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), s.CheckpointID
}

// TestNewestState: only what Flink itself would restore from is state, and only where
// Flink puts it.
func TestNewestState(t *testing.T) {
	whole, id := realMetadata(t, "checkpoint-hashmap_metadata")
	taken, _ := realMetadata(t, "savepoint-hashmap_metadata")
	chk := fmt.Sprintf("%schk-%d", ofCheckpoints, id)
	for name, c := range map[string]struct {
		objects map[string]string
		want    string // its directory
	}{
		"nothing":                       {map[string]string{}, ""},
		"a checkpoint":                  {map[string]string{chk + "/_metadata": whole, chk + "/file": "x"}, chk},
		"without _metadata":             {map[string]string{chk + "/file": "x"}, ""},
		"truncated":                     {map[string]string{chk + "/_metadata": whole[:len(whole)-1]}, ""},
		"empty":                         {map[string]string{chk + "/_metadata": ""}, ""},
		"a newer one is incomplete":     {map[string]string{chk + "/_metadata": whole, ofCheckpoints + "chk-999/_metadata": whole[:50], ofCheckpoints + "chk-1000/x": ""}, chk},
		"among what checkpoints share":  {map[string]string{ofCheckpoints + "shared/_metadata": whole, ofCheckpoints + "shared/chk-9/_metadata": whole, ofCheckpoints + "taskowned/_metadata": whole}, ""},
		"deeper":                        {map[string]string{chk + "/x/_metadata": whole}, ""},
		"no number":                     {map[string]string{ofCheckpoints + "chk-x/_metadata": whole, ofCheckpoints + "chk-/_metadata": whole}, ""},
		"another job's":                 {map[string]string{strings.Replace(chk, "0123", "0124", 1) + "/_metadata": whole}, ""},
		"a savepoint":                   {map[string]string{ofSavepoints + "3-aa/savepoint-abcdef-1/_metadata": taken}, ofSavepoints + "3-aa/savepoint-abcdef-1"},
		"another launch's savepoint":    {map[string]string{ofSavepoints + "33-aa/savepoint-abcdef-1/_metadata": taken, ofSavepoints + "1-3-/savepoint-abcdef-1/_metadata": taken}, ""},
		"asked for by hand":             {map[string]string{ofSavepoints + "kept-3-aa/savepoint-abcdef-1/_metadata": taken}, ""},
		"an incomplete savepoint":       {map[string]string{ofSavepoints + "3-aa/savepoint-abcdef-1/_metadata": taken[:80], chk + "/_metadata": whole}, chk},
		"a second try of one savepoint": {map[string]string{ofSavepoints + "3-aa/savepoint-abcdef-1/_metadata": taken[:80], ofSavepoints + "3-aa/savepoint-abcdef-2/_metadata": taken}, ofSavepoints + "3-aa/savepoint-abcdef-2"},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := bucket.Open(t.Context(), "file://"+t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			for key, text := range c.objects {
				if err := b.Write(t.Context(), key, []byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			want := ""
			if c.want != "" {
				want = b.URI(c.want)
			}
			got, err := (&deploy.Deployer{Bucket: b}).NewestState(t.Context(), "orders", []journal.LaunchRef{stateful})
			if err != nil || got != want {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		})
	}
}

// TestMetadataThatIsTooLarge is state all the same: nothing older may take its place.
func TestMetadataThatIsTooLarge(t *testing.T) {
	whole, id := realMetadata(t, "checkpoint-hashmap_metadata")
	for name, newer := range map[string]string{
		"checkpoint": fmt.Sprintf("%schk-%d/_metadata", ofCheckpoints, id+1),
		"savepoint":  ofSavepoints + "3-aa/savepoint-abcdef-1/_metadata",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b, err := bucket.Open(t.Context(), "file://"+dir)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			for _, key := range []string{fmt.Sprintf("%schk-%d/_metadata", ofCheckpoints, id), newer} {
				if err := b.Write(t.Context(), key, []byte(whole)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Truncate(filepath.Join(dir, newer), savepoint.MaxSize+1); err != nil { // sparse
				t.Fatal(err)
			}
			got, err := (&deploy.Deployer{Bucket: b}).NewestState(t.Context(), "orders", []journal.LaunchRef{stateful})
			if !errors.Is(err, bucket.ErrTooLarge) {
				t.Errorf("%q, %v; want ErrTooLarge", got, err)
			}
		})
	}
}

// TestLookingForStateListsNoFiles has thousands of shared files beside the checkpoints on
// a real S3 server: none of them is listed.
func TestLookingForStateListsNoFiles(t *testing.T) {
	const shared, checkpoints, mostRequests = 3000, 3, 5
	s := flinktest.S3(t)
	for _, e := range s.Env() {
		k, v, _ := strings.Cut(e, "=")
		t.Setenv(k, v)
	}
	whole, id := realMetadata(t, "checkpoint-hashmap_metadata")
	root := filepath.Join(s.Root, s.Bucket, ofCheckpoints)
	put := func(name, text string) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range shared {
		put(fmt.Sprintf("shared/%d", i), "x")
	}
	for i := range int64(checkpoints) {
		put(fmt.Sprintf("chk-%d/_metadata", id-i), whole)
	}
	proxy := flinktest.S3Fault(t, s.Endpoint)
	b, err := bucket.Open(t.Context(), s.BucketURL(proxy.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	got, err := (&deploy.Deployer{Bucket: b}).NewestState(t.Context(), "orders", []journal.LaunchRef{stateful})
	if want := b.URI(fmt.Sprintf("%schk-%d", ofCheckpoints, id)); err != nil || got != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if asked := proxy.Requests(); len(asked) > mostRequests {
		t.Errorf("%d requests: %q", len(asked), asked)
	}
	t.Logf("%q", proxy.Requests())
}
