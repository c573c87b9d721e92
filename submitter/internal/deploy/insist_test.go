package deploy_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// silent has a target give no answer for a while, once a deployment reaches a phase. It
// returns how often the story said so.
func silent(w *deploytest.World, at journal.Phase, launch uint64, how error, outage time.Duration) (func(journal.Entry), func(string, journal.Phase, string), *int) {
	var since time.Time
	said := 0
	w.Target.Down = func() error {
		if !since.IsZero() && time.Since(since) < outage {
			return how
		}
		return nil
	}
	step := func(e journal.Entry) {
		if e.Phase == at && e.Launch.Number == launch && since.IsZero() {
			since = time.Now()
		}
	}
	progress := func(_ string, _ journal.Phase, text string) {
		if strings.Contains(text, "its target gives no answer (") && strings.Contains(text, "at most (upgrade.health-timeout)") {
			said++
		}
	}
	return step, progress, &said
}

// patientJob has the limit that jobs have where their manifest says nothing.
func patientJob(plan string) *manifest.Job {
	job := deploytest.Job(plan)
	job.Upgrade.HealthTimeout = 5 * time.Minute
	return job
}

// TestTargetGivesNoAnswer: no answer is no refusal. Whatever phase the new launch is in,
// and however the network says so, the upgrade waits and is committed.
func TestTargetGivesNoAnswer(t *testing.T) {
	refused := &url.Error{Op: "Post", URL: "https://api:6443", Err: &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}}
	for name, c := range map[string]struct {
		how error
		at  journal.Phase
	}{
		"refused":      {fmt.Errorf("launch orders-2: %w", refused), journal.Decided},
		"no route":     {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}, journal.Decided},
		"reset":        {syscall.ECONNRESET, journal.Decided},
		"EOF":          {fmt.Errorf("launch: %w", io.EOF), journal.Decided},
		"timeout":      {&url.Error{Op: "Post", Err: os.ErrDeadlineExceeded}, journal.Decided},
		"503":          {target.Unavailable(errors.New("the server is currently unable to handle the request")), journal.Decided},
		"in stopped":   {refused, journal.Stopped},
		"in running":   {refused, journal.Running},
		"503, running": {target.Unavailable(errors.New("too many requests")), journal.Running},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				a := w.Applier()
				number := uint64(2)
				if c.at == journal.Stopped {
					number = 1
				}
				var said *int
				a.Step, a.Progress, said = silent(w, c.at, number, c.how, time.Minute)
				begun := time.Now()
				e, err := deploytest.Apply(t.Context(), a, patientJob(second))
				if err != nil {
					t.Fatal(err)
				}
				if w.Want(e, journal.Committed); e.Launch.Number != 2 || *said != 1 {
					t.Errorf("launch %d; that there was no answer was said %d times", e.Launch.Number, *said)
				}
				if took := time.Since(begun); took < time.Minute || took > 2*time.Minute {
					t.Errorf("it took %s", took)
				}
				w.Check()
			})
		})
	}
}

// TestTargetGivesNoAnswerForLong: what cannot be started in time is rolled back, once
// the target answers again.
func TestTargetGivesNoAnswerForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		runs(w)
		a := w.Applier()
		a.Step, _, _ = silent(w, journal.Decided, 2, io.EOF, 7*time.Minute)
		e, err := deploytest.Apply(t.Context(), a, patientJob(second))
		if err == nil || !strings.Contains(w.Want(e, journal.RolledBack).Problem, "it could not be started: its target gave no answer within 5m0s: EOF") {
			t.Errorf("%v; %+v", err, e)
		}
		if got := w.Target.Running(); len(got) != 1 || got[0] != 3 {
			t.Errorf("launches %v run", got)
		}
		w.Check()
	})
}

// TestTargetGivesNoAnswerWhileRollingBack: it is waited for there, too, and no longer; the
// next command goes on.
func TestTargetGivesNoAnswerWhileRollingBack(t *testing.T) {
	for outage, phase := range map[time.Duration]journal.Phase{time.Minute: journal.RolledBack, time.Hour: journal.RollingBack} {
		for _, launch := range []uint64{2, 3} { // while the one is ended, while the other is started
			t.Run(fmt.Sprint(outage, launch), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := deploytest.New(t)
					runs(w)
					w.Target.Behave = behaves(2, deploytest.Behaviour{Start: deploytest.Dies})
					a := w.Applier()
					a.Step, _, _ = silent(w, journal.RollingBack, launch, syscall.ECONNREFUSED, outage)
					begun := time.Now()
					_, err := deploytest.Apply(t.Context(), a, patientJob(second))
					if e := w.Want(w.Record(), phase); err == nil || phase == journal.RollingBack && !strings.Contains(err.Error(), "connection refused") {
						t.Errorf("%v; %+v", err, e)
					}
					if took := time.Since(begun); phase == journal.RollingBack && (took < 5*time.Minute || took > 11*time.Minute) {
						t.Errorf("it took %s", took)
					}
					w.Target.Down = nil
					w.Target.Behave = nil
					w.MustApply(deploytest.Job(second))
					w.Check()
				})
			})
		}
	}
}

// TestRefusalIsNoSilence: what is refused is not waited for, whatever it looks like.
func TestRefusalIsNoSilence(t *testing.T) {
	for name, err := range map[string]error{
		"forbidden":       errors.New(`jobs.batch is forbidden: exceeded quota`),
		"no such file":    &os.PathError{Op: "open", Path: "flink", Err: syscall.ENOENT},
		"a system's":      syscall.EACCES,
		"a port is taken": &net.OpError{Op: "listen", Err: syscall.EADDRINUSE},
		"a certificate":   &url.Error{Op: "Post", Err: errors.New("x509: certificate signed by unknown authority")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				runs(w)
				w.Target.Refuse = func(n uint64) error {
					if n == 2 {
						return err
					}
					return nil
				}
				begun := time.Now()
				e, _ := deploytest.Apply(t.Context(), w.Applier(), patientJob(second))
				w.Want(e, journal.RolledBack)
				if took := time.Since(begun); took > time.Minute {
					t.Errorf("it took %s", took)
				}
				w.Check()
			})
		})
	}
}
