package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"flink-sql-driver/e2e/flinktest"
)

// fault makes the submitter send itself a signal right after a journal entry.
func fault(entry int, sig syscall.Signal) []string {
	return []string{fmt.Sprintf("SUBMITTER_FAULT_ENTRY=%d", entry), fmt.Sprintf("SUBMITTER_FAULT_SIGNAL=%d", sig)}
}

// faultAt is fault at the first entry of a phase.
func faultAt(phase string, sig syscall.Signal) []string {
	return []string{"SUBMITTER_FAULT_PHASE=" + phase, fmt.Sprintf("SUBMITTER_FAULT_SIGNAL=%d", sig)}
}

// entries is the number of the newest entry of a job's journal, 0 if it has none.
func (w *world) entries(name string) int {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.objects, "journal", name, "*.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	if len(files) == 0 {
		return 0
	}
	number, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(slices.Max(files)), ".json"))
	if err != nil {
		w.t.Fatal(err)
	}
	return number
}

// phaseOf is the phase of a job's newest entry.
func (w *world) phaseOf(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.objects, "journal", name, fmt.Sprintf("%020d.json", w.entries(name))))
	if err != nil {
		w.t.Fatal(err)
	}
	var e struct{ Phase string }
	if err := json.Unmarshal(data, &e); err != nil {
		w.t.Fatal(err)
	}
	return e.Phase
}

// clusters are the JobManagers that run in this world, by cluster id, as the
// process table has them.
func (w *world) clusters() []string {
	w.t.Helper()
	procs, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		w.t.Fatal(err)
	}
	var found []string
	for _, p := range procs {
		data, err := os.ReadFile(p)
		if err != nil || !bytes.Contains(data, []byte("StandaloneApplicationClusterEntryPoint")) {
			continue
		}
		env, err := os.ReadFile(filepath.Join(filepath.Dir(p), "environ"))
		if err == nil && bytes.Contains(env, []byte(w.dir)) {
			found = append(found, filepath.Base(filepath.Dir(p)))
		}
	}
	return found
}

// TestKilledAfterEveryEntry kills the submitter after every entry of an upgrade,
// and applies again: the end is always the same, and the counts are those of an
// undisturbed run.
func TestKilledAfterEveryEntry(t *testing.T) {
	w := newGuest(t)
	const pieces = 40
	f := newFeed(t, filepath.Join(w.dir, "in"), pieces)
	next := 0
	feed := func() {
		f.piece(next)
		next++
	}
	feed()
	w.writeCount("")
	w.must("apply", "count.yaml")
	const upgrade = 10 // entries before the last: stopping is there four times: wanted, asked for, taken, with its savepoint
	for i := 1; i <= upgrade; i++ {
		w.writeCount(fmt.Sprintf("task.cancellation.interval: %d", 30000+i))
		w.killAt(w.entries("count")+i, feed)
	}
	for next < pieces {
		feed()
	}
	w.checkCounts(f)
}

// TestFirstLaunchKilled kills the submitter after every entry of a first launch.
func TestFirstLaunchKilled(t *testing.T) {
	w := newGuest(t)
	const launch = 5 // compiled, published, decided, running, healthy
	for i := 1; i <= launch; i++ {
		w.write("count.yaml", endlessJob)
		w.killAt(w.entries("count")+i, func() {})
		w.must("cancel", "count")
		w.must("delete", "count")
	}

	// What is being started is not waited for by who wants it to end.
	const decided = 3
	if r := w.runWith(fault(w.entries("count")+decided, syscall.SIGKILL), "apply", "count.yaml"); r.code != -1 || w.phaseOf("count") != "decided" {
		t.Fatalf("exit %d at %s\n%s%s", r.code, w.phaseOf("count"), r.stdout, r.stderr)
	}
	r := w.must("cancel", "count")
	if n := len(w.clusters()); n != 0 || !strings.Contains(r.stderr, "giving up the deployment") || w.phaseOf("count") != "committed" {
		t.Errorf("after cancel: %d JobManagers run\n%s%s", n, r.stdout, r.stderr)
	}
}

// endlessJob has no input but its own and nothing to lose.
const endlessJob = `name: count
restore: none
sql: |
  CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10',
    'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '20000');
  CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
  INSERT INTO nowhere SELECT n FROM numbers;
`

