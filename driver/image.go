package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"flink-sql-driver/driver/internal/flink"
)

// imageEnvironment does what the official image's entrypoint does before it
// starts Flink, besides the options: built-in plugins and jemalloc.
func (j *job) imageEnvironment() (flink.Env, error) {
	for _, jar := range strings.FieldsFunc(j.env.Get("ENABLE_BUILT_IN_PLUGINS"), func(r rune) bool { return r == ';' || r == ' ' }) {
		if err := j.enablePlugin(jar); err != nil {
			return nil, usage("ENABLE_BUILT_IN_PLUGINS: %w", err)
		}
	}
	if j.imageEntrypoint() == "" || j.env.Get("DISABLE_JEMALLOC") == "true" {
		return j.env, nil
	}
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	library := "/usr/lib/" + machine + "-linux-gnu/libjemalloc.so"
	if _, err := os.Stat(library); err != nil {
		return j.env, nil
	}
	return j.env.With("LD_PRELOAD", strings.TrimPrefix(j.env.Get("LD_PRELOAD")+":"+library, ":")), nil
}

// enablePlugin links a jar of opt/ into a plugin directory of its own.
func (j *job) enablePlugin(jar string) error {
	if jar != filepath.Base(jar) {
		return errors.New(jar + " is not the name of a jar in " + j.inst.Opt)
	}
	source := filepath.Join(j.inst.Opt, jar)
	if _, err := os.Stat(source); err != nil {
		return err
	}
	dir := filepath.Join(j.inst.Plugins, strings.TrimSuffix(jar, ".jar"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Symlink(source, filepath.Join(dir, jar)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
