//go:build linux

package local

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"flink-sql-driver/e2e/flinktest"
)

// TestLockOfAPausedProcess has another process take a lock and be stopped.
func TestLockOfAPausedProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	other := exec.Command(os.Args[0], "hold", path)
	other.Stderr = os.Stderr
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = other.Process.Kill()
		_ = other.Wait()
	})
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	var told []string
	w := wait{what: "the lock", busy: 50 * time.Millisecond, paused: time.Hour, tell: func(s string) { told = append(told, s) }}
	pid := strconv.Itoa(other.Process.Pid)
	_, err = hold(t.Context(), path, w)
	if !errors.Is(err, errHeld) || !strings.Contains(err.Error(), "process "+pid) || !strings.Contains(err.Error(), "("+filepath.Base(os.Args[0])+" hold)") {
		t.Errorf("a holder that works: %v", err)
	}
	if len(told) != 1 || !strings.Contains(told[0], "process "+pid) {
		t.Errorf("nobody was told: %q", told)
	}
	if err := flinktest.Pause(other.Process.Pid); err != nil {
		t.Fatal(err)
	}
	w.busy, w.paused = time.Hour, 50*time.Millisecond
	if _, err := hold(t.Context(), path, w); !errors.Is(err, errHeld) || !strings.Contains(err.Error(), "kill -CONT "+pid) {
		t.Errorf("a holder that is stopped: %v", err)
	}
	if err := other.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := hold(ctx, path, w); !errors.Is(err, errHeld) || !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	in.Close() // it lets go
	w.paused = time.Hour
	f, err := hold(t.Context(), path, w)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if h := holderOf(path); h.PID != os.Getpid() || !h.here {
		t.Errorf("%+v holds it", h)
	}
}

func TestLockOfNobodyKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := flock(f, unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "garbage", "process:1.1@00000000-0000-4000-8000-000000000000+1", strings.Repeat("x", 10*maxHolder)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := hold(t.Context(), path, wait{what: "the lock"}); !errors.Is(err, errHeld) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}
