package manifest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestAddressesArePrintedWithoutSecrets: of a remote file scheme, host and path are
// shown, and files beside it are asked for with its user.
func TestAddressesArePrintedWithoutSecrets(t *testing.T) {
	const base, query = "https://user:s3cret@h/dir/", "?X-Amz-Signature=s3cret&token=s3cret"
	files := map[string]string{
		base + "bad.yaml" + query:   "name: bad\nsql-file: query.sql\nnonsense: 1\n",
		base + "none.yaml" + query:  "name: none\nsql-file: https://me:s3cret@other" + strings.Repeat("/x", 40) + ".sql" + query + "\n",
		base + "lib.yaml" + query:   "name: lib\nsql-file: query.sql\nresources:\n  - jar: https://me:s3cret@h/x.jar" + query + "\n  - jar: https://h/%zz.jar" + query + "\n",
		base + "empty.yaml" + query: "",
		base + "query.sql":          "SELECT ${NONE};\n",
		base + "vars.yaml" + query:  "[1]\n",
	}
	var asked []string
	o := Options{
		VarFiles: []string{base + "vars.yaml" + query, base + "novars.yaml" + query},
		Template: base + "template.yaml" + query,
		Remote: func(_ context.Context, uri string) ([]byte, error) {
			asked = append(asked, uri)
			if text, ok := files[uri]; ok {
				return []byte(text), nil
			}
			return nil, errors.New("no such object")
		},
	}
	for file := range files {
		if strings.Contains(file, ".yaml") && !strings.Contains(file, "vars") {
			o.Paths = append(o.Paths, file)
		}
	}
	set, err := Load(t.Context(), o)
	var bad *Error
	if !errors.As(err, &bad) || len(bad.Problems) < 6 {
		t.Fatalf("%v", err)
	}
	if text := fmt.Sprintf("%+v %+v %v", bad.Problems, set.Warnings, err); strings.Contains(text, "s3cret") {
		t.Errorf("a secret is printed: %s", text)
	}
	if !slices.ContainsFunc(bad.Problems, func(p Problem) bool { return p.At.File == "https://h/dir/query.sql" && p.At.Line == 1 }) {
		t.Errorf("where the query is: %v", err)
	}
	if !slices.Contains(asked, base+"query.sql") {
		t.Errorf("asked for %q", asked)
	}
}
