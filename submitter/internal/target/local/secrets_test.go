//go:build linux

package local

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestMissingSecrets(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "IN_FILE"), "x")
	write(t, filepath.Join(dir, "BINARY_FILE"), "\xff")
	on := &Target{config: Config{Environ: []string{"GIVEN=x", "EMPTY=", "LONGER_NAME=x", "BINARY=\xff"}}}
	got := on.MissingSecrets([]string{"GIVEN", "EMPTY", "LONGER", "IN_FILE", "NOWHERE", "BINARY", "BINARY_FILE"}, dir)
	if want := []string{"LONGER", "NOWHERE", "BINARY (what there is is not UTF-8 and does not count)", "BINARY_FILE (what there is is not UTF-8 and does not count)"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
