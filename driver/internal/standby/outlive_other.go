//go:build !linux

package standby

import "syscall"

// noOutliving is nothing where only Linux has it: a child may outlive a driver that
// is killed.
func noOutliving() *syscall.SysProcAttr { return nil }
