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
	on := &Target{config: Config{Environ: []string{"GIVEN=x", "EMPTY=", "LONGER_NAME=x"}}}
	got := on.MissingSecrets([]string{"GIVEN", "EMPTY", "LONGER", "IN_FILE", "NOWHERE"}, dir)
	if want := []string{"LONGER", "NOWHERE"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
