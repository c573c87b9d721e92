package e2e

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	badInput = "testdata/badinput"

	// memoryKiB is all the memory that a refusal may take: a bomb takes more than any
	// machine has.
	memoryKiB = 512 << 10
	// refusalTimeout is what a refusal may take on a machine that is busy. Nearly all
	// take a few milliseconds.
	refusalTimeout = time.Minute
	// screen is how much a person reads.
	screen = 16 << 10
)

// TestBadManifests shows every manifest of the folder, and some that are too big
// or too odd for it, to validate and to apply. Both say the same, in few words; the
// golden file has them all, to be read by a person.
func TestBadManifests(t *testing.T) {
	dir := manifestFolder(t)
	files, err := filepath.Glob(filepath.Join(dir, "jobs", "*.yaml"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d manifests, %v", len(files), err)
	}
	slices.Sort(files)
	var said strings.Builder
	for _, file := range files {
		name := filepath.Base(file)
		r := refuse(t, dir, "validate", "jobs/"+name)
		fmt.Fprintf(&said, "== %s\n%s", strings.TrimSuffix(name, ".yaml"), shortened(strings.ReplaceAll(r.stderr, dir, "TREE")))
		if r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, name) {
			t.Errorf("%s: exit %d\n%s%s", name, r.code, r.stdout, r.stderr)
		}
		readable(t, name, r.stderr)
		if again := refuse(t, dir, "apply", "jobs/"+name); again != r {
			t.Errorf("%s: apply says something else: %+v", name, again)
		}
	}
	golden(t, "manifests", said.String())
	if _, err := os.Stat(filepath.Join(dir, ".flink-sql")); !os.IsNotExist(err) {
		t.Errorf("a refused manifest made a store: %v", err)
	}
}

// manifestFolder is a work tree with all manifests in jobs/, and beside them what
// they point at.
func manifestFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	jobs := filepath.Join(dir, "jobs")
	must(t, os.CopyFS(jobs, os.DirFS(filepath.Join(badInput, "manifests"))))
	must(t, os.MkdirAll(filepath.Join(dir, ".git"), 0o755))
	must(t, os.MkdirAll(filepath.Join(jobs, "folder"), 0o755))
	must(t, os.Symlink("loop", filepath.Join(jobs, "loop")))
	must(t, os.Symlink("linked-to-itself.yaml", filepath.Join(jobs, "linked-to-itself.yaml")))
	must(t, os.Symlink("/dev/zero", filepath.Join(jobs, "linked-to-a-device.yaml")))
	must(t, syscall.Mkfifo(filepath.Join(jobs, "pipe"), 0o600))
	must(t, syscall.Mkfifo(filepath.Join(jobs, "named-pipe.yaml"), 0o600))
	for name, text := range map[string]string{
		"outside.sql":                     "INSERT INTO x VALUES (1)",
		"tree/jobs/nothing":               "",
		"tree/jobs/binary":                "\x7fELF\x02\x01\x00\x00",
		"tree/jobs/bomb-of-lists.yaml":    bombOfLists(),
		"tree/jobs/bomb-of-maps.yaml":     bombOfMaps(),
		"tree/jobs/bomb-of-merges.yaml":   bombOfMerges(),
		"tree/jobs/deep-braces.yaml":      "name: orders\nflinkProperties: " + strings.Repeat("{a: ", 5000) + "1" + strings.Repeat("}", 5000) + "\n" + aQuery,
		"tree/jobs/deep-brackets.yaml":    strings.Repeat("[", 100_000),
		"tree/jobs/deep-lists.yaml":       strings.Repeat("- ", 100_000) + "x\n",
		"tree/jobs/empty-documents.yaml":  strings.Repeat("---\n", 10_000),
		"tree/jobs/many-unknown.yaml":     "name: orders\n" + aQuery + manyKeys(20_000),
		"tree/jobs/many-namesakes.yaml":   strings.Repeat("---\nname: orders\n"+aQuery, 5_000),
		"tree/jobs/million-of-tabs.yaml":  strings.Repeat("\t", 1<<20),
		"tree/jobs/million-of-bangs.yaml": "name: " + strings.Repeat("!", 1<<20),
		"tree/jobs/long-line.yaml":        "name: orders\nstat: " + strings.Repeat("x", 1<<19) + "\n" + aQuery,
		"tree/jobs/long-name.yaml":        "name: " + strings.Repeat("a", 1<<19) + "\n" + aQuery,
	} {
		must(t, os.WriteFile(filepath.Join(filepath.Dir(dir), name), []byte(text), 0o644))
	}
	for _, name := range []string{"huge", "fifty-megabytes.yaml"} {
		file := filepath.Join(jobs, name)
		must(t, os.WriteFile(file, []byte("name: orders\n"+aQuery), 0o644))
		must(t, os.Truncate(file, 50<<20))
	}
	return dir
}

