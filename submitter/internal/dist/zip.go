package dist

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Limits of what an archive may unpack to; Flink's own is a fifth of it.
const (
	maxUnpacked = 2 << 30 // bytes
	maxEntries  = 10_000
)

// unpack extracts the entries that take gives a place, with the permissions that
// the archive records.
func unpack(ctx context.Context, archive, dir string, take func(string) string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	if len(z.File) > maxEntries {
		return fmt.Errorf("it has %d entries, more than %d", len(z.File), maxEntries)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	left := int64(maxUnpacked)
	for _, entry := range z.File {
		name := take(entry.Name)
		if name == "" {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("entry %q would leave the directory", entry.Name)
		}
		n, err := unpackEntry(root, entry, name, left)
		if err != nil {
			return fmt.Errorf("entry %s: %w", entry.Name, err)
		}
		left -= n
	}
	return nil
}

func unpackEntry(root *os.Root, entry *zip.File, name string, limit int64) (int64, error) {
	mode := entry.Mode()
	if mode.IsDir() {
		return 0, root.MkdirAll(filepath.Clean(name), 0o755)
	}
	if !mode.IsRegular() {
		return 0, errors.New("it is neither a file nor a directory")
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return 0, err
	}
	in, err := entry.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	perm := mode.Perm()&0o755 | 0o600
	out, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, perm)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, io.LimitReader(in, limit+1))
	if err := errors.Join(err, out.Close()); err != nil {
		return n, err
	}
	if n > limit {
		return n, fmt.Errorf("the archive unpacks to more than %d MB", maxUnpacked>>20)
	}
	return n, root.Chmod(name, perm) // whatever the umask
}

// copyFile copies a file into place by way of a temporary one.
func copyFile(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".copy-")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Chmod(0o644), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// isFull reports whether an error means that the disk has no room.
func isFull(err error) bool {
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}
