package flink

import "strings"

// Option is one key and value.
type Option struct{ Key, Value string }

// Options are options in the order in which they were given; later ones win.
type Options []Option

// Get returns the last value of a key.
func (o Options) Get(key string) (string, bool) {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].Key == key {
			return o[i].Value, true
		}
	}
	return "", false
}

// DynamicOptions returns the options given as "-D k=v" and "-Dk=v" arguments,
// wherever they stand, as FlinkConfigLoader picks them. An option without a
// value counts as "true".
func DynamicOptions(args []string) Options {
	var options Options
	for i := 0; i < len(args); i++ {
		text, ok := strings.CutPrefix(args[i], "-D")
		if !ok {
			continue
		}
		if text == "" {
			if i++; i == len(args) {
				break
			}
			text = args[i]
		}
		key, value, found := strings.Cut(text, "=")
		if !found {
			value = "true"
		}
		options = append(options, Option{key, value})
	}
	return options
}

// PropertiesFrom reads the lines "key: value" of the variable FLINK_PROPERTIES
// as the official image does, but keeps blanks inside of values.
func PropertiesFrom(text string) Options {
	var options Options
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, ":")
		if key = strings.TrimSpace(key); !ok || key == "" || strings.HasPrefix(key, "#") {
			continue
		}
		options = append(options, Option{key, strings.TrimSpace(value)})
	}
	return options
}

// A Source answers what the value of an option is.
type Source interface {
	Get(key string) (string, bool)
}

// Layers asks its sources in order; the first that knows an option wins.
type Layers []Source

// Get implements Source.
func (l Layers) Get(key string) (string, bool) {
	for _, s := range l {
		if v, ok := s.Get(key); ok {
			return v, true
		}
	}
	return "", false
}
