package compile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// CatalogChange is a statement of a job that changes something which outlives the
// session: an object of a catalog, or the data behind a table. Compiling never runs
// one; ChangeCatalogs does.
type CatalogChange struct {
	// ID tells it from the job's other statements, and is the same as long as the
	// statement, its object and its place among equal ones are.
	ID     string
	Verb   sqltext.Verb
	Object sqltext.Object
	Path   []string // full
	At     manifest.Position
}

// What says in few words what is changed: DROP TABLE `paimon`.`default`.`orders`.
// Nothing of the statement's details stands in it.
func (c CatalogChange) What() string {
	return fmt.Sprintf("%s %s %s", c.Verb, c.Object, sqltext.QuotePath(c.Path...))
}

// outside is what a job's statements would change outside its session.
type outside struct {
	// pending are to be made before the job runs; seen are all, made or not.
	pending, seen []CatalogChange
	// touched are the paths of pending changes: what is there now says nothing about
	// what will be there.
	touched []string
	counts  map[string]int
	// unknown is what the gateway refused because a pending change is not made yet, or
	// may have.
	unknown error
	// open: a pending change may change the plan that compiles today.
	open     bool
	warnings []string
}

// handleOutside deals with a statement that changes something outside the session:
// it is not sent. handled is false for every other statement.
func (j *job) handleOutside(ctx context.Context, key string, at places, s sqltext.Statement, d sqltext.DDL) (handled bool, err error) {
	path, err := j.qualify(ctx, d)
	if err != nil {
		return false, j.failed(err, key, at)
	}
	if !j.catalogs.outlives(d, path) {
		return false, nil
	}
	c := CatalogChange{Verb: d.Verb, Object: d.Object, Path: path, At: at(0, 0)}
	c.ID = j.outside.id(c, s)
	j.outside.seen = append(j.outside.seen, c)
	if d.Object == sqltext.ObjectFunction && strings.Contains(s.Text, "${resource:") {
		return true, &Error{At: c.At, Key: key, Cause: c.What() + ": the catalog would keep the address of a file that is this job's alone; make it CREATE TEMPORARY FUNCTION, or create it by hand with a jar that stays where it is"}
	}
	needed, err := j.needed(ctx, c, s, d)
	switch {
	case isSQL(err) && j.outside.provisional():
		needed = true // what it works on may come with the changes before it
	case err != nil:
		return true, j.failed(err, key, at)
	}
	if !needed {
		return true, nil
	}
	if j.change != nil {
		return true, j.carryOut(ctx, c, key, at, s)
	}
	if !j.Job.CatalogDDL {
		return true, &Error{At: c.At, Key: key, Cause: fmt.Sprintf(
			"%s changes what outlives this job's session, and the manifest does not allow that; say `catalog-ddl: apply` to have `submitter apply` run it once, or run it yourself and take it out here", c.What())}
	}
	j.outside.pending = append(j.outside.pending, c)
	j.outside.touched = append(j.outside.touched, touching(path))
	if d.Verb != sqltext.VerbCreate && d.Verb != sqltext.VerbTruncate {
		j.outside.open = true
	}
	return true, nil
}

// postpone passes over what a session refuses while changes are pending that it may
// need: the rest is still looked at.
func (j *job) postpone(s sqltext.Statement, err error) error {
	if !isRefusal(err) || !isSQL(err) || !j.outside.provisional() {
		return err
	}
	if j.outside.unknown == nil {
		j.outside.unknown = err
	}
	if catalog, database, ok := s.Used(); ok {
		j.catalogs.use(catalog, database)
	}
	return nil
}

// carryOut runs an outside change for whoever asked for that.
func (j *job) carryOut(ctx context.Context, c CatalogChange, key string, at places, s sqltext.Statement) error {
	return j.change(c, func() error {
		var err error
		if s.Kind == sqltext.Truncate || s.Kind == sqltext.Analyze {
			_, err = j.session.Execute(ctx, s.Text, nil)
		} else {
			err = j.session.Configure(ctx, s.Text)
		}
		err = j.failed(err, key, at)
		var refused *Error
		if errors.As(err, &refused) && isUnsupported(err) {
			refused.Cause = c.What() + ": this catalog does not support that; make the change where the catalog has its objects from, and take the statement out"
		}
		return err
	})
}

// isUnsupported reports whether a catalog cannot do at all what a statement asks for.
// Flink's message then is a Java class or says nothing.
func isUnsupported(err error) bool {
	var refused *gateway.Error
	return errors.As(err, &refused) && refused.Kind == gateway.SQL && refused.Class == "UnsupportedOperationException"
}

// provisional reports whether something of what the session shows may be different
// once the pending changes are made.
func (o *outside) provisional() bool { return len(o.pending) > 0 }

