package compile

import (
	"context"
	"fmt"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/sqltext"
)

// Compiled plans hold tables whole, but temporary ones by name only. So a temporary
// table is made a plain one, in a catalog that ends with the session as the temporary
// table would, and what Flink does for temporary tables is done here: one hides a
// plain table or view of the same name until it is dropped.

// temporaries are the temporary tables that a job has at the moment, by their full
// paths; the value is the name that what they hide has meanwhile, empty if nothing.
type temporaries map[string]string

// defineTable runs a statement about a table or view of the session.
func (j *job) defineTable(ctx context.Context, s sqltext.Statement, d sqltext.DDL, path []string) error {
	key := touching(path)
	hidden, live := j.temporaries[key]
	switch {
	case d.Temporary && d.Object == sqltext.ObjectTable && !j.catalogs.memory[path[0]]:
		return j.defineForeign(ctx, s, d, path)
	case d.Temporary && d.Object == sqltext.ObjectTable && d.Verb == sqltext.VerbCreate && !live && !j.temporaryViews[key]:
		return j.createTemporary(ctx, s, path)
	case d.Temporary && d.Object == sqltext.ObjectTable && d.Verb == sqltext.VerbDrop && live:
		return j.dropTemporary(ctx, path)
	case live && d.Temporary && d.Object == sqltext.ObjectTable && d.IfNotExists:
		return nil
	case live && (d.Temporary || d.Verb == sqltext.VerbDrop):
		return refused("a temporary table %s exists; drop it first", sqltext.QuotePath(path...))
	case live && d.Verb == sqltext.VerbAlter && d.IfExists:
		return nil
	case live && d.Verb == sqltext.VerbAlter:
		return refused("%s is a temporary table; Flink alters plain ones only", sqltext.QuotePath(path...))
	case live && hidden != "" && d.IfNotExists:
		return nil
	case live:
		return j.createHidden(ctx, s, d, path)
	}
	if err := j.session.Configure(ctx, s.Text); err != nil {
		return err
	}
	if d.Temporary && d.Object == sqltext.ObjectView {
		j.temporaryViews[key] = d.Verb != sqltext.VerbDrop
	}
	return nil
}

// refused is an error as the gateway's are that refuse a statement.
func refused(format string, args ...any) error {
	return &gateway.Error{Kind: gateway.SQL, Cause: fmt.Sprintf(format, args...)}
}

// createHidden makes a plain table or view that a temporary table hides.
func (j *job) createHidden(ctx context.Context, s sqltext.Statement, d sqltext.DDL, path []string) error {
	hidden := hiddenName(path)
	if err := j.session.Configure(ctx, s.Renamed(d, path[0], path[1], hidden)); err != nil {
		return err
	}
	j.temporaries[touching(path)] = hidden
	return nil
}

// hiddenName is the name that a table has while a temporary one hides it.
func hiddenName(path []string) string { return "submitter$hidden$" + path[2] }

// createTemporary makes a temporary table as a plain one.
func (j *job) createTemporary(ctx context.Context, s sqltext.Statement, path []string) error {
	key := touching(path)
	text, _ := sqltext.AsPlain(s)
	err := j.session.Configure(ctx, text)
	if !isSQL(err) {
		if err == nil {
			j.temporaries[key] = ""
		}
		return err
	}
	hidden := hiddenName(path)
	if j.rename(ctx, path, hidden) != nil {
		return err // there is nothing that it would hide
	}
	if again := j.session.Configure(ctx, text); again != nil {
		return again
	}
	j.temporaries[key] = hidden
	return nil
}

// dropTemporary drops a temporary table and shows again what it hid.
func (j *job) dropTemporary(ctx context.Context, path []string) error {
	key := touching(path)
	hidden := j.temporaries[key]
	if err := j.session.Configure(ctx, "DROP TABLE "+sqltext.QuotePath(path...)); err != nil {
		return err
	}
	delete(j.temporaries, key)
	if hidden == "" {
		return nil
	}
	return j.rename(ctx, []string{path[0], path[1], hidden}, path[2])
}

// rename renames a table or view of the session.
func (j *job) rename(ctx context.Context, path []string, to string) error {
	what := sqltext.QuotePath(path...) + " RENAME TO " + sqltext.Quote(to)
	err := j.session.Configure(ctx, "ALTER TABLE "+what)
	if isSQL(err) {
		err = j.session.Configure(ctx, "ALTER VIEW "+what)
	}
	return err
}
