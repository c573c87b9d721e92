package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStockStart runs a job on Flink's own start scripts.
func TestStockStart(t *testing.T) {
	w := newWorld(t)
	if err := os.CopyFS(w.dir, os.DirFS("../examples/quickstart")); err != nil {
		t.Fatal(err)
	}
	w.must("apply", "--stock-start", "late-departures.yaml")
	want := count(t, "../examples/quickstart/data/flights.csv").late
	out := filepath.Join(w.dir, ".flink-sql/results/late-departures")
	w.eventually("all rows are there", func() bool { return len(rows(t, out)) >= want })
	if got := len(rows(t, out)); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
	for _, pid := range w.clusters() {
		line, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(line), "TieredStopAtLevel") || !strings.Contains(string(line), "-Dlog.file=") {
			t.Errorf("this is not what Flink's scripts start: %q", strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
}
