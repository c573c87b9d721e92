package cmd

import (
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/apply"
)

func TestFileName(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	p := &place{dir: dir}
	for file, want := range map[string]string{
		"a.yaml": "a.yaml", "./jobs//a.yaml": "jobs/a.yaml", filepath.Join(dir, "jobs/a.yaml"): "jobs/a.yaml",
		"/elsewhere/a.yaml": "/elsewhere/a.yaml", "s3://b/a.yaml": "s3://b/a.yaml", "<stdin>": "",
	} {
		if got := p.fileName(file); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
	if p.there("a.yaml") || !p.there(".") || !p.there("s3://b/a.yaml") {
		t.Error("what is there is not known")
	}
}

// TestUnnamedText names the job, its file, and what to do.
func TestUnnamedText(t *testing.T) {
	for _, u := range []apply.Unnamed{{Name: "old", File: "jobs/old.yaml", Names: []string{"new"}}, {Name: "old", File: "jobs/old.yaml"}} {
		text := unnamedText(u)
		for _, part := range append([]string{"old goes on running", "jobs/old.yaml", "`submitter stop old`", "--prune", "to keep it"}, u.Names...) {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not in: %s", part, text)
			}
		}
	}
}
