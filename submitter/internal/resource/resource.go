// Package resource brings the files that a job needs to this machine and digests
// them, so that a change of their content is a change of the job.
package resource

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/redact"
)

// mavenPrefix begins group:artifact:version coordinates.
const mavenPrefix = "maven:"

// MaxSizeVariable is the environment's name for Fetcher.MaxSize, which messages name.
const MaxSizeVariable = "SUBMITTER_RESOURCE_SIZE"

// defaultMaxCache bounds the cache, in bytes.
const defaultMaxCache = 10 << 30

// Fetcher gets what is not a local file. It is made for one command: what stands
// behind a URI is asked for once. It is safe for concurrent use, also by several
// processes on one Dir.
type Fetcher struct {
	// Artifact downloads Maven coordinates, checked, into the cache.
	Artifact func(ctx context.Context, coordinates string) (file, sha256 string, err error)
	// Open asks for an object behind a URI: s3://, gs://, https://; default: Open.
	Open func(ctx context.Context, uri string, ask Ask) (Answer, error)
	// Dir is the cache of objects behind URIs.
	Dir string
	// MaxSize bounds one object, in bytes; default 4 GiB.
	MaxSize int64
	// MaxCache bounds all objects in Dir, in bytes, but for those in use; default 10 GiB.
	MaxCache int64
	// Idle is how long a server may send nothing; default 30 s.
	Idle time.Duration

	mu      sync.Mutex
	settled map[string]*settled // by URI
	used    map[string]*os.File // locks of the contents in use, by path
}

func (f *Fetcher) open() func(context.Context, string, Ask) (Answer, error) {
	if f.Open == nil {
		return Open
	}
	return f.Open
}

func (f *Fetcher) maxSize() int64      { return cmp.Or(f.MaxSize, defaultMaxSize) }
func (f *Fetcher) maxCache() int64     { return cmp.Or(f.MaxCache, defaultMaxCache) }
func (f *Fetcher) idle() time.Duration { return cmp.Or(f.Idle, defaultIdle) }

// File is a resource on this machine.
type File struct {
	Name   string
	Kind   string
	Path   string // absolute
	SHA256 string
	Size   int64
}

// Fetch brings one resource here. An expected digest that is not met is an error.
func (f *Fetcher) Fetch(ctx context.Context, r manifest.Resource) (File, error) {
	out, err := f.place(ctx, r)
	if err != nil {
		return File{}, fmt.Errorf("%s: resources: %s: %w", r.At, redact.URL(r.From), err)
	}
	out.Name, out.Kind = r.Name, r.Kind
	if out.Name == "" {
		out.Name = path.Base(filepath.ToSlash(out.Path))
	}
	if r.SHA256 != "" && !strings.EqualFold(r.SHA256, out.SHA256) {
		return File{}, fmt.Errorf("%s: resources: %s has the SHA-256 %s, the manifest expects %s; someone replaced it, or the manifest is out of date", r.At, redact.URL(r.From), out.SHA256, r.SHA256)
	}
	return out, nil
}

// place is a resource on this machine, with its digest.
func (f *Fetcher) place(ctx context.Context, r manifest.Resource) (File, error) {
	var file string
	var err error
	switch scheme, _, ok := strings.Cut(r.From, "://"); {
	case strings.HasPrefix(r.From, mavenPrefix):
		file, _, err = f.Artifact(ctx, strings.TrimPrefix(r.From, mavenPrefix))
	case ok && scheme != "file":
		return f.remote(ctx, r)
	default:
		file, err = filepath.Abs(strings.TrimPrefix(r.From, "file://"))
	}
	if err != nil {
		return File{}, err
	}
	sum, size, err := digest(file)
	return File{Path: file, SHA256: sum, Size: size}, err
}

func digest(file string) (string, int64, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() { // opening a FIFO would hang
		return "", 0, fmt.Errorf("%s is not a file", file)
	}
	in, err := os.Open(file)
	if err != nil {
		return "", 0, err
	}
	defer in.Close()
	h := sha256.New()
	n, err := io.Copy(h, in)
	return hex.EncodeToString(h.Sum(nil)), n, err
}
