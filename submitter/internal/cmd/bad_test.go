package cmd_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/submitter/internal/cmd"
)

// result is what a command left behind.
type result struct {
	code        int
	out, stderr string
}

func try(ctx context.Context, args ...string) result {
	var out, errs bytes.Buffer
	code := cmd.Run(ctx, args, strings.NewReader(""), &out, &errs)
	return result{code, out.String(), errs.String()}
}

// quick is what any refusal of a manifest may take, on a machine that is busy.
const quick = 20 * time.Second

const goodJob = "name: good\nsql: |\n  CREATE TABLE x (a INT) WITH ('connector' = 'blackhole');\n  INSERT INTO x VALUES (1);\n"

// aliasBomb is 2^30 times as large as it looks.
func aliasBomb() string {
	var b strings.Builder
	b.WriteString("name: bomb\nsql: SELECT 1\nvariables:\n  a0: &a0 [lol, lol]\n")
	for i := 1; i < 30; i++ {
		b.WriteString("  a" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + ": &b" + string(rune('A'+i)) + " [*a0, *a0]\n")
	}
	return b.String()
}

func nestedBomb() string {
	var b strings.Builder
	b.WriteString("a: &a0 {x: lol}\n")
	last := "a0"
	for i := 1; i < 28; i++ {
		next := "a" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		b.WriteString(next + ": &" + next + " {l: *" + last + ", r: *" + last + "}\n")
		last = next
	}
	b.WriteString("flinkProperties: *" + last + "\nname: bomb\nsql: SELECT 1\n")
	return b.String()
}

// Every manifest that is wrong is refused with exit 2, quickly, on stderr, with
// the file's name; no file of it runs, and nothing is made.
func TestBadManifests(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":                {"", "there is no manifest in this file"},
		"only comments":        {"# nothing\n---\n# at all\n", "there is no manifest in this file"},
		"binary":               {"\x7fELF\x02\x01\x01\x00\x00\x00\xff\xfe", "not a text in UTF-8"},
		"UTF-16":               {"\xff\xfen\x00a\x00m\x00e\x00", "UTF-16"},
		"50 MB":                {"name: x\nsql: " + strings.Repeat("SELECT 1 -- ", 50<<20/12), "the limit is 1 MiB"},
		"alias bomb":           {aliasBomb(), "bad.yaml"},
		"nested alias bomb":    {nestedBomb(), "bad.yaml"},
		"alias of itself":      {"name: x\nflinkProperties: &a\n  b: *a\nsql: SELECT 1\n", "bad.yaml"},
		"deep":                 {"flinkProperties: " + strings.Repeat("{a: ", 5000) + strings.Repeat("}", 5000), "bad.yaml"},
		"deep brackets":        {strings.Repeat("[", 100_000), "bad.yaml"},
		"duplicate key":        {goodJob + "name: other\n", "bad.yaml:5:1"},
		"tab":                  {"name: x\nflinkProperties:\n\ta: b\nsql: SELECT 1\n", "bad.yaml:3:1: not valid YAML: a tab in the indentation; indent with blanks"},
		"unicode name":         {"name: bestellungen-ü\nsql: INSERT INTO x VALUES (1)\n", "'bestellungen-ü' is no DNS label"},
		"name that looks so":   {"name: оrders\nsql: INSERT INTO x VALUES (1)\n", "no DNS label"}, // a Cyrillic о
		"name too long":        {"name: " + strings.Repeat("a", 39) + "\nsql: INSERT INTO x VALUES (1)\n", "the limit is 38"},
		"name of another path": {"name: ../../etc\nsql: INSERT INTO x VALUES (1)\n", "no DNS label"},
		"a list":               {"- name: x\n", "bad.yaml:1:1"},
		"a text":               {"hello\n", "bad.yaml:1:1"},
		"unknown key":          {goodJob + "flinkproperties: {}\n", "did you mean 'flinkProperties'?"},
		"traversal":            {goodJob + "resources:\n  - file: ../../../../etc/passwd\n", "bad.yaml:6"},
		"name of a resource":   {goodJob + "resources:\n  - {file: ../in.txt, name: ../in.txt}\n", "cannot be the name of a resource"},
		"missing resource":     {goodJob + "resources:\n  - jar: nowhere.jar\n", "no such file"},
		"user and password":    {goodJob + "resources:\n  - jar: https://me:hunter2@host/a.jar\n", "without user and password"},
		"unknown variable":     {"name: x\nsql: INSERT INTO x VALUES (${N})\n", "bad.yaml:2:"},
		"not built":            {goodJob + "state-ttl: 1 d\n", "not built yet"},
		"broken SQL":           {"name: x\nsql: INSERT INTO x VALUES ('1\n", "bad.yaml:2:"},
		"a template's secret":  {goodJob + "description: ${secret:X}\n", "cannot hold the secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, ".git/HEAD", "") // so that ../ leads out of a work tree
			write(t, "in.txt", "x")
			write(t, "jobs/bad.yaml", c.text)
			write(t, "jobs/good.yaml", goodJob)
			start := time.Now()
			for _, verb := range []string{"validate", "apply"} {
				r := try(t.Context(), verb, "jobs")
				if r.code != 2 || r.out != "" || !strings.Contains(r.stderr, "jobs/bad.yaml") || !strings.Contains(r.stderr, c.want) {
					t.Errorf("%s: exit %d, stdout %.200q, stderr %.2000q", verb, r.code, r.out, r.stderr)
				}
				const screen = 8 << 10
				if len(r.stderr) > screen || strings.Contains(r.stderr, "hunter2") || strings.Contains(r.stderr, "goroutine") {
					t.Errorf("%s says too much: %d bytes", verb, len(r.stderr))
				}
			}
			if took := time.Since(start); took > quick {
				t.Errorf("took %v", took)
			}
			if _, err := os.Stat(".flink-sql"); err == nil {
				t.Error("a refused manifest made .flink-sql")
			}
		})
	}
}

