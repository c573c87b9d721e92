//go:build linux

package local

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"flink-sql-driver/plan/launch"
)

// launch.DefaultSecretDir is where the driver looks for secrets that its environment does
// not have.

// MissingSecrets tells which secrets a launch would lack: those that are neither in
// the environment nor in a file of that name in dir; empty: the driver's own.
func (t *Target) MissingSecrets(names []string, dir string) []string {
	if dir == "" {
		dir = launch.DefaultSecretDir
	}
	var missing []string
	for _, name := range names {
		given := slices.ContainsFunc(t.config.Environ, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		if _, err := os.Stat(filepath.Join(dir, name)); !given && err != nil {
			missing = append(missing, name)
		}
	}
	return missing
}
