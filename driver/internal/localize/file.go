package localize

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
)

// To downloads a file to a path below root and returns its SHA-256. Its parent
// directory has to be there.
func (f *Fetcher) To(ctx context.Context, root *os.Root, name string, file File) (string, error) {
	return f.retry(ctx, file, func() (string, error) {
		var digest string
		err := WriteAtomically(root, name, 0o644, func(w io.Writer) (err error) {
			digest, err = f.stream(ctx, file, math.MaxInt64-1, w)
			return err
		})
		return digest, err
	})
}

// WriteAtomically makes a file below root appear whole or not at all: written
// beside its name, synced, renamed.
func WriteAtomically(root *os.Root, name string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	temp := path.Join(path.Dir(name), ".part-"+rand.Text())
	out, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return localError{err}
	}
	defer func() {
		if err != nil {
			root.Remove(temp) // ours; it must not stay
		}
	}()
	err = write(out)
	if err == nil {
		err = asLocal(out.Sync())
	}
	if closeErr := out.Close(); err == nil {
		err = asLocal(closeErr)
	}
	if err == nil {
		err = asLocal(root.Rename(temp, name))
	}
	return err
}

func asLocal(err error) error {
	if err == nil || errors.Is(err, errNoRetry) {
		return err
	}
	return localError{err}
}

// hashFile returns the SHA-256 of a file below root.
func hashFile(root *os.Root, name string) (string, error) {
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	_, digest, err := hashingCopy(io.Discard, f)
	return digest, err
}
