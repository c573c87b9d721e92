package flinktest

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// ownNamespace is set in a test's process that is root in a user namespace.
const ownNamespace = "FLINKTEST_OWN_NAMESPACE"

// SmallDisk mounts a file system of that size at a directory, until the test ends.
// Whoever may not mount is in a user namespace of their own, for which the test runs
// once more; false: it has, and there is nothing left to do.
func SmallDisk(t *testing.T, dir, size string) bool {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size)
	if err == nil {
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
		return true
	}
	if os.Getenv(ownNamespace) != "" {
		t.Fatalf("mounting a small disk: %v", err)
	}
	name := "^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$"
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run="+name)
	c.Env = append(os.Environ(), ownNamespace+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := c.CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatalf("%v\na small disk needs root, or user namespaces: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns", err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}
