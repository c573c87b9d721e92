package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// ConfigName is the file that holds what is not one job's.
const ConfigName = "submitter.yaml"

// TemplateName is the usual name of a template; like ConfigName it is no manifest.
const TemplateName = "job-template.yaml"

// TargetKinds are the kinds of target; a manifest may name one in place of a
// target of submitter.yaml.
var TargetKinds = []string{"local", "kubernetes", "session", "yarn"}

// Config is submitter.yaml.
type Config struct {
	File     string            `yaml:"-"` // empty: there is none
	Store    string            `yaml:"store,omitempty" jsonschema_description:"Bucket URL: file:///dir, s3://bucket?prefix=prod/, gs://…, azblob://…."`
	Owner    string            `yaml:"owner,omitempty" jsonschema_description:"Whose jobs these are; prune touches no others."`
	Gateways map[string]string `yaml:"gateways,omitempty" jsonschema_description:"SQL Gateway for each version of Flink: its URL."`
	Targets  map[string]Target `yaml:"targets,omitempty" jsonschema_description:"Places where jobs run, by name."`
	Defaults Defaults          `yaml:"defaults,omitempty" jsonschema_description:"For every manifest that does not say otherwise."`

	positions map[string]place
}

// Target is a place where launches run, as submitter.yaml has it.
type Target struct {
	Kind       string `yaml:"kind" jsonschema:"enum=local,enum=kubernetes,enum=session,enum=yarn"`
	Kubeconfig string `yaml:"kubeconfig,omitempty" jsonschema_description:"kubernetes: file, relative to submitter.yaml; by default KUBECONFIG, ~/.kube/config or, in a pod, its service account."`
	Context    string `yaml:"context,omitempty" jsonschema_description:"kubernetes: context of the kubeconfig; by default its current one."`
	Namespace  string `yaml:"namespace,omitempty" jsonschema_description:"kubernetes: by default the context's."`
	Kubernetes block  `yaml:"kubernetes,omitempty" jsonschema_description:"kubernetes: block of that name for every manifest that does not say otherwise."`
	FlinkHome  string `yaml:"flink-home,omitempty" jsonschema_description:"Flink distribution; by default $FLINK_HOME, then the one that was installed."`
}

// Settings are the block kubernetes.
func (t Target) Settings() (settings.Settings, error) {
	if len(t.Kubernetes) == 0 {
		return settings.Settings{}, nil
	}
	data, err := json.Marshal(t.Kubernetes)
	if err != nil {
		return settings.Settings{}, err
	}
	return settings.Parse(data)
}

// Defaults hold for every manifest that does not say otherwise.
type Defaults struct {
	Template         string   `yaml:"template,omitempty" jsonschema_description:"Template under every manifest, relative to submitter.yaml."`
	TableDefinitions []string `yaml:"table-definitions,omitempty" jsonschema_description:"DDL before every query, relative to submitter.yaml; runs before the manifest's own."`
	Target           string   `yaml:"target,omitempty"`
	FlinkVersion     value    `yaml:"flink-version,omitempty"`
}

// GatewayURL gives the gateway for a version of Flink: that of the very version,
// or of its line (2.3 for 2.3.1).
func (c *Config) GatewayURL(version string) (string, bool) {
	if u, ok := c.Gateways[version]; ok {
		return u, true
	}
	if parts := strings.SplitN(version, ".", 3); len(parts) == 3 {
		u, ok := c.Gateways[parts[0]+"."+parts[1]]
		return u, ok
	}
	return "", false
}

// Where says where a key of submitter.yaml stands.
func (c *Config) Where(key string) Position {
	for k := key; k != ""; k = parent(k) {
		if p, ok := c.positions[k]; ok {
			return p.key
		}
	}
	return Position{File: c.File, Line: 1}
}

// loadConfig reads submitter.yaml.
func (l *loader) loadConfig(path string) *Config {
	c := &Config{File: shown(path), positions: map[string]place{}}
	data, err := l.reader.read(path)
	if err != nil {
		l.add(Position{File: shown(path)}, err.Error(), "")
		return c
	}
	file := parseYAML(shown(path), data, &l.report)
	if len(file.roots) == 0 {
		return c
	}
	d := &decoder{file: file, places: c.positions}
	d.into("", file.roots[0], reflect.ValueOf(c).Elem(), nil)
	if len(file.roots) > 1 {
		d.add(d.at(file.roots[1]), ConfigName+" is one document; this is a second one", "")
	}
	l.absorb(d.problems)
	l.checkConfig(c)
	l.absorb(nil)
	return c
}

