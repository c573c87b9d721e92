package main

import (
	"context"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCrash: a JobManager with high availability that has run for a while is started
// again by the driver, with all that goes before a start.
func TestCrash(t *testing.T) {
	const ha, soon = "high-availability.type=kubernetes", "sql-driver.restart-after=0 s"
	for name, c := range map[string]struct {
		first   string // what the first Flink does
		options []string
		code    int
		runs    int
	}{
		"killed":                     {"kill -9 $$", []string{ha, soon}, 0, 2},
		"killed with SIGTERM":        {"kill $$", []string{ha, soon}, 0, 2},
		"JVM ends after SIGTERM":     {"exit 143", []string{ha, soon}, 0, 2},
		"fatal":                      {"exit 2", []string{ha, soon}, 0, 2},
		"out of memory":              {"exit 3", []string{ha, soon}, 0, 2},
		"as it starts":               {"kill -9 $$", []string{ha}, 137, 1},
		"failed":                     {"exit 163", []string{ha, soon}, 163, 1},
		"entry point does not start": {"exit 1", []string{ha, soon}, 1, 1},
		"finished":                   {"exit 0", []string{ha, soon}, 0, 1},
		"not highly available":       {"kill -9 $$", []string{soon}, -1, 1},
		"high availability is none":  {"exit 2", []string{"high-availability.type=NONE", soon}, 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			s.decision(goDecision)
			s.env = append(s.env, `FAKE_DOES=echo >>$RECORD.runs; [ "$(wc -l <$RECORD.runs)" = 2 ] || `+c.first)
			var args []string
			for _, o := range c.options {
				args = append(args, "-D", o)
			}
			r := s.run(s.args(args...)...)
			r.want(t, c.code)
			if runs := strings.Count(s.text("record.runs"), "\n"); runs != c.runs {
				t.Errorf("Flink was started %d times, want %d\n%s", runs, c.runs, r.stderr)
			}
			if r.last != "" {
				t.Errorf("the driver had the last word, not Flink's log: %s", r.last)
			}
			if n := strings.Count(r.stderr, "claimed launch 3"); n != c.runs {
				t.Errorf("it was claimed %d times", n)
			}
		})
	}
}

// TestCrashesWithinAnHour: the fourth is left to the platform.
func TestCrashesWithinAnHour(t *testing.T) {
	s := newStore(t)
	s.decision(goDecision)
	s.env = append(s.env, `FAKE_DOES=echo >>$RECORD.runs; kill -9 $$`)
	r := s.run(s.args("-D", "high-availability.type=kubernetes", "-D", "sql-driver.restart-after=0 s")...)
	r.want(t, 137, "crashed 3 times before within 1h")
	if runs := strings.Count(s.text("record.runs"), "\n"); runs != 4 {
		t.Errorf("Flink was started %d times", runs)
	}
	now := time.Unix(100_000, 0)
	if got := recent("96399 96401 nonsense 99999", now); len(got) != 2 || got[0].Unix() != 96401 {
		t.Errorf("recent: %v", got)
	}
}

// TestSecondStartThatFails: what kept a Flink from starting that had run before may pass.
func TestSecondStartThatFails(t *testing.T) {
	s := newStore(t)
	s.decision(goDecision)
	s.env = append(s.env, `FAKE_DOES=exit 1`)
	ha := []string{"-D", "high-availability.type=kubernetes", "-D", "sql-driver.instance=job:one"}
	s.run(s.args(ha...)...).want(t, 1)
	s.run(s.args(ha...)...).want(t, 2, "though it did before")
}

// TestEndFromOutside: a Flink that is asked to end, through the driver, is not started again.
func TestEndFromOutside(t *testing.T) {
	s := newStore(t)
	s.decision(goDecision)
	s.env = append(s.env, `FAKE_DOES=trap "exit 143" TERM; echo >>$RECORD.runs; while :; do sleep 0.05; done`)
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	cmd := s.command(ctx, s.args("-D", "high-availability.type=kubernetes", "-D", "sql-driver.restart-after=0 s")...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for s.text("record.runs") == "" && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 143 || strings.Count(s.text("record.runs"), "\n") != 1 {
		t.Errorf("ended with %v after these starts: %q", err, s.text("record.runs"))
	}
}
