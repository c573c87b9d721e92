package compile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// checkCatalogSecrets refuses a plan that has a secret of a catalog's in it: tables of a
// JDBC catalog, and tables made LIKE them, have the catalog's password among their
// options, and a plan has a table's options in plain text. A value that the job's own
// tables or hints write out is its author's.
func checkCatalogSecrets(job *manifest.Job, raw []byte) error {
	decoded, err := decodePlan(raw)
	if err != nil {
		return err
	}
	written, tables := optionsOf(job), plannedTables(decoded)
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		options := tables[table]
		for _, key := range slices.Sorted(maps.Keys(options)) {
			value, _ := options[key].(string)
			if value == "" || !launch.Masked(key) || strings.Contains(value, "${secret:") || written[[2]string{key, value}] {
				continue
			}
			return &Error{At: job.Where("sql"), Key: "sql", Cause: fmt.Sprintf(
				"the compiled plan would hold '%[1]s' of %[2]s in plain text, as its catalog knows it. Write a secret in its place, which is filled in when the job starts: "+
					"%[2]s /*+ OPTIONS('%[1]s' = '${secret:NAME}') */ in the query, or a table of your own, CREATE TABLE … WITH ('%[1]s' = '${secret:NAME}') LIKE %[2]s",
				key, table)}
		}
	}
	return nil
}

// optionsOf are the options that a job's statements write out for tables.
func optionsOf(job *manifest.Job) map[[2]string]bool {
	written := map[[2]string]bool{}
	for _, s := range statementsOf(job) {
		if s.Kind == sqltext.CreateCatalog {
			continue
		}
		for _, o := range s.Options() {
			written[[2]string{o.Key, o.Value}] = true
		}
	}
	return written
}

// plannedTables are the options of every table that a plan has, by its name.
func plannedTables(v any) map[string]map[string]any {
	found := map[string]map[string]any{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			name, _ := v["identifier"].(string)
			resolved, _ := v[resolvedTable].(map[string]any)
			if options, ok := resolved["options"].(map[string]any); ok {
				if found[name] == nil {
					found[name] = map[string]any{}
				}
				maps.Copy(found[name], options)
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(v)
	return found
}
