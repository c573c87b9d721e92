package dist

import (
	"context"
	"crypto/sha1" //nolint:gosec // Maven repositories publish nothing better for most artifacts
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// fetcher downloads files that are checked while they arrive.
type fetcher struct {
	idle     time.Duration // a body that is silent for so long is given up
	attempts int           // in a row that bring no byte
	pause    time.Duration // before the second attempt; doubled each time
}

var patientFetcher = fetcher{idle: time.Minute, attempts: 5, pause: 500 * time.Millisecond}

// source is one place that a file can be had from.
type source struct {
	url            string
	client         *http.Client
	user, password string
}

// want is what a file has to be. An empty digest is not checked.
type want struct {
	sha256, sha1 string // hex
	size         int64  // bytes; 0: unknown
	limit        int64  // bytes at most, where size is unknown
}

// permanent marks an error that another attempt at the same source cannot cure.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// fetch downloads one file to path: stream, hash, temporary file beside it,
// rename. What an interrupted fetch left is gone on with. It returns the
// file's sha256.
func (f fetcher) fetch(ctx context.Context, s source, path string, w want, progress func(int64)) (string, error) {
	pause, idleAttempts := f.pause, 0
	for {
		before := fileSize(partial(path))
		sum, err := f.attempt(ctx, s, path, w, progress)
		var stop permanent
		switch {
		case err == nil:
			return sum, nil
		case ctx.Err() != nil:
			return "", fmt.Errorf("download %s: %w", redacted(s.url), ctx.Err())
		case errors.As(err, &stop):
			return "", fmt.Errorf("download %s: %w", redacted(s.url), stop.error)
		}
		idleAttempts++
		if fileSize(partial(path)) > before {
			idleAttempts, pause = 0, f.pause
		}
		if idleAttempts >= f.attempts {
			return "", fmt.Errorf("download %s: %w", redacted(s.url), err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause *= 2
	}
}

func partial(path string) string { return path + ".part" }

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (f fetcher) attempt(ctx context.Context, s source, path string, w want, progress func(int64)) (string, error) {
	file, err := os.OpenFile(partial(path), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", permanent{err}
	}
	defer file.Close()
	sums := newSums()
	have, err := io.Copy(sums, file)
	if err != nil {
		return "", permanent{err}
	}
	resumed := have > 0
	if w.size == 0 || have < w.size {
		have, err = f.receive(ctx, s, file, sums, have, w, progress)
		if err != nil {
			return "", onDisk(err, file)
		}
	}
	if err := sums.check(w, have); err != nil {
		os.Remove(file.Name())
		if resumed {
			return "", err // the old beginning may be to blame: once more from the start
		}
		return "", permanent{err}
	}
	if err := file.Sync(); err != nil {
		return "", onDisk(err, file)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return "", permanent{err}
	}
	return sums.sha256(), nil
}

// onDisk makes errors of the local disk permanent and, where it is full, gives
// the space back.
func onDisk(err error, file *os.File) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		os.Remove(file.Name())
		return permanent{fmt.Errorf("no space left for %s; free some or set FLINK_SQL_CACHE to a directory on another disk: %w", file.Name(), err)}
	}
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return permanent{err}
	}
	return err
}

// receive appends the rest of the file from position have and returns the
// whole length.
func (f fetcher) receive(ctx context.Context, s source, file *os.File, sums *sums, have int64, w want, progress func(int64)) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	resp, err := s.get(ctx, have)
	if err != nil {
		return have, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusPartialContent && have > 0 {
		have = 0
		sums.reset()
		if err := file.Truncate(0); err != nil {
			return 0, err
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return 0, err
		}
	}
	limit := w.size
	if limit == 0 {
		limit = w.limit
	}
	silence := errors.New("no byte for " + f.idle.String())
	timer := time.AfterFunc(f.idle, func() { cancel(silence) })
	defer timer.Stop()
	buf := make([]byte, 256<<10)
	for {
		n, err := resp.Body.Read(buf)
		timer.Reset(f.idle)
		if have+int64(n) > limit {
			os.Remove(file.Name())
			return have, permanent{fmt.Errorf("the server sends more than the %d bytes that the file has", limit)}
		}
		if _, werr := file.Write(buf[:n]); werr != nil {
			return have, werr
		}
		sums.Write(buf[:n])
		have += int64(n)
		progress(have)
		switch {
		case err == io.EOF && w.size > 0 && have < w.size:
			return have, fmt.Errorf("it ended after %d of %d bytes", have, w.size)
		case err == io.EOF:
			return have, nil
		case err != nil && context.Cause(ctx) == silence:
			return have, silence
		case err != nil:
			return have, err
		}
	}
}

