//go:build !linux

package flinktest

import "syscall"

// ownGroup puts a child into a process group of its own. Only Linux ends it with the
// test as well.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
