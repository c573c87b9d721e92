package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// brokenJob casts a text to a number, by the expression that is filled in.
const brokenJob = `name: %s
sql: |
  CREATE TABLE src (k INT) WITH ('connector'='datagen','rows-per-second'='5');
  CREATE TABLE snk (s INT) WITH ('connector'='print');
  INSERT INTO snk SELECT %s FROM src;
flinkProperties: {execution.checkpointing.interval: 3 s}
`

const (
	brokenQuery = "CAST('x' || CAST(k AS STRING) AS INT)"
	mendedQuery = "MOD(k, 7)"
)

// TestBrokenLaunch: a query that fails at its first row, each time with another value. It
// is given up in seconds; and once its manifest is mended nobody waits for it at all.
func TestBrokenLaunch(t *testing.T) {
	w := newGuest(t)
	w.write("job.yaml", fmt.Sprintf(brokenJob, "broken", brokenQuery))
	const soon = 2 * time.Minute // of a health timeout of 5; a busy machine takes its time to start
	began := time.Now()
	r := w.run("apply", "job.yaml")
	if took := time.Since(began); r.code != 1 || took > soon || !strings.Contains(r.stdout, "times in the same way: For input string") {
		t.Errorf("exit %d after %s", r.code, took)
	}
	if n := len(w.clusters()); n != 0 {
		t.Errorf("%d JobManagers run", n)
	}

	w.interruptedOnceItSays("the job is RESTARTING", "apply", "job.yaml")
	w.write("job.yaml", fmt.Sprintf(brokenJob, "broken", mendedQuery))
	if r := w.run("diff", "job.yaml", "--exit-code"); r.code != 6 || !strings.Contains(r.stdout, "broken: continue (its launch was cut off at phase") || !strings.Contains(r.stdout, "its manifest has changed since") {
		t.Errorf("diff: exit %d\n%s", r.code, r.stdout)
	}
	began = time.Now()
	w.must("apply", "job.yaml")
	if took := time.Since(began); took > soon {
		t.Errorf("the mended job took %s", took)
	}
	if j := w.status()["broken"]; j.Status != "RUNNING" || j.Launch != 3 || len(w.clusters()) != 1 {
		t.Errorf("%+v, %d JobManagers", j, len(w.clusters()))
	}

	// Another name is another job, and the former one is not forgotten.
	w.write("job.yaml", fmt.Sprintf(brokenJob, "renamed", mendedQuery))
	for _, args := range [][]string{{"diff", "job.yaml"}, {"diff", "job.yaml", "-o", "json"}} {
		if r := w.must(args...); !strings.Contains(r.stdout, "broken goes on running") || !strings.Contains(r.stdout, "submitter stop broken") {
			t.Errorf("%v: %s", args, r.stdout)
		}
	}
}

// interruptedOnceItSays starts a command and sends Ctrl-C when its story has a text.
func (w *world) interruptedOnceItSays(text string, args ...string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	said := filepath.Join(w.dir, "story.txt")
	story, err := os.Create(said)
	if err != nil {
		w.t.Fatal(err)
	}
	defer story.Close()
	c := w.command(ctx, nil, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Stderr = story
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.eventually("it says: "+text, func() bool {
		data, err := os.ReadFile(said)
		return err == nil && bytes.Contains(data, []byte(text))
	})
	if err := syscall.Kill(-c.Process.Pid, syscall.SIGINT); err != nil {
		w.t.Fatal(err)
	}
	c.Wait() // its exit code says more than the error
	if code := c.ProcessState.ExitCode(); code != 130 {
		w.t.Errorf("exit %d, want 130", code)
	}
}
