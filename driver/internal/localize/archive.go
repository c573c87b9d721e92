package localize

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// Limits bound what an archive may unpack to, however small it is itself.
type Limits struct {
	Bytes   int64
	Entries int
}

// DefaultLimits are generous for what jobs ship (models, Python environments).
var DefaultLimits = Limits{Bytes: 8 << 30, Entries: 500_000}

// unpacker writes the entries of one archive below a directory.
type unpacker struct {
	ctx     context.Context
	root    *os.Root
	bytes   int64 // still allowed
	entries int
}

// unpack unpacks a zip, tar or gzipped tar. Entries that are neither directories
// nor plain files (links, devices) are refused, as are names that lead out.
func unpack(ctx context.Context, root *os.Root, in *os.File, limits Limits) error {
	u := &unpacker{ctx, root, limits.Bytes, limits.Entries}
	buffered := bufio.NewReader(in)
	magic, err := buffered.Peek(4)
	if err != nil && err != io.EOF {
		return err
	}
	switch {
	case strings.HasPrefix(string(magic), "PK\x03\x04"), strings.HasPrefix(string(magic), "PK\x05\x06"):
		return u.zip(in)
	case strings.HasPrefix(string(magic), "\x1f\x8b"):
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return fmt.Errorf("archive: %w", err)
		}
		return u.tar(z)
	}
	return u.tar(buffered)
}

func (u *unpacker) zip(in *os.File) error {
	info, err := in.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(in, info.Size())
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	for _, e := range z.File {
		err := u.entry(e.Name, e.Mode(), func() (io.ReadCloser, error) { return e.Open() })
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) tar(in io.Reader) error {
	t := tar.NewReader(in)
	for n := 0; ; n++ {
		h, err := t.Next()
		if err == io.EOF && n > 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("archive: neither a zip nor a whole tar: %w", err)
		}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeDir:
		case tar.TypeXGlobalHeader:
			continue
		default:
			return fmt.Errorf("archive: %q is a link or a device; only files and directories are unpacked", h.Name)
		}
		err = u.entry(h.Name, h.FileInfo().Mode(), func() (io.ReadCloser, error) { return io.NopCloser(t), nil })
		if err != nil {
			return err
		}
	}
}

var errBomb = errors.New("archive: it unpacks to more than is allowed; see sql-driver.max-archive-size")

func (u *unpacker) entry(name string, mode fs.FileMode, open func() (io.ReadCloser, error)) error {
	if err := u.ctx.Err(); err != nil {
		return err
	}
	if u.entries--; u.entries < 0 {
		return errBomb
	}
	if strings.ContainsAny(name, "\\\x00") || !filepath.IsLocal(name) {
		return fmt.Errorf("archive: %q leads out of it", name)
	}
	name = path.Clean(name)
	if mode.IsDir() {
		return u.directory(name, name)
	}
	if !mode.IsRegular() {
		return fmt.Errorf("archive: %q is a link or a device; only files and directories are unpacked", name)
	}
	if err := u.directory(path.Dir(name), name); err != nil {
		return err
	}
	in, err := open()
	if err != nil {
		return fmt.Errorf("archive: %q: %w", name, err)
	}
	defer in.Close()
	return u.file(name, 0o644|mode&0o111, in)
}

// directory makes a directory for a member.
func (u *unpacker) directory(dir, member string) error {
	err := u.root.MkdirAll(dir, 0o755)
	if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("archive: %q needs a directory where it has a file", member)
	}
	return err
}

func (u *unpacker) file(name string, mode fs.FileMode, in io.Reader) error {
	out, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		// A tar may say so and mean the later one; which one the job means, nobody knows.
		if info, statErr := u.root.Lstat(name); statErr == nil && info.IsDir() {
			return fmt.Errorf("archive: %q is a file and a directory in it", name)
		}
		return fmt.Errorf("archive: %q is in it twice; pack it anew", name)
	}
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(in, u.bytes+1))
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("archive: %q: %w", name, err)
	}
	if u.bytes -= n; u.bytes < 0 {
		return errBomb
	}
	return nil
}