func (l *loader) checkConfig(c *Config) {
	valueAt := func(key string) Position { return c.positions[key].value }
	if message, suggestion := checkStore(c.Store); message != "" {
		l.add(valueAt("store"), message, suggestion)
	}
	for _, version := range slices.Sorted(maps.Keys(c.Gateways)) {
		at := "gateways." + version
		if !flinkVersion.MatchString(version) {
			l.add(c.Where(at), fmt.Sprintf("'%s' is no version of Flink", clip(version)), "write it like \"2.3\"")
		}
		u, err := url.Parse(c.Gateways[version])
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
			l.add(valueAt(at), "a gateway is the URL of a SQL Gateway, without user and password", "write it like http://localhost:8083")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Targets)) {
		at := "targets." + name
		if slices.Contains(TargetKinds, name) && c.Targets[name].Kind != name && c.Targets[name].Kind != "" {
			l.add(c.Where(at), fmt.Sprintf("target '%s' has the name of a kind, but is of kind %s", name, c.Targets[name].Kind), "give it another name")
		}
		if _, given := c.positions[at+".kind"]; !given {
			l.add(c.Where(at), fmt.Sprintf("target '%s' has no kind", clip(name)), "it is one of: "+strings.Join(TargetKinds, ", "))
		}
		for _, secret := range plainSecrets(at+".kubernetes", map[string]any(c.Targets[name].Kubernetes)) {
			l.warnings = append(l.warnings, readableSecret(valueAt(secret)))
		}
		s, err := c.Targets[name].Settings()
		if found := s.FlinkOptions(); err == nil && found != nil {
			err = settings.KeyErrors(found)
		}
		for _, p := range blockProblems(at+".kubernetes", err) {
			l.add(c.Where(p.key), p.message, p.suggestion)
		}
	}
	known := append(slices.Sorted(maps.Keys(c.Targets)), TargetKinds...)
	if t := c.Defaults.Target; t != "" && !slices.Contains(known, t) {
		l.add(valueAt("defaults.target"), fmt.Sprintf("no target is called '%s'", clip(t)), didYouMean(t, known))
	}
	if v := string(c.Defaults.FlinkVersion); v != "" && !flinkVersion.MatchString(v) {
		l.add(valueAt("defaults.flink-version"), fmt.Sprintf("'%s' is no version of Flink", clip(v)), "write it like 2.3")
	}
}

// checkStore looks at the form of a bucket URL. Flink knows buckets with a path,
// the bucket library prefixes; one notation is enough.
func checkStore(store string) (message, suggestion string) {
	if store == "" {
		return "", ""
	}
	u, err := url.Parse(store)
	switch {
	case err != nil || u.Scheme == "":
		return "store is not a bucket URL", "write it like file:///dir or s3://bucket?prefix=prod/"
	case u.User != nil:
		return "store cannot hold user and password", "the environment has the credentials"
	case u.Scheme != "file" && strings.Trim(u.Path, "/") != "":
		return "a bucket URL has no path", fmt.Sprintf("write %s://%s?prefix=%s/", u.Scheme, u.Host, strings.Trim(u.Path, "/"))
	}
	return "", ""
}

// findConfig looks for submitter.yaml in the folders of a path, upwards.
func findConfig(path string) string {
	dir := path
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		dir = filepath.Dir(path)
	}
	up, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		candidate := filepath.Join(dir, ConfigName)
		if info, err := os.Stat(candidate); err == nil && info.Mode().IsRegular() {
			return candidate
		}
		if filepath.Dir(up) == up {
			return ""
		}
		up, dir = filepath.Dir(up), filepath.Join(dir, "..")
		if filepath.IsAbs(dir) || strings.HasPrefix(dir, "..") {
			dir = up // a/../../submitter.yaml reads badly
		}
	}
}
