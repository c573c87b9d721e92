package compile

import (
	"fmt"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// checkSinks refuses a plan that Flink compiles and cannot run: it looks for the
// connector of a sink in the table's options alone (DynamicTableSinkSpec), and tables of
// a catalog such as Paimon's have none. Sources are looked for in their catalog as well.
func checkSinks(job *manifest.Job, compiled *plan.Compiled, inMemory map[string]bool) error {
	for _, t := range compiled.Sinks() {
		path, err := sqltext.Path(t.Identifier)
		if err != nil || inMemory[path[0]] || t.Connector() != "" {
			continue
		}
		key := "sql"
		if job.TargetTable != "" {
			key = "target-table"
		}
		return &Error{At: job.Where(key), Key: key, Cause: fmt.Sprintf(
			"Flink cannot write %[1]s from a compiled plan: it finds a sink by its option 'connector', which a table of this catalog does not have. "+
				"Write through a definition that has it: CREATE TABLE %[2]s WITH ('connector' = '…') LIKE %[1]s, with the connector of the catalog ('paimon' for Paimon), and INSERT INTO %[2]s",
			t.Identifier, sqltext.QuotePath(builtinCatalog, builtinDatabase, path[len(path)-1]))}
	}
	return nil
}
