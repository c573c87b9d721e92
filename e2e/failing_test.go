package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMendedJob: a row that cannot be parsed makes a job fail again and again. It
// can take no savepoint, and nobody has to wait for one: the mended job takes over
// from its newest checkpoint, and every flight is counted once.
func TestMendedJob(t *testing.T) {
	w := newWorld(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), 3)
	w.writeCount("")
	w.write("count.yaml", strings.NewReplacer(
		"restart-strategy.type: none\n%s", "restart-strategy.type: fixed-delay\n  restart-strategy.fixed-delay.attempts: 100000\n  restart-strategy.fixed-delay.delay: 2 s\n",
		"  GROUP BY", "  WHERE y > 0\n  GROUP BY").Replace(countJob))
	f.piece(0)
	w.must("apply", "count.yaml")
	f.piece(1)
	w.awaitCheckpoints("count", 2)

	bad := append([]string(nil), f.rows[0]...)
	bad[0] = "not a year"
	f.put("bad.csv", [][]string{bad})
	w.eventually("the job fails", func() bool { return w.status()["count"].Status == "RESTARTING" })
	f.piece(2)

	w.write("tables.sql", strings.Replace(countTables, "'format' = 'csv', 'source", "'format' = 'csv', 'csv.ignore-parse-errors' = 'true', 'source", 1))
	start := time.Now()
	r := w.must("apply", "count.yaml")
	if !strings.Contains(r.stdout, "count: upgrade → committed") || !strings.Contains(r.stderr, "it is cancelled, and its newest checkpoint counts") {
		t.Errorf("%s%s", r.stdout, r.stderr)
	}
	if took := time.Since(start); took > 2*time.Minute {
		t.Errorf("it took %s", took)
	}
	w.checkCounts(f)
}
