// Package flinkconf reads and writes Flink's config.yaml as flat options.
package flinkconf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Read reads a config.yaml into flat options, as Flink flattens it
// (org.apache.flink.configuration.GlobalConfiguration).
func Read(path string) (map[string]string, error) {
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

// Marshal writes options as Flink's config.yaml, one line each, sorted.
// Values are quoted the way JSON does, which YAML reads as the same string.
func Marshal(options map[string]string) ([]byte, error) {
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