// What is unusual but right is taken.
func TestOddManifests(t *testing.T) {
	for name, text := range map[string]string{
		"byte order mark": "\ufeff" + goodJob,
		"CRLF":            strings.ReplaceAll(goodJob, "\n", "\r\n"),
		"no end of line":  strings.TrimRight(goodJob, "\n"),
		"unicode text":    goodJob + "description: größer 📈 als ≥ 1\n",
		"empty documents": "---\n---\n" + goodJob + "---\n# end\n",
		"JSON":            `{"name": "good", "sql": "CREATE TABLE x (a INT) WITH ('connector' = 'blackhole'); INSERT INTO x VALUES (1)"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "ünïcode ordner/jöb.yaml", text)
			if r := try(t.Context(), "validate", "ünïcode ordner"); r.code != 0 || !strings.Contains(r.out, "jöb.yaml: good is valid") {
				t.Errorf("exit %d, stdout %q, stderr %q", r.code, r.out, r.stderr)
			}
		})
	}
}

func TestAllErrorsOfAllFilesInOneRun(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "jobs/a.yaml", "name: a\nsql: INSERT INTO x VALUES (${A})\nstat: running\n")
	write(t, "jobs/b/b.yaml", "name: b\nsql: INSERT INTO x VALUES (1)\nstate: runing\n---\nname: b\nsql: INSERT INTO x VALUES (1)\n")
	write(t, "jobs/c.yaml", "\tname: c\n")
	write(t, "jobs/good.yaml", goodJob)
	r := try(t.Context(), "validate", "jobs")
	for _, want := range []string{"jobs/a.yaml:2:", "jobs/a.yaml:3:1", "did you mean 'state'?", "jobs/b/b.yaml:3:8", "did you mean 'running'?", "is taken by the manifest at jobs/b/b.yaml:1:7", "jobs/c.yaml:1:1"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("stderr lacks %s", want)
		}
	}
	if r.code != 2 || r.out != "" {
		t.Errorf("exit %d, stdout %q", r.code, r.out)
	}
	if t.Failed() {
		t.Log(r.stderr)
	}
}

func TestBadFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "jobs/good.yaml", goodJob)
	link(t, "loop.yaml", "loop.yaml")
	link(t, "jobs", "jobs/again")             // a folder in itself
	link(t, "nowhere.yaml", "jobs/dead.yaml") // leads nowhere
	link(t, "self.yaml", "looping/self.yaml") // leads to itself
	link(t, "../jobs", "elsewhere/linked")    // a folder through a link is not followed
	write(t, "nothing/readme.txt", "no manifest")
	for args, want := range map[string]struct {
		code int
		text string
	}{
		"validate loop.yaml":        {2, "loop.yaml: is a symbolic link that leads back to itself"},
		"validate jobs":             {2, "jobs/dead.yaml: no such file or folder"},
		"validate looping":          {2, "looping/self.yaml: is a symbolic link that leads back to itself"},
		"validate nothing":          {2, "nothing: there is no manifest"},
		"validate elsewhere":        {2, "elsewhere: there is no manifest"},
		"validate jobs/good.yaml/x": {2, "jobs/good.yaml/x: "},
		"validate /dev/zero":        {2, "/dev/zero: is not a regular file"},
		"validate s3://nope":        {2, "s3://nope: "},
		"validate nope://x/y.yaml":  {2, "nope://x/y.yaml: "},
		"validate jobs/good.yaml --template-file loop.yaml": {2, "loop.yaml: is a symbolic link that leads back to itself"},
		"validate jobs/good.yaml --config jobs":             {2, "jobs: is a folder, not a file"},
	} {
		if r := try(t.Context(), strings.Fields(args)...); r.code != want.code || r.out != "" || !strings.Contains(r.stderr, want.text) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q; want %q", args, r.code, r.out, r.stderr, want.text)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}
