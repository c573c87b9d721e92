//go:build linux

package local

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestPassed(t *testing.T) {
	environ := []string{"PATH=/bin", "LC_ALL=C", "AWS_PROFILE=p", "FLINK_ENV_JAVA_OPTS=-x", "FLINK_CONF_DIR=/etc", "SECRET=s", "TOKEN=t", "nonsense", envRun + "=/other"}
	want := []string{"PATH=/bin", "LC_ALL=C", "AWS_PROFILE=p", "FLINK_ENV_JAVA_OPTS=-x", "SECRET=s"}
	if got := passed(environ, []string{"SECRET"}); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := with([]string{"A=1", "B=2", "x=A"}, "A", "B", "C", "3"); !slices.Equal(got, []string{"B=2", "x=A", "A=B", "C=3"}) {
		t.Errorf("%q", got)
	}
}

func TestOwnDirRefusesStrangers(t *testing.T) {
	base := t.TempDir()
	link := filepath.Join(base, "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(base, "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{link, open} {
		if err := ownDir(dir); err == nil {
			t.Errorf("%s was accepted", dir)
		}
	}
	if err := ownDir(filepath.Join(base, "new")); err != nil {
		t.Error(err)
	}
}
