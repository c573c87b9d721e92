package compile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// defaultCatalog is the in-memory catalog that every session has, unless the
// gateway is configured otherwise (table.builtin-catalog-name).
const defaultCatalog = "default_catalog"

// job is one job being compiled in its session.
type job struct {
	Input
	session *gateway.Session
	// memory are the catalogs that end with the session.
	memory map[string]bool
	inits  inits
	// query is what the plan was compiled for.
	query string
}

// run compiles one job to uri.
func (c *Compiler) run(ctx context.Context, in Input, version, uri string) (Result, error) {
	j, err := c.openJob(ctx, in)
	if err != nil {
		return Result{}, err
	}
	defer j.session.Close() // an error only means that the gateway is gone
	if err := j.prepare(ctx); err != nil {
		return Result{}, j.blame(ctx, err, version)
	}
	columns, err := j.compile(ctx, uri)
	if err != nil {
		return Result{}, j.blame(ctx, err, version)
	}
	if err := j.fits(ctx); err != nil {
		return Result{}, err
	}
	return Result{Init: j.inits.statements(), SinkColumns: columns, FlinkVersion: version}, nil
}

// openJob gives a job its session.
func (c *Compiler) openJob(ctx context.Context, in Input) (*job, error) {
	session, err := c.gateway.Open(ctx, in.Job.Name, options(in.Job))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Job.Name, err)
	}
	return &job{Input: in, session: session, memory: map[string]bool{defaultCatalog: true}}, nil
}

// options are what the session is opened with: the job's own, and the state TTL,
// which becomes part of the plan.
func options(j *manifest.Job) map[string]string {
	o := map[string]string{}
	for k, v := range j.FlinkProperties {
		o[k] = v
	}
	if j.StateTTL != "" {
		o["table.exec.state.ttl"] = j.StateTTL
	}
	return o
}

