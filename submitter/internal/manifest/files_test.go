package manifest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// write makes a file with its folders below the working directory.
func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const goodManifest = "name: good\nsql: INSERT INTO a SELECT 1\n"

// problemsOf loads and wants these problems, in order, and no good job lost.
func problemsOf(t *testing.T, o Options, want ...string) *Set {
	t.Helper()
	set, err := Load(context.Background(), o)
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	return set
}

func TestLoadRefusesFilesThatAreNoManifests(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "m/good.yaml", goodManifest)
	write(t, "m/huge.yaml", "")
	if err := os.Truncate("m/huge.yaml", 50<<20); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo("m/fifo.yaml", 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"m/loop.yaml": "loop.yaml", "m/broken.yaml": "nowhere", "m/up": "..", "m/self.yaml": "."} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	write(t, "m/utf16.yaml", "\xff\xfen\x00")
	set := problemsOf(t, Options{Paths: []string{"m"}},
		"m/broken.yaml: no such file or folder",
		"m/fifo.yaml: is not a regular file",
		"m/huge.yaml: is 50.0 MiB large; the limit is 1 MiB",
		"m/loop.yaml: is a symbolic link that leads back to itself",
		"m/utf16.yaml: is written in UTF-16; save it in UTF-8",
	)
	if len(set.Jobs) != 1 {
		t.Errorf("%d good jobs, want 1", len(set.Jobs))
	}
}

func TestLoadSaysWhatItMayNotRead(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "m/good.yaml", goodManifest)
	write(t, "m/sub/x.yaml", goodManifest)
	write(t, "m/secret.yaml", goodManifest)
	for _, path := range []string{"m/sub", "m/secret.yaml"} {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod("m/sub", 0o755) })
	if os.Getuid() == 0 {
		// Rights do not hold root back; look at the files as somebody else, in this
		// thread alone, which ends with the test.
		for p := dir; p != "/" && p != "/tmp"; p = filepath.Dir(p) {
			if err := os.Chmod(p, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		defer asNobody(t)()
	}
	set := problemsOf(t, Options{Paths: []string{"m"}},
		"m/secret.yaml: may not be read: permission denied",
		"m/sub: may not be read: permission denied",
	)
	if len(set.Jobs) != 1 {
		t.Errorf("%d good jobs, want 1", len(set.Jobs))
	}
}

func TestRelativePathsStayInTheWorkTree(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "outside.sql", "CREATE TABLE a (b INT);")
	write(t, "tree/.git/HEAD", "")
	write(t, "tree/ddl/in.sql", "CREATE TABLE a (b INT);")
	write(t, "tree/m/a.yaml", "name: a\nsql: INSERT INTO a SELECT 1\ntable-definitions: [../ddl/in.sql, ../../outside.sql]\nresources: [{file: ../../outside.sql}]\n")
	root, err := filepath.Abs("tree")
	if err != nil {
		t.Fatal(err)
	}
	problemsOf(t, Options{Paths: []string{"tree/m"}},
		"tree/m/a.yaml:3:36: table definition ../../outside.sql: leads out of the git work tree "+root,
		"tree/m/a.yaml:4:20: resource '../../outside.sql': leads out of the git work tree "+root,
	)
	problemsOf(t, Options{Paths: []string{"tree/m"}, TableDefinitions: []string{"outside.sql"}},
		"tree/m/a.yaml:3:36: table definition ../../outside.sql: leads out of the git work tree "+root,
		"tree/m/a.yaml:4:20: resource '../../outside.sql': leads out of the git work tree "+root,
	)
}

func TestConfigIsFoundUpwards(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a/submitter.yaml", "owner: team-a\ngateways: {\"2.3\": http://x:1, 2.3.1: http://y:1}\n")
	write(t, "a/b/c/good.yaml", goodManifest)
	write(t, "d/submitter.yaml", "owner: team-d\n")
	write(t, "d/other.yaml", "name: other\nsql: INSERT INTO a SELECT 1\n")
	set := problemsOf(t, Options{Paths: []string{"a/b/c", "a/b/c/good.yaml"}})
	if set.Config.Owner != "team-a" || set.Config.File != "a/submitter.yaml" || len(set.Jobs) != 1 {
		t.Errorf("%+v, %d jobs", set.Config, len(set.Jobs))
	}
	for version, want := range map[string]string{"2.3": "http://x:1", "2.3.1": "http://y:1", "2.3.0": "http://x:1", "2.4": ""} {
		if got, ok := set.Config.GatewayURL(version); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", version, got, ok)
		}
	}
	problemsOf(t, Options{Paths: []string{"a/b/c", "d"}},
		"d/submitter.yaml: these manifests have two files submitter.yaml above them: this one and a/submitter.yaml; choose one with --config")
	if set := problemsOf(t, Options{Paths: []string{"a/b/c", "d"}, Config: "d/submitter.yaml"}); len(set.Jobs) != 2 {
		t.Errorf("%d jobs", len(set.Jobs))
	}
}

func TestLoadStopsWhenCancelled(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "good.yaml", goodManifest)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Load(ctx, Options{Paths: []string{"."}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestLoadIsQuickForManyManifests(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "job-template.yaml", "flinkProperties:\n"+manyOptions(50))
	write(t, "ddl.sql", strings.Repeat("CREATE TABLE a (b INT, c STRING) WITH ('connector' = 'datagen');\n", 50))
	const n = 1000
	var all strings.Builder
	for i := range n {
		name := "job-" + string(rune('a'+i%26)) + "-" + strings.Repeat("x", i/26%20) + "-" + string(rune('a'+i/520))
		all.WriteString("---\nname: " + name + "a\nsql: |\n  INSERT INTO a\n  SELECT 1 FROM b\n")
	}
	write(t, "m/all.yaml", all.String())
	began := time.Now()
	set := problemsOf(t, Options{Paths: []string{"m"}, Template: "job-template.yaml", TableDefinitions: []string{"ddl.sql"}})
	if len(set.Jobs) != n {
		t.Errorf("%d jobs", len(set.Jobs))
	}
	t.Logf("%d manifests in %v", n, time.Since(began))
}

func manyOptions(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("  option." + strings.Repeat("x", i) + "y: 1\n")
	}
	return b.String()
}

func TestLoadDoesNotWaitForAnEndlessStdin(t *testing.T) {
	never, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := Load(ctx, Options{Paths: []string{"-"}, Stdin: never}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
