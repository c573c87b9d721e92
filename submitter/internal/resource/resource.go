// Package resource brings the files that a job needs to this machine and digests
// them, so that a change of their content is a change of the job.
package resource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"flink-sql-driver/submitter/internal/manifest"
)

// mavenPrefix begins group:artifact:version coordinates.
const mavenPrefix = "maven:"

// Fetcher gets what is not a local file.
type Fetcher struct {
	// Artifact downloads Maven coordinates, checked, into the cache.
	Artifact func(ctx context.Context, coordinates string) (file, sha256 string, err error)
	// Open reads an object behind a URI: s3://, gs://, https://.
	Open func(ctx context.Context, uri string) (io.ReadCloser, error)
	// Dir is where objects behind URIs are kept.
	Dir string
}

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
	file, err := f.place(ctx, r)
	if err != nil {
		return File{}, fmt.Errorf("%s: resources: %s: %w", r.At, r.From, err)
	}
	out := File{Name: r.Name, Kind: r.Kind, Path: file}
	if out.Name == "" {
		out.Name = path.Base(filepath.ToSlash(file))
	}
	if out.SHA256, out.Size, err = digest(file); err != nil {
		return File{}, fmt.Errorf("%s: resources: %w", r.At, err)
	}
	if r.SHA256 != "" && !strings.EqualFold(r.SHA256, out.SHA256) {
		return File{}, fmt.Errorf("%s: resources: %s has the SHA-256 %s, the manifest expects %s; someone replaced it, or the manifest is out of date", r.At, r.From, out.SHA256, r.SHA256)
	}
	return out, nil
}

func (f *Fetcher) place(ctx context.Context, r manifest.Resource) (string, error) {
	switch scheme, _, ok := strings.Cut(r.From, "://"); {
	case strings.HasPrefix(r.From, mavenPrefix):
		file, _, err := f.Artifact(ctx, strings.TrimPrefix(r.From, mavenPrefix))
		return file, err
	case ok && scheme != "file":
		return f.download(ctx, r.From)
	default:
		return filepath.Abs(strings.TrimPrefix(r.From, "file://"))
	}
}

// download keeps an object under the digest of its URI. It is read anew each
// time: what stands behind a URI may change.
func (f *Fetcher) download(ctx context.Context, uri string) (string, error) {
	sum := sha256.Sum256([]byte(uri))
	dir := filepath.Join(f.Dir, hex.EncodeToString(sum[:]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	in, err := f.Open(ctx, uri)
	if err != nil {
		return "", err
	}
	defer in.Close()
	temp, err := os.CreateTemp(dir, ".part-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(temp.Name())
	if _, err := io.Copy(temp, in); err != nil {
		temp.Close()
		return "", err
	}
	if err := temp.Close(); err != nil {
		return "", err
	}
	target := filepath.Join(dir, path.Base(uri))
	return target, os.Rename(temp.Name(), target)
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
