package compile

import (
	"fmt"
	"slices"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// checkSecrets is a second look, after the manifest's, at what became of secrets: in
// a plan they stand in options of tables, where the driver fills them in, and one
// that a hint of the query has is there. (A table's may be missing: not every table
// that is defined is used.)
func checkSecrets(job *manifest.Job, raw []byte) error {
	mentions, err := plan.Mentions(raw)
	if err == nil {
		err = plan.StraySecrets(mentions)
	}
	if err != nil {
		return &Error{At: job.SQL.At, Key: "sql", Cause: err.Error()}
	}
	statements, err := split(job.SQL)
	if err != nil {
		return err
	}
	for _, s := range statements {
		if s.Kind != sqltext.Insert && s.Kind != sqltext.StatementSet && s.Kind != sqltext.Select {
			continue
		}
		for _, m := range s.Mentions() {
			if m.Scheme != "secret" || m.Escaped || slices.ContainsFunc(mentions, func(in plan.Mention) bool { return in.Place == plan.InOption && in.Name == m.Name }) {
				continue
			}
			return &Error{At: inStatement(job.SQL, s)(0, 0), Key: "sql", Cause: fmt.Sprintf(
				"the secret %s reached no table's options in the compiled plan, so the job would run without it; write it into the WITH (…) of its table", m.Name)}
		}
	}
	return nil
}
