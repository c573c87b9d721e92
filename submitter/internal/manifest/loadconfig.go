package manifest

import "context"

// LoadConfig reads submitter.yaml alone: the file named, or the nearest one from
// dir upwards; an empty Config where there is none. For commands without manifests.
func LoadConfig(ctx context.Context, file, dir string) (*Config, error) {
	l := &loader{reader: &reader{ctx: ctx, cache: map[string]readResult{}}}
	if file == "" {
		file = findConfig(dir)
	}
	if file == "" {
		return &Config{}, nil
	}
	c := l.loadConfig(file)
	return c, l.err()
}
