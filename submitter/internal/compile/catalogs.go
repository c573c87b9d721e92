package compile

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/sqltext"
)

// The names of the catalog and database that a session begins in
// (TableConfigOptions, CommonCatalogOptions).
const (
	optionBuiltinCatalog  = "table.builtin-catalog-name"
	optionBuiltinDatabase = "table.builtin-database-name"
	optionCatalogStore    = "table.catalog-store.kind"

	builtinCatalog  = "default_catalog"
	builtinDatabase = "default_database"
	// inMemory is the type of a catalog, and the kind of a catalog store, that ends with
	// its session.
	inMemory = "generic_in_memory"
)

// catalogs is what a session's statements have made of its catalogs so far.
type catalogs struct {
	// memory are the catalogs that end with the session.
	memory map[string]bool
	// stored: the gateway keeps catalogs beyond the session, so CREATE CATALOG changes
	// something outside.
	stored bool
	// catalog and database are current. An empty database is not known.
	catalog, database string
	known             bool      // they have been asked for since the last USE
	builtin           [2]string // catalog and database that the session began in
}

// newCatalogs reads what the session begins with from its options.
func newCatalogs(options map[string]string) catalogs {
	c := catalogs{catalog: builtinCatalog, database: builtinDatabase, known: true}
	if name := options[optionBuiltinCatalog]; name != "" {
		c.catalog = name
	}
	if name := options[optionBuiltinDatabase]; name != "" {
		c.database = name
	}
	c.builtin = [2]string{c.catalog, c.database}
	c.memory = map[string]bool{c.catalog: true}
	store := options[optionCatalogStore]
	c.stored = store != "" && store != inMemory
	return c
}

// private is the path of an object of ours in the session's own catalog.
func (c *catalogs) private(name string) []string {
	return []string{c.builtin[0], c.builtin[1], "submitter$" + name}
}

// outlives reports whether what a statement changes is still there when the session
// has ended. TRUNCATE and ANALYZE work on a table's data, wherever its definition is.
func (c *catalogs) outlives(d sqltext.DDL, path []string) bool {
	switch {
	case d.Temporary:
		return false
	case d.Verb == sqltext.VerbTruncate, d.Verb == sqltext.VerbAnalyze:
		return true
	case d.Object == sqltext.ObjectCatalog:
		return c.stored
	}
	return !c.memory[path[0]]
}

// use makes current what a USE names that the session could not execute. Which database
// is a catalog's default is not known then.
func (c *catalogs) use(catalog string, database []string) {
	switch {
	case catalog != "":
		c.catalog, c.database = catalog, ""
	case len(database) == 2:
		c.catalog, c.database = database[0], database[1]
	default:
		c.database = database[0]
	}
	c.known = true
}

// qualify is the full path of the object that a statement names: catalog and
// database before a name, as Flink's CatalogManager.qualifyIdentifier has them.
func (j *job) qualify(ctx context.Context, d sqltext.DDL) ([]string, error) {
	full := 3
	switch d.Object {
	case sqltext.ObjectCatalog:
		return d.Path, nil
	case sqltext.ObjectDatabase:
		full = 2
	}
	if len(d.Path) > full {
		return nil, fmt.Errorf("%s has too many parts for the name of a %s", sqltext.QuotePath(d.Path...), strings.ToLower(string(d.Object)))
	}
	if len(d.Path) == full {
		return d.Path, nil
	}
	if err := j.askCurrent(ctx); err != nil {
		return nil, err
	}
	current := []string{j.catalogs.catalog, j.catalogs.database}
	return append(current[:full-len(d.Path):full-len(d.Path)], d.Path...), nil
}

// askCurrent asks the session what its current catalog and database are, if a USE has
// changed them.
func (j *job) askCurrent(ctx context.Context) error {
	if j.catalogs.known {
		return nil
	}
	catalog, err := j.single(ctx, "SHOW CURRENT CATALOG")
	if err != nil {
		return err
	}
	database, err := j.single(ctx, "SHOW CURRENT DATABASE")
	if err != nil {
		return err
	}
	j.catalogs.catalog, j.catalogs.database, j.catalogs.known = catalog, database, true
	return nil
}

// single runs a statement that answers with one text.
func (j *job) single(ctx context.Context, statement string) (string, error) {
	r, err := j.session.Execute(ctx, statement, nil)
	if err != nil {
		return "", err
	}
	if len(r.Rows) != 1 {
		return "", errors.New("the gateway does not answer " + statement)
	}
	return r.Rows[0].Text(0), nil
}

