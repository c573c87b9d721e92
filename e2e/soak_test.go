package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// killsVariable says how often TestKilledAndApplied kills: `make soak` asks for many.
const killsVariable = "SOAK_KILLS"

// TestKilledAndApplied kills every process of a launch and applies within milliseconds,
// again and again. The kernel takes a while to end a large process, and until then it
// looks as if it ran: an apply that ends well has started the job again all the same, and
// no row is lost or counted twice.
func TestKilledAndApplied(t *testing.T) {
	kills := 3
	if text := os.Getenv(killsVariable); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("%s=%s: %v", killsVariable, text, err)
		}
		kills = n
	}
	w := newGuest(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), kills+1)
	w.writeCount("")
	f.piece(0)
	w.must("apply", "count.yaml")
	for n := range kills {
		launch := n + 1
		// The order, and what the supervisor sees of the end of the others, differ.
		w.killAll("count-"+strconv.FormatInt(int64(launch), 36), n%2 == 0, time.Duration(n%5)*5*time.Millisecond)
		began := time.Now()
		r := w.run("apply", "count.yaml")
		t.Logf("kill %d: exit %d after %s", n+1, r.code, time.Since(began).Round(time.Millisecond))
		if r.code != 0 {
			t.Fatalf("kill %d: exit %d\n%s%s", n+1, r.code, r.stdout, r.stderr)
		}
		w.only(launch + 1)
		if t.Failed() {
			t.Fatalf("kill %d: apply ended with exit 0\n%s%s", n+1, r.stdout, r.stderr)
		}
		f.piece(n + 1)
	}
	w.checkCounts(f)
}

// killAll kills every process of a launch, the supervisor first or last, with a pause
// between it and the others.
func (w *world) killAll(clusterID string, first bool, pause time.Duration) {
	w.t.Helper()
	supervisor := w.processes(clusterID).Supervisor.PID
	var others []int
	for _, pid := range w.family(clusterID) {
		if pid != supervisor {
			others = append(others, pid)
		}
	}
	if len(others) < 2 {
		w.t.Fatalf("of %s only %v run beside the supervisor", clusterID, others)
	}
	kill := func(all ...int) {
		for _, pid := range all {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
				w.t.Fatal(err)
			}
		}
	}
	if first {
		kill(supervisor)
		time.Sleep(pause)
	}
	kill(others...)
	if !first {
		kill(supervisor)
	}
}

// family are the processes of a launch, as its own variable in their environment says.
func (w *world) family(clusterID string) []int {
	w.t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		w.t.Fatal(err)
	}
	mark := []byte("FLINK_SQL_RUN=" + filepath.Join(w.dir, ".flink-sql/run", clusterID) + "\x00")
	var found []int
	for _, file := range all {
		environ, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(environ, mark) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			w.t.Fatal(err)
		}
		found = append(found, pid)
	}
	return found
}
