package journal_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "gocloud.dev/blob/fileblob"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/journal"
)

var update = flag.Bool("update", false, "rewrite golden files")

func open(t *testing.T) (*journal.Journal, *bucket.Bucket) {
	t.Helper()
	b, err := bucket.Open(t.Context(), "file://"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return journal.New(b), b
}

func entry(name string, n uint64, p journal.Phase) *journal.Entry {
	e := &journal.Entry{
		Version: journal.EntryVersion, Number: n, Name: name, Phase: p, Action: journal.Launch,
		Time: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Holder: journal.NewHolder(), Owner: "default",
		State: "running", ManifestState: "running", Target: "local", Namespace: "local",
	}
	if p.Final() {
		return e
	}
	rel := journal.Release{Digest: "d", ConfigSHA256: "c", PlanDigest: "p"}
	ref := journal.LaunchRef{Number: 1, ClusterID: name + "-1", JobID: "a"}
	e.Next, e.LastLaunch = &journal.Next{Release: rel, Launch: ref}, 1
	e.Settings = &journal.Settings{SavepointSeconds: 60, HealthSeconds: 60}
	return e
}

// full is an entry with every field set, for the golden file that formats.md
// points to.
func full() *journal.Entry {
	meta := journal.Meta{QueryVersion: 2, QueryID: "35d3d720-760d-11ed-bfeb-02e547cf7baa", QueryCreateTimestamp: "2026-11-21 12:00:00"}
	rel := journal.Release{
		Digest: "d1", ConfigSHA256: "c1", PlanDigest: "p1", LaunchedDigest: "l1", NextID: 8,
		Inputs: map[string]string{"sql": "s1"}, Meta: meta, Bounded: true, Stateful: true, MaxParallelism: 128,
		JobManager: journal.Size{CPU: 0.5, Memory: "1g"}, TaskManager: journal.Size{Memory: "1g", Slots: 2, Replicas: 1},
		Secrets: []string{"DB_PASSWORD"}, Checkpoints: "s3://b/checkpoints/orders/2",
	}
	old := journal.LaunchRef{Number: 1, ClusterID: "orders-1", JobID: "aa", QueryVersion: 1}
	ref := journal.LaunchRef{Number: 2, ClusterID: "orders-2", JobID: "bb", Restored: "s3://b/savepoints/x", QueryVersion: 2, Checkpoints: "s3://b/checkpoints/orders/2"}
	e := entry("orders", 7, journal.Decided)
	e.Action, e.Reason, e.Problem, e.Git = journal.Upgrade, "changed: sql", "none", "f00"
	e.Holder = journal.Holder{Nonce: "n", Host: "h", Boot: "b", PID: 1, Start: 2, User: "u", PIDNamespace: "pid:[1]"}
	e.Override = "suspended"
	e.Meta, e.Release, e.Launch = meta, &rel, &ref
	e.Next = &journal.Next{Release: rel, Launch: ref, Clean: true, AllowNonRestored: true}
	e.Previous = &journal.Previous{Release: rel, Launch: old}
	e.LastLaunch = 2
	e.Savepoint = &journal.Savepoint{TriggerID: "t", Directory: "savepoints/orders/1/1-t/", Launch: 1, Asked: true, Taken: true, GivenUp: "the job is RESTARTING", Location: "s3://b/savepoints/x"}
	e.Good, e.Trusted, e.Manifest = &rel, []journal.LaunchRef{old}, "name: orders\n"
	e.Settings = &journal.Settings{SavepointSeconds: 600, HealthSeconds: 300, Drain: true, Rollback: true}
	return e
}

func TestEntryFormat(t *testing.T) {
	golden := filepath.Join("testdata", "entry.json")
	data, err := journal.Encode(full())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(data)); diff != "" {
		t.Errorf("entry.json (-want +got):\n%s", diff)
	}
	back, err := journal.Decode(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full(), back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestOnlyOneOfManyTakesAJob(t *testing.T) {
	j, _ := open(t)
	const rivals = 8
	var wg sync.WaitGroup
	results := make([]error, rivals)
	for i := range rivals {
		wg.Go(func() {
			h, err := j.Take(t.Context(), entry("orders", 1, journal.Compiled))
			results[i] = err
			if err == nil {
				defer h.Release()
			}
		})
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, journal.ErrTaken):
			t.Errorf("a loser got %v, want ErrTaken", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d took the job, want 1", won, rivals)
	}
}

func TestAppendAfterTakeover(t *testing.T) {
	j, _ := open(t)
	paused, err := j.Take(t.Context(), entry("orders", 1, journal.Compiled))
	if err != nil {
		t.Fatal(err)
	}
	defer paused.Release()
	other, err := j.Take(t.Context(), entry("orders", 2, journal.Compiled))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Release()
	err = paused.Append(func(e *journal.Entry) { e.Phase = journal.Published })
	if !errors.Is(err, journal.ErrTaken) {
		t.Errorf("append of a holder that was replaced: %v, want ErrTaken", err)
	}
	if cause := context.Cause(paused.Context()); !errors.Is(cause, journal.ErrLost) {
		t.Errorf("its context ended with %v, want ErrLost", cause)
	}
	if err := other.Append(func(e *journal.Entry) { e.Phase = journal.Published }); err != nil {
		t.Errorf("append of the new holder: %v", err)
	}
}

func TestLook(t *testing.T) {
	j, _ := open(t)
	h, err := j.Take(t.Context(), entry("orders", 1, journal.Compiled))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Release()
	w := journal.Watch{Gone: journal.ProcessGone}
	e, abandoned, err := j.Look(t.Context(), "orders", &w)
	if err != nil || abandoned || e.Number != 1 {
		t.Errorf("a living holder: entry %v, abandoned %v, %v", e, abandoned, err)
	}
	w = journal.Watch{Gone: func(journal.Holder) bool { return true }}
	if _, abandoned, _ = j.Look(t.Context(), "orders", &w); !abandoned {
		t.Error("a holder whose process is gone does not count as abandoned")
	}
	if err := h.Append(func(e *journal.Entry) { e.Phase = journal.Committed }); err != nil {
		t.Fatal(err)
	}
	if _, abandoned, _ = j.Look(t.Context(), "orders", &w); abandoned {
		t.Error("a committed deployment counts as abandoned")
	}
}

func TestProcessGone(t *testing.T) {
	me := journal.NewHolder()
	gone := me
	gone.Start++ // another process had this pid
	other := me
	other.Boot = "another boot, or another machine"
	container := gone
	container.PIDNamespace = "pid:[1]"
	for name, c := range map[string]struct {
		holder journal.Holder
		want   bool
	}{
		"lives":            {me, false},
		"pid used again":   {gone, true},
		"other boot":       {other, false},
		"other namespace":  {container, false},
		"nothing is known": {journal.Holder{}, false},
	} {
		if got := journal.ProcessGone(c.holder); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestAllReadsEachRecordOnce(t *testing.T) {
	j, b := open(t)
	const jobs = 20
	for i := range jobs {
		name := fmt.Sprintf("job-%d", i)
		for n := uint64(1); n <= 3; n++ {
			h, err := j.Take(t.Context(), entry(name, n, journal.Committed))
			if err != nil {
				t.Fatal(err)
			}
			h.Release()
		}
	}
	if _, _, err := j.All(t.Context(), "id"); err != nil {
		t.Fatal(err)
	}
	// With the index there, no entry has to be read: an unreadable one goes unnoticed.
	c := &counting{Bucket: b}
	records, _, err := journal.New(c).All(t.Context(), "id")
	if err != nil || len(records) != jobs || records["job-7"].Number != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	if c.lists != 1 || c.reads != 1 {
		t.Errorf("%d LISTs and %d GETs, want one of each", c.lists, c.reads)
	}
	if records, _, err = j.All(t.Context(), "another bucket"); err != nil || len(records) != jobs {
		t.Errorf("with a foreign index: %d records, %v", len(records), err)
	}
}

type counting struct {
	*bucket.Bucket
	lists, reads int
}

func (c *counting) List(ctx context.Context, prefix string) ([]bucket.Object, error) {
	c.lists++
	return c.Bucket.List(ctx, prefix)
}

func (c *counting) Read(ctx context.Context, key string, max int64) ([]byte, error) {
	c.reads++
	return c.Bucket.Read(ctx, key, max)
}
