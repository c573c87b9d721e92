package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/redact"
)

const (
	// defaultIdle is how long a server may send nothing.
	defaultIdle = 30 * time.Second
	// defaultMaxSize bounds one object, in bytes.
	defaultMaxSize = 4 << 30
	// attempts at an object whose server fails or hangs up.
	attempts = 4
	// firstPause before the second attempt doubles each time.
	firstPause = 200 * time.Millisecond
)

// permanent marks an error that another attempt will not mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// ErrStalled is a server that stopped sending.
var ErrStalled = errors.New("the server sends nothing any more")

// ErrTooLarge is an object above the bound.
var ErrTooLarge = errors.New("too large")

// errChanged is an object that is not the one whose beginning is here.
var errChanged = errors.New("the content changed while it was read")

// part is an object on its way: its file, and beside it which version that belongs to.
type part struct{ file string }

func (p part) versionFile() string { return p.file + ".json" }

// have is what is here of an object and can be continued.
func (p part) have() Ask {
	info, err := os.Stat(p.file)
	if err != nil || info.Size() == 0 {
		return Ask{}
	}
	var v Version
	data, err := os.ReadFile(p.versionFile())
	if err != nil || json.Unmarshal(data, &v) != nil || !v.known() || v.Size >= 0 && info.Size() >= v.Size {
		return Ask{}
	}
	return Ask{From: info.Size(), Have: v}
}

// begin opens the file where an answer starts and writes down whose bytes follow.
func (p part) begin(a Answer) (*os.File, error) {
	if a.From > 0 {
		f, err := os.OpenFile(p.file, os.O_WRONLY, 0)
		if err == nil {
			_, err = f.Seek(a.From, io.SeekStart)
		}
		return f, err
	}
	if err := p.remove(); err != nil {
		return nil, err
	}
	data, err := json.Marshal(a.Version)
	if err == nil {
		err = os.WriteFile(p.versionFile(), data, 0o600)
	}
	if err != nil {
		return nil, err
	}
	return os.OpenFile(p.file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
}

func (p part) remove() error {
	for _, file := range []string{p.file, p.versionFile()} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// download brings an object into its part, all of it. unchanged: have is still what
// stands behind the URI.
func (f *Fetcher) download(ctx context.Context, uri string, to part, have Version) (v Version, unchanged bool, err error) {
	pause := firstPause
	for n := 1; ; n++ {
		ask := to.have()
		if ask.From == 0 {
			ask.Have = have
		}
		v, unchanged, err = f.attempt(ctx, uri, to, ask)
		var stop permanent
		switch {
		case err == nil:
			return v, unchanged, nil
		case errors.Is(err, errChanged):
			if e := to.remove(); e != nil {
				return v, false, e
			}
		case errors.As(err, &stop):
			return v, false, stop.error
		}
		if ctx.Err() != nil || n == attempts || errors.Is(err, ErrStalled) {
			return v, false, err
		}
		select {
		case <-ctx.Done():
			return v, false, ctx.Err()
		case <-time.After(pause):
		}
		pause *= 2
	}
}

func (f *Fetcher) attempt(ctx context.Context, uri string, to part, ask Ask) (Version, bool, error) {
	ctx, w := watchIdle(ctx, f.idle())
	defer w.stop()
	a, err := f.open()(ctx, uri, ask)
	if err != nil {
		return Version{}, false, w.cause(err)
	}
	if a.Body == nil {
		return a.Version, true, nil
	}
	defer a.Body.Close()
	if a.Version.Size > f.maxSize() {
		return a.Version, false, permanent{f.tooLarge(a.Version.Size)}
	}
	file, err := to.begin(a)
	if err != nil {
		return a.Version, false, permanent{err}
	}
	n, err := io.Copy(file, io.LimitReader(w.reader(a.Body), f.maxSize()-a.From+1))
	if e := file.Close(); e != nil {
		return a.Version, false, permanent{e}
	}
	var disk *fs.PathError
	switch size := a.From + n; {
	case errors.As(err, &disk):
		return a.Version, false, permanent{err}
	case err != nil:
		return a.Version, false, w.cause(err)
	case size > f.maxSize():
		return a.Version, false, permanent{errors.Join(f.tooLarge(-1), to.remove())}
	case a.Version.Size >= 0 && size != a.Version.Size:
		return a.Version, false, fmt.Errorf("it ended after %d of %d bytes", size, a.Version.Size)
	}
	return a.Version, false, nil
}

func (f *Fetcher) tooLarge(size int64) error {
	if size < 0 {
		return fmt.Errorf("%w: it has more than %d bytes, the most that is fetched; put it into the image, or raise %s", ErrTooLarge, f.maxSize(), MaxSizeVariable)
	}
	return fmt.Errorf("%w: it has %d bytes, and at most %d are fetched; put it into the image, or raise %s", ErrTooLarge, size, f.maxSize(), MaxSizeVariable)
}

// idleWatch ends a request whose server sends nothing.
type idleWatch struct {
	ctx   context.Context // of the request
	end   context.CancelCauseFunc
	idle  time.Duration
	timer *time.Timer
}

func watchIdle(ctx context.Context, idle time.Duration) (context.Context, *idleWatch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &idleWatch{ctx: ctx, end: cancel, idle: idle}
	w.timer = time.AfterFunc(idle, func() { cancel(fmt.Errorf("%w: no byte for %s", ErrStalled, idle)) })
	return ctx, w
}

func (w *idleWatch) stop() {
	w.timer.Stop()
	w.end(nil)
}

// cause puts our reason for ending a request in the place of "canceled".
func (w *idleWatch) cause(err error) error {
	if c := context.Cause(w.ctx); errors.Is(c, ErrStalled) {
		return c
	}
	return err
}

func (w *idleWatch) reader(r io.Reader) io.Reader { return watchedReader{r, w} }

type watchedReader struct {
	io.Reader
	watch *idleWatch
}

func (r watchedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.watch.timer.Reset(r.watch.idle)
	}
	return n, err
}

// Read reads a small object whole, of at most max bytes.
func Read(ctx context.Context, uri string, max int64) ([]byte, error) {
	data, err := read(ctx, uri, max, defaultIdle)
	if err != nil {
		return nil, named(uri, err)
	}
	return data, nil
}

func read(ctx context.Context, uri string, max int64, idle time.Duration) ([]byte, error) {
	ctx, w := watchIdle(ctx, idle)
	defer w.stop()
	a, err := Open(ctx, uri, Ask{})
	if err != nil {
		return nil, w.cause(err)
	}
	defer a.Body.Close()
	data, err := io.ReadAll(io.LimitReader(w.reader(a.Body), max+1))
	switch size := int64(len(data)); {
	case err != nil:
		return nil, w.cause(err)
	case size > max:
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, max)
	}
	return data, nil
}

// named says which object an error is about, without what is secret in its address.
func named(uri string, err error) error {
	var known *bucket.Error
	if errors.As(err, &known) {
		return err // it names the object
	}
	return fmt.Errorf("download %s: %w", redact.URL(uri), err)
}