// prepare gives the session everything but the query.
func (j *job) prepare(ctx context.Context) error {
	for _, r := range j.Resources {
		if !r.Jar {
			continue
		}
		if err := j.session.Configure(ctx, "ADD JAR "+sqltext.Literal(r.URI)); err != nil {
			return j.failed(err, "resources", fixed(j.Job.Where("resources")))
		}
	}
	for _, source := range j.Job.TableDefinitions {
		statements, err := split(source)
		if err != nil {
			return err
		}
		for _, s := range sqltext.OfDefinitions(statements) {
			if err := j.define(ctx, "table-definitions", source, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// define runs one statement that is not the query.
func (j *job) define(ctx context.Context, key string, source manifest.Source, s sqltext.Statement) error {
	at := inStatement(source, s)
	if !slices.Contains(definitions, s.Kind) {
		return &Error{At: at(0, 0), Key: key, Cause: fmt.Sprintf("a job's script is DDL and SET, then one INSERT or EXECUTE STATEMENT SET; this is %s", s.Kind)}
	}
	text, err := j.plain(ctx, key, at, s)
	if err != nil {
		return err
	}
	if filled := j.fillResources(text, s.Kind); filled != text {
		text, at = filled, fixed(at(0, 0))
	}
	if err := j.session.Configure(ctx, text); err != nil {
		return j.failed(err, key, at)
	}
	j.inits.saw(s)
	if s.Kind == sqltext.CreateCatalog {
		j.sawCatalog(s.Text)
	}
	return nil
}

// definitions are the kinds that may stand before the query.
var definitions = []sqltext.Kind{
	sqltext.Set, sqltext.Reset,
	sqltext.CreateTable, sqltext.CreateTemporaryTable, sqltext.CreateView, sqltext.CreateTemporaryView,
	sqltext.CreateFunction, sqltext.CreateTemporaryFunction, sqltext.CreateTemporarySystemFunction,
	sqltext.CreateModel, sqltext.CreateTemporaryModel, sqltext.CreateCatalog, sqltext.CreateDatabase,
	sqltext.Use, sqltext.Module, sqltext.AddJar, sqltext.Drop, sqltext.Alter,
}

// plain turns a temporary table into a plain one, so that the plan holds it whole.
// That must happen in a catalog that ends with the session; in any other the table
// would stay.
func (j *job) plain(ctx context.Context, key string, at places, s sqltext.Statement) (string, error) {
	text, temporary := sqltext.AsPlain(s)
	if !temporary {
		return s.Text, nil
	}
	catalog, err := j.catalogOf(ctx, s)
	if err != nil {
		return "", j.failed(err, key, at)
	}
	if !j.memory[catalog] {
		return "", &Error{At: at(0, 0), Key: key, Cause: fmt.Sprintf(
			"a temporary table cannot stand in the catalog %q: compiled plans do not hold temporary tables, and a plain one would stay there; put it into %s",
			catalog, sqltext.QuotePath(defaultCatalog, "default_database", "…"))}
	}
	return text, nil
}

// catalogOf is the catalog that a CREATE TABLE writes to.
func (j *job) catalogOf(ctx context.Context, s sqltext.Statement) (string, error) {
	if path, ok := sqltext.CreatedPath(s); ok && len(path) == 3 {
		return path[0], nil
	}
	if !j.inits.used {
		return defaultCatalog, nil // nothing has left it
	}
	r, err := j.session.Execute(ctx, "SHOW CURRENT CATALOG", nil)
	if err != nil {
		return "", err
	}
	if len(r.Rows) != 1 {
		return "", errors.New("the gateway does not say what the current catalog is")
	}
	return r.Rows[0].Text(0), nil
}

// sawCatalog remembers catalogs in memory.
func (j *job) sawCatalog(text string) {
	head, options, _ := strings.Cut(text, "(")
	words := strings.Fields(head)
	compact := strings.Join(strings.Fields(options), "")
	if !strings.Contains(compact, "'type'='generic_in_memory'") {
		return
	}
	for i, w := range words {
		if strings.EqualFold(w, "WITH") && i > 0 {
			if path, err := sqltext.Path(words[i-1]); err == nil {
				j.memory[path[0]] = true
			}
		}
	}
}

// fillResources puts the gateway's URIs in the place of ${resource:NAME}, where
// Flink opens the file while it compiles; elsewhere the placeholder stays in the
// plan, for the driver.
func (j *job) fillResources(text string, kind sqltext.Kind) string {
	switch kind {
	case sqltext.AddJar, sqltext.CreateFunction, sqltext.CreateTemporaryFunction, sqltext.CreateTemporarySystemFunction:
	default:
		return text
	}
	for _, r := range j.Resources {
		placeholder := "${resource:" + r.Name + "}"
		uri := strings.ReplaceAll(r.URI, "'", "''")
		text = strings.ReplaceAll(text, "file://"+placeholder, uri)
		text = strings.ReplaceAll(text, placeholder, uri)
	}
	return text
}

// compile runs the script's DDL and compiles its query.
func (j *job) compile(ctx context.Context, uri string) (columns []string, err error) {
	source := j.Job.SQL
	query, err := j.defineScript(ctx)
	if err != nil {
		return nil, err
	}
	at := inStatement(source, query)
	switch query.Kind {
	case sqltext.Select:
		if j.Job.TargetTable == "" {
			return nil, &Error{At: at(0, 0), Key: "sql", Cause: "a SELECT needs a target-table for its rows"}
		}
		return j.compileSelect(ctx, uri, source, query)
	case sqltext.Insert, sqltext.StatementSet:
		return nil, j.compileInsert(ctx, uri, source, query)
	}
	return nil, &Error{At: at(0, 0), Key: "sql", Cause: fmt.Sprintf("the last statement must be an INSERT or EXECUTE STATEMENT SET BEGIN … END; %s cannot be compiled", query.Kind)}
}

// defineScript runs what stands before the query, which it returns.
func (j *job) defineScript(ctx context.Context) (query sqltext.Statement, err error) {
	source := j.Job.SQL
	statements, err := split(source)
	if err != nil {
		return query, err
	}
	if statements = sqltext.OfScript(statements); len(statements) == 0 {
		return query, &Error{At: source.At, Key: "sql", Cause: "there is nothing to compile"}
	}
	last := len(statements) - 1
	for _, s := range statements[:last] {
		if err := j.define(ctx, "sql", source, s); err != nil {
			return query, err
		}
	}
	return statements[last], nil
}

func (j *job) compileInsert(ctx context.Context, uri string, source manifest.Source, s sqltext.Statement) error {
	text, shift := sqltext.CompilePlan(uri, s)
	err := j.compilePlan(ctx, text, uri)
	return j.compiled(err, uri, func(line, column int) manifest.Position {
		if line == 0 {
			line, column = 1, 1
		} else {
			line, column = shift(line, column)
		}
		return source.Position(s.Position(line, column))
	})
}

// split cuts a source into statements; its errors say where.
func split(source manifest.Source) ([]sqltext.Statement, error) {
	statements, err := sqltext.Split(source.Text)
	var e *sqltext.Error
	if errors.As(err, &e) {
		return nil, &Error{At: source.Position(e.Line, e.Column), Key: "sql", Cause: e.Message}
	}
	return statements, err
}
