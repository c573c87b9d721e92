package localize

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"flink-sql-driver/plan/bucket"
)

// File is one object to bring here.
type File struct {
	URI    string
	SHA256 string // 64 hex digits; empty: not checked
	Size   int64  // bytes; 0: not checked
}

// Fetcher downloads files. The zero value but for Open is good.
type Fetcher struct {
	// Open streams an object and tells its size in bytes, -1 if unknown.
	Open func(ctx context.Context, uri string) (io.ReadCloser, int64, error)
	// Attempts is how often a download is tried before it is given up; 0: 5.
	Attempts uint
	// Pause is the first wait between two attempts; 0: 200 ms. It doubles.
	Pause time.Duration
	// Idle ends an attempt in which nothing has arrived for so long; 0: 60 s.
	Idle time.Duration
}

const (
	defaultAttempts = 5
	defaultPause    = 200 * time.Millisecond
	defaultIdle     = time.Minute
	// wrongAttempts is how often bytes that came through but are not the right
	// ones are asked for again.
	wrongAttempts = 2
)

// WrongError says that an object is there but is not what it should be.
type WrongError struct{ URI, Problem string }

func (e *WrongError) Error() string { return e.URI + ": " + e.Problem }

// Bytes downloads a file of at most max bytes into memory.
func (f *Fetcher) Bytes(ctx context.Context, file File, max int64) ([]byte, error) {
	var buf bytes.Buffer
	_, err := f.retry(ctx, file, func() (string, error) {
		buf.Reset()
		return f.stream(ctx, file, max, &buf)
	})
	return buf.Bytes(), err
}

// retry tries again what may go well the next time.
func (f *Fetcher) retry(ctx context.Context, file File, try func() (string, error)) (string, error) {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval = orElse(f.Pause, defaultPause)
	waits.Multiplier = 2
	wrong := 0
	digest, err := backoff.Retry(ctx, func() (string, error) {
		digest, err := try()
		var w *WrongError
		if errors.As(err, &w) {
			if wrong++; wrong == wrongAttempts {
				return "", backoff.Permanent(err)
			}
		}
		if final(err) {
			return "", backoff.Permanent(err)
		}
		return digest, err
	}, backoff.WithBackOff(waits), backoff.WithMaxTries(orElse(f.Attempts, defaultAttempts)), backoff.WithMaxElapsedTime(0))
	var permanent *backoff.PermanentError
	if errors.As(err, &permanent) {
		err = permanent.Unwrap()
	}
	return digest, err
}

// final reports whether trying again is of no use.
func final(err error) bool {
	for _, kind := range []error{fs.ErrNotExist, fs.ErrPermission, fs.ErrInvalid, bucket.ErrDenied, bucket.ErrNoBucket, bucket.ErrTooLarge, errNoRetry} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// errNoRetry marks a failure on this machine, which another download leaves as
// it is.
var errNoRetry = errors.New("here")

type localError struct{ err error }

func (e localError) Error() string   { return e.err.Error() }
func (e localError) Unwrap() []error { return []error{e.err, errNoRetry} }

func orElse[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// stream copies one object into w and returns its SHA-256 in hex, verified.
func (f *Fetcher) stream(ctx context.Context, file File, max int64, w io.Writer) (string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r, size, err := f.Open(ctx, file.URI)
	if err != nil {
		return "", err
	}
	defer r.Close()
	if file.Size > 0 && size >= 0 && size != file.Size {
		return "", &WrongError{file.URI, fmt.Sprintf("it has %d bytes, but should have %d", size, file.Size)}
	}
	if size > max {
		return "", fmt.Errorf("%s has %d bytes, more than the %d allowed: %w", file.URI, size, max, bucket.ErrTooLarge)
	}
	if buf, ok := w.(*bytes.Buffer); ok && size > 0 {
		buf.Grow(int(size))
	}
	idle := newWatchdog(orElse(f.Idle, defaultIdle), func() {
		cancel(fmt.Errorf("nothing arrived for %v", orElse(f.Idle, defaultIdle)))
		r.Close() // a read in progress may not listen to ctx
	})
	defer idle.stop()
	n, digest, err := hashingCopy(w, io.LimitReader(idle.reader(r), max+1))
	switch {
	case err != nil && context.Cause(ctx) != nil:
		return "", fmt.Errorf("reading %s: %w", file.URI, context.Cause(ctx))
	case err != nil:
		return "", fmt.Errorf("reading %s, after %d bytes: %w", file.URI, n, err)
	case n < size:
		return "", fmt.Errorf("reading %s: only %d of %d bytes arrived", file.URI, n, size)
	case n > max:
		return "", fmt.Errorf("%s has more than the %d bytes allowed: %w", file.URI, max, bucket.ErrTooLarge)
	case size >= 0 && n != size, file.Size > 0 && n != file.Size:
		return "", &WrongError{file.URI, fmt.Sprintf("%d bytes arrived, but it should be %d", n, orElse(file.Size, size))}
	case file.SHA256 != "" && !strings.EqualFold(file.SHA256, digest):
		return "", &WrongError{file.URI, fmt.Sprintf("its SHA-256 is %s, but should be %s", digest, strings.ToLower(file.SHA256))}
	}
	return digest, nil
}

// copyBytes is how much is read at once while the piece before is hashed.
const copyBytes = 256 << 10

// hashingCopy copies and hashes side by side, so that a large file takes as long
// as the slower of the two and not as both.
func hashingCopy(w io.Writer, r io.Reader) (int64, string, error) {
	pieces, free, done := make(chan []byte, 2), make(chan []byte, 3), make(chan string)
	for range cap(free) {
		free <- nil
	}
	go func() {
		h := sha256.New()
		for p := range pieces {
			h.Write(p)
			free <- p[:cap(p)]
		}
		done <- hex.EncodeToString(h.Sum(nil))
	}()
	var total int64
	var err error
	for err == nil {
		p := <-free
		if p == nil {
			p = make([]byte, copyBytes)
		}
		n := 0
		// Not io.ReadFull: it makes the end of a stream and one that was cut off
		// the same error.
		for n < len(p) && err == nil {
			var got int
			got, err = r.Read(p[n:])
			n += got
		}
		if n > 0 {
			p = p[:n]
			total += int64(n)
			if _, werr := w.Write(p); werr != nil {
				err = localError{werr}
			}
			pieces <- p
		}
	}
	close(pieces)
	digest := <-done
	if err == io.EOF {
		err = nil
	}
	return total, digest, err
}