// sawCatalog keeps the catalogs up to date with a statement that was executed.
func (j *job) sawCatalog(ctx context.Context, s sqltext.Statement, d sqltext.DDL) error {
	switch {
	case s.Kind == sqltext.Use:
		j.catalogs.known = false
	case d.Object != sqltext.ObjectCatalog || len(d.Path) != 1:
	case d.Verb == sqltext.VerbDrop:
		delete(j.catalogs.memory, d.Path[0])
	case d.Verb == sqltext.VerbCreate && catalogType(s) == inMemory:
		there, err := j.typeOf(ctx, d.Path[0])
		if err != nil {
			return err
		}
		j.catalogs.memory[d.Path[0]] = there == inMemory
	}
	return nil
}

// typeOf asks what type a catalog has: after IF NOT EXISTS it may be another than the
// statement says.
func (j *job) typeOf(ctx context.Context, catalog string) (string, error) {
	r, err := j.session.Execute(ctx, "DESCRIBE CATALOG "+sqltext.Quote(catalog), nil)
	if err != nil {
		return "", err
	}
	for _, row := range r.Rows {
		if row.Text(0) == "type" {
			return row.Text(1), nil
		}
	}
	return "", fmt.Errorf("the gateway does not say what type the catalog %s has", catalog)
}

// catalogType is the option 'type' of CREATE CATALOG.
func catalogType(s sqltext.Statement) string {
	for _, o := range s.Options() {
		if o.Key == "type" {
			return o.Value
		}
	}
	return ""
}

// objects lists what a catalog has under a path: databases of a catalog, or what a
// database holds of one kind. A database that is not there has nothing.
func (j *job) objects(ctx context.Context, object sqltext.Object, path []string) ([]string, error) {
	if len(path) == 2 {
		databases, err := j.column(ctx, "SHOW DATABASES FROM "+sqltext.QuotePath(path[0]))
		if err != nil || !slices.Contains(databases, path[1]) {
			return nil, err
		}
	}
	show := "SHOW TABLES FROM " // views as well
	switch object {
	case sqltext.ObjectDatabase:
		show = "SHOW DATABASES FROM "
	case sqltext.ObjectFunction:
		show = "SHOW USER FUNCTIONS FROM "
	case sqltext.ObjectModel:
		show = "SHOW MODELS FROM "
	case sqltext.ObjectConnection:
		show = "SHOW CONNECTIONS FROM "
	}
	return j.column(ctx, show+sqltext.QuotePath(path...))
}

// column is the first column of a statement's rows.
func (j *job) column(ctx context.Context, statement string) ([]string, error) {
	r, err := j.session.Execute(ctx, statement, nil)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(r.Rows))
	for i, row := range r.Rows {
		texts[i] = row.Text(0)
	}
	return texts, nil
}

// exists reports whether an outside object is there now.
func (j *job) exists(ctx context.Context, d sqltext.DDL, path []string) (bool, error) {
	if d.Object == sqltext.ObjectCatalog {
		names, err := j.column(ctx, "SHOW CATALOGS")
		return slices.Contains(names, path[0]), err
	}
	name := path[len(path)-1]
	if d.Object == sqltext.ObjectFunction {
		name = strings.ToLower(name) // FunctionIdentifier.normalizeName
	}
	names, err := j.objects(ctx, d.Object, path[:len(path)-1])
	if isUnsupported(err) {
		return false, nil // a catalog that cannot have objects of this kind
	}
	if err != nil || slices.Contains(names, name) || len(path) < 3 || d.Object == sqltext.ObjectFunction || d.Object == sqltext.ObjectModel {
		return slices.Contains(names, name), err
	}
	return j.answersTo(ctx, path)
}

// answersTo reports whether a catalog has a table or view under a name that it lists
// otherwise: a JDBC catalog lists public.t and knows it as t as well, Hive's takes
// capitals for small letters.
func (j *job) answersTo(ctx context.Context, path []string) (bool, error) {
	_, err := j.session.Execute(ctx, "DESCRIBE "+sqltext.QuotePath(path...), nil)
	var refused *gateway.Error
	if errors.As(err, &refused) && refused.Kind == gateway.SQL && absent.MatchString(refused.Cause) {
		return false, nil
	}
	return err == nil, err
}

// absent is how Flink says that there is no table or view (DescribeTableOperation).
var absent = regexp.MustCompile(`(?i)does(n.t| not) exist`)

// isSQL reports whether the gateway refused a statement for what it says.
func isSQL(err error) bool {
	var e *gateway.Error
	return errors.As(err, &e) && e.Kind == gateway.SQL
}

// traceless are options under which a catalog of a type writes nothing when it is only
// opened. Paimon would make its default database (FlinkCatalog's constructor).
var traceless = map[string]sqltext.Option{
	"paimon": {Key: "disable-create-table-in-default-db", Value: "true"},
}

// withoutTraces is a CREATE CATALOG that changes nothing where the catalog is kept.
func (j *job) withoutTraces(s sqltext.Statement) string {
	if j.change != nil {
		return s.Text
	}
	o, ok := traceless[catalogType(s)]
	if !ok {
		return s.Text
	}
	return s.WithOption(o)
}
