package compile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// job is one job being compiled in its session.
type job struct {
	Input
	session  *gateway.Session
	catalogs catalogs
	outside  outside
	inits    inits
	// stores: the job's catalogs go to the driver, stored, and not into inits; filled are
	// the secrets that the session was given for them.
	stores bool
	stored []release.Catalog
	filled filledSecrets
	// query is what the plan was compiled for.
	query string
	// assigned is set for a SELECT.
	assigned *Assignment
	// change is given what ChangeCatalogs is to run; nil: nothing outside the session is
	// changed.
	change func(CatalogChange, func() error) error
	// temporaries are temporary tables and models that were made plain ones,
	// temporaryViews views that are temporary, by slot.
	temporaries    temporaries
	temporaryViews map[string]bool
	// foreign are the temporary tables in catalogs that outlive the session.
	foreign []foreign
	twins   int // that were made for them
}

// run compiles one job to uri.
func (c *Compiler) run(ctx context.Context, in Input, version, uri string) (Result, error) {
	j, err := c.openJob(ctx, in)
	if err != nil {
		return Result{}, err
	}
	defer j.session.Close() // an error only means that the gateway is gone
	columns, err := j.compileAll(ctx, uri)
	if err == nil {
		err = j.compileForeign(ctx, uri)
	}
	result := Result{
		Init: j.inits.statements(), SinkColumns: columns, Assignment: j.assigned, FlinkVersion: version,
		Changes: j.outside.pending, ChangesSeen: j.outside.seen, Warnings: j.outside.warnings,
		Catalogs: j.stored,
		foreign:  j.foreign, memory: j.catalogs.memory, filled: j.filled,
	}
	switch {
	case isRefusal(err) && j.outside.provisional():
		result.Unknown = j.blame(ctx, err, version).Error()
	case err != nil:
		return Result{}, j.blame(ctx, err, version)
	case j.outside.open:
		result.Unknown = "they may change the plan that the query has today"
	}
	return result, nil
}

// compileAll is everything that happens in the job's session.
func (j *job) compileAll(ctx context.Context, uri string) (columns []string, err error) {
	if err := j.prepare(ctx); err != nil {
		return nil, err
	}
	if columns, err = j.compile(ctx, uri); err != nil {
		return nil, err
	}
	return columns, j.fits(ctx)
}

// isRefusal reports whether something is wrong with the SQL, rather than with the way
// to the gateway.
func isRefusal(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// openJob gives a job its session.
func (c *Compiler) openJob(ctx context.Context, in Input) (*job, error) {
	session, err := c.gateway.Open(ctx, in.Job.Name, options(in.Job))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Job.Name, err)
	}
	current, err := session.Options(ctx)
	if err != nil {
		session.Close()
		return nil, fmt.Errorf("%s: %w", in.Job.Name, err)
	}
	return &job{
		Input: in, session: session, catalogs: newCatalogs(current),
		temporaries: temporaries{}, temporaryViews: map[string]bool{},
		stores: storesCatalogs(in.Job), filled: filledSecrets{},
	}, nil
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
			if err := j.postpone(s, j.define(ctx, "table-definitions", source, s)); err != nil {
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
	d, isDDL := s.DDL()
	if !isDDL && slices.Contains(changing, s.Kind) {
		return &Error{At: at(0, 0), Key: key, Cause: "the name of what this statement is about cannot be read"}
	}
	if isDDL {
		handled, err := j.handleOutside(ctx, key, at, s, d)
		if handled && err == nil && d.Object == sqltext.ObjectCatalog {
			err = j.failed(j.keep(s, d), key, at) // the gateway's store is not the cluster's
		}
		if handled || err != nil {
			return err
		}
	}
	text := s.Text
	if d.Verb == sqltext.VerbCreate && d.Object == sqltext.ObjectCatalog {
		var err error
		if text, err = j.fillSecrets(key, at, j.withoutTraces(s)); err != nil {
			return err
		}
	}
	if filled := j.fillResources(text, s.Kind); filled != text {
		text = filled
	}
	if text != s.Text {
		at = fixed(at(0, 0))
	}
	if err := j.send(ctx, s, d, text); err != nil {
		return j.failed(err, key, at)
	}
	err := j.keep(s, d)
	if err == nil {
		err = j.sawCatalog(ctx, s, d)
	}
	return j.failed(err, key, at)
}

// keep remembers what the cluster has to have before it runs the plan.
func (j *job) keep(s sqltext.Statement, d sqltext.DDL) error {
	if j.stores && d.Object == sqltext.ObjectCatalog {
		return j.storeCatalog(s, d)
	}
	j.inits.saw(s, d)
	return nil
}

// send gives a statement to the session, a temporary table or model as a plain one.
func (j *job) send(ctx context.Context, s sqltext.Statement, d sqltext.DDL, text string) error {
	switch d.Object {
	case sqltext.ObjectTable, sqltext.ObjectView, sqltext.ObjectModel:
	default:
		return j.session.Configure(ctx, text)
	}
	path, err := j.qualify(ctx, d)
	if err != nil {
		return err
	}
	return j.defineObject(ctx, s, d, path)
}

// definitions are the kinds that may stand before the query.
var definitions = []sqltext.Kind{
	sqltext.Set, sqltext.Reset,
	sqltext.CreateTable, sqltext.CreateTemporaryTable, sqltext.CreateView, sqltext.CreateTemporaryView,
	sqltext.CreateFunction, sqltext.CreateTemporaryFunction, sqltext.CreateTemporarySystemFunction,
	sqltext.CreateModel, sqltext.CreateTemporaryModel, sqltext.CreateCatalog, sqltext.CreateDatabase,
	sqltext.Use, sqltext.Module, sqltext.AddJar, sqltext.Drop, sqltext.Alter, sqltext.Truncate, sqltext.Analyze,
}

// changing are the kinds that name the object which they make, change or drop. Whether
// that lives in the session is known only by its name.
var changing = []sqltext.Kind{
	sqltext.CreateTable, sqltext.CreateTemporaryTable, sqltext.CreateView, sqltext.CreateTemporaryView,
	sqltext.CreateFunction, sqltext.CreateTemporaryFunction, sqltext.CreateTemporarySystemFunction,
	sqltext.CreateModel, sqltext.CreateTemporaryModel, sqltext.CreateCatalog, sqltext.CreateDatabase,
	sqltext.Drop, sqltext.Alter, sqltext.Truncate, sqltext.Analyze,
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
	if err == nil {
		err = j.outside.unknown
	}
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
		if err := j.postpone(s, j.define(ctx, "sql", source, s)); err != nil {
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
