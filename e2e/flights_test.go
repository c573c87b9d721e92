package e2e

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// feed writes flights into a watched directory, piece by piece, so that a job has
// something to read for as long as a story needs.
type feed struct {
	t      testing.TB
	dir    string
	rows   [][]string
	pieces int
}

// newFeed cuts the quickstart's flights into pieces.
func newFeed(t testing.TB, dir string, pieces int) *feed {
	t.Helper()
	in, err := os.Open("../examples/quickstart/data/flights.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return &feed{t: t, dir: dir, rows: rows, pieces: pieces}
}

// piece makes piece i appear at once, as a whole.
func (f *feed) piece(i int) {
	from, to := i*len(f.rows)/f.pieces, (i+1)*len(f.rows)/f.pieces
	f.put(fmt.Sprintf("part-%03d.csv", i), f.rows[from:to])
}

// end adds a flight so late that every window before it closes. Flink reads files
// in no certain order, so everything else must have been read before.
func (f *feed) end() {
	last := append([]string(nil), f.rows[len(f.rows)-1]...)
	last[18] = "2014-06-01T00:00:00Z"
	f.put("end.csv", [][]string{last})
}

func (f *feed) put(name string, rows [][]string) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		f.t.Fatal(err)
	}
	temp := filepath.Join(f.dir, "."+name)
	if err := os.WriteFile(temp, []byte(b.String()), 0o644); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Rename(temp, filepath.Join(f.dir, name)); err != nil {
		f.t.Fatal(err)
	}
}

// perDay counts flights for each day and carrier, as the job does, without Flink.
func (f *feed) perDay() map[string]int {
	counts := make(map[string]int)
	for _, r := range f.rows {
		hour, err := time.Parse(time.RFC3339, r[18])
		if err != nil {
			f.t.Fatal(err)
		}
		counts[hour.Format("2006-01-02")+","+r[9]]++
	}
	return counts
}

// countJob counts flights for each day and carrier, in windows of event time: all
// of a day's flights have to survive whatever happens to the job meanwhile.
const countJob = `name: count
target-table: per_day
flinkProperties:
  execution.checkpointing.interval: 1 s
  restart-strategy.type: none
%ssql: |
  SELECT DATE_FORMAT(window_start, 'yyyy-MM-dd') AS departed, carrier, COUNT(*) AS flights
  FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(scheduled), INTERVAL '1' DAY))
  GROUP BY window_start, window_end, carrier
table-definitions: [tables.sql]
`

const countTables = `CREATE TABLE flights (
  y INT, m INT, d INT, dep_time STRING, sdt STRING, dep_delay STRING, arr_time STRING, sat STRING, arr_delay STRING,
  carrier STRING, flight STRING, tailnum STRING, origin STRING, dest STRING, air_time STRING, distance STRING, h STRING, mi STRING,
  time_hour STRING,
  scheduled AS TO_TIMESTAMP(REPLACE(REPLACE(time_hour, 'T', ' '), 'Z', '')),
  WATERMARK FOR scheduled AS scheduled - INTERVAL '10' DAY
) WITH ('connector' = 'filesystem', 'path' = 'file://${env:PWD}/in', 'format' = 'csv', 'source.monitor-interval' = '200 ms');
CREATE TABLE per_day (departed STRING, carrier STRING, flights BIGINT) WITH (
  'connector' = 'filesystem', 'path' = 'file://${env:PWD}/out', 'format' = 'csv',
  'sink.rolling-policy.rollover-interval' = '200 ms', 'sink.rolling-policy.check-interval' = '200 ms');
`

// writeCount writes the job's manifest; setting is a further line of its options,
// so that every value of it is a change of configuration.
func (w *world) writeCount(setting string) {
	w.write("tables.sql", countTables)
	w.writeCountJob(setting)
}

func (w *world) writeCountJob(setting string) {
	if setting != "" {
		setting = "  " + setting + "\n"
	}
	w.write("count.yaml", fmt.Sprintf(countJob, setting))
}

// awaitCheckpoints waits until a job has completed n more checkpoints.
func (w *world) awaitCheckpoints(name string, n int) {
	w.t.Helper()
	newest := func() int {
		var report struct {
			Jobs []struct{ Checkpoint struct{ ID int } }
		}
		if err := json.Unmarshal([]byte(w.must("status", name, "-o", "json").stdout), &report); err != nil || len(report.Jobs) != 1 {
			w.t.Fatalf("status of %s: %v", name, err)
		}
		return report.Jobs[0].Checkpoint.ID
	}
	start := newest()
	w.eventually(fmt.Sprintf("%d checkpoints of %s", n, name), func() bool { return newest() >= start+n })
}

// checkCounts ends the feed and compares the job's output with the numbers counted without Flink:
// nothing is missing, and nothing is there twice.
func (w *world) checkCounts(f *feed) {
	w.t.Helper()
	w.awaitCheckpoints("count", 3) // of a second each; new files are looked for every 200 ms
	f.end()
	w.compareCounts(f, "out")
}

// compareCounts looks at what a job has written into a directory of the world.
func (w *world) compareCounts(f *feed, dir string) {
	w.t.Helper()
	want := f.perDay()
	out := filepath.Join(w.dir, dir)
	w.eventually("all days are counted", func() bool { return len(rows(w.t, out)) >= len(want) })
	got := make(map[string]int)
	for _, r := range rows(w.t, out) {
		key := r[0] + "," + r[1]
		if _, twice := got[key]; twice {
			w.t.Errorf("%s was written twice", key)
		}
		var n int
		fmt.Sscan(r[2], &n)
		got[key] = n
	}
	for key, n := range want {
		if got[key] != n {
			w.t.Errorf("%s: %d flights, want %d", key, got[key], n)
		}
	}
	if len(got) != len(want) {
		w.t.Errorf("%d rows, want %d", len(got), len(want))
	}
}
