package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// promptly is what a command may take from an interrupt to its end: seconds, on a
// machine that has other things to do.
const promptly = 30 * time.Second

// TestInterrupted presses Ctrl-C while the local gateway starts, when a launch is
// decided, and while the job is waited for. Each time the command ends with exit
// 130 and says where it left things, nothing runs that nobody knows of, and in the
// end an apply finishes, past a manifest that is wrong.
func TestInterrupted(t *testing.T) {
	w := newWorld(t)
	w.write("count.yaml", endlessJob)

	r := w.interruptedAt(filepath.Join(w.dir, gatewayRecords), "apply", "count.yaml")
	if !strings.Contains(r.stderr, "interrupted: no job was touched; the local SQL Gateway stays for the next command") {
		t.Errorf("while the gateway starts: %s", r.stderr)
	}
	gateway := w.gatewayPID()
	if n := w.entries("count"); n != 0 {
		t.Errorf("%d entries were written", n)
	}

	const decided = 3 // compiled, published, decided
	w.interruptedAfter(decided, "decided")
	if got := w.gatewayPID(); got != gateway {
		t.Errorf("the gateway is process %d, was %d: the first one was not waited for", got, gateway)
	}
	const takenOver = 2 // entries: decided once more, then running
	w.interruptedAfter(w.entries("count")+takenOver, "running")

	w.write("jobs/count.yaml", endlessJob)
	w.write("jobs/wrong.yaml", "name: wrong\nsqll: SELECT 1\n")
	if r := w.run("apply", "jobs"); r.code != 2 || w.phaseOf("count") != "running" {
		t.Errorf("with a wrong manifest: exit %d, count is at %s; want exit 2, and nothing done", r.code, w.phaseOf("count"))
	}
	r = w.run("apply", "jobs", "--keep-going")
	if r.code != 4 || !strings.Contains(r.stderr, "jobs/wrong.yaml:2:1") {
		t.Errorf("--keep-going: exit %d\n%s", r.code, r.stderr)
	}
	w.only(1)
}

// interruptedAt starts a command and sends Ctrl-C to its process group, as a
// terminal does, when a file appears; its name is a pattern.
func (w *world) interruptedAt(file string, args ...string) result {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	c := w.command(ctx, nil, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.eventually(file+" is there", func() bool { found, err := filepath.Glob(file); return err == nil && len(found) > 0 })
	begin := time.Now()
	if err := syscall.Kill(-c.Process.Pid, syscall.SIGINT); err != nil {
		w.t.Fatal(err)
	}
	c.Wait() // its exit code says more than the error
	r := result{c.ProcessState.ExitCode(), out.String(), errs.String()}
	w.t.Logf("submitter %s\n%s%s", strings.Join(args, " "), r.stdout, r.stderr)
	if took := time.Since(begin); r.code != 130 || took > promptly {
		w.t.Errorf("exit %d after %s, want 130", r.code, took)
	}
	return r
}

// interruptedAfter applies and is interrupted right after a journal entry, which is
// of that phase and stays the newest.
func (w *world) interruptedAfter(entry int, phase string) {
	w.t.Helper()
	r := w.runWith(fault(entry, syscall.SIGINT), "apply", "count.yaml")
	if r.code != 130 || !strings.Contains(r.stderr, "interrupted: count was left at phase "+phase+", where the next apply continues") {
		w.t.Errorf("exit %d, want 130 at %s\n%s%s", r.code, phase, r.stdout, r.stderr)
	}
	if got := w.phaseOf("count"); got != phase || w.entries("count") != entry {
		w.t.Errorf("%d entries, the newest is %s; want %d, %s", w.entries("count"), got, entry, phase)
	}
	if n := len(w.clusters()); n > 1 {
		w.t.Errorf("%d JobManagers run", n)
	}
}

// gatewayRecords are the files in which gateways are written down.
const gatewayRecords = ".flink-sql/gateway/*/gateway.json"

// gatewayPID is the process of the recorded gateway, which runs.
func (w *world) gatewayPID() int {
	w.t.Helper()
	all, err := filepath.Glob(filepath.Join(w.dir, gatewayRecords))
	if err != nil || len(all) != 1 {
		w.t.Fatalf("records of gateways: %v, %v", all, err)
	}
	data, err := os.ReadFile(all[0])
	if err != nil {
		w.t.Fatal(err)
	}
	var record struct{ Process struct{ PID int } }
	if err := json.Unmarshal(data, &record); err != nil || record.Process.PID == 0 {
		w.t.Fatalf("%v: %s", err, data)
	}
	if err := syscall.Kill(record.Process.PID, 0); err != nil {
		w.t.Errorf("the gateway that is recorded does not run: %v", err)
	}
	return record.Process.PID
}
