package dist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// maxArtifact bounds what one Maven artifact may weigh, in bytes.
const maxArtifact = 2 << 30

// coordinates name a file in a Maven repository.
type coordinates struct{ group, artifact, version, classifier string }

var coordinate = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)

// parseCoordinates reads group:artifact:version[:classifier], with or without
// maven: before it.
func parseCoordinates(s string) (coordinates, error) {
	parts := strings.Split(strings.TrimPrefix(s, "maven:"), ":")
	if len(parts) != 3 && len(parts) != 4 {
		return coordinates{}, fmt.Errorf("%q are no Maven coordinates: want group:artifact:version or group:artifact:version:classifier", s)
	}
	for _, p := range parts {
		if !coordinate.MatchString(p) || strings.Contains(p, "..") {
			return coordinates{}, fmt.Errorf("%q are no Maven coordinates: %q has other characters than letters, digits, dot, dash and underscore", s, p)
		}
	}
	c := coordinates{group: parts[0], artifact: parts[1], version: parts[2]}
	if len(parts) == 4 {
		c.classifier = parts[3]
	}
	if c.version == "LATEST" || c.version == "RELEASE" {
		return coordinates{}, fmt.Errorf("%q: the version must be a fixed one, so that every launch gets the same file", s)
	}
	return c, nil
}

// path is the place of the file in a repository of Maven's default layout.
func (c coordinates) path() string {
	name := c.artifact + "-" + c.version
	if c.classifier != "" {
		name += "-" + c.classifier
	}
	return path.Join(strings.ReplaceAll(c.group, ".", "/"), c.artifact, c.version, name+".jar")
}

func (c coordinates) snapshot() bool { return strings.HasSuffix(c.version, "-SNAPSHOT") }

// Artifact brings a jar from Maven's local repository or from the repositories
// that Maven is configured for, checked against the checksum that the
// repository publishes, and returns its path and sha256. A jar of a released
// version is downloaded once and kept in the cache. SNAPSHOT versions are taken
// from the local repository only.
func Artifact(ctx context.Context, o Options, coords string) (file, sha256 string, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return "", "", err
	}
	c, err := parseCoordinates(coords)
	if err != nil {
		return "", "", err
	}
	r, err := newRegistries(o.Env)
	if err != nil {
		return "", "", err
	}
	file, sha256, err = r.artifact(ctx, c, o)
	if err != nil {
		return "", "", fmt.Errorf("maven:%s: %w", strings.TrimPrefix(coords, "maven:"), err)
	}
	return file, sha256, nil
}

func (r *registries) artifact(ctx context.Context, c coordinates, o Options) (string, string, error) {
	if file, sum, err := r.inLocal(c); err == nil {
		return file, sum, nil
	} else if c.snapshot() {
		return "", "", fmt.Errorf("%w; a SNAPSHOT is taken from there only: run `mvn install` in its project", err)
	}
	file := filepath.Join(o.CacheDir, "maven", filepath.FromSlash(c.path()))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", "", err
	}
	release, err := lock(ctx, file+".lock")
	if err != nil {
		return "", "", err
	}
	defer release()
	if recorded, err := os.ReadFile(file + ".sha256"); err == nil {
		if sum, err := checkFile(file, want{sha256: string(recorded)}); err == nil {
			return file, sum, nil
		}
	}
	if err := r.fromMaven(ctx, c, file, want{limit: maxArtifact}, func(n int64) { o.Progress(n, 0, path.Base(file)) }); err != nil {
		return "", "", err
	}
	sum, err := checkFile(file, want{})
	if err != nil {
		return "", "", err
	}
	return file, sum, os.WriteFile(file+".sha256", []byte(sum), 0o644)
}

// inLocal looks into Maven's local repository. What Maven downloaded has a
// checksum beside it; what was installed from a build has none.
func (r *registries) inLocal(c coordinates) (string, string, error) {
	if r.maven.local == "" {
		return "", "", fs.ErrNotExist
	}
	file := filepath.Join(r.maven.local, filepath.FromSlash(c.path()))
	w := want{}
	if published, err := os.ReadFile(file + ".sha1"); err == nil {
		w.sha1, _ = digestIn(string(published), sha1Hex)
	}
	sum, err := checkFile(file, w)
	if err != nil {
		return "", "", fmt.Errorf("not in Maven's local repository: %w", err)
	}
	return file, sum, nil
}

