package manifest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"flink-sql-driver/submitter/internal/redact"
)

// maxFile bounds every file that is read here.
const maxFile = 1 << 20 // bytes

// reader reads local and remote files, each once.
type reader struct {
	ctx    context.Context
	remote func(ctx context.Context, uri string) ([]byte, error)
	stdin  io.Reader
	cache  map[string]readResult
	// addresses are the remote files that were read, whole, by what is shown of them.
	addresses map[string]string
}

type readResult struct {
	data []byte
	err  error
}

// stdinPath is how standard input is given as a path.
const stdinPath = "-"

// shown is how messages call a path.
func shown(path string) string {
	if path == stdinPath {
		return "<stdin>"
	}
	if isRemote(path) {
		return redact.URL(path)
	}
	return path
}

// address is the file that a position is in, as it was read: what is shown of a remote
// one lacks a user and password, which files beside it need, too.
func (r *reader) address(shown string) string {
	if whole, ok := r.addresses[shown]; ok {
		return whole
	}
	return shown
}

// read gives a file's text without its byte order mark. The error says what is
// wrong, not which file.
func (r *reader) read(path string) ([]byte, error) {
	if done, ok := r.cache[path]; ok {
		return done.data, done.err
	}
	if isRemote(path) {
		if r.addresses == nil {
			r.addresses = map[string]string{}
		}
		r.addresses[shown(path)] = path
	}
	data, err := r.fetch(path)
	if err == nil {
		data, err = checkText(data)
	}
	r.cache[path] = readResult{data, err}
	return data, err
}

func (r *reader) fetch(path string) ([]byte, error) {
	switch {
	case path == stdinPath && r.stdin != nil:
		return r.readStdin()
	case !isRemote(path):
		return readLocal(localPath(path))
	case r.remote == nil:
		return nil, errors.New("remote files cannot be read here")
	}
	data, err := r.remote(r.ctx, path)
	if err == nil && len(data) > maxFile {
		err = tooLarge(int64(len(data)))
	}
	if err != nil {
		err = fileError(err)
	}
	return data, err
}

// readStdin gives up when it is interrupted: a terminal or a pipe may never end.
func (r *reader) readStdin() ([]byte, error) {
	done := make(chan readResult, 1)
	go func() {
		data, err := readLimited(r.stdin)
		done <- readResult{data, err}
	}()
	select {
	case result := <-done:
		return result.data, result.err
	case <-r.ctx.Done():
		return nil, r.ctx.Err()
	}
}

func readLocal(path string) ([]byte, error) {
	if err := isFile(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > maxFile {
		return nil, tooLarge(info.Size())
	}
	return readLimited(f)
}

// isFile tells files that have an end from all else.
func isFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fileError(err)
	case info.IsDir():
		return errors.New("is a folder, not a file")
	case !info.Mode().IsRegular():
		return errors.New("is not a regular file") // a FIFO would hang
	}
	return nil
}

func readLimited(from io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	if err != nil {
		return nil, fileError(err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("is larger than %d MiB, the limit", maxFile>>20)
	}
	return data, nil
}

func tooLarge(size int64) error {
	if size < 2*maxFile {
		return fmt.Errorf("is larger than %d MiB, the limit", maxFile>>20)
	}
	return fmt.Errorf("is %.1f MiB large; the limit is %d MiB", float64(size)/(1<<20), maxFile>>20)
}

// fileError words the errors of the file system without path, which the message
// already begins with.
func fileError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("no such file or folder")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("may not be read: permission denied")
	case errors.Is(err, syscall.ELOOP):
		return errors.New("is a symbolic link that leads back to itself")
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		return urlErr.Err
	}
	return err
}

// checkText refuses what is not text in UTF-8 and drops a byte order mark.
func checkText(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, errors.New("is written in UTF-16; save it in UTF-8")
	}
	line := 1
	for i := 0; i < len(data); {
		if data[i] == '\n' {
			line++
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			return nil, fmt.Errorf("is not a text in UTF-8: byte 0x%02x in line %d", data[i], line)
		}
		i += size
	}
	return data, nil
}

// isRemote tells s3://bucket/key from a path; file: is local.
func isRemote(path string) bool {
	scheme, _, ok := strings.Cut(path, "://")
	return ok && scheme != "" && scheme != "file" && !strings.ContainsAny(scheme, `/\.`)
}

// localPath turns a file: URL into a path.
func localPath(path string) string {
	if u, err := url.Parse(path); err == nil && u.Scheme == "file" {
		return filepath.FromSlash(u.Path)
	}
	return path
}

// resolve makes a path that stands in a file one relative to the working
// directory. Relative paths may not leave the git work tree of that file: what a
// reviewer of the repository cannot see should not become part of a job.
func resolve(base, ref string) (string, error) {
	if isRemote(ref) || filepath.IsAbs(localPath(ref)) {
		return ref, nil
	}
	if isRemote(base) {
		base, _, _ = strings.Cut(base, "?") // a token of another file is none of this one
		return base[:strings.LastIndexByte(base, '/')+1] + ref, nil
	}
	dir := filepath.Dir(base)
	if base == shown(stdinPath) {
		dir = "."
	}
	joined := filepath.Join(dir, filepath.FromSlash(ref))
	root, ok := workTree(dir)
	target, err := filepath.Abs(joined)
	if !ok || err != nil {
		return joined, nil
	}
	if inside, err := filepath.Rel(root, target); err != nil || !filepath.IsLocal(inside) {
		return "", fmt.Errorf("leads out of the git work tree %s", root)
	}
	return joined, nil
}

// workTree finds the nearest folder upwards that git knows.
func workTree(dir string) (string, bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}
