package compile

import (
	"context"
	"fmt"
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

// compileSelect compiles a SELECT into the target table.
func (j *job) compileSelect(ctx context.Context, uri string, source manifest.Source, s sqltext.Statement) ([]string, error) {
	s.Text = sqltext.SelectOnly(s.Text)
	targetAt := j.Job.Where("target-table")
	head := "CREATE TEMPORARY VIEW " + sqltext.Quote(queryView) + " AS\n"
	inside := below(source, s, targetAt)
	if err := j.session.Configure(ctx, head+viewable(s.Text)); err != nil {
		return nil, j.aboutNamesake(j.failed(err, "sql", inside))
	}
	query, err := j.describe(ctx, sqltext.Quote(queryView))
	if err != nil {
		return nil, j.failed(err, "sql", inside)
	}
	path, err := sqltext.Path(j.Job.TargetTable)
	if err != nil {
		return nil, &Error{At: targetAt, Key: "target-table", Cause: err.Error()}
	}
	name := sqltext.QuotePath(path...)
	target, err := j.describe(ctx, name)
	if err != nil {
		return nil, j.failed(err, "target-table", fixed(targetAt))
	}
	a, err := match(j.Input, query, target)
	if err != nil {
		return nil, err
	}
	insert, refused := a.insert(name, s.Text, j.Job.OnConflict)
	if refused != nil {
		return nil, &Error{At: source.Position(s.At(refused.offset)), Key: "sql", Cause: refused.cause}
	}
	j.assigned = a.public()
	w := &sqltext.Woven{}
	w.Own("COMPILE PLAN " + sqltext.Literal(uri) + " FOR\n")
	w.Add(insert)
	err = j.compilePlan(ctx, w.String(), uri)
	return a.columns(), j.aboutConflict(j.compiled(err, uri, func(line, column int) manifest.Position {
		if offset, ok := w.Offset(line, column); ok {
			return source.Position(s.At(offset))
		}
		return targetAt // about the two together: types, mostly
	}))
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
