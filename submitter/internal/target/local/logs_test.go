//go:build linux

package local

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.out")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprint(f, "0123456789")
	for range 2 {
		if err := cut(path, 4); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprint(f, "ab")
	old, _ := os.ReadFile(path + ".1")
	now, _ := os.ReadFile(path)
	if string(old) != "6789" || string(now) != "ab" {
		t.Errorf("%q, %q", old, now)
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	var out bytes.Buffer
	follow := &tail{path: path}
	defer follow.close()
	step := func(want string) {
		t.Helper()
		if _, err := follow.copyTo(&out); err != nil || out.String() != want {
			t.Errorf("%q, want %q, %v", out.String(), want, err)
		}
	}
	step("")
	write(t, path, "one ")
	step("one ")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	step("one ")
	write(t, path, "two ")
	step("one two ")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	step("one two ")
	write(t, path, "3")
	step("one two 3")
}

// lines counts what is written to it.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestLogsFollow(t *testing.T) {
	t.Parallel()
	on := fake(t)
	gate := filepath.Join(t.TempDir(), "gate")
	l := asked("echo first; while ! [ -e "+gate+" ]; do sleep 0.05; done; echo logged >$FLINK_SQL_LOG; echo last", "echo tm; exec sleep 1000")
	start(t, on, l)
	var out lines
	done := make(chan error)
	go func() { done <- on.Logs(context.Background(), l.Ref, &out, true, "") }()
	await(t, func() error {
		if out.String() != "first\n" {
			return fmt.Errorf("%q", out.String())
		}
		return nil
	})
	await(t, func() error { // else it may be ended before it prints
		var tm bytes.Buffer
		if err := on.Logs(t.Context(), l.Ref, &tm, false, "taskmanager-1"); err != nil || tm.String() != "tm\n" {
			return fmt.Errorf("%q, %v", tm.String(), err)
		}
		return nil
	})
	write(t, gate, "")
	select {
	case err := <-done:
		if err != nil || out.String() != "first\nlast\nlogged\n" {
			t.Errorf("%q, %v", out.String(), err)
		}
	case <-time.After(deadline):
		t.Fatal("it follows a dead launch")
	}
	var tm bytes.Buffer
	if err := on.Logs(t.Context(), l.Ref, &tm, false, "taskmanager-1"); err != nil || tm.String() != "tm\n" {
		t.Errorf("%q, %v", tm.String(), err)
	}
	var every bytes.Buffer
	if err := on.Logs(t.Context(), l.Ref, &every, false, "taskmanager"); err != nil || every.String() != "tm\n" {
		t.Errorf("of all TaskManagers: %q, %v", every.String(), err)
	}
	for which, want := range map[string]string{"taskmanager-9": "it has logs of jobmanager", "../../x": "is no process"} {
		if err := on.Logs(t.Context(), l.Ref, io.Discard, false, which); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", which, err)
		}
	}
}

// Lines of several TaskManagers say whose they are, and a line that is written in
// two halves stays one.
func TestMerge(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	m := &merger{dir: dir, which: allTaskManagers, to: &out}
	defer m.close()
	step := func(want string) {
		t.Helper()
		if err := m.copy(); err != nil || out.String() != want {
			t.Errorf("%q, want %q, %v", out.String(), want, err)
		}
	}
	step("")
	for _, n := range []int{1, 2, 10} {
		write(t, filepath.Join(dir, outFile(roleTaskManager(n))), "")
	}
	write(t, filepath.Join(dir, "taskmanager-10.log"), "ten\n")
	write(t, filepath.Join(dir, "taskmanager-2.log"), "two\nhal")
	const first = "taskmanager-2 | two\ntaskmanager-10 | ten\n"
	step(first)
	f, err := os.OpenFile(filepath.Join(dir, "taskmanager-2.log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprint(f, "f\nlast")
	step(first + "taskmanager-2 | half\n")
	if err := m.end(); err != nil || out.String() != first+"taskmanager-2 | half\ntaskmanager-2 | last\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}
