//go:build linux

package local

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"flink-sql-driver/plan/launch"
)

// MissingSecrets tells which secrets a launch would lack: those that are neither in
// the environment nor in a file of that name in dir; empty: the driver's own. One that
// the driver would refuse is told with the reason.
func (t *Target) MissingSecrets(names []string, dir string) []string {
	if dir == "" {
		dir = launch.DefaultSecretDir
	}
	var missing []string
	for _, name := range names {
		value, given := "", false
		for _, variable := range t.config.Environ {
			if v, ok := strings.CutPrefix(variable, name+"="); ok {
				value, given = v, true
			}
		}
		switch path := filepath.Join(dir, name); {
		case given && !utf8.ValidString(value), !given && notText(path):
			missing = append(missing, name+" (what there is is not UTF-8 and does not count)")
		case !given && !exists(path):
			missing = append(missing, name)
		}
	}
	return missing
}

// maxSecret is how large a secret's file may be for the driver, in bytes.
const maxSecret = 1 << 20

func notText(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	return err == nil && len(data) <= maxSecret && !utf8.Valid(data)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
