package dist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// spaceFactor times the packages' size is what an installation needs on disk
// while both packages and unpacked files are there.
const spaceFactor = 2.5

// install puts a distribution together in the cache. Everything happens in a
// directory beside the final one, which appears by one rename.
func install(ctx context.Context, o Options) error {
	if err := os.MkdirAll(o.CacheDir, 0o755); err != nil {
		return err
	}
	release, err := lock(ctx, o.cached()+".lock")
	if err != nil {
		return err
	}
	defer release()
	if intact(o.cached(), o) == nil {
		return nil // another process has done it meanwhile
	}
	if err := removeStale(o); err != nil {
		return err
	}
	if err := enoughSpace(o); err != nil {
		return err
	}
	files, err := downloadParts(ctx, o)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(o.CacheDir, ".flink-"+o.Version+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := assemble(ctx, tmp, o, files); err != nil {
		return err
	}
	if err := os.RemoveAll(o.cached()); err != nil {
		return err
	}
	if err := os.Rename(tmp, o.cached()); err != nil {
		return err
	}
	for _, f := range files {
		os.Remove(f) // unpacked; the space is worth more
	}
	return nil
}

// removeStale removes what killed installations of this version left unpacked.
// Downloads stay: they are gone on with.
func removeStale(o Options) error {
	stale, _ := filepath.Glob(filepath.Join(escapeGlob(o.CacheDir), ".flink-"+o.Version+"-*"))
	for _, dir := range stale {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

func enoughSpace(o Options) error {
	var need int64
	for _, p := range o.parts {
		need += p.size
	}
	need = int64(float64(need) * spaceFactor)
	have, err := Free(o.CacheDir)
	if err != nil || have >= need {
		return nil //nolint:nilerr // the space cannot be told: the attempt will tell
	}
	return fmt.Errorf("%s has %d MB free and %d MB are needed; free some or set FLINK_SQL_CACHE to a directory on another disk",
		o.CacheDir, have>>20, need>>20)
}

// downloads is where packages are until they are unpacked.
func downloads(o Options) string { return filepath.Join(o.CacheDir, "downloads") }

func downloadParts(ctx context.Context, o Options) ([]string, error) {
	if err := os.MkdirAll(downloads(o), 0o755); err != nil {
		return nil, err
	}
	var total, before int64
	for _, p := range o.parts {
		total += p.size
	}
	r, err := newRegistries(o.Env)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, p := range o.parts {
		o.Progress(before, total, p.name)
		file, err := r.get(ctx, p, downloads(o), func(done int64) { o.Progress(before+done, total, p.name) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		before += p.size
		files = append(files, file)
	}
	o.Progress(total, total, "unpacking")
	return files, nil
}

// assemble unpacks the packages into dir and writes the marker last.
func assemble(ctx context.Context, dir string, o Options, files []string) error {
	m := installed{Version: o.Version, Parts: digests(o.parts), Files: map[string]int64{}}
	for i, p := range o.parts {
		var err error
		if p.take != nil {
			err = unpack(ctx, files[i], dir, p.take)
		} else {
			err = copyFile(files[i], filepath.Join(dir, filepath.FromSlash(p.place)))
		}
		if err != nil {
			return onFullDisk(fmt.Errorf("unpack %s: %w", p.name, err), o)
		}
	}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, file)
		// conf/ and log/ are for people to change.
		if slash := filepath.ToSlash(name); !strings.HasPrefix(slash, "conf/") && !strings.HasPrefix(slash, "log/") {
			m.Files[slash] = info.Size()
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := check(dir, o.Version); err != nil {
		return err
	}
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	return onFullDisk(os.WriteFile(filepath.Join(dir, marker), data, 0o644), o)
}

func onFullDisk(err error, o Options) error {
	if isFull(err) {
		return fmt.Errorf("no space left in %s; free some or set FLINK_SQL_CACHE to a directory on another disk: %w", o.CacheDir, err)
	}
	return err
}

// registries are the places that packages come from.
type registries struct {
	env   func(string) string
	fetch fetcher
	pip   pip
	maven maven
}

func newRegistries(env func(string) string) (*registries, error) {
	p, err := readPip(env)
	if err != nil {
		return nil, err
	}
	m, err := readMaven(env)
	if err != nil {
		return nil, err
	}
	return &registries{env: env, fetch: patientFetcher, pip: p, maven: m}, nil
}

// get brings one package into dir, from the first place that has the right bytes.
func (r *registries) get(ctx context.Context, p part, dir string, progress func(int64)) (string, error) {
	w := want{sha256: p.sha256, size: p.size}
	if p.maven != "" {
		c, err := parseCoordinates(p.maven)
		if err != nil {
			return "", err
		}
		file := filepath.Join(dir, path.Base(c.path()))
		return file, r.fromMaven(ctx, c, file, w, progress)
	}
	file := filepath.Join(dir, p.file)
	return file, r.fromPython(ctx, p, file, w, progress)
}

func (r *registries) fromPython(ctx context.Context, p part, file string, w want, progress func(int64)) error {
	if _, err := checkFile(file, w); err == nil {
		return nil
	}
	client, err := newClient(r.env, r.pip.cert, r.pip.proxy)
	if err != nil {
		return err
	}
	var failures []error
	local, remote, err := inLinks(ctx, client, r.pip.links, p.file)
	if err == nil && local != "" {
		if _, err = checkFile(local, w); err == nil {
			return copyFile(local, file)
		}
		failures = append(failures, fmt.Errorf("%s: %w", local, err))
	}
	try := func(address string) bool {
		_, err := r.fetch.fetch(ctx, source{url: address, client: client}, file, w, progress)
		if err != nil {
			failures = append(failures, err)
		}
		return err == nil
	}
	if remote != "" && try(remote) {
		return nil
	}
	for _, index := range r.pip.indexes {
		if ctx.Err() != nil {
			break
		}
		address, err := r.patiently(ctx, func() (string, error) { return fileOf(ctx, client, index, p.python, p.file) })
		if err != nil {
			failures = append(failures, err)
			continue
		}
		if try(address) {
			return nil
		}
	}
	if len(failures) == 0 {
		return fmt.Errorf("%s is in none of pip's find-links, and no-index is set", p.file)
	}
	return errors.Join(failures...)
}
