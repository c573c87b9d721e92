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
		at, key := writes(job)
		return &Error{At: at, Key: key, Cause: fmt.Sprintf(
			"Flink cannot write %[1]s from a compiled plan: it finds a sink by its option 'connector', which a table of this catalog does not have. "+
				"Write through a definition that has it: CREATE TABLE %[2]s WITH ('connector' = '…') LIKE %[1]s, with the connector of the catalog ('paimon' for Paimon), and INSERT INTO %[2]s",
			t.Identifier, sqltext.QuotePath(builtinCatalog, builtinDatabase, path[len(path)-1]))}
	}
	return nil
}

// writes is where a job says what it writes: at its target table, or at its script's
// last statement.
func writes(job *manifest.Job) (manifest.Position, string) {
	if job.TargetTable != "" {
		return job.Where("target-table"), "target-table"
	}
	statements, err := split(job.SQL)
	if err != nil || len(statements) == 0 {
		return job.SQL.At, "sql"
	}
	return inStatement(job.SQL, statements[len(statements)-1])(0, 0), "sql"
}
