package e2e

import (
	"encoding/csv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// flights are the columns of the quickstart's input that the numbers need.
type flights struct {
	late, cancelled, longHaul int
	// hours counts departures for each scheduled hour and airport.
	hours map[string]int
	last  time.Time // of the scheduled hours
}

// count computes the quickstart's results from its input, without Flink.
func count(t *testing.T, file string) flights {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	f := flights{hours: make(map[string]int)}
	const depTime, depDelay, origin, distance, timeHour = 3, 5, 12, 15, 18
	for _, r := range rows {
		if n, err := strconv.Atoi(r[depDelay]); err == nil && n > 60 {
			f.late++
		}
		if n, _ := strconv.Atoi(r[distance]); n > 2000 {
			f.longHaul++
		}
		hour, err := time.Parse(time.RFC3339, r[timeHour])
		if err != nil {
			t.Fatal(err)
		}
		if hour.After(f.last) {
			f.last = hour
		}
		key := hour.Format("2006-01-02 15:04:05") + "," + r[origin]
		if r[depTime] == "NA" {
			f.cancelled++
			f.hours[key] += 0
		} else {
			f.hours[key]++
		}
	}
	return f
}

// rows reads what a filesystem sink has committed.
func rows(t testing.TB, dir string) [][]string {
	t.Helper()
	var all [][]string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return nil // not there yet, or in progress
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		part, err := csv.NewReader(in).ReadAll()
		all = append(all, part...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestQuickstart(t *testing.T) {
	w := newWorld(t)
	if err := os.CopyFS(w.dir, os.DirFS("../examples/quickstart")); err != nil {
		t.Fatal(err)
	}
	w.must("apply", ".")
	want := count(t, "../examples/quickstart/data/flights.csv")

	jobs := w.status()
	for _, name := range []string{"late-departures", "departures-per-hour", "two-sinks"} {
		if j := jobs[name]; j.Status != "RUNNING" || j.Phase != "committed" || j.UI == "" {
			t.Errorf("%s: %+v, want it RUNNING and committed, with a UI", name, j)
		}
	}
	results := filepath.Join(w.dir, ".flink-sql/results")
	for dir, n := range map[string]int{"late-departures": want.late, "cancelled": want.cancelled, "long-haul": want.longHaul} {
		w.eventually(dir+" has its rows", func() bool { return len(rows(t, filepath.Join(results, dir))) >= n })
		if got := len(rows(t, filepath.Join(results, dir))); got != n {
			t.Errorf("%s: %d rows, want %d", dir, got, n)
		}
	}
	checkMetadata(t, rows(t, filepath.Join(results, "late-departures")))
	checkHours(t, w, filepath.Join(results, "departures-per-hour"), want)

	if out, err := exec.Command(filepath.Join(w.dir, "results.sh")).CombinedOutput(); err != nil || strings.Count(string(out), "\nresults/") != 4 {
		t.Errorf("results.sh: %v\n%s", err, out)
	}

	start := time.Now()
	if r := w.must("apply", "."); !strings.Contains(r.stdout, "late-departures: nothing") {
		t.Errorf("a second apply did something:\n%s", r.stdout)
	}
	t.Logf("nothing to do: %s", time.Since(start))
}

// checkMetadata looks at the six columns that the submitter fills in.
func checkMetadata(t *testing.T, all [][]string) {
	t.Helper()
	for _, r := range all {
		if len(r) != 11 {
			t.Fatalf("row %q has %d columns, want 11", r, len(r))
		}
		if r[6] != "late-departures" || r[7] != "Flights that left more than an hour late." || len(r[8]) != 36 || r[9] != "1" || r[10] == "" || r[5] == "" {
			t.Fatalf("metadata columns of %q", r)
		}
	}
}

// checkHours compares the windows that have closed: those that ended a day before
// the last flight, since the watermark lags that much.
func checkHours(t *testing.T, w *world, dir string, want flights) {
	t.Helper()
	closed := make(map[string]int)
	for key, n := range want.hours {
		start, _, _ := strings.Cut(key, ",")
		begin, err := time.Parse("2006-01-02 15:04:05", start)
		if err != nil {
			t.Fatal(err)
		}
		if begin.Add(time.Hour).Before(want.last.Add(-24 * time.Hour)) {
			closed[key] = n
		}
	}
	w.eventually("all closed windows are there", func() bool { return len(rows(t, dir)) >= len(closed) })
	got := make(map[string]int)
	for _, r := range rows(t, dir) {
		n, err := strconv.Atoi(r[2])
		if err != nil {
			t.Fatal(err)
		}
		got[r[0]+","+r[1]] = n
	}
	for key, n := range closed {
		if got[key] != n {
			t.Errorf("departures %s: %d, want %d", key, got[key], n)
		}
	}
}
