package bucket

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"syscall"
	"time"
)

const (
	// attempts of an operation that is safe to repeat. The clouds' libraries retry
	// requests themselves; this is for what they give up on: a reply that breaks
	// off, a conflict.
	attempts = 4
	// firstPause doubles after each attempt.
	firstPause = 100 * time.Millisecond
	// patience is after how long a failing operation is not begun again.
	patience = 20 * time.Second
)

// retry runs a repeatable operation until it succeeds, or fails for good.
func retry(ctx context.Context, op func() error) error {
	begin := time.Now()
	pause := firstPause
	for n := 1; ; n++ {
		err := op()
		if err == nil || n == attempts || !transient(err) || ctx.Err() != nil || time.Since(begin) > patience {
			return err
		}
		if !sleep(ctx, pause) {
			return err
		}
		pause *= 2
	}
}

// transient reports whether doing the same again may help.
func transient(err error) bool {
	for _, kind := range []error{ErrNotExist, ErrExist, ErrDenied, ErrNoBucket, ErrUnreachable, ErrTooLarge, ErrChanged, errStalled, errors.ErrUnsupported} {
		if errors.Is(err, kind) {
			return false
		}
	}
	switch code(err) {
	case "AuthorizationHeaderMalformed", "PermanentRedirect", "KeyTooLongError", "KeyTooLong", "ObjectParentIsFile", "InvalidBucketName", "NotImplemented", "MethodNotAllowed":
		return false
	}
	// What the operating system says of a file does not change by asking again.
	var path *fs.PathError
	var errno syscall.Errno
	if errors.As(err, &path) || leavesRoot(err) {
		return false
	}
	return !errors.As(err, &errno) || errno == syscall.ECONNRESET || errno == syscall.EPIPE || errno == syscall.ETIMEDOUT
}

// sleep waits; it reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func newBytes(data []byte) io.Reader { return bytes.NewReader(data) }

// reader makes a stream that ends early an error.
type reader struct {
	io.ReadCloser
	left int64
	fail func(error) error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.left -= int64(n)
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF:
		return n, r.fail(err)
	case r.left != 0:
		return n, r.fail(io.ErrUnexpectedEOF)
	}
	return n, io.EOF
}

// sourceReader remembers whether a failed copy is the source's fault.
type sourceReader struct {
	io.Reader
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
