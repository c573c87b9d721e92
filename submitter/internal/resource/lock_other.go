//go:build !unix

package resource

import "os"

// tryLock does nothing here: commands may download the same twice.
func tryLock(*os.File, bool) error { return nil }
