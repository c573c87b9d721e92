package compile

import (
	"context"
	"fmt"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/sqltext"
)

// Compiled plans hold tables and models whole, but temporary ones by name only. So a
// temporary table or model is made a plain one, in a catalog that ends with the session
// as the temporary one would, and what Flink does for temporary objects is done here:
// one hides a plain table, view or model of the same name until it is dropped.

// temporaries are the temporary tables and models that a job has at the moment, by
// slot; the value is the name that what they hide has meanwhile, empty if nothing.
type temporaries map[string]string

// slot is where an object is found by its name: tables and views share theirs.
func slot(o sqltext.Object, path []string) string {
	if o == sqltext.ObjectView {
		o = sqltext.ObjectTable
	}
	return string(o) + " " + touching(path)
}

// defineObject runs a statement about a table, view or model of the session.
func (j *job) defineObject(ctx context.Context, s sqltext.Statement, d sqltext.DDL, path []string) error {
	key := slot(d.Object, path)
	hidden, live := j.temporaries[key]
	plainable := d.Temporary && d.Object != sqltext.ObjectView
	switch {
	case plainable && !j.catalogs.memory[path[0]]:
		return j.defineForeign(ctx, s, d, path)
	case plainable && d.Verb == sqltext.VerbCreate && !live && !j.temporaryViews[key]:
		return j.createTemporary(ctx, s, d, path)
	case plainable && d.Verb == sqltext.VerbDrop && live:
		return j.dropTemporary(ctx, d, path)
	case live && plainable && d.IfNotExists:
		return nil
	case live && (d.Temporary || d.Verb == sqltext.VerbDrop):
		return refused("a temporary object %s exists; drop it first", sqltext.QuotePath(path...))
	case live && d.Verb == sqltext.VerbAlter && d.IfExists:
		return nil
	case live && d.Verb == sqltext.VerbAlter:
		return refused("%s is temporary; Flink alters plain objects only", sqltext.QuotePath(path...))
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

// createHidden makes a plain object that a temporary one hides.
func (j *job) createHidden(ctx context.Context, s sqltext.Statement, d sqltext.DDL, path []string) error {
	hidden := hiddenName(path)
	if err := j.session.Configure(ctx, s.Renamed(d, path[0], path[1], hidden)); err != nil {
		return err
	}
	j.temporaries[slot(d.Object, path)] = hidden
	return nil
}

// hiddenName is the name that an object has while a temporary one hides it.
func hiddenName(path []string) string { return "submitter$hidden$" + path[2] }

// createTemporary makes a temporary object as a plain one.
func (j *job) createTemporary(ctx context.Context, s sqltext.Statement, d sqltext.DDL, path []string) error {
	key := slot(d.Object, path)
	text, _ := sqltext.AsPlain(s)
	err := j.session.Configure(ctx, text)
	if !isSQL(err) {
		if err == nil {
			j.temporaries[key] = ""
		}
		return err
	}
	hidden := hiddenName(path)
	if j.rename(ctx, d.Object, path, hidden) != nil {
		return err // there is nothing that it would hide
	}
	if again := j.session.Configure(ctx, text); again != nil {
		return again
	}
	j.temporaries[key] = hidden
	return nil
}

// dropTemporary drops a temporary object and shows again what it hid.
func (j *job) dropTemporary(ctx context.Context, d sqltext.DDL, path []string) error {
	key := slot(d.Object, path)
	hidden := j.temporaries[key]
	if err := j.session.Configure(ctx, fmt.Sprintf("DROP %s %s", d.Object, sqltext.QuotePath(path...))); err != nil {
		return err
	}
	delete(j.temporaries, key)
	if hidden == "" {
		return nil
	}
	return j.rename(ctx, d.Object, []string{path[0], path[1], hidden}, path[2])
}

// rename renames an object of the session; what is said to be a table may be a view.
func (j *job) rename(ctx context.Context, o sqltext.Object, path []string, to string) error {
	what := sqltext.QuotePath(path...) + " RENAME TO " + sqltext.Quote(to)
	err := j.session.Configure(ctx, fmt.Sprintf("ALTER %s %s", o, what))
	if isSQL(err) && o == sqltext.ObjectTable {
		err = j.session.Configure(ctx, "ALTER VIEW "+what)
	}
	return err
}
