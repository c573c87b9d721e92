//go:build !linux

package flinktest

import "testing"

// SmallDisk is for Linux, where a disk can be made of memory.
func SmallDisk(t *testing.T, _, _ string) bool {
	t.Helper()
	t.Skip("small disks are made on Linux only")
	return false
}
