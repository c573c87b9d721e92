package flinktest

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// quickJVM makes a JVM start fast and small; tests run none for long.
const quickJVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

// flink is a private configuration over the shared distribution.
type flink struct {
	home    string
	dir     string // conf, log, tmp and pid directories of its own
	plugins string
	env     []string
}

// newFlink copies the distribution's conf directory below dir and lays options
// over its config.yaml. Plugins are directories to add to the distribution's.
func newFlink(home, dir string, options map[string]string, plugins []string, env []string) (*flink, error) {
	f := &flink{home: home, dir: dir, plugins: filepath.Join(home, "plugins"), env: env}
	for _, sub := range []string{"conf", "log", "tmp", "pid"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	if err := copyFiles(filepath.Join(home, "conf"), filepath.Join(dir, "conf")); err != nil {
		return nil, err
	}
	if err := f.writeConfig(options); err != nil {
		return nil, err
	}
	if len(plugins) == 0 {
		return f, nil
	}
	return f, f.linkPlugins(plugins)
}

// writeConfig writes the distribution's options and those given, flat.
func (f *flink) writeConfig(options map[string]string) error {
	b, err := os.ReadFile(filepath.Join(f.home, "conf", "config.yaml"))
	if err != nil {
		return err
	}
	var nested map[string]any
	if err := yaml.Unmarshal(b, &nested); err != nil {
		return fmt.Errorf("%s/conf/config.yaml: %w", f.home, err)
	}
	flat := map[string]string{"io.tmp.dirs": filepath.Join(f.dir, "tmp")}
	flatten("", nested, flat)
	maps.Copy(flat, options)
	out, err := yaml.Marshal(flat)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(f.dir, "conf", "config.yaml"), out, 0o600)
}

func flatten(prefix string, from map[string]any, into map[string]string) {
	for k, v := range from {
		if inner, ok := v.(map[string]any); ok {
			flatten(prefix+k+".", inner, into)
			continue
		}
		into[prefix+k] = fmt.Sprint(v)
	}
}

// linkPlugins makes a plugins directory that has the distribution's and ours.
func (f *flink) linkPlugins(plugins []string) error {
	all, err := filepath.Glob(filepath.Join(f.plugins, "*"))
	if err != nil {
		return err
	}
	f.plugins = filepath.Join(f.dir, "plugins")
	if err := os.MkdirAll(f.plugins, 0o700); err != nil {
		return err
	}
	for _, p := range append(all, plugins...) {
		if err := os.Symlink(p, filepath.Join(f.plugins, filepath.Base(p))); err != nil {
			return err
		}
	}
	return nil
}

// command runs one of the distribution's scripts with our configuration.
func (f *flink) command(script string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(f.home, "bin", script), args...)
	cmd.Dir = f.dir
	for _, e := range os.Environ() {
		// Options for other Flinks of this machine must not leak into the test's.
		if !strings.HasPrefix(e, "FLINK_") && !strings.HasPrefix(e, "JVM_ARGS=") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env,
		"FLINK_CONF_DIR="+filepath.Join(f.dir, "conf"),
		"FLINK_LOG_DIR="+filepath.Join(f.dir, "log"),
		"FLINK_PID_DIR="+filepath.Join(f.dir, "pid"),
		"FLINK_PLUGINS_DIR="+f.plugins,
	)
	cmd.Env = append(cmd.Env, f.env...)
	return cmd
}

func copyFiles(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}
