package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"flink-sql-driver/driver/internal/flink"
	"flink-sql-driver/driver/internal/secret"
	"flink-sql-driver/plan/launch"
)

const (
	optErrorDelay = "cluster.registration.error-delay"
	// errorDelay is how long a TaskManager waits that came before its JobManager;
	// Flink's default is 10 s.
	errorDelay = "200 ms"

	optMainClass = "$internal.application.main"
	optMainArgs  = "$internal.application.program-args"
)

// maxConfFile bounds the files of a conf directory, such as logging properties,
// that are copied along.
const maxConfFile = 4 << 20

// writeConf makes a conf directory of this process's own: Flink's files, and a
// config.yaml with session options and environment merged and every reference
// resolved.
func (j *job) writeConf(values secret.Values) error {
	conf := j.options.conf
	for _, key := range slices.Sorted(maps.Keys(j.config.Session)) {
		if key == "" {
			return usage("driver config: a session option has no name")
		}
		// The config.yaml of a launch was written for it, session options included;
		// one that just lies there knows nothing of the job.
		if _, set := conf.Get(key); !set || j.options.settings.launch == "" {
			conf.Set(key, j.config.Session[key])
		}
	}
	for _, e := range j.options.env {
		conf.Set(e.Key, e.Value)
	}
	if _, set := (options{args: j.options.args, conf: conf}).Get(optErrorDelay); !set && !j.options.settings.stock {
		conf.Set(optErrorDelay, errorDelay)
	}
	err := conf.Replace(func(key, text string) (string, error) {
		if secrets, _ := secret.Names([]byte(text)); len(secrets) > 0 && !launch.Masked(key) {
			return "", usage("%s: its value has ${secret:%s}, but Flink would print it to its log; a secret may stand only under names that Flink masks (with password, secret, token, …)", key, secrets[0])
		}
		out, err := values.Text(text)
		if err != nil {
			return "", usage("%s: %w", key, err)
		}
		return out, nil
	})
	if err != nil {
		return err
	}
	if err := j.writeCatalogs(conf, values); err != nil {
		return err
	}
	j.conf = conf
	if err := j.copyConfFiles(); err != nil {
		return err
	}
	j.inst.Conf = filepath.Join(j.private, "conf")
	return j.writeConfYAML()
}

func (j *job) writeConfYAML() error {
	data, err := j.conf.Bytes()
	if err != nil {
		return usage("config.yaml: %w", err)
	}
	return j.write(filepath.Join("conf", flink.ConfName), data)
}

// copyConfFiles copies what lies beside config.yaml. A ConfigMap's files are
// links, which are followed; directories are not.
func (j *job) copyConfFiles() error {
	entries, err := os.ReadDir(j.inst.Conf)
	if err != nil {
		return usage("Flink's configuration: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(j.inst.Conf, e.Name())
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxConfFile || e.Name() == flink.ConfName {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return usage("Flink's configuration: %w", err)
		}
		if err := j.write(filepath.Join("conf", e.Name()), data); err != nil {
			return err
		}
	}
	return nil
}
