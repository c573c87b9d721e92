package journal_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "gocloud.dev/blob/s3blob"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/journal"
)

// upgrade is how many entries a real upgrade has: a stop has four of them.
const upgrade = 11

// upgraded is the journal of a job after so many upgrades.
func upgraded(tb testing.TB, times int) *memory {
	tb.Helper()
	m := newMemory()
	j := journal.New(m)
	for range times {
		h, err := begin(tb.Context(), j, "orders")
		if err != nil {
			tb.Fatal(err)
		}
		for n := 2; n <= upgrade; n++ {
			p := journal.Published
			if n == upgrade {
				p = journal.Committed
			}
			if err := advance(h, p); err != nil {
				tb.Fatal(err)
			}
		}
		h.Release()
	}
	return m
}

// jobs fills a directory with the journals of many jobs that are all like one. Their
// histories, which nobody reads here, are links to one.
func (m *memory) jobs(tb testing.TB, dir string, many int) {
	tb.Helper()
	for i := range many {
		name := fmt.Sprintf("j-%d", i)
		for key, text := range m.objects {
			file := filepath.Join(dir, strings.Replace(key, "/orders/", "/"+name+"/", 1))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				tb.Fatal(err)
			}
			var err error
			if i > 0 && strings.HasPrefix(key, "history/") {
				err = os.Link(filepath.Join(dir, strings.Replace(key, "/orders/", "/j-0/", 1)), file)
			} else {
				err = os.WriteFile(file, []byte(strings.ReplaceAll(text, "orders", name)), 0o644)
			}
			if err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// onS3 is an environment of an S3 server that holds many jobs, and what it is asked.
func (m *memory) onS3(tb testing.TB, s *flinktest.S3Server, prefix string, many int) (*bucket.Bucket, *flinktest.FaultProxy) {
	tb.Helper()
	m.jobs(tb, filepath.Join(s.Root, s.Bucket, prefix), many)
	proxy := flinktest.S3Fault(tb, s.Endpoint)
	return openAt(tb, s.BucketURL(proxy.URL)+"&prefix="+prefix+"/"), proxy
}

// asked counts the requests that something costs: how many there are, and how many LISTs.
func asked(tb testing.TB, p *flinktest.FaultProxy, bucketName string, do func() error) (requests, lists int) {
	tb.Helper()
	before := len(p.Requests())
	if err := do(); err != nil {
		tb.Fatal(err)
	}
	for _, r := range p.Requests()[before:] {
		requests++
		if strings.TrimSuffix(r, "/") == "GET /"+bucketName {
			lists++
		}
	}
	return requests, lists
}

func setS3(tb testing.TB, s *flinktest.S3Server) {
	for _, e := range s.Env() {
		k, v, _ := strings.Cut(e, "=")
		tb.Setenv(k, v)
	}
}

// TestJobsCostWhatTheyDidAfterOneUpgrade counts what is asked of a real S3 server for a
// thousand jobs that were upgraded many times, and for as many that were upgraded once.
func TestJobsCostWhatTheyDidAfterOneUpgrade(t *testing.T) {
	const (
		many, name = 1000, "j-500"
		mostLists  = 20
	)
	s := flinktest.S3(t)
	setS3(t, s)
	costs := func(prefix string, times int) map[string][2]int {
		b, proxy := upgraded(t, times).onS3(t, s, prefix, many)
		j := journal.New(b)
		if _, _, err := j.All(t.Context(), "id"); err != nil { // and writes the index
			t.Fatal(err)
		}
		h, err := begin(t.Context(), j, name)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Release()
		costs := make(map[string][2]int)
		for what, do := range map[string]func() error{
			"all records": func() error {
				all, _, err := journal.New(b).All(t.Context(), "id")
				if err == nil && len(all) != many {
					err = fmt.Errorf("%d records", len(all))
				}
				return err
			},
			"a heartbeat": h.Confirm,
			"an entry":    func() error { return advance(h, journal.Published) },
			"a record":    func() error { _, err := j.Newest(t.Context(), name); return err },
			"a look":      func() error { _, _, err := j.Look(t.Context(), name, new(journal.Watch)); return err },
			"a driver":    func() error { _, _, err := launch.Current(t.Context(), b, name); return err },
		} {
			requests, lists := asked(t, proxy, s.Bucket, do)
			costs[what] = [2]int{requests, lists}
		}
		return costs
	}
	once := costs("once", 2)
	often := costs("often", 12)
	for what, c := range once {
		t.Logf("%s: %d requests, %d of them LISTs; after many upgrades %d, %d", what, c[0], c[1], often[what][0], often[what][1])
		if often[what][0] > c[0] || often[what][1] > mostLists || what != "all records" && often[what][1] != 1 {
			t.Errorf("%s costs %d requests and %d LISTs after many upgrades; after one %d and %d", what, often[what][0], often[what][1], c[0], c[1])
		}
	}
}

// TestCompactionOnS3 has every request of a compaction fail at a real S3 server, once
// before it is served and once after.
func TestCompactionOnS3(t *testing.T) {
	s := flinktest.S3(t)
	setS3(t, s)
	m := upgraded(t, 1)
	for _, k := range m.keys("journal/") { // and an upgrade that was not compacted
		if n, ok := strings.CutSuffix(strings.TrimPrefix(k, "journal/orders/"), ".json"); ok {
			var number uint64
			if _, err := fmt.Sscanf(n, "%d", &number); err != nil {
				t.Fatal(err)
			}
			next := strings.Replace(m.objects[k], fmt.Sprintf(`"number": %d,`, number), fmt.Sprintf(`"number": %d,`, number+upgrade), 1)
			m.objects[entryKey(number+upgrade)] = next
		}
	}
	b, proxy := m.onS3(t, s, "whole", 1)
	total, _ := asked(t, proxy, s.Bucket, func() error { return journal.New(b).Compact(t.Context(), "j-0") })
	if total < 2*upgrade {
		t.Fatalf("only %d requests", total)
	}
	for skip := 0; skip < total; skip += 5 {
		for _, f := range []flinktest.Fault{{Skip: skip, Status: 403}, {Skip: skip, DropReply: true, Times: 1}} {
			prefix := fmt.Sprintf("cut-%d-%v", skip, f.DropReply)
			b, proxy := m.onS3(t, s, prefix, 1)
			proxy.Add(f)
			err := journal.New(b).Compact(t.Context(), "j-0")
			if f.DropReply && err != nil || !f.DropReply && err == nil {
				t.Errorf("%s: %v", prefix, err)
			}
			proxy.Clear()
			entries, err := journal.New(b).History(t.Context(), "j-0")
			if err != nil || len(entries) != 2*upgrade {
				t.Errorf("%s: %d entries, %v", prefix, len(entries), err)
			}
			if err := journal.New(b).Compact(t.Context(), "j-0"); err != nil {
				t.Errorf("%s, once more: %v", prefix, err)
			}
			if left, err := b.List(t.Context(), "journal/j-0/0"); err != nil || len(left) != upgrade {
				t.Errorf("%s: %d entries are left, %v", prefix, len(left), err)
			}
			entries, err = journal.New(b).History(t.Context(), "j-0")
			if err != nil || len(entries) != 2*upgrade {
				t.Errorf("%s, once more: %d entries, %v", prefix, len(entries), err)
			}
		}
	}
}

// BenchmarkUpgradedJobs reads the records of a thousand jobs, and writes a heartbeat of
// one, in turns after one upgrade and after a hundred.
func BenchmarkUpgradedJobs(b *testing.B) {
	const many, often = 1000, 100
	s := flinktest.S3(b)
	setS3(b, s)
	stores := map[string]func(m *memory, times int) (*bucket.Bucket, *flinktest.FaultProxy){
		"s3": func(m *memory, times int) (*bucket.Bucket, *flinktest.FaultProxy) {
			return m.onS3(b, s, fmt.Sprint(times), many)
		},
		"file": func(m *memory, _ int) (*bucket.Bucket, *flinktest.FaultProxy) {
			dir := b.TempDir()
			m.jobs(b, dir, many)
			return openAt(b, "file://"+dir), nil
		},
	}
	for kind, open := range stores {
		b.Run(kind, func(b *testing.B) {
			var worlds [2]*costing
			for i, times := range []int{1, often} {
				store, proxy := open(upgraded(b, times+1), times)
				worlds[i] = newCosting(b, store, proxy)
			}
			const turns = 10
			b.ResetTimer()
			for b.Loop() {
				for turn := range turns {
					worlds[turn%2].turn(b)
					worlds[1-turn%2].turn(b)
				}
			}
			once, often := worlds[0], worlds[1]
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(often.records), "ms-records")
			b.ReportMetric(median(often.records)/median(once.records), "ratio-records")
			b.ReportMetric(median(often.beats), "ms-heartbeat")
			b.ReportMetric(median(often.beats)/median(once.beats), "ratio-heartbeat")
			b.ReportMetric(1.3, "ratio-bound")
			if often.proxy != nil {
				_, lists := asked(b, often.proxy, s.Bucket, often.all)
				b.ReportMetric(float64(lists), "LISTs")
			}
		})
	}
}

// costing measures what one store costs.
type costing struct {
	store          *bucket.Bucket
	proxy          *flinktest.FaultProxy
	hold           *journal.Hold
	ctx            context.Context // of the benchmark
	records, beats []float64       // milliseconds
}

func newCosting(b *testing.B, store *bucket.Bucket, proxy *flinktest.FaultProxy) *costing {
	b.Helper()
	c := &costing{store: store, proxy: proxy, ctx: context.WithoutCancel(b.Context())}
	h, err := begin(c.ctx, journal.New(store), "j-0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { journal.Kill(h) })
	c.hold = h
	if err := c.all(); err != nil { // and writes the index
		b.Fatal(err)
	}
	return c
}

func (c *costing) all() error {
	_, _, err := journal.New(c.store).All(c.ctx, "id")
	return err
}

func (c *costing) turn(b *testing.B) {
	const beats = 5 // a turn
	c.records = append(c.records, milliseconds(b, c.all))
	for range beats {
		c.beats = append(c.beats, milliseconds(b, c.hold.Confirm))
	}
}

func milliseconds(b *testing.B, do func() error) float64 {
	start := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return float64(time.Since(start).Microseconds()) / 1000
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

func openAt(tb testing.TB, url string) *bucket.Bucket {
	tb.Helper()
	b, err := bucket.Open(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { b.Close() })
	return b
}