// killAt applies, is killed after an entry, and applies again.
func (w *world) killAt(entry int, feed func()) {
	w.t.Helper()
	r := w.runWith(fault(entry, syscall.SIGKILL), "apply", "count.yaml")
	if r.code != -1 {
		w.t.Fatalf("the submitter was not killed after entry %d: exit %d\n%s%s", entry, r.code, r.stdout, r.stderr)
	}
	phase := w.phaseOf("count")
	feed()
	w.must("apply", "count.yaml")
	feed()
	if got := w.phaseOf("count"); got != "committed" {
		w.t.Errorf("killed after entry %d (%s): the end is %s, want committed", entry, phase, got)
	}
	if j := w.status()["count"]; j.Status != "RUNNING" {
		w.t.Errorf("killed after entry %d (%s): %+v", entry, phase, j)
	}
	if n := len(w.clusters()); n != 1 {
		w.t.Errorf("killed after entry %d (%s): %d JobManagers run, want 1", entry, phase, n)
	}
}

// TestPausedHolder stops the submitter with SIGSTOP in the middle of a launch;
// another finishes two upgrades; then the first one wakes. It does no harm.
func TestPausedHolder(t *testing.T) {
	w := newGuest(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), 4)
	f.piece(0)
	w.writeCount("")
	w.must("apply", "count.yaml")
	f.piece(1)

	w.writeCount("task.cancellation.interval: 30001")
	wake := w.pauseAt("decided", "count.yaml")
	w.must("apply", "count.yaml", "--wait") // takes over after 30 seconds of silence
	f.piece(2)
	for i := 2; i <= 3; i++ {
		w.writeCount(fmt.Sprintf("task.cancellation.interval: %d", 30000+i))
		w.must("apply", "count.yaml")
	}
	before := w.status()["count"]
	wake()
	if after := w.status()["count"]; after != before {
		t.Errorf("the paused submitter changed something: %+v, was %+v", after, before)
	}
	if n := len(w.clusters()); n != 1 {
		t.Errorf("%d JobManagers run, want 1", n)
	}
	f.piece(3)
	w.checkCounts(f)
}

// pauseAt starts an apply that stops itself at a phase, and waits until it has. wake lets it
// go on; by then somebody else has done its work, and it must not claim to have.
func (w *world) pauseAt(phase, file string) (wake func()) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	w.t.Cleanup(cancel)
	paused := w.command(ctx, faultAt(phase, syscall.SIGSTOP), "apply", file)
	var said bytes.Buffer
	paused.Stdout, paused.Stderr = &said, &said
	must(w.t, paused.Start())
	w.eventually("the holder is paused", func() bool { return flinktest.Paused(paused.Process.Pid) })
	if p := w.phaseOf("count"); p != phase {
		w.t.Fatalf("it is paused at %s, want %s", p, phase)
	}
	return func() {
		w.t.Helper()
		must(w.t, paused.Process.Signal(syscall.SIGCONT))
		err := paused.Wait()
		w.t.Logf("the paused submitter said:\n%s", said.String())
		if err == nil {
			w.t.Error("the paused submitter claims success")
		}
	}
}

// TestTwoAppliesAtOnce starts two: one deploys, the other leaves the job to it.
func TestTwoAppliesAtOnce(t *testing.T) {
	w := newWorld(t)
	f := newFeed(t, filepath.Join(w.dir, "in"), 1)
	w.writeCount("")
	w.must("local", "up")
	if codes := w.both("apply", "count.yaml"); codes[0] != 1 || codes[5] != 1 {
		t.Errorf("exit codes %v, want one 0 and one 5", codes)
	}
	w.only(1)
	f.piece(0)
	w.checkCounts(f)
}

// both runs a command twice at once and counts the exit codes.
func (w *world) both(args ...string) map[int]int {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	var commands [2]*exec.Cmd
	var said [2]bytes.Buffer
	for i := range commands {
		commands[i] = w.command(ctx, nil, args...)
		commands[i].Stdout, commands[i].Stderr = &said[i], &said[i]
		if err := commands[i].Start(); err != nil {
			w.t.Fatal(err)
		}
	}
	codes := make(map[int]int)
	for i, c := range commands {
		c.Wait()
		w.t.Logf("exit %d\n%s", c.ProcessState.ExitCode(), said[i].String())
		codes[c.ProcessState.ExitCode()]++
	}
	return codes
}

// only checks that the job's newest launch is this one, and that nothing runs
// beside it.
func (w *world) only(launch int) {
	w.t.Helper()
	if j := w.status()["count"]; j.Launch != launch || j.Phase != "committed" || j.Status != "RUNNING" {
		w.t.Errorf("%+v, want launch %d, committed", j, launch)
	}
	if n := len(w.clusters()); n != 1 {
		w.t.Errorf("%d JobManagers run, want 1", n)
	}
}
