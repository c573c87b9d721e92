package deploytest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/resource"
	"flink-sql-driver/submitter/internal/target"
)

// Name is the job's name in every world.
const Name = "orders"

// World is one environment with one job.
type World struct {
	*testing.T
	Dir    string // of the bucket
	Bucket *bucket.Bucket
	Target *Target
}

// New makes an empty world. Use it in a synctest bubble: hours pass in no time.
func New(t *testing.T) *World {
	t.Helper()
	dir, err := os.MkdirTemp(memory(), "deploytest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b, err := bucket.Open(t.Context(), "file://"+dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return &World{T: t, Dir: dir, Bucket: b, Target: &Target{Bucket: b, Metadata: testdata(t, "plan/savepoint/testdata/savepoint-hashmap_metadata")}}
}

// memory is a directory in which fsync costs nothing, where there is one.
func memory() string {
	const shared = "/dev/shm"
	if info, err := os.Stat(shared); err == nil && info.IsDir() {
		return shared
	}
	return ""
}

// testdata reads a file of the module.
func testdata(t *testing.T, name string) []byte {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	data, err := os.ReadFile(filepath.Join(filepath.Dir(file), "../../../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Applier is a fresh command's.
func (w *World) Applier() *apply.Applier {
	a := &apply.Applier{
		Bucket: w.Bucket, BucketID: "id", Journal: journal.New(store{w.Bucket, w.Target}),
		Home:    func(*manifest.Job) (apply.Place, error) { return Here, nil },
		Policy:  change.Policy{Owner: "team"},
		Files:   func(context.Context, *manifest.Job) ([]resource.File, error) { return nil, nil },
		Compile: w.compile,
	}
	On(a, w.Target)
	return a
}

// Here is the place that a world has.
var Here = apply.Place{Target: "local", Namespace: "local"}

// On has an applier work with another target in this world's place.
func On(a *apply.Applier, t target.Target) {
	a.At = func(p apply.Place) (target.Target, error) {
		if p != Here {
			return nil, errors.New("there is no such target")
		}
		return t, nil
	}
}

// store has every new entry be an effect.
type store struct {
	*bucket.Bucket
	target *Target
}

func (s store) Create(ctx context.Context, key string, data []byte) error {
	err := s.Bucket.Create(ctx, key, data)
	if err == nil {
		s.target.effect("%s", key)
	}
	return err
}

// compile takes the plan of plan/testdata whose name the SQL is.
func (w *World) compile(_ context.Context, requests []apply.Request) []apply.Result {
	results := make([]apply.Result, len(requests))
	for i, r := range requests {
		results[i].Plan, results[i].Err = plan.Parse(testdata(w.T, "plan/testdata/"+r.Job.SQL.Text+".json"))
	}
	return results
}

// Limits of every job's deployments.
const (
	SavepointTimeout = time.Minute
	HealthTimeout    = 30 * time.Second
)

// Job is a manifest with a plan of plan/testdata.
func Job(planName string) *manifest.Job {
	return &manifest.Job{
		Name: Name, File: "orders.yaml", SQL: manifest.Source{Text: planName}, State: manifest.Running, Restore: "latest",
		Upgrade: manifest.Upgrade{SavepointTimeout: SavepointTimeout, HealthTimeout: HealthTimeout},
	}
}

// Apply does what the command does: it assesses, brings what was cut off to its end,
// and carries out.
func Apply(ctx context.Context, a *apply.Applier, job *manifest.Job) (*journal.Entry, error) {
	for {
		all, err := a.Assess(ctx, []*manifest.Job{job})
		if err != nil {
			return nil, err
		}
		s := all[0]
		switch {
		case s.Err != nil:
			return nil, s.Err
		case !s.Unfinished:
			return a.Carry(ctx, s)
		}
		e, err := a.Await(ctx, job.Name)
		if err == nil && !e.Phase.Final() {
			_, err = a.Supersede(ctx, s, e)
		}
		var failed *deploy.FailedError
		if err != nil && !errors.As(err, &failed) {
			return nil, err
		}
	}
}

// Wish is Apply for a wish by hand.
func Wish(ctx context.Context, a *apply.Applier, wish apply.Wish) (*journal.Entry, error) {
	if err := settle(ctx, a); err != nil {
		return nil, err
	}
	s, err := a.AssessWish(ctx, Name, wish)
	if err != nil {
		return nil, err
	}
	return a.Carry(ctx, s)
}

func settle(ctx context.Context, a *apply.Applier) error {
	_, err := a.Continue(ctx, Name)
	var failed *deploy.FailedError
	if errors.As(err, &failed) {
		return nil
	}
	return err
}

// MustApply applies and wants the job committed.
func (w *World) MustApply(job *manifest.Job) *journal.Entry {
	w.Helper()
	e, err := Apply(w.Context(), w.Applier(), job)
	if err != nil {
		w.Fatal(err)
	}
	return w.Want(e, journal.Committed)
}

// Want checks the phase of an entry.
func (w *World) Want(e *journal.Entry, p journal.Phase) *journal.Entry {
	w.Helper()
	if e == nil || e.Phase != p {
		w.Fatalf("the deployment ended with %+v, want phase %s", e, p)
	}
	return e
}

// Record is the job's record.
func (w *World) Record() *journal.Entry {
	w.Helper()
	e, err := journal.New(w.Bucket).Newest(context.WithoutCancel(w.Context()), Name)
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// Check fails the test if something happened that must never happen.
func (w *World) Check() {
	w.Helper()
	if p := w.Target.Problems(); p != "" {
		w.Errorf("%s", p)
	}
	if n := w.Target.Running(); len(n) > 1 {
		w.Errorf("launches %v run at once", n)
	}
}

// LoseCheckpoints removes every checkpoint from the bucket.
func (w *World) LoseCheckpoints() {
	w.Helper()
	if err := os.RemoveAll(filepath.Join(w.Dir, "checkpoints")); err != nil {
		w.Fatal(err)
	}
}

// Put writes an object past everything that guards it.
func (w *World) Put(key, text string) {
	w.Helper()
	path := filepath.Join(w.Dir, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

// Plan is the digest of a plan of plan/testdata.
func (w *World) Plan(name string) string {
	w.Helper()
	p, err := plan.Parse(testdata(w.T, "plan/testdata/"+name+".json"))
	if err != nil {
		w.Fatal(err)
	}
	return p.Digest()
}
