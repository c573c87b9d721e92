package manifest

import "github.com/invopop/jsonschema"

// templateDocument is a document in which nothing is required.
type templateDocument document

// JSONSchemaExtend keeps what a document says of its keys.
func (templateDocument) JSONSchemaExtend(s *jsonschema.Schema) {
	document{}.JSONSchemaExtend(s)
	s.Required, s.OneOf = nil, nil
}

// TemplateSchema is the JSON Schema (2020-12) of a template: a manifest's, without
// what every job must say for itself.
func TemplateSchema() ([]byte, error) {
	return schemaOf(&templateDocument{}, "Template under manifests of Flink SQL jobs")
}

// DidYouMean names the known word nearest to what was written: "did you mean
// 'state'?", or nothing if none is near.
func DidYouMean(written string, known []string) string { return didYouMean(written, known) }
