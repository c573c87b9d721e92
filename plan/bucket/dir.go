package bucket

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// tempPrefix starts the names of unfinished writes. They stand next to their
// target, since a rename or link works only inside one file system, and are
// never listed.
const tempPrefix = ".~unfinished-"

const (
	dirMode  = 0o777 // less the umask
	fileMode = 0o666
)

// dir is a store in a directory. gocloud's fileblob does not serve: its
// create-only write is racy, even in one process, and its listing leaves out in
// silence what it may not read.
//
// Everything goes through os.Root, so no symbolic link leads outside.
type dir struct {
	root *os.Root
	name string
}

func openDir(name string) (*dir, error) {
	if err := os.MkdirAll(name, dirMode); err != nil {
		// A link that leads nowhere, or to itself, is there and is no directory.
		if _, cause := os.Stat(name); errors.Is(err, fs.ErrExist) && cause != nil {
			return nil, cause
		}
		return nil, err
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &dir{root: root, name: name}, nil
}

func (d *dir) close() error { return d.root.Close() }

func (d *dir) open(ctx context.Context, key string, from int64) (io.ReadCloser, Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, Object{}, err
	}
	// Without O_NONBLOCK a named pipe would hold us until somebody writes to it.
	f, err := d.root.OpenFile(key, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, Object{}, absentDir(err)
	}
	info, err := f.Stat()
	if err == nil {
		err = regular(info)
	}
	if err == nil {
		_, err = f.Seek(from, io.SeekStart)
	}
	if err != nil {
		_ = f.Close() // only read from
		return nil, Object{}, err
	}
	return &dirReader{ctx: ctx, File: f}, object(key, info), nil
}

// dirReader stops reading when its context ends.
type dirReader struct {
	ctx context.Context // of the request that the bytes belong to
	*os.File
}

func (r *dirReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.File.Read(p)
}

// regular tells directories, which are no objects, and devices from files.
func regular(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return fmt.Errorf("it is a directory: %w", ErrNotExist)
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	}
	return nil
}

func object(key string, info fs.FileInfo) Object {
	return Object{Key: key, Size: info.Size(), ModTime: info.ModTime()}
}

// absentDir counts a missing object below a file ("a/b" where "a" is one) as
// missing, as object stores do.
func absentDir(err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w (an element of its path is a file)", ErrNotExist)
	}
	return err
}

func (d *dir) put(ctx context.Context, key string, r io.Reader, createOnly bool) error {
	parent := path.Dir(key)
	temp, f, err := d.temp(parent)
	if err != nil {
		return err
	}
	defer d.root.Remove(temp) // gone already after a rename
	if _, err := io.Copy(f, contextReader{ctx, r}); err != nil {
		_ = f.Close() // the copy's error says why
		return err
	}
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.publish(temp, key, createOnly); err != nil {
		return err
	}
	return d.syncDir(parent)
}

// publish gives a finished file its name.
func (d *dir) publish(temp, key string, createOnly bool) error {
	// link(2) is the create-only operation that file systems keep even between
	// machines; a rename replaces, and O_EXCL would show the file half written.
	give := d.root.Rename
	if createOnly {
		give = d.root.Link
	}
	err := give(temp, key)
	if errors.Is(err, fs.ErrExist) {
		if info, statErr := d.root.Lstat(key); statErr == nil && info.IsDir() {
			return syscall.EISDIR
		}
	}
	if createOnly && (errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS)) {
		return fmt.Errorf("%w: its file system has no hard links, which create-only writes need; choose another directory", errors.ErrUnsupported)
	}
	return err
}

// temp makes an unfinished file in a directory, and the directory too.
func (d *dir) temp(parent string) (string, *os.File, error) {
	name := path.Join(parent, tempPrefix+rand.Text())
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := d.root.OpenFile(name, flags, fileMode)
	if errors.Is(err, fs.ErrNotExist) {
		if err := d.mkdirs(parent); err != nil {
			return "", nil, err
		}
		f, err = d.root.OpenFile(name, flags, fileMode)
	}
	return name, f, err
}

// mkdirs makes a directory that outlives a power cut: each new one's parent is
// synced.
func (d *dir) mkdirs(name string) error {
	if err := d.root.MkdirAll(name, dirMode); err != nil {
		return err
	}
	for name != "." {
		name = path.Dir(name)
		if err := d.syncDir(name); err != nil {
			return err
		}
	}
	return nil
}

func (d *dir) syncDir(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil // some network file systems have no such thing
	}
	return err
}

func (d *dir) stat(ctx context.Context, key string) (Object, error) {
	if err := ctx.Err(); err != nil {
		return Object{}, err
	}
	info, err := d.root.Stat(key)
	if err != nil {
		return Object{}, absentDir(err)
	}
	if err := regular(info); err != nil {
		return Object{}, err
	}
	o := object(key, info)
	o.Version = version(info)
	return o, nil
}

func (d *dir) delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if strings.HasSuffix(key, "/") {
		return nil // a marker of S3's "directories"; here directories are real
	}
	info, err := d.root.Lstat(key)
	if err != nil {
		return absentDir(err)
	}
	if info.IsDir() {
		return nil
	}
	return d.root.Remove(key)
}

// contextReader stops a copy when its context ends.
type contextReader struct {
	ctx context.Context // of the copy
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
