package standby

import "syscall"

// noOutliving has the kernel end a child as soon as the thread that started it ends.
func noOutliving() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
