package manifest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/invopop/jsonschema"
)

// Schema is the JSON Schema (2020-12) of a manifest.
func Schema() ([]byte, error) { return schemaOf(&document{}, "Manifest of a Flink SQL job") }

// ConfigSchema is the JSON Schema (2020-12) of submitter.yaml.
func ConfigSchema() ([]byte, error) { return schemaOf(&Config{}, "submitter.yaml") }

func schemaOf(v any, title string) ([]byte, error) {
	r := &jsonschema.Reflector{
		FieldNameTag:   "yaml",
		Anonymous:      true,
		DoNotReference: true,
		ExpandedStruct: true,
	}
	s := r.Reflect(v)
	s.Title = title
	onlyBuilt(s, "")
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("JSON Schema of %s: %w", title, err)
	}
	return append(out, '\n'), nil
}

// onlyBuilt takes out of a schema what is not built yet.
func onlyBuilt(s *jsonschema.Schema, path string) {
	s.Enum = slices.DeleteFunc(s.Enum, func(v any) bool {
		text, ok := v.(string)
		return ok && !built(path, text)
	})
	if s.AdditionalProperties != nil {
		onlyBuilt(s.AdditionalProperties, join(path, "*"))
	}
	if s.Properties == nil {
		return
	}
	for _, key := range propertyNames(s) {
		property, _ := s.Properties.Get(key)
		if !built(join(path, key), "") {
			s.Properties.Delete(key)
			continue
		}
		onlyBuilt(property, join(path, key))
	}
}

func propertyNames(s *jsonschema.Schema) []string {
	var names []string
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		names = append(names, p.Key)
	}
	return names
}

// The types that read their YAML themselves also say what they accept.

// JSONSchema of any scalar.
func (value) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}}
}

// JSONSchema of a text.
func (textNode) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "string"} }

// JSONSchema of Flink options, flat or nested.
func (properties) JSONSchema() *jsonschema.Schema {
	option := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "string"}, {Type: "number"}, {Type: "boolean"}, {Type: "object"},
	}}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "object", AdditionalProperties: option}, {Type: "null"},
	}}
}

// JSONSchema of metadata-columns.
func (columns) JSONSchema() *jsonschema.Schema {
	names := jsonschema.NewProperties()
	for _, name := range MetadataColumnNames {
		names.Set(name, &jsonschema.Schema{Type: "string"})
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "boolean"},
		{Type: "object", Properties: names, AdditionalProperties: jsonschema.FalseSchema},
	}}
}

// JSONSchemaExtend adds what no struct tag can say.
func (document) JSONSchemaExtend(s *jsonschema.Schema) {
	name, _ := s.Properties.Get("name")
	limit := uint64(maxName)
	name.Pattern, name.MaxLength = dnsLabel.String(), &limit
	for _, key := range []string{"sql", "sql-file"} {
		s.OneOf = append(s.OneOf, &jsonschema.Schema{Required: []string{key}})
	}
}

// JSONSchemaExtend adds that a resource has exactly one source.
func (resource) JSONSchemaExtend(s *jsonschema.Schema) {
	for _, key := range []string{"jar", "file", "archive"} {
		s.OneOf = append(s.OneOf, &jsonschema.Schema{Required: []string{key}})
	}
}