// get asks for the file from a position on. The answer is 200 or a fitting 206.
func (s source) get(ctx context.Context, from int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, permanent{errors.New("the address cannot be parsed")}
	}
	if s.user != "" {
		req.SetBasicAuth(s.user, s.password)
	}
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		return resp, nil
	case code == http.StatusPartialContent && strings.HasPrefix(resp.Header.Get("Content-Range"), "bytes "+strconv.FormatInt(from, 10)+"-"):
		return resp, nil
	case from > 0 && (code == http.StatusPartialContent || code == http.StatusRequestedRangeNotSatisfiable):
		resp.Body.Close()
		return s.get(ctx, 0)
	default:
		resp.Body.Close()
		return nil, refusal(resp)
	}
}

// answer is a status other than success.
type answer struct {
	code   int
	status string
}

func (a answer) Error() string {
	switch a.code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return "the server answered " + a.status + "; check the user and password in pip's or Maven's settings"
	}
	return "the server answered " + a.status
}

// Is makes a missing file known as such.
func (a answer) Is(target error) bool {
	return target == fs.ErrNotExist && (a.code == http.StatusNotFound || a.code == http.StatusGone)
}

// refusal is the error for an answer; those that may be better next time are
// not permanent.
func refusal(resp *http.Response) error {
	a := answer{resp.StatusCode, resp.Status}
	if a.code >= 500 || a.code == http.StatusTooManyRequests || a.code == http.StatusRequestTimeout {
		return a
	}
	return permanent{a}
}

// withoutURL takes the address out of an HTTP error: it may hold a password,
// and the caller names it anyway.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// sums hashes what it is given in the ways that registries publish.
type sums struct{ h256, h1 hash.Hash }

func newSums() *sums { return &sums{sha256.New(), sha1.New()} } //nolint:gosec // see the import

func (s *sums) Write(p []byte) (int, error) {
	s.h256.Write(p)
	s.h1.Write(p)
	return len(p), nil
}

func (s *sums) reset() { s.h256.Reset(); s.h1.Reset() }

func (s *sums) sha256() string { return hex.EncodeToString(s.h256.Sum(nil)) }

func (s *sums) check(w want, size int64) error {
	if w.size > 0 && size != w.size {
		return fmt.Errorf("it has %d bytes, not %d", size, w.size)
	}
	if have := s.sha256(); w.sha256 != "" && have != w.sha256 {
		return fmt.Errorf("it has sha256 %s, not the expected %s", have, w.sha256)
	}
	if have := hex.EncodeToString(s.h1.Sum(nil)); w.sha1 != "" && have != w.sha1 {
		return fmt.Errorf("it has sha1 %s, not the expected %s", have, w.sha1)
	}
	return nil
}

// checkFile hashes a file that is there already.
func checkFile(path string, w want) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	s := newSums()
	n, err := io.Copy(s, f)
	if err != nil {
		return "", err
	}
	return s.sha256(), s.check(w, n)
}

// patiently asks a small question until there is an answer, as patiently as fetch.
func (r *registries) patiently(ctx context.Context, ask func() (string, error)) (string, error) {
	pause := r.fetch.pause
	for n := 1; ; n++ {
		answer, err := ask()
		var stop permanent
		if err == nil || errors.As(err, &stop) || errors.Is(err, errNotListed) || n == r.fetch.attempts || ctx.Err() != nil {
			return answer, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause *= 2
	}
}
