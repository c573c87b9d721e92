package flink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Env is a process environment, "NAME=value" each.
type Env []string

// Get returns the last value of a variable, or nothing.
func (e Env) Get(name string) string {
	for i := len(e) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(e[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// With returns a copy in which a variable has the given value.
func (e Env) With(name, value string) Env {
	out := slices.DeleteFunc(slices.Clone(e), func(v string) bool { return strings.HasPrefix(v, name+"=") })
	return append(out, name+"="+value)
}

// Installation is where Flink's files are, as bin/config.sh finds them.
type Installation struct{ Home, Bin, Lib, Plugins, Opt, Conf string }

// defaultHome is where the official image has Flink.
const defaultHome = "/opt/flink"

// FindInstallation finds Flink by FLINK_HOME, else where the official image has
// it; the directories in it may be moved by FLINK_{CONF,LIB,PLUGINS,OPT}_DIR.
func FindInstallation(env Env) (Installation, error) {
	home := env.Get("FLINK_HOME")
	if home == "" {
		home = defaultHome
	}
	home, err := filepath.Abs(home)
	if err != nil {
		return Installation{}, err
	}
	bin, err := filepath.EvalSymlinks(filepath.Join(home, "bin"))
	if err != nil {
		return Installation{}, fmt.Errorf("no Flink in %s: set FLINK_HOME to a Flink distribution: %w", home, err)
	}
	home = filepath.Dir(bin)
	dir := func(variable, name string) string {
		if v := env.Get(variable); v != "" {
			return v
		}
		return filepath.Join(home, name)
	}
	return Installation{
		Home: home, Bin: bin,
		Lib:     dir("FLINK_LIB_DIR", "lib"),
		Plugins: dir("FLINK_PLUGINS_DIR", "plugins"),
		Opt:     dir("FLINK_OPT_DIR", "opt"),
		Conf:    dir("FLINK_CONF_DIR", "conf"),
	}, nil
}

// classPath lists the jars of lib/ in the order of bytes, flink-dist last
// (constructFlinkClassPath in a C locale).
func (i Installation) classPath() (string, error) {
	var jars []string
	var dist string
	err := filepath.WalkDir(i.Lib, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".jar") {
			return err
		}
		if !strings.HasPrefix(d.Name(), "flink-dist") {
			jars = append(jars, path)
			return nil
		}
		if dist != "" {
			return fmt.Errorf("both %s and %s are Flink's main jar", dist, path)
		}
		dist = path
		return nil
	})
	if err != nil {
		return "", err
	}
	if dist == "" {
		return "", fmt.Errorf("no flink-dist*.jar in %s", i.Lib)
	}
	slices.Sort(jars)
	return strings.Join(append(jars, dist), ":"), nil
}

// hadoopPaths are the three (with HBase four) elements that config.sh adds to
// every class path.
func hadoopPaths(conf Source, env Env) string {
	dir := func(variable, key string) string {
		if v := env.Get(variable); v != "" {
			return v
		}
		v, _ := conf.Get(key)
		return v
	}
	hadoop, yarn, hbase := dir("HADOOP_CONF_DIR", "env.hadoop.conf.dir"), dir("YARN_CONF_DIR", "env.yarn.conf.dir"), dir("HBASE_CONF_DIR", "env.hbase.conf.dir")
	if home := env.Get("HADOOP_HOME"); hadoop == "" && home != "" {
		hadoop = firstDir(filepath.Join(home, "etc", "hadoop"), filepath.Join(home, "conf"))
	}
	classes := env.Get("HADOOP_CLASSPATH")
	if hadoop == "" && classes == "" {
		hadoop = firstDir("/etc/hadoop/conf")
	}
	if home := env.Get("HBASE_HOME"); hbase == "" && home != "" {
		hbase = firstDir(filepath.Join(home, "conf"))
	}
	if hbase == "" {
		hbase = firstDir("/etc/hbase/conf")
	}
	paths := classes + ":" + hadoop + ":" + yarn
	if hbase != "" {
		paths += ":" + hbase
	}
	return paths
}

func firstDir(paths ...string) string {
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.IsDir() {
			return p
		}
	}
	return ""
}

// java finds the java program and the release of its Java ("17").
func java(conf Source, env Env) (program, release string, err error) {
	home, _ := conf.Get("env.java.home")
	if home == "" {
		home = env.Get("JAVA_HOME")
	}
	if info, err := os.Stat(home); home != "" && err == nil && info.IsDir() {
		program = filepath.Join(home, "bin", "java")
	} else if program = LookPath("java", env); program == "" {
		return "", "", errors.New("no java on PATH and no JAVA_HOME")
	}
	real, err := filepath.EvalSymlinks(program)
	if err != nil {
		return "", "", err
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(real)), "release"))
	if err != nil {
		return "", "", fmt.Errorf("release of %s: %w", program, err)
	}
	for line := range strings.Lines(string(data)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "JAVA_VERSION="); ok {
			v = strings.TrimPrefix(strings.Trim(v, `"`), "1.")
			return program, v[:len(v)-len(strings.TrimLeft(v, "0123456789"))], nil
		}
	}
	return "", "", fmt.Errorf("release of %s: unknown", program)
}

// LookPath finds a program as a shell does, by the PATH of env.
func LookPath(name string, env Env) string {
	if strings.Contains(name, "/") {
		return name
	}
	for _, dir := range filepath.SplitList(env.Get("PATH")) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}
