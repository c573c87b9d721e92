package compile

import (
	"slices"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// sortsRows is the node that Flink compiles for an ORDER BY of a streaming query by
// something else than its time, and refuses to start unless an option for Flink's own
// tests is set (StreamExecSort, InternalConfigOptions).
const (
	sortsRows  = "stream-exec-sort_"
	sortOption = "__table.exec.sort.non-temporal.enabled__"
)

// checkSorts refuses a plan that would fail when it starts, before anything is stopped
// for it.
func checkSorts(job *manifest.Job, compiled *plan.Compiled) error {
	sorts := func(n plan.Node) bool { return strings.HasPrefix(n.RawType, sortsRows) }
	if !slices.ContainsFunc(compiled.Nodes(), sorts) || strings.EqualFold(job.Session()[sortOption], "true") {
		return nil
	}
	return &Error{At: whereSorted(job), Key: "sql", Cause: "a streaming query cannot sort its rows by anything but its time attribute, ascending: Flink compiles this ORDER BY and fails when the job starts. " +
		"Sort by the time attribute first, add a LIMIT, leave the ORDER BY out, or run the job with execution.runtime-mode: batch"}
}

// whereSorted is the outermost ORDER BY of a SELECT, or the statement that has one.
func whereSorted(job *manifest.Job) manifest.Position {
	statements, err := sqltext.Split(job.SQL.Text)
	if err != nil || len(statements) == 0 {
		return job.SQL.At
	}
	last := statements[len(statements)-1]
	offset := 0
	if o, ok := sqltext.OutlineOf(last.Text); ok && last.Kind == sqltext.Select && len(o.Keys) > 0 {
		offset = o.Keys[0].Span[0]
	}
	return job.SQL.Position(last.At(offset))
}
