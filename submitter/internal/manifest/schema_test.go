package manifest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

func compileSchema(t *testing.T, render func() ([]byte, error)) *jsonschema.Schema {
	t.Helper()
	text, err := render()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate checks every document of a YAML text.
func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	for {
		var v any
		if err := d.Decode(&v); err != nil {
			return nil
		}
		if v == nil {
			continue
		}
		if err := s.Validate(plainJSON(v)); err != nil {
			return err
		}
	}
}

// plainJSON makes keys texts, as JSON has them.
func plainJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = plainJSON(v[k])
		}
	case map[any]any:
		out := map[string]any{}
		for k, e := range v {
			b, _ := yaml.Marshal(k)
			out[strings.TrimSpace(string(b))] = plainJSON(e)
		}
		return out
	case []any:
		for i := range v {
			v[i] = plainJSON(v[i])
		}
	}
	return v
}

func TestSchemaIsGolden(t *testing.T) {
	for name, render := range map[string]func() ([]byte, error){"manifest.json": Schema, "config.json": ConfigSchema} {
		got, err := render()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "schema", name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func TestSchemaAcceptsWhatLoadAccepts(t *testing.T) {
	manifest, config := compileSchema(t, Schema), compileSchema(t, ConfigSchema)
	paths, err := filepath.Glob("testdata/good/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no good manifests")
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			schema := manifest
			switch base := filepath.Base(f.Name); {
			case base == ConfigName:
				schema = config
			case base == TemplateName, base == "vars.yaml", strings.HasPrefix(base, "."), strings.Contains(f.Name, "/."), !isYAML(base):
				continue
			}
			if err := validate(t, schema, f.Data); err != nil {
				t.Errorf("%s: %s: %v", path, f.Name, err)
			}
		}
	}
	validateExamples(t, manifest, config)
}

func validateExamples(t *testing.T, manifest, config *jsonschema.Schema) {
	t.Helper()
	err := filepath.WalkDir("../../../examples", func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || !isYAML(path) || e.Name() == TemplateName {
			return err
		}
		schema := manifest
		if e.Name() == ConfigName {
			schema = config
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.Contains(string(text), "\napiVersion:") {
			return nil // Kubernetes' own objects
		}
		if err := validate(t, schema, text); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSchemaRejects(t *testing.T) {
	manifest, config := compileSchema(t, Schema), compileSchema(t, ConfigSchema)
	for _, text := range []string{
		"sql: SELECT 1", "name: a", "name: A\nsql: x", "name: a\nsql: x\nsql-file: y", "name: a\nsql: x\nsqlfile: y",
		"name: 1\nsql: x", "name: a\nsql: x\nparallelism: many", "name: a\nsql: x\nparallelism: 0", "name: a\nsql: x\nstate: runing",
		"name: a\nsql: x\nupgrade: {hand-over: warm}", "name: a\nsql: x\nyarn: {}", "name: a\ncode: x",
		"name: a\nsql: x\nresources: [{name: b}]", "name: a\nsql: x\nresources: [{jar: b, file: c}]",
		"name: a\nsql: x\nmetadata-columns: {other: b}", "name: a\nsql: x\nflinkProperties: {a: [1]}",
		"name: a\nsql: x\nupgrade: {drain: maybe}", "[]",
		"name: abcdefghijklmnopqrstuvwxyzabcdefghijklm\nsql: x",
	} {
		if validate(t, manifest, []byte(text)) == nil {
			t.Errorf("accepted:\n%s", text)
		}
	}
	for _, text := range []string{"stoer: x", "targets: {a: {}}", "targets: {a: {kind: yarn}}", "gateways: [x]", "defaults: {templte: x}"} {
		if validate(t, config, []byte(text)) == nil {
			t.Errorf("accepted:\n%s", text)
		}
	}
}