// fromMaven brings an artifact to file, from the local repository if the bytes
// there are the wanted ones, else from the first repository that has it.
func (r *registries) fromMaven(ctx context.Context, c coordinates, file string, w want, progress func(int64)) error {
	if w.sha256 != "" {
		if _, err := checkFile(file, w); err == nil {
			return nil
		}
		local := filepath.Join(r.maven.local, filepath.FromSlash(c.path()))
		if _, err := checkFile(local, w); err == nil {
			return copyFile(local, file)
		}
	}
	if len(r.maven.repositories) == 0 {
		return errors.New("Maven's settings.xml leaves no repository to ask: its mirrors block them all")
	}
	var failures []error
	for _, repo := range r.maven.repositories {
		if ctx.Err() != nil {
			break
		}
		if err := r.fromRepository(ctx, repo, c, file, w, progress); err != nil {
			failures = append(failures, err)
			continue
		}
		return nil
	}
	return errors.Join(append(failures, ctx.Err())...)
}

func (r *registries) fromRepository(ctx context.Context, repo repository, c coordinates, file string, w want, progress func(int64)) error {
	address := repo.url + "/" + c.path()
	if local, ok := strings.CutPrefix(address, "file://"); ok {
		if _, err := checkFile(local, w); err != nil {
			return fmt.Errorf("repository %s: %w", repo.id, err)
		}
		return copyFile(local, file)
	}
	client, err := newClient(r.env, "", repo.proxy)
	if err != nil {
		return err
	}
	s := source{url: address, client: client, user: repo.user, password: repo.password}
	if w.sha256 == "" {
		// What a download of unknown bytes left behind may be of another attempt's
		// bytes: begin afresh.
		os.Remove(partial(file))
		if w.sha256, w.sha1, err = r.published(ctx, s); err != nil {
			return err
		}
	}
	_, err = r.fetch.fetch(ctx, s, file, w, progress)
	return err
}

var (
	sha256Hex = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	sha1Hex   = regexp.MustCompile(`^[0-9a-fA-F]{40}$`)
)

// digestIn reads a checksum file: the digest alone, or with a file name as
// sha1sum writes it.
func digestIn(text string, shape *regexp.Regexp) (string, bool) {
	for _, field := range strings.Fields(text) {
		if shape.MatchString(field) {
			return strings.ToLower(field), true
		}
	}
	return "", false
}

// published asks a repository for an artifact's checksum: sha256, else sha1.
func (r *registries) published(ctx context.Context, s source) (sha256, sha1 string, err error) {
	for _, kind := range []struct {
		suffix string
		shape  *regexp.Regexp
		to     *string
	}{{".sha256", sha256Hex, &sha256}, {".sha1", sha1Hex, &sha1}} {
		text, err := r.text(ctx, source{url: s.url + kind.suffix, client: s.client, user: s.user, password: s.password})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", "", err
		}
		if digest, ok := digestIn(text, kind.shape); err == nil && ok {
			*kind.to = digest
			return sha256, sha1, nil
		}
	}
	if _, err := r.text(ctx, s); errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("%s: no such artifact there", redacted(s.url))
	}
	return "", "", fmt.Errorf("%s: the repository publishes no checksum (.sha256, .sha1), so the file cannot be trusted; download it by hand and give its path", redacted(s.url))
}

// maxText bounds a checksum file, in bytes.
const maxText = 4 << 10

// text reads a small file. fs.ErrNotExist says that the server has none.
func (r *registries) text(ctx context.Context, s source) (string, error) {
	return r.patiently(ctx, func() (string, error) {
		resp, err := s.get(ctx, 0)
		if err != nil {
			return "", fmt.Errorf("%s: %w", redacted(s.url), err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxText))
		return string(body), err
	})
}
