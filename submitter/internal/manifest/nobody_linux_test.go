package manifest

import (
	"runtime"
	"syscall"
	"testing"
)

// asNobody has this thread look at files without root's rights, until the result is
// called.
func asNobody(*testing.T) func() {
	runtime.LockOSThread()
	const nobody = 65534
	syscall.Setfsuid(nobody)
	return func() { syscall.Setfsuid(0) }
}
