package charts

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// narrower is what a default alone does not tell of a value, by the end of its path.
var narrower = map[string]map[string]any{
	"manifest":        {"type": []string{"object", "string", "null"}},
	"imagePullPolicy": {"enum": []string{"Always", "IfNotPresent", "Never"}},
	"port":            {"minimum": 1, "maximum": 65535},
	"timeout":         {"minimum": 1},
	"keep":            {"minimum": 0},
	"files":           {"additionalProperties": map[string]any{"type": "string"}},
	"jobNamespaces":   {"items": map[string]any{"type": "string"}},
	"args":            {"items": map[string]any{"type": "string"}},
	"gateway":         {"pattern": "^(https?://.*)?$"},
}

func TestSchema(t *testing.T) {
	for _, chart := range names {
		t.Run(chart, func(t *testing.T) {
			s := object(valuesOf(t, chart))
			s["$schema"] = "http://json-schema.org/draft-07/schema#"
			s["title"] = "Values of " + chart
			// Helm hands the values of a parent chart on under this name.
			properties := s["properties"].(map[string]any)
			properties["global"] = map[string]any{"type": "object"}
			if chart == "flink-sql-job" {
				closeJob(t, properties)
			}
			out, err := json.MarshalIndent(s, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join(chart, "values.schema.json"), string(out)+"\n")
		})
	}
}

// closeJob lets helm itself refuse keys that the submitter does not know.
func closeJob(t *testing.T, properties map[string]any) {
	t.Helper()
	manifest, block := manifestKeys(t), kubernetesKeys(t)
	manifest.Properties["kubernetes"] = block
	for key, known := range map[string]*keys{"manifest": manifest, "kubernetes": block} {
		s := properties[key].(map[string]any)
		s["additionalProperties"], s["properties"] = false, known.Properties
	}
}

// object is the schema of a mapping that takes no other keys.
func object(values []value) map[string]any {
	properties := map[string]any{}
	for _, v := range values {
		properties[v.key] = schemaOf(v)
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}

func schemaOf(v value) map[string]any {
	if v.children != nil {
		return object(v.children)
	}
	s := map[string]any{"description": v.comment, "type": typeOf(v.node)}
	for key, more := range narrower[v.path[strings.LastIndex(v.path, ".")+1:]] {
		s[key] = more
	}
	return s
}

func typeOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "object"
	case yaml.SequenceNode:
		return "array"
	}
	switch n.ShortTag() {
	case "!!bool":
		return "boolean"
	case "!!int":
		return "integer"
	}
	return "string"
}
