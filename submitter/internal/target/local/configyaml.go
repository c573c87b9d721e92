//go:build linux

package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// readOptions reads a config.yaml into flat options, as Flink flattens it
// (org.apache.flink.configuration.GlobalConfiguration).
func readOptions(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("Flink's configuration: %w", err)
	}
	var root map[string]any
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("Flink's configuration %s: %w", path, err)
	}
	out := map[string]string{}
	flatten(out, "", root)
	return out, nil
}

func flatten(out map[string]string, prefix string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if prefix != "" {
				k = prefix + "." + k
			}
			flatten(out, k, inner)
		}
	case nil:
	case []any:
		text, err := json.Marshal(v) // YAML in flow style
		if err == nil {
			out[prefix] = string(text)
		}
	default:
		out[prefix] = fmt.Sprint(v)
	}
}

// configYAML writes options as Flink's config.yaml, one line each, sorted.
// Values are quoted the way JSON does, which YAML reads as the same string.
func configYAML(options map[string]string) ([]byte, error) {
	var out bytes.Buffer
	for _, k := range slices.Sorted(maps.Keys(options)) {
		if !utf8.ValidString(k) || !utf8.ValidString(options[k]) {
			return nil, fmt.Errorf("option %q is not UTF-8", k)
		}
		out.Write(quoted(k))
		out.WriteString(": ")
		out.Write(quoted(options[k]))
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

func quoted(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	return bytes.TrimRight(b.Bytes(), "\n")
}

// logConf is log4j's configuration of every Flink process: one file, bounded,
// and nothing on the console, which is for what the job itself prints. The file
// is named by the environment because all processes share the directory.
const logConf = `# Written for one launch; changes are lost.
rootLogger.level = ${env:ROOT_LOG_LEVEL:-INFO}
rootLogger.appenderRef.file.ref = File

appender.file.name = File
appender.file.type = RollingFile
appender.file.append = true
appender.file.fileName = ${env:FLINK_SQL_LOG}
appender.file.filePattern = ${env:FLINK_SQL_LOG}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 20MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3

logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
`

// logConfNames are the names under which Flink's scripts and the driver look.
var logConfNames = []string{"log4j-console.properties", "log4j.properties"}

// writeConf writes a configuration directory.
func writeConf(dir string, options map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	data, err := configYAML(options)
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(dir, "config.yaml"), data); err != nil {
		return err
	}
	for _, name := range logConfNames {
		if err := replaceFile(filepath.Join(dir, name), []byte(logConf)); err != nil {
			return err
		}
	}
	return nil
}

// replaceFile writes a file as a whole or not at all.
func replaceFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
