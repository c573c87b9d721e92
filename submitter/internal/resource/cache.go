package resource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"flink-sql-driver/submitter/internal/manifest"
)

// The cache is a directory for each URI, named after the URI's digest:
//
//	lock                    held while the object is asked for and downloaded
//	part, part.json         what is here of an unfinished download, and of which version
//	newest.json             what stood behind the URI when it was asked for last
//	<SHA-256>/<file name>   a content
//	<SHA-256>.use           held, shared, by whoever uses that content; its time is that of the last use
const (
	lockName   = "lock"
	partName   = "part"
	newestName = "newest.json"
	useSuffix  = ".use"
)

// newest is newest.json.
type newest struct {
	Version Version   `json:"version"`
	SHA256  string    `json:"sha256"`
	Fetched time.Time `json:"fetched"`
}

// settled is an object that this command asked for.
type settled struct {
	sync.Mutex
	done bool
	sum  string
}

func (f *Fetcher) uriDir(uri string) string {
	sum := sha256.Sum256([]byte(uri))
	return filepath.Join(f.Dir, hex.EncodeToString(sum[:]))
}

// fileName is the last element of a URI's path.
func fileName(uri string) string {
	name := path.Base(uri)
	if u, err := url.Parse(uri); err == nil && strings.HasPrefix(strings.ToLower(u.Scheme), "http") {
		name = path.Base(u.Path)
	}
	if !filepath.IsLocal(name) || strings.HasSuffix(name, useSuffix) || name == "." {
		return "content"
	}
	return name
}

// remote brings what stands behind a URI here, or finds it in the cache. Whoever
// expects a digest takes a content that has it, wherever it came from.
func (f *Fetcher) remote(ctx context.Context, r manifest.Resource) (File, error) {
	if file, ok := f.byDigest(r); ok {
		return file, nil
	}
	f.mu.Lock()
	if f.settled == nil {
		f.settled = map[string]*settled{}
	}
	s := f.settled[r.From]
	if s == nil {
		s = &settled{}
		f.settled[r.From] = s
	}
	f.mu.Unlock()
	s.Lock()
	defer s.Unlock()
	if s.done {
		if file, err := f.claim(f.uriDir(r.From), s.sum, fileName(r.From)); err == nil {
			return file, nil
		}
	}
	file, err := f.settle(ctx, r.From)
	if err != nil {
		return File{}, named(r.From, err)
	}
	s.done, s.sum = true, file.SHA256
	f.sweep()
	return file, nil
}

// byDigest finds a content that the manifest names by its digest.
func (f *Fetcher) byDigest(r manifest.Resource) (File, bool) {
	want := strings.ToLower(r.SHA256)
	if len(want) != hex.EncodedLen(sha256.Size) {
		return File{}, false
	}
	dirs, err := filepath.Glob(filepath.Join(escapeGlob(f.Dir), "*", want))
	if err != nil {
		return File{}, false
	}
	for _, dir := range dirs {
		if file, err := f.claim(filepath.Dir(dir), want, fileName(r.From)); err == nil {
			return file, true
		}
	}
	return File{}, false
}

var globMeta = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`)

func escapeGlob(s string) string { return globMeta.Replace(s) }

// settle asks the server, and downloads what is not here. A command that has waited
// for another one's download takes that.
func (f *Fetcher) settle(ctx context.Context, uri string) (File, error) {
	dir, name, began := f.uriDir(uri), fileName(uri), time.Now()
	held, err := f.lockURI(ctx, dir)
	if err != nil {
		return File{}, err
	}
	defer held.Close()
	var old File
	have, err := readNewest(dir)
	if err == nil {
		old, err = f.claim(dir, have.SHA256, name)
	}
	if err != nil { // there is none, or it was damaged
		have = newest{}
	}
	if err == nil && have.Fetched.After(began) {
		return old, nil
	}
	to := part{filepath.Join(dir, partName)}
	v, unchanged, err := f.download(ctx, uri, to, have.Version)
	if err != nil {
		return File{}, err
	}
	if unchanged {
		return old, nil
	}
	return f.keep(dir, name, to, v)
}

// lockURI makes the directory of a URI and holds it. A sweep may remove it in between.
func (f *Fetcher) lockURI(ctx context.Context, dir string) (*os.File, error) {
	for {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		held, err := awaitLock(ctx, filepath.Join(dir, lockName), true)
		if errors.Is(err, os.ErrNotExist) && ctx.Err() == nil {
			continue
		}
		return held, err
	}
}

func readNewest(dir string) (newest, error) {
	var n newest
	data, err := os.ReadFile(filepath.Join(dir, newestName))
	if err == nil {
		err = json.Unmarshal(data, &n)
	}
	return n, err
}

// keep makes a finished download a content of the cache.
func (f *Fetcher) keep(dir, name string, done part, v Version) (File, error) {
	sum, _, err := digest(done.file)
	if err != nil {
		return File{}, err
	}
	content := filepath.Join(dir, sum)
	if err := os.MkdirAll(content, 0o755); err != nil {
		return File{}, err
	}
	if err := os.Rename(done.file, filepath.Join(content, name)); err != nil {
		return File{}, err
	}
	file, err := f.claim(dir, sum, name)
	if err != nil {
		return File{}, err
	}
	data, err := json.Marshal(newest{v, sum, time.Now()})
	if err != nil {
		return File{}, err
	}
	temp := filepath.Join(dir, newestName+".new")
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return File{}, err
	}
	return file, errors.Join(os.Rename(temp, filepath.Join(dir, newestName)), done.remove())
}

// claim checks a content and keeps it from being swept until Close.
func (f *Fetcher) claim(dir, sum, name string) (File, error) {
	file := filepath.Join(dir, sum, name)
	if _, err := os.Stat(file); err != nil {
		return File{}, err
	}
	use := filepath.Join(dir, sum+useSuffix)
	if err := f.use(use); err != nil {
		return File{}, err
	}
	now := time.Now()
	_ = os.Chtimes(use, now, now) // the order of sweeping, no more
	got, size, err := digest(file)
	if err != nil {
		return File{}, err
	}
	if got != sum {
		return File{}, errors.New("its content in the cache is damaged")
	}
	return File{Path: file, SHA256: got, Size: size}, nil
}

// use holds the lock of a content that is in use.
func (f *Fetcher) use(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if held := f.used[path]; held != nil && isAt(held, path) {
		return nil
	}
	held, err := lock(path, false)
	if err != nil {
		return err
	}
	if f.used == nil {
		f.used = map[string]*os.File{}
	}
	if before := f.used[path]; before != nil {
		before.Close()
	}
	f.used[path] = held
	return nil
}

// Close lets go of the files that were fetched: from now on they may be removed to
// make room for others. The end of the process does the same.
func (f *Fetcher) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var failures []error
	for _, held := range f.used {
		failures = append(failures, held.Close())
	}
	f.used, f.settled = nil, nil
	return errors.Join(failures...)
}