// id digests what a change does. Two equal statements are told apart by their order.
func (o *outside) id(c CatalogChange, s sqltext.Statement) string {
	sum := sha256.Sum256([]byte(c.What() + "\n" + sqltext.Significant(s.Text)))
	const shown = 16 // bytes
	id := hex.EncodeToString(sum[:shown])
	if o.counts == nil {
		o.counts = map[string]int{}
	}
	o.counts[id]++
	if n := o.counts[id]; n > 1 {
		return fmt.Sprintf("%s-%d", id, n)
	}
	return id
}

// needed decides by what is there, and by what was made before, whether a change is
// still to be made. What creates is decided by what is there; everything else is made
// once.
func (j *job) needed(ctx context.Context, c CatalogChange, s sqltext.Statement, d sqltext.DDL) (bool, error) {
	made := j.Made[c.ID]
	if d.Verb != sqltext.VerbCreate && made {
		return false, nil
	}
	if d.Verb != sqltext.VerbCreate && d.Verb != sqltext.VerbDrop || j.outside.touches(c.Path) {
		return true, nil
	}
	there, err := j.exists(ctx, d, c.Path)
	switch {
	case err != nil:
		return false, err
	case d.Verb == sqltext.VerbDrop && !there:
		if d.IfExists {
			return false, nil
		}
		return false, &Error{At: c.At, Key: "sql", Cause: fmt.Sprintf("%s: there is none; write IF EXISTS, or take the statement out", c.What())}
	case d.Verb == sqltext.VerbCreate && there:
		if !d.IfNotExists && !made {
			return false, &Error{At: c.At, Key: "sql", Cause: fmt.Sprintf("%s: there is one already; write IF NOT EXISTS, or take the statement out", c.What())}
		}
		return false, j.compareDefinition(ctx, c, s, d)
	}
	return true, nil
}

// touching is a path in a form in which a catalog's or database's begins those of what
// it holds.
func touching(path []string) string { return strings.Join(path, "\x00") + "\x00" }

// touches reports whether a pending change concerns an object, or what holds it.
func (o *outside) touches(path []string) bool {
	p := touching(path)
	return slices.ContainsFunc(o.touched, func(t string) bool { return strings.HasPrefix(p, t) || strings.HasPrefix(t, p) })
}

// compareDefinition warns where a table is there with another definition than the
// statement's: Flink leaves it as it is, in silence.
func (j *job) compareDefinition(ctx context.Context, c CatalogChange, s sqltext.Statement, d sqltext.DDL) error {
	if d.Object != sqltext.ObjectTable {
		return nil
	}
	probe := j.catalogs.private("definition")
	if err := j.session.Configure(ctx, s.Renamed(d, probe...)); err != nil {
		return err
	}
	wanted, err := j.definition(ctx, probe)
	if err != nil {
		return err
	}
	if err := j.session.Configure(ctx, "DROP TABLE "+sqltext.QuotePath(probe...)); err != nil {
		return err
	}
	there, err := j.definition(ctx, c.Path)
	if err != nil {
		return err
	}
	if differs := wanted.differs(there); len(differs) > 0 {
		j.outside.warnings = append(j.outside.warnings, fmt.Sprintf("%s: %s exists with another definition, and IF NOT EXISTS leaves it as it is: %s",
			c.At, sqltext.QuotePath(c.Path...), strings.Join(differs, "; ")))
	}
	return nil
}

// definition is what can be compared of a table's.
type definition struct {
	columns []column
	options map[string]string
}

func (j *job) definition(ctx context.Context, path []string) (definition, error) {
	name := sqltext.QuotePath(path...)
	columns, err := j.describe(ctx, name)
	if err != nil {
		return definition{}, err
	}
	text, err := j.single(ctx, "SHOW CREATE TABLE "+name)
	if err != nil {
		return definition{}, err
	}
	d := definition{columns: columns, options: map[string]string{}}
	for _, o := range (sqltext.Statement{Text: text}).Options() {
		d.options[o.Key] = o.Value
	}
	return d, nil
}

// differs says in what another definition differs. Options that only the other has
// are its catalog's.
func (d definition) differs(other definition) []string {
	var found []string
	for _, c := range d.columns {
		i := slices.IndexFunc(other.columns, func(o column) bool { return o.name == c.name })
		switch {
		case i < 0:
			found = append(found, fmt.Sprintf("it has no column %s", c.name))
		case other.columns[i].typ != c.typ:
			found = append(found, fmt.Sprintf("column %s is %s, not %s", c.name, other.columns[i].typ, c.typ))
		}
	}
	for _, o := range other.columns {
		if !has(d.columns, o.name) {
			found = append(found, fmt.Sprintf("it has the column %s", o.name))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(d.options)) {
		if d.options[key] != other.options[key] {
			found = append(found, fmt.Sprintf("its option '%s' is another", key))
		}
	}
	return found
}
