package charts

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// keys is a schema that knows the names of keys alone, of those mappings that take no
// others. What stands under them is the submitter's to judge: it knows more than a schema,
// and says where.
type keys struct {
	AdditionalProperties any              `json:"additionalProperties,omitempty"`
	Properties           map[string]*keys `json:"properties,omitempty"`
}

// manifestKeys are those that `submitter schema` prints. It is built as `make build` does,
// which leaves nothing but linking to do.
func manifestKeys(t *testing.T) *keys {
	t.Helper()
	cmd := exec.Command("go", "run", "-trimpath", "-tags", "disable_grpc_modules", "../submitter", "schema")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("submitter schema: %v", err)
	}
	var all keys
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	all.open()
	return &all
}

// open makes mappings that take any key say nothing.
func (k *keys) open() {
	if k.AdditionalProperties != false {
		k.AdditionalProperties, k.Properties = nil, nil
	}
	for _, below := range k.Properties {
		below.open()
	}
}

// kubernetesKeys are those of the block kubernetes, read from the type that has them.
func kubernetesKeys(t *testing.T) *keys {
	t.Helper()
	const sources = "../submitter/internal/target/kubernetes/settings/*.go"
	files, err := filepath.Glob(sources)
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]*ast.StructType{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if s, ok := spec.Type.(*ast.StructType); ok {
					types[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	if types["Settings"] == nil {
		t.Fatalf("no type Settings in %s", sources)
	}
	return keysOf(types["Settings"], types)
}

// keysOf goes down into types of the same package; all others are Kubernetes' own.
func keysOf(s *ast.StructType, types map[string]*ast.StructType) *keys {
	all := &keys{AdditionalProperties: false, Properties: map[string]*keys{}}
	for _, field := range s.Fields.List {
		name, _, _ := strings.Cut(reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("json"), ",")
		of := field.Type
		if pointer, ok := of.(*ast.StarExpr); ok {
			of = pointer.X
		}
		all.Properties[name] = &keys{}
		if ident, ok := of.(*ast.Ident); ok && types[ident.Name] != nil {
			all.Properties[name] = keysOf(types[ident.Name], types)
		}
	}
	return all
}
