// Package dist finds a Flink distribution and a Java to run it with, and puts
// the distribution together from public packages where there is none.
//
// Apache publishes no package that is a whole distribution, but the parts are in
// two package registries, each with a digest that is pinned in this package:
//
//	PyPI   apache-flink             bin/ conf/ log/
//	PyPI   apache-flink-libraries   lib/ opt/ plugins/ licenses/ bin/bash-java-utils.jar
//	Maven  flink-sql-gateway        opt/
//	Maven  flink-s3-fs-native       plugins/flink-s3-fs-native/
//
// # Settings
//
// The package asks the registries that the user's other tools ask:
//
//	FLINK_HOME                                   a distribution to use as it is
//	PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS, PIP_NO_INDEX, PIP_CERT,
//	PIP_PROXY, PIP_CONFIG_FILE, pip.conf         as pip reads them
//	~/.m2/settings.xml, ~/.m2/repository         mirrors, servers, proxies, active
//	                                             profiles' repositories, as Maven reads them
//	REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR
//	HTTP_PROXY, HTTPS_PROXY, NO_PROXY            also in lower case
//	JAVA_HOME, PATH
package dist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// DefaultVersion is the Flink that is installed when nobody asks for another.
const DefaultVersion = "2.3.0"

// ErrNotInstalled says that there is no distribution of the wanted version on
// this machine.
var ErrNotInstalled = errors.New("not installed")

// Options say which distribution is wanted and where things are. The zero value
// means DefaultVersion, the user's cache and the process's environment.
type Options struct {
	Version  string
	CacheDir string                   // default: FLINK_SQL_CACHE, else flink-sql in os.UserCacheDir
	Home     string                   // default: FLINK_HOME
	Env      func(name string) string // default: os.Getenv
	// Progress is called while bytes arrive: how many of how many, and of what. It
	// is called from one goroutine at a time.
	Progress func(done, total int64, what string)

	parts []part // in tests: other packages than the pinned ones
}

// Home is a Flink distribution on this machine.
type Home struct {
	Dir     string
	Version string
	// Note says why FLINK_HOME was passed over, if it was.
	Note string
}

// marker is written last into an installed distribution.
const marker = ".flink-sql.json"

// installed is the content of the marker: what the distribution consists of.
type installed struct {
	Version string           `json:"version"`
	Parts   []string         `json:"parts"` // digests of the packages
	Files   map[string]int64 `json:"files"` // slash path → size in bytes
}

func (o Options) withDefaults() (Options, error) {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	if o.Home == "" {
		o.Home = o.Env("FLINK_HOME")
	}
	if o.CacheDir == "" {
		o.CacheDir = o.Env("FLINK_SQL_CACHE")
	}
	if o.CacheDir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return o, fmt.Errorf("cache directory: %w; set HOME or FLINK_SQL_CACHE", err)
		}
		o.CacheDir = filepath.Join(dir, "flink-sql")
	}
	dir, err := filepath.Abs(o.CacheDir)
	if err != nil {
		return o, fmt.Errorf("cache directory %s: %w", o.CacheDir, err)
	}
	o.CacheDir = dir
	if o.Progress == nil {
		o.Progress = func(int64, int64, string) {}
	}
	if o.parts == nil {
		o.parts = pinned[o.Version]
	}
	return o, nil
}

// Find looks for a distribution: FLINK_HOME if it is one of the wanted version,
// else the cache. It downloads nothing; ErrNotInstalled says that there is none.
func Find(_ context.Context, o Options) (Home, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Home{}, err
	}
	return find(o)
}

func find(o Options) (Home, error) {
	note := ""
	if o.Home != "" {
		err := check(o.Home, o.Version)
		if err == nil {
			dir, err := filepath.Abs(o.Home)
			return Home{Dir: dir, Version: o.Version}, err
		}
		note = fmt.Sprintf("FLINK_HOME is not used: %v", err)
	}
	dir := o.cached()
	if err := intact(dir, o); err != nil {
		return Home{Note: note}, fmt.Errorf("Flink %s: %w; `submitter local install` gets it, or set FLINK_HOME to a Flink %s: %v",
			o.Version, ErrNotInstalled, o.Version, err)
	}
	return Home{Dir: dir, Version: o.Version, Note: note}, nil
}

// Ensure is Find, then an installation into the cache if nothing was found. It
// may be called by any number of processes at once, and again after one of them
// was killed.
func Ensure(ctx context.Context, o Options) (Home, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Home{}, err
	}
	home, err := find(o)
	if err == nil || !errors.Is(err, ErrNotInstalled) {
		return home, err
	}
	if len(o.parts) == 0 {
		return Home{}, fmt.Errorf("Flink %s cannot be installed by this program, only %s; set FLINK_HOME to a Flink %s",
			o.Version, DefaultVersion, o.Version)
	}
	if err := install(ctx, o); err != nil {
		return Home{}, fmt.Errorf("install Flink %s: %w", o.Version, err)
	}
	return Home{Dir: o.cached(), Version: o.Version, Note: home.Note}, nil
}

func (o Options) cached() string { return filepath.Join(o.CacheDir, "flink-"+o.Version) }

// check reports whether dir is a Flink distribution of the given version that
// has an SQL Gateway.
func check(dir, version string) error {
	dists, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "lib", "flink-dist-*.jar"))
	switch {
	case len(dists) == 0:
		return fmt.Errorf("%s is not a Flink distribution: it has no lib/flink-dist-*.jar", dir)
	case len(dists) > 1:
		return fmt.Errorf("%s is not a Flink distribution: it has %d lib/flink-dist-*.jar", dir, len(dists))
	}
	have := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(dists[0]), "flink-dist-"), ".jar")
	if have != version {
		return fmt.Errorf("%s is Flink %s, not %s", dir, have, version)
	}
	for _, need := range []string{"bin/standalone-job.sh", "conf/config.yaml"} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(need))); err != nil {
			return fmt.Errorf("%s is not a whole Flink distribution: it has no %s", dir, need)
		}
	}
	if gateways, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "opt", "flink-sql-gateway-*.jar")); len(gateways) != 1 {
		return fmt.Errorf("%s has %d opt/flink-sql-gateway-*.jar where one is needed", dir, len(gateways))
	}
	return nil
}

// escapeGlob lets a directory with *, ? or [ in its name stand in a pattern.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// intact compares an installed distribution with what was put into it: the
// pinned packages, and every file with its size.
func intact(dir string, o Options) error {
	data, err := os.ReadFile(filepath.Join(dir, marker))
	if err != nil {
		return fmt.Errorf("nothing complete in %s", dir)
	}
	var m installed
	if err := json.Unmarshal(data, &m); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, marker), err)
	}
	if o.parts != nil && strings.Join(m.Parts, ",") != strings.Join(digests(o.parts), ",") {
		return fmt.Errorf("%s was put together from other packages", dir)
	}
	for name, size := range m.Files {
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil || info.Size() != size {
			return fmt.Errorf("%s in %s is missing or has changed", name, dir)
		}
	}
	return nil
}

func digests(parts []part) []string {
	var d []string
	for _, p := range parts {
		d = append(d, p.sha256)
	}
	return d
}

// HasS3 reports whether a distribution can open s3:// addresses.
func (h Home) HasS3() bool {
	jars, _ := filepath.Glob(filepath.Join(escapeGlob(h.Dir), "plugins", "*", "flink-s3-fs-*.jar"))
	return len(jars) > 0
}
