package manifest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzLoad: whatever a manifest holds, nothing panics or takes long, every problem
// has a message, and what is loaded is the same when its stored form is loaded.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.txtar", "testdata/bad/*.txtar"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				f.Fatal(err)
			}
			for _, file := range archive.Files {
				if isYAML(file.Name) {
					f.Add(file.Data)
				}
			}
		}
	}
	f.Add([]byte("name: a\nsql: >1-\n  INSERT INTO \"a\" `b` 'c' ${x} $${y} ${secret:z}\n\n   x\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 5 * time.Second
		began := cpuTime(t)
		o := Options{Paths: []string{"-"}, Stdin: strings.NewReader(string(data)), Config: filepath.Join(dir, ConfigName)}
		if err := os.WriteFile(o.Config, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		set, err := Load(context.Background(), o)
		if took := cpuTime(t) - began; took > limit {
			t.Errorf("%d bytes took %v", len(data), took)
		}
		checkError(t, err)
		for _, j := range set.Jobs {
			j.Session()
			checkStored(t, o, j)
		}
	})
}

func checkError(t *testing.T, err error) {
	t.Helper()
	var all *Error
	if err != nil && !errors.As(err, &all) {
		t.Fatalf("not a list of problems: %v", err)
	}
	if all == nil {
		return
	}
	for _, p := range all.Problems {
		if p.Message == "" {
			t.Fatalf("a problem without words: %+v", p)
		}
	}
}

// checkStored loads a job's stored form and compares.
func checkStored(t *testing.T, o Options, j *Job) {
	t.Helper()
	stored, err := Stored(j, Meta{QueryVersion: 7, QueryID: "id", QueryCreateTimestamp: "2022-12-07 08:57:42"})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(j.SQL.Text, "$${secret:") || strings.Contains(j.SQL.Text, "$${resource:") {
		return // cannot be written
	}
	o.Stdin = strings.NewReader(string(stored))
	set, err := Load(context.Background(), o)
	if err != nil || len(set.Jobs) != 1 {
		t.Fatalf("stored:\n%s\n%v", stored, err)
	}
	again := set.Jobs[0]
	for what, pair := range map[string][2]any{
		"name":        {j.Name, again.Name},
		"description": {j.Description, again.Description},
		"sql":         {j.SQL.Text, again.SQL.Text},
		"target":      {j.TargetTable, again.TargetTable},
		"options":     {j.FlinkProperties, again.FlinkProperties},
		"upgrade":     {j.Upgrade, again.Upgrade},
		"columns":     {j.MetadataColumns, again.MetadataColumns},
		"state":       {j.State, again.State},
		"secrets":     {j.Secrets(), again.Secrets()},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s changed in\n%s\n%s", what, stored, diff)
		}
	}
	if again.Meta == nil || again.Meta.QueryVersion != 7 {
		t.Errorf("meta: %+v", again.Meta)
	}
}

// TestLoadTakesBoundedTime feeds texts that would be expensive for a careless
// reader: a long line of whatever repeats.
func TestLoadTakesBoundedTime(t *testing.T) {
	repeat := func(s string) string { return strings.Repeat(s, 200_000/len(s)) }
	inSQL := func(s string) string { return "name: a\nsql: |\n  " + repeat(s) + "\n" }
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"variables":        inSQL("${X} "),
		"unknown":          inSQL("${Y} "),
		"escapes":          inSQL("$${"),
		"statements":       inSQL("SELECT 1;"),
		"comments":         "name: a\nsql: |\n" + repeat("  --x\n"),
		"sets":             inSQL("SET a=b;"),
		"lines":            "name: a\nsql: |\n" + repeat("  x\n"),
		"folded":           "name: a\nsql: >\n" + repeat("  ${X}\n\n"),
		"quoted":           "name: a\nsql: \"" + repeat(`\n`) + "\"\n",
		"options":          "name: a\nflinkProperties: {" + repeat("abc: 1, ") + "}\n",
		"resources":        "name: a\nresources: [" + repeat("{jar: a}, ") + "]\n",
		"flow":             "name: a\ntable-definitions: [" + repeat("a, ") + "]\n",
		"brackets":         repeat("["),
		"braces":           repeat("{a: "),
		"documents":        repeat("---\nname: a\n"),
		"keys":             "name: a\n" + repeat("x: 1\n"),
		"question marks":   repeat("? "),
		"aliases":          "name: &a b\ntable-definitions: [" + repeat("*a, ") + "]\n",
		"merges":           "name: a\nflinkProperties:\n  a: &a {" + strings.Repeat("k", 1000) + ": 1}\n  <<: [" + repeat("*a, ") + "]\n",
		"long key aliased": "name: a\nflinkProperties:\n  " + repeat("k") + ": &a {b: 1}\n  c: *a\n",
		"indents":          strings.Repeat(" ", 500_000) + "a: 1\n" + strings.Repeat(" ", 500_000),
	} {
		t.Run(name, func(t *testing.T) {
			if len(text) > maxFile {
				text = text[:maxFile]
			}
			began := cpuTime(t)
			_, err := Load(context.Background(), Options{Paths: []string{"-"}, Stdin: strings.NewReader(text), Vars: map[string]string{"X": "y"}})
			checkError(t, err)
			const limit = 5 * time.Second
			if took := cpuTime(t) - began; took > limit {
				t.Errorf("took %v", took)
			}
		})
	}
}

// cpuTime is what this process has used; other processes do not count.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
