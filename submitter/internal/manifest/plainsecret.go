package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"flink-sql-driver/plan/launch"
)

// plainSecrets are the keys of a block under which an environment variable has a value,
// written out, that its name says is a secret.
func plainSecrets(path string, v any) []string {
	var found []string
	switch v := v.(type) {
	case []any:
		for i := range v {
			found = append(found, plainSecrets(fmt.Sprintf("%s[%d]", path, i), v[i])...)
		}
	case map[string]any:
		name, _ := v["name"].(string)
		if value, _ := v["value"].(string); value != "" && launch.MaskedVariable(name) && !namesFile(name) {
			found = append(found, join(path, "value"))
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			found = append(found, plainSecrets(join(path, k), v[k])...)
		}
	}
	return found
}

// namesFile reports whether a variable says where a secret is.
func namesFile(name string) bool {
	return slices.ContainsFunc([]string{"_FILE", "_PATH", "_DIR", "_URL", "_URI", "_NAME", "_ARN"}, func(end string) bool {
		return strings.HasSuffix(strings.ToUpper(name), end)
	})
}

// readableSecret tells that one stands where many may read it.
func readableSecret(at Position) Problem {
	return Problem{at, "this secret is readable in the pod's description and in the job's record in the bucket", "take it from a Secret: valueFrom.secretKeyRef in place of value, or envFrom"}
}
