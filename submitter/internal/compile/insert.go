package compile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// queryView is what the user's SELECT is called in the session while its columns
// are asked for.
const queryView = "submitter$query"

// column is one line of DESCRIBE.
type column struct {
	name string
	typ  string // as SQL: TIMESTAMP(3)
	// extra is what DESCRIBE says under extras: AS … of a computed column, METADATA …
	extra string
}

// writable reports whether an INSERT may name the column.
func (c column) writable() bool {
	return c.extra == "" || c.isMetadata() && !strings.Contains(c.extra, "VIRTUAL")
}

func (c column) isMetadata() bool { return strings.HasPrefix(c.extra, "METADATA") }

// compileSelect compiles a SELECT into the target table, by column name.
func (j *job) compileSelect(ctx context.Context, uri string, source manifest.Source, s sqltext.Statement) ([]string, error) {
	head := "CREATE TEMPORARY VIEW " + sqltext.Quote(queryView) + " AS\n"
	inside := below(source, s, j.Job.Where("target-table"))
	if err := j.session.Configure(ctx, head+s.Text); err != nil {
		return nil, j.failed(err, "sql", inside)
	}
	query, err := j.describe(ctx, sqltext.Quote(queryView))
	if err != nil {
		return nil, j.failed(err, "sql", inside)
	}
	targetAt := j.Job.Where("target-table")
	path, err := sqltext.Path(j.Job.TargetTable)
	if err != nil {
		return nil, &Error{At: targetAt, Key: "target-table", Cause: err.Error()}
	}
	name := sqltext.QuotePath(path...)
	target, err := j.describe(ctx, name)
	if err != nil {
		return nil, j.failed(err, "target-table", fixed(targetAt))
	}
	values, err := match(j.Input, query, target)
	if err != nil {
		return nil, err
	}
	insert := sqltext.Statement{Text: writeInsert(name, values, s.Text), Kind: sqltext.Insert}
	text, shift := sqltext.CompilePlan(uri, insert)
	err = j.compilePlan(ctx, text, uri)
	columns := make([]string, len(values))
	for i, v := range values {
		columns[i] = v.column
	}
	return columns, j.compiled(err, uri, func(line, column int) manifest.Position {
		if line == 0 {
			return targetAt // about the two together: types, mostly
		}
		line, column = shift(line, column)
		if line < 2 {
			return targetAt
		}
		return source.Position(s.Position(line-1, column))
	})
}

// below is for a statement of ours whose first line is followed by the user's.
func below(source manifest.Source, s sqltext.Statement, otherwise manifest.Position) places {
	inside := inStatement(source, s)
	return func(line, column int) manifest.Position {
		switch {
		case line == 0:
			return inside(0, 0)
		case line == 1:
			return otherwise
		}
		return inside(line-1, column)
	}
}

// value is what is written to one column of the target.
type value struct {
	column string
	sql    string
}

// writeInsert writes the statement; the user's SELECT begins at its second line, so
// that positions are easily mapped back.
func writeInsert(target string, values []value, query string) string {
	var columns, expressions []string
	for _, v := range values {
		columns = append(columns, sqltext.Quote(v.column))
		expressions = append(expressions, v.sql)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM (\n%s\n)",
		target, strings.Join(columns, ", "), strings.Join(expressions, ", "), query)
}

// match finds for each column of the target what the query or the metadata has for
// it, in the target's order.
func match(in Input, query, target []column) ([]value, error) {
	meta, err := metadata(in, query, target)
	if err != nil {
		return nil, err
	}
	var values []value
	var missing []string
	for _, t := range target {
		switch sql, ok := meta[t.name]; {
		case !t.writable():
		case ok:
			values = append(values, value{t.name, sql})
		case has(query, t.name):
			values = append(values, value{t.name, sqltext.Quote(t.name)})
		case t.isMetadata(): // may be left out: headers and keys of a message
		default:
			missing = append(missing, t.name)
		}
	}
	var surplus []string
	for _, q := range query {
		if !slices.ContainsFunc(target, func(t column) bool { return t.name == q.name && t.writable() }) {
			surplus = append(surplus, q.name)
		}
	}
	if cause := mismatch(in.Job.TargetTable, missing, surplus); cause != "" {
		return nil, &Error{At: in.Job.Where("target-table"), Key: "target-table", Cause: cause}
	}
	return values, nil
}

// mismatch says which columns have no counterpart. Columns go by name; a name that
// differs in case only is the likeliest mistake.
func mismatch(table string, missing, surplus []string) string {
	var parts []string
	if len(missing) > 0 {
		parts = append(parts, fmt.Sprintf("the query does not produce %s of %s", list(missing), table))
	}
	if len(surplus) > 0 {
		parts = append(parts, fmt.Sprintf("%s has no column for %s of the query", table, list(surplus)))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", and ") + "; columns are matched by name, case included"
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "'" + n + "'"
	}
	return strings.Join(quoted, ", ")
}

func has(columns []column, name string) bool {
	return slices.ContainsFunc(columns, func(c column) bool { return c.name == name })
}

// describe lists the columns of a table or view.
func (j *job) describe(ctx context.Context, name string) ([]column, error) {
	r, err := j.session.Execute(ctx, "DESCRIBE "+name, nil)
	if err != nil {
		return nil, err
	}
	return described(r)
}

func described(r *gateway.Result) ([]column, error) {
	name, typ, extra := r.Index("name"), r.Index("type"), r.Index("extras")
	if name < 0 || typ < 0 || extra < 0 {
		return nil, fmt.Errorf("DESCRIBE answers without the columns name, type and extras: %v", r.Columns)
	}
	var columns []column
	for _, row := range r.Rows {
		columns = append(columns, column{row.Text(name), row.Text(typ), row.Text(extra)})
	}
	return columns, nil
}
