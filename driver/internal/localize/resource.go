package localize

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"flink-sql-driver/plan/release"
)

// parallelDownloads is how many resources are fetched side by side.
const parallelDownloads = 4

// Resources places resources below dir, at
//
//	resources/<sha256>/<name>            a jar or file
//	resources/<sha256>.unpacked/<name>   the directory of an archive
//
// so that the same content has the same path on every machine with the same dir,
// and several clusters of one machine share it. What is there already is verified
// and used. It returns the absolute path of each resource by its name.
func (f *Fetcher) Resources(ctx context.Context, dir string, list []release.Resource, limits Limits) (map[string]string, error) {
	paths := make(map[string]string, len(list))
	if len(list) == 0 {
		return paths, nil
	}
	if err := os.MkdirAll(filepath.Join(dir, "resources"), 0o755); err != nil {
		return nil, fmt.Errorf("directory for resources: %w; set sql-driver.work-dir to one that can be written", err)
	}
	root, err := os.OpenRoot(filepath.Join(dir, "resources"))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	found := make([]string, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelDownloads)
	for i, r := range list {
		group.Go(func() (err error) {
			if found[i], err = f.resource(ctx, root, r, limits); err != nil {
				return fmt.Errorf("resource %s: %w", r.Name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, r := range list {
		paths[r.Name] = filepath.Join(root.Name(), found[i])
	}
	return paths, nil
}

func (f *Fetcher) resource(ctx context.Context, root *os.Root, r release.Resource, limits Limits) (string, error) {
	digest := strings.ToLower(r.SHA256)
	if digest != "" {
		if there, err := f.present(root, r, digest); there != "" || err != nil {
			return there, err
		}
	}
	// Into a directory of this download's own, so that two drivers that start
	// together on one machine do not meet.
	temp := ".new-" + rand.Text()
	if err := root.Mkdir(temp, 0o755); err != nil {
		return "", err
	}
	defer root.RemoveAll(temp) // ours
	digest, err := f.To(ctx, root, path.Join(temp, r.Name), File{URI: r.URI, SHA256: r.SHA256, Size: r.Size})
	if err != nil {
		return "", err
	}
	if r.Kind == release.KindArchive {
		return unpackInto(ctx, root, temp, r.Name, digest, limits)
	}
	target := path.Join(digest, r.Name)
	if err := root.MkdirAll(digest, 0o755); err != nil {
		return "", err
	}
	return target, root.Rename(path.Join(temp, r.Name), target)
}

// present returns where a resource is if it is there already, unharmed.
func (f *Fetcher) present(root *os.Root, r release.Resource, digest string) (string, error) {
	if r.Kind == release.KindArchive {
		dir := path.Join(unpackedDir(digest), r.Name)
		// Renamed into place when it was whole.
		if info, err := root.Stat(dir); err == nil && info.IsDir() {
			return dir, nil
		}
		return "", nil
	}
	name := path.Join(digest, r.Name)
	got, err := hashFile(root, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && got != digest {
		return "", nil
	}
	return name, err
}

func unpackedDir(digest string) string { return digest + ".unpacked" }

func unpackInto(ctx context.Context, root *os.Root, temp, name, digest string, limits Limits) (string, error) {
	if err := root.MkdirAll(path.Join(temp, "out"), 0o755); err != nil {
		return "", err
	}
	out, err := root.OpenRoot(path.Join(temp, "out"))
	if err != nil {
		return "", err
	}
	defer out.Close()
	in, err := root.Open(path.Join(temp, name))
	if err != nil {
		return "", err
	}
	defer in.Close()
	if err := unpack(ctx, out, in, limits); err != nil {
		return "", err
	}
	if err := root.MkdirAll(unpackedDir(digest), 0o755); err != nil {
		return "", err
	}
	target := path.Join(unpackedDir(digest), name)
	err = root.Rename(path.Join(temp, "out"), target)
	if info, statErr := root.Stat(target); err != nil && statErr == nil && info.IsDir() {
		err = nil // another driver was faster; its directory is whole
	}
	return target, err
}
