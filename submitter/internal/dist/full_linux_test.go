package dist

import (
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFullDisk(t *testing.T) {
	impatient(t)
	_, o := small(t)
	if err := syscall.Mount("tmpfs", o.CacheDir, "tmpfs", 0, "size=256k"); err != nil {
		if !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.EACCES) {
			t.Fatal(err)
		}
		t.Skip("a small disk can be made by root only")
	}
	defer syscall.Unmount(o.CacheDir, 0)
	// The packages compress well: they fit, what is in them does not.
	_, err := Ensure(t.Context(), o)
	if err == nil || !containsAll(err.Error(), "no space left", "FLINK_SQL_CACHE") {
		t.Errorf("unpacking: %v", err)
	}
	nothingHalfDone(t, o)
	o.parts[1].size = 1 << 30
	if _, err := Ensure(t.Context(), o); err == nil || !strings.Contains(err.Error(), "are needed") {
		t.Errorf("much too small: %v", err)
	}
	writeFile(t, filepath.Join(o.CacheDir, "fill"), strings.Repeat("x", 230<<10))
	o.parts[1].size = 1
	if _, err := Ensure(t.Context(), o); err == nil {
		t.Error("a full disk was not noticed")
	}
	nothingHalfDone(t, o)
}