const aQuery = "sql: INSERT INTO x VALUES (1)\n"

// bombOfLists is 2^30 times as large as it looks.
func bombOfLists() string {
	var b strings.Builder
	b.WriteString("name: orders\n" + aQuery + "table-definitions:\n  - &a0 [lol, lol]\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "  - &a%d [*a%d, *a%d]\n", i, i-1, i-1)
	}
	return b.String()
}

func bombOfMaps() string {
	var b strings.Builder
	b.WriteString("name: orders\n" + aQuery + "flinkProperties:\n  a0: &a0 {x: lol}\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d {l: *a%d, r: *a%d}\n", i, i, i-1, i-1)
	}
	return b.String()
}

func bombOfMerges() string {
	var b strings.Builder
	b.WriteString("name: orders\n" + aQuery + "flinkProperties:\n  a0: &a0 {x: lol}\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d {<<: [*a%d, *a%d]}\n", i, i, i-1, i-1)
	}
	return b.String()
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "unknown-%d: 1\n", i)
	}
	return b.String()
}

// refuse runs the submitter with little memory, for a short time, as a user who
// has nothing: no Flink, no store.
func refuse(t *testing.T, dir string, args ...string) result {
	t.Helper()
	return refuseWith(t, dir, nil, args...)
}

func refuseWith(t *testing.T, dir string, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), refusalTimeout)
	defer cancel()
	limited := fmt.Sprintf("ulimit -d %d && exec \"$@\"", memoryKiB)
	c := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", limited, "sh", filepath.Join(programs, "submitter")}, args...)...)
	c.Dir = dir
	c.Env = append([]string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}, env...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	_ = c.Run() // its exit code says it
	if ctx.Err() != nil {
		t.Errorf("submitter %s does not end", strings.Join(args, " "))
	}
	return result{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// readable looks at what nobody wants to see on a terminal.
func readable(t *testing.T, what, text string) {
	t.Helper()
	switch {
	case !utf8.ValidString(text):
		t.Errorf("%s: what it says is not UTF-8", what)
	case strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }):
		t.Errorf("%s: what it says drives the terminal: %q", what, text)
	case len(text) > screen:
		t.Errorf("%s: it says too much, %d bytes", what, len(text))
	}
	for _, foreign := range []string{"goroutine ", "panic", "\tat ", "hunter2", "%!"} {
		if strings.Contains(text, foreign) {
			t.Errorf("%s: it says %q", what, foreign)
		}
	}
}

// shortened leaves out the middle of what is long.
func shortened(text string) string {
	const begin, end = 20, 2
	lines := strings.SplitAfter(text, "\n")
	if len(lines) <= begin+end {
		return text
	}
	return strings.Join(lines[:begin], "") + "…\n" + strings.Join(lines[len(lines)-end:], "")
}

// golden compares what was said with the file of that name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join(badInput, name+".golden")
	if *update {
		must(t, os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got); -update writes it anew:\n%s", file, d)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
