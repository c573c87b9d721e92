package e2e

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// TestContinuityOfAYear reads all 336,776 flights of 2013 while the job is stopped
// with a savepoint, changed and restored three times. Every day's count is exact.
func TestContinuityOfAYear(t *testing.T) {
	w := newGuest(t)
	f := yearFeed(t, filepath.Join(w.dir, "in"))
	// Files pile up while the job is down and are then read in any order, so no
	// window may close before the end.
	w.write("tables.sql", strings.Replace(countTables, "INTERVAL '10' DAY", "INTERVAL '800' DAY(3)", 1)+seenTable)
	change := func(i int) {
		w.write("count.yaml", fmt.Sprintf(yearJob, 30000+i))
	}
	change(0)
	w.must("apply", "count.yaml")

	var fed atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range f.pieces {
			f.piece(i)
			fed.Add(1)
			time.Sleep(100 * time.Millisecond) // the pace of the feed
		}
	}()
	const upgrades = 3
	for i := 1; i <= upgrades; i++ {
		change(i)
		w.must("apply", "count.yaml")
		t.Logf("upgrade %d: %d of %d files were there", i, fed.Load(), f.pieces)
	}
	<-done
	if j := w.status()["count"]; j.Launch != upgrades+1 || j.Status != "RUNNING" {
		t.Fatalf("after %d upgrades: %+v", upgrades, j)
	}
	seen := filepath.Join(w.dir, "seen")
	w.eventually("all flights are read", func() bool { return len(rows(t, seen)) >= len(f.rows) })
	if n := len(rows(t, seen)); n != len(f.rows) {
		t.Errorf("%d flights were read, want %d", n, len(f.rows))
	}
	last := append([]string(nil), f.rows[0]...)
	last[18] = "2017-01-01T00:00:00Z"
	f.put("end.csv", [][]string{last})
	w.compareCounts(f, "out")
}

// yearJob is countJob with every flight written down as well: that says when all
// are read and the last file may come, which is not read after the others.
const yearJob = `name: count
flinkProperties:
  execution.checkpointing.interval: 1 s
  restart-strategy.type: none
  task.cancellation.interval: %d
sql: |
  EXECUTE STATEMENT SET BEGIN
  INSERT INTO per_day
  SELECT DATE_FORMAT(window_start, 'yyyy-MM-dd') AS departed, carrier, COUNT(*) AS flights
  FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(scheduled), INTERVAL '1' DAY))
  GROUP BY window_start, window_end, carrier;
  INSERT INTO seen SELECT flight FROM flights;
  END;
table-definitions: [tables.sql]
`

const seenTable = `CREATE TABLE seen (flight STRING) WITH (
  'connector' = 'filesystem', 'path' = 'file://${env:PWD}/seen', 'format' = 'csv',
  'sink.rolling-policy.rollover-interval' = '1 s', 'sink.rolling-policy.check-interval' = '1 s');
`

// yearFeed cuts the flights of a whole year into pieces.
func yearFeed(t testing.TB, dir string) *feed {
	t.Helper()
	in, err := os.Open(flinktest.Flights(t))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const flightsOf2013, pieces = 336776, 300
	rows = rows[1:] // without the header
	if len(rows) != flightsOf2013 {
		t.Fatalf("%d flights, want %d", len(rows), flightsOf2013)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return &feed{t: t, dir: dir, rows: rows, pieces: pieces}
}
