package bucket_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/bucket"
)

// childEnv makes the test binary act as another process: "create <dir> <who>".
const childEnv = "BUCKET_TEST_CHILD"

const (
	childRounds = 200
	nobody      = 65534
)

func init() {
	if job := os.Getenv(childEnv); job != "" {
		os.Exit(child(strings.Fields(job)))
	}
}

func child(job []string) int {
	b, err := bucket.Open(ctx, "file://"+job[1])
	if err != nil {
		fmt.Println(err)
		return 1
	}
	switch job[0] {
	case "create":
		for i := range childRounds {
			err := b.Create(ctx, fmt.Sprintf("race/%d", i), []byte(job[2]))
			if err == nil {
				fmt.Println(i)
			} else if !errors.Is(err, bucket.ErrExist) {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
	case "use":
		fmt.Println(b.Write(ctx, "closed/new", nil))
		_, err = b.Read(ctx, "secret", 10)
		fmt.Println(err)
		_, err = b.List(ctx, "")
		fmt.Println(err)
		_, err = b.ListDirs(ctx, "")
		fmt.Println(err)
	}
	return 0
}

func newDir(t *testing.T) (*bucket.Bucket, string) {
	t.Helper()
	dir := t.TempDir()
	return open(t, "file://"+dir), dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFileCreateBetweenProcesses(t *testing.T) {
	const processes = 4
	dir := t.TempDir()
	won := make([]string, processes)
	var wg sync.WaitGroup
	for i := range processes {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), fmt.Sprintf("%s=create %s writer-%d", childEnv, dir, i))
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Error(err)
			}
			won[i] = string(out)
		})
	}
	wg.Wait()
	winner := map[string]int{}
	for i, list := range won {
		for _, round := range strings.Fields(list) {
			if other, ok := winner[round]; ok {
				t.Errorf("round %s: processes %d and %d both won", round, other, i)
			}
			winner[round] = i
			if data, err := os.ReadFile(filepath.Join(dir, "race", round)); err != nil || string(data) != "writer-"+strconv.Itoa(i) {
				t.Errorf("round %s: process %d won, but it holds %q, %v", round, i, data, err)
			}
		}
	}
	if len(winner) != childRounds {
		t.Errorf("%d of %d rounds have a winner", len(winner), childRounds)
	}
}

func TestFileLinksThatLeaveAreRefused(t *testing.T) {
	b, dir := newDir(t)
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600))
	must(t, os.Symlink(outside, filepath.Join(dir, "out")))
	must(t, os.Symlink("../"+filepath.Base(outside), filepath.Join(dir, "relative")))
	must(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "file")))
	must(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	for _, key := range []string{"out/secret", "relative/secret", "file", "loop", "loop/x"} {
		for name, do := range map[string]func() error{
			"Read": func() error { _, err := b.Read(ctx, key, 100); return err },
			"Stat": func() error { _, err := b.Stat(ctx, key); return err },
			"Write": func() error {
				if key == "file" || key == "loop" {
					return errors.New("symbolic links: a link itself is replaced")
				}
				return b.Write(ctx, key, nil)
			},
		} {
			if err := do(); err == nil || errors.Is(err, bucket.ErrNotExist) || !strings.Contains(err.Error(), "symbolic links") {
				t.Errorf("%s %s: %v", name, key, err)
			}
		}
	}
	if l, err := b.List(ctx, ""); err != nil || len(l) != 0 {
		t.Errorf("List: %v, %v", l, err)
	}
	must(t, b.Delete(ctx, "file"))
	if data, err := os.ReadFile(filepath.Join(outside, "secret")); err != nil || string(data) != "secret" {
		t.Errorf("what the link led to: %q, %v", data, err)
	}
	// A link that stays inside is followed, as Kubernetes' mounts need it.
	must(t, b.Write(ctx, "..data-1/x", []byte("in")))
	must(t, os.Symlink("..data-1", filepath.Join(dir, "data")))
	if got, err := b.Read(ctx, "data/x", 10); err != nil || string(got) != "in" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFileOddities(t *testing.T) {
	b, dir := newDir(t)
	must(t, b.Write(ctx, "a/b", []byte("x")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "a", ".~unfinished-left-behind"), nil, 0o600))
	must(t, os.Mkdir(filepath.Join(dir, "empty"), 0o700))

	if _, err := b.Read(ctx, "a", 10); !errors.Is(err, bucket.ErrNotExist) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := b.Read(ctx, "a/b/c", 10); !errors.Is(err, bucket.ErrNotExist) {
		t.Errorf("below a file: %v", err)
	}
	if err := b.Delete(ctx, "a/b/c"); err != nil {
		t.Errorf("delete below a file: %v", err)
	}
	if err := b.Delete(ctx, "a"); err != nil {
		t.Errorf("delete a directory: %v", err)
	}
	for _, write := range []func() error{
		func() error { return b.Write(ctx, "a/b/c", nil) },
		func() error { return b.Create(ctx, "a/b/c", nil) },
		func() error { return b.Write(ctx, "a", nil) },
		func() error { return b.Create(ctx, "a", nil) },
	} {
		if err := write(); err == nil || !strings.Contains(err.Error(), "file stands where a directory is needed") {
			t.Errorf("%v", err)
		}
	}
	done := make(chan error, 1)
	go func() { _, err := b.Read(ctx, "pipe", 10); done <- err }()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("a pipe: %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("reading a pipe hangs")
	}
	if l, err := b.List(ctx, ""); err != nil || len(l) != 1 || l[0].Key != "a/b" {
		t.Errorf("List: %v, %v", l, err)
	}
	if l, err := b.ListDirs(ctx, ""); err != nil || fmt.Sprint(l) != "[a/]" {
		t.Errorf("ListDirs: %v, %v", l, err)
	}
	if l, err := b.List(ctx, "a/b/"); err != nil || len(l) != 0 {
		t.Errorf("List below a file: %v, %v", l, err)
	}
}

