//go:build linux

package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"flink-sql-driver/submitter/internal/target"
)

const (
	envDisk  = "TEST_SMALL_DISK"
	diskSize = 1 << 20 // bytes
)

// onSmallDisk runs a test again in a mount namespace of its own, as a user who is
// not root even if root runs it, and with a small disk, of which it returns the
// directory there. In the first process it returns nothing.
func onSmallDisk(t *testing.T) string {
	t.Helper()
	if disk := os.Getenv(envDisk); disk != "" {
		for dir, options := range map[string]string{disk: fmt.Sprintf("size=%d,mode=0700", diskSize), memoryRoot: "size=8m"} {
			if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
				t.Fatalf("mount a tmpfs at %s: %v", dir, err)
			}
		}
		return disk
	}
	const somebody = 4711
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), envDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: somebody, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: somebody, HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN}, // to mount, not to write where it may not
	}
	out, err := cmd.CombinedOutput()
	if _, started := errors.AsType[*exec.ExitError](err); err != nil && !started {
		t.Fatalf("%v\nthis test needs user namespaces: sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns", err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return ""
}

// fill leaves so many bytes of a disk free, in whole pages.
func fill(t *testing.T, disk string, free int) {
	t.Helper()
	filler := filepath.Join(disk, "filler")
	var s unix.Statfs_t
	if err := errors.Join(os.RemoveAll(filler), unix.Statfs(disk, &s)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filler, make([]byte, max(0, int(s.Bavail)*int(s.Bsize)-free)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A full disk must neither end a launch nor lose its end.
func TestDiskFillsUp(t *testing.T) {
	t.Parallel()
	disk := onSmallDisk(t)
	if disk == "" {
		return
	}
	on := fake(t, func(c *Config) { c.Root = filepath.Join(disk, "root") })
	gate := filepath.Join(t.TempDir(), "gate")
	l := asked("while ! [ -e "+gate+" ]; do sleep 0.05; done; exit 0", "")
	start(t, on, l)
	awaitStatus(t, on, l.Ref, oneTaskManager)
	fill(t, disk, 0)
	if o, _ := on.Observe(t.Context(), l.Ref); o.Condition != target.Running {
		t.Errorf("%+v", o)
	}
	write(t, gate, "")
	await(t, func() error {
		if o, _ := on.Observe(t.Context(), l.Ref); o.Condition != target.Unknown {
			return fmt.Errorf("%+v", o)
		}
		return nil
	})
	if err := os.Remove(filepath.Join(disk, "filler")); err != nil {
		t.Fatal(err)
	}
	awaitCondition(t, on, l.Ref, target.Finished)
}

// TestLaunchOnAFullDisk has the disk become full at every step of a launch.
func TestLaunchOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := onSmallDisk(t)
	if disk == "" {
		return
	}
	on := fakeGateway(t, "", func(c *Config) { c.Root = filepath.Join(disk, "root") })
	l := asked("", "")
	dir, _ := on.runDir(l.Ref)
	page := os.Getpagesize()
	failed, started := 0, 0
	for free := 0; started == 0; free += page {
		fill(t, disk, free)
		err := on.Launch(t.Context(), l)
		if err == nil {
			started++
			awaitCondition(t, on, l.Ref, target.Running)
			break
		}
		failed++
		if !errors.Is(err, unix.ENOSPC) && !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), on.config.Root) {
			t.Errorf("%d bytes free: %v", free, err)
		}
		await(t, func() error { // the supervisor may need a moment to end
			if members, err := family(dir); err != nil || len(members) > 0 {
				return fmt.Errorf("%d bytes free: left %+v, %v", free, members, err)
			}
			return nil
		})
		if o, err := on.Observe(t.Context(), l.Ref); err != nil || !o.Condition.Dead() {
			t.Errorf("%d bytes free: %+v, %v", free, o, err)
		}
		if free > diskSize/2 {
			t.Fatal("it never starts")
		}
	}
	if failed < 3 {
		t.Errorf("only %d launches failed", failed)
	}
	fill(t, disk, 0)
	if _, err := on.Gateway(t.Context()); err == nil || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), on.gatewayDir()) {
		t.Errorf("a gateway on a full disk: %v", err)
	}
	if left := gateways(t, on); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if err := on.Remove(t.Context(), l.Ref); err != nil {
		t.Errorf("removing makes room, and needs none: %v", err)
	}
}

func TestDirectoryWithoutRights(t *testing.T) {
	t.Parallel()
	if onSmallDisk(t) == "" {
		return
	}
	on := fakeGateway(t, "")
	l := asked("", "")
	dir, _ := on.runDir(l.Ref)
	gateway, err := filepath.Rel(on.config.Root, on.gatewayDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{"run/.locks", gateway + "/log", gateway + "/conf"} {
		if err := os.MkdirAll(filepath.Join(on.config.Root, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	closed := func(t *testing.T, sub string, mode fs.FileMode) string {
		t.Helper()
		path := filepath.Join(on.config.Root, sub)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o755) })
		return path
	}
	want := func(t *testing.T, err error, path string) {
		t.Helper()
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v, want permission denied and %s", err, path)
		}
	}
	for _, sub := range []string{"run/.locks", "run"} {
		t.Run("launch in "+sub, func(t *testing.T) {
			path := closed(t, sub, 0o555)
			want(t, on.Launch(t.Context(), l), path)
			if members, err := family(dir); err != nil || len(members) > 0 {
				t.Errorf("left: %+v, %v", members, err)
			}
		})
	}
	for _, sub := range []string{gateway, gateway + "/log", gateway + "/conf"} {
		t.Run("start in "+sub, func(t *testing.T) {
			path := closed(t, sub, 0o555)
			_, err := on.Gateway(t.Context())
			want(t, err, path)
			if left := gateways(t, on); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
	t.Run("look", func(t *testing.T) {
		start(t, on, l)
		awaitStatus(t, on, l.Ref, oneTaskManager)
		path := closed(t, "run", 0)
		if o, err := on.Observe(t.Context(), l.Ref); err != nil || o.Condition != target.Unknown || !strings.Contains(o.Proof, path) {
			t.Errorf("%+v, %v", o, err)
		}
		want(t, on.Remove(t.Context(), l.Ref), path)
	})
	awaitCondition(t, on, l.Ref, target.Running)
}
