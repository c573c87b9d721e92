//go:build !linux

package bucket_test

import "testing"

// smallDisk needs Linux.
func smallDisk(t *testing.T, _ string) { t.Skip("mounting a small disk needs Linux") }
