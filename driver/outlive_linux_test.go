package main

import "syscall"

// noOutliving has the kernel end a child with the test.
func noOutliving() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