func TestFileLeavesNothingBehind(t *testing.T) {
	b, dir := newDir(t)
	must(t, b.Write(ctx, "a/b", []byte("x")))
	must(t, b.Create(ctx, "a/c", []byte("x")))
	if err := b.Create(ctx, "a/c", []byte("y")); !errors.Is(err, bucket.ErrExist) {
		t.Error(err)
	}
	if err := b.Upload(ctx, "a/d", io.MultiReader(strings.NewReader("x"), failing{})); err == nil {
		t.Error("uploaded")
	}
	entries, err := os.ReadDir(filepath.Join(dir, "a"))
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if strings.Join(names, " ") != "b c" {
		t.Errorf("%q", names)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("unplugged") }

// Whoever may not read a directory must not see an empty one. Root may everything,
// so the child is somebody else then.
func TestFileWithoutRights(t *testing.T) {
	dir, err := os.MkdirTemp("", "bucket-rights-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Mkdir(filepath.Join(dir, "closed"), 0))
	must(t, os.WriteFile(filepath.Join(dir, "secret"), nil, 0))
	binary := filepath.Join(dir, "test.bin")
	data, err := os.ReadFile(os.Args[0])
	must(t, err)
	must(t, os.WriteFile(binary, data, 0o755))
	must(t, os.Chmod(dir, 0o555))
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	cmd := exec.Command(binary)
	cmd.Dir = dir
	cmd.Env = []string{childEnv + "=use " + dir}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := cmd.CombinedOutput()
	must(t, err)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 4 {
		t.Fatalf("%s", out)
	}
	for _, line := range lines {
		if !strings.Contains(line, "permission denied") || !strings.Contains(line, "give this user the right") {
			t.Errorf("%s", line)
		}
	}
}

func TestFileFullDisk(t *testing.T) {
	dir := t.TempDir()
	if !flinktest.SmallDisk(t, dir, "64k") {
		return
	}
	b := open(t, "file://"+dir)
	must(t, b.Write(ctx, "small", []byte("before")))
	for _, err := range []error{
		b.Upload(ctx, "big", io.LimitReader(zeros{}, 1<<20)),
		b.Create(ctx, "big", make([]byte, 1<<20)),
		b.Write(ctx, "small", make([]byte, 1<<20)),
	} {
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "make room on the disk") {
			t.Errorf("%v", err)
		}
	}
	if got, err := b.Read(ctx, "small", 10); err != nil || string(got) != "before" {
		t.Errorf("what was there: %q, %v", got, err)
	}
	if l, err := b.List(ctx, ""); err != nil || len(l) != 1 {
		t.Errorf("%v, %v", l, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func BenchmarkFileList(b *testing.B) {
	const jobs = 1000
	dir := b.TempDir()
	bucket, err := bucket.Open(ctx, "file://"+dir)
	if err != nil {
		b.Fatal(err)
	}
	defer bucket.Close()
	for i := range jobs {
		sub := fmt.Sprintf("%s/journal/job-%d", dir, i)
		if err := errors.Join(os.MkdirAll(sub, 0o755), os.WriteFile(sub+"/1.json", nil, 0o644)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if l, err := bucket.List(ctx, "journal/"); err != nil || len(l) != jobs {
			b.Fatal(len(l), err)
		}
	}
}
