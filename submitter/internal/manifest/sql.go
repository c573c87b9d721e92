package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/sqltext"
)

// definitions are the kinds of statement that may stand before the query.
var definitions = []sqltext.Kind{
	sqltext.Set, sqltext.Reset,
	sqltext.CreateTable, sqltext.CreateTemporaryTable, sqltext.CreateView, sqltext.CreateTemporaryView,
	sqltext.CreateFunction, sqltext.CreateTemporaryFunction, sqltext.CreateTemporarySystemFunction,
	sqltext.CreateModel, sqltext.CreateTemporaryModel, sqltext.CreateCatalog, sqltext.CreateDatabase,
	sqltext.Use, sqltext.Module, sqltext.AddJar, sqltext.Drop, sqltext.Alter, sqltext.Truncate, sqltext.Analyze,
}

// secretKinds are the statements in which a secret can stand, namely in the options
// of tables and models, which go into the plan, and of catalogs, which the driver gives
// to Flink in files. What else a plan needs is executed again by the
// cluster, which writes every statement to its log.
var secretKinds = []sqltext.Kind{
	sqltext.CreateTable, sqltext.CreateTemporaryTable, sqltext.CreateModel, sqltext.CreateTemporaryModel, sqltext.CreateCatalog,
	sqltext.Insert, sqltext.StatementSet, sqltext.Select,
}

// split cuts a text into statements and checks what holds for every one; not ok
// if it cannot be cut.
func (b *jobBuilder) split(s Source) (statements []sqltext.Statement, ok bool) {
	statements, err := sqltext.Split(s.Text)
	if err != nil {
		var e *sqltext.Error
		if errors.As(err, &e) {
			b.add(s.Position(e.Line, e.Column), e.Message, "")
		}
		return nil, false
	}
	b.checkFolding(s)
	before := len(b.problems)
	for _, st := range statements {
		if len(b.problems)-before > maxProblems {
			break
		}
		b.checkStatement(s, st)
	}
	return statements, true
}

// begin is the place of a statement's first character. It is asked for only when
// there is a problem: finding it can mean counting through the whole text.
func begin(s Source, st sqltext.Statement) func() Position {
	return func() Position { return s.position(st.Offset) }
}

// checkFolding finds -- comments that YAML has made longer: folded into one line
// with what follows, they swallow it.
func (b *jobBuilder) checkFolding(s Source) {
	if len(s.pieces) == 0 {
		return // a file
	}
	for _, c := range sqltext.LineComments(s.Text) {
		from, to := s.position(c[0]), s.position(c[1]-1)
		if from.File == to.File && to.Line > from.Line {
			b.add(from, "YAML folds these lines into one, so this comment swallows the lines after it",
				"keep the lines apart with | in place of > or quotes, or write /* … */")
		}
	}
}

func (b *jobBuilder) checkStatement(s Source, st sqltext.Statement) {
	at := begin(s, st)
	b.checkSecrets(s, st)
	switch st.Kind {
	case sqltext.Set:
		key, value, ok := st.Set()
		if st.Looks() {
			return // it lists the options
		}
		if !ok {
			b.add(at(), "this SET sets nothing", "write SET 'key' = 'value'")
			return
		}
		b.checkOption(written{key: key, value: value, inSQL: true, at: at})
		b.checkSize(canonicalOption(key), value, at)
		switch canonicalOption(key) {
		case optionParallelism:
			b.agreeOn(optionParallelism, value, at, "parallelism", &b.job.Parallelism)
		case optionMaxParallelism:
			b.agreeOn(optionMaxParallelism, value, at, "max-parallelism", &b.job.MaxParallelism)
		default:
			b.checkType("SET", key, value, at)
		}
		b.checkKey("SET", key, at)
	case sqltext.Reset:
		if key, ok := st.Reset(); !ok || key == "" {
			b.add(at(), "RESET without a key drops every option", "write RESET 'key'")
		}
	}
}

// checkSecrets refuses secrets but in values of options: the planner computes with
// the placeholder's text wherever an expression has it, and what it leaves of that is
// shown by the web UI.
func (b *jobBuilder) checkSecrets(s Source, st sqltext.Statement) {
	if st.Kind == sqltext.Set {
		if key, _, _ := st.Set(); len(secretsIn(key)) > 0 {
			b.add(begin(s, st)(), "the key of an option cannot hold a secret", "write the secret into its value")
		}
		return // checkOption knows which values may
	}
	if st.Looks() {
		return // it is left out
	}
	if !slices.Contains(secretKinds, st.Kind) {
		if names := secretsIn(st.Text); len(names) > 0 { // comments are repeated, too
			b.add(begin(s, st)(), fmt.Sprintf("the secret '%s' would be written to Flink's log, which repeats %s", clip(names[0]), st.Kind),
				"secrets may stand in the options of tables")
		}
		return
	}
	before := len(b.problems)
	for _, m := range st.Mentions() {
		if m.Scheme != schemeSecret || m.Escaped {
			continue
		}
		if m.InOption {
			b.warnOfShown(s.position(st.Offset+m.Offset), m)
			continue
		}
		b.add(s.position(st.Offset+m.Offset),
			fmt.Sprintf("the secret '%s' cannot stand here: Flink's planner computes with the text ${secret:…} in place of the value, and Flink's web UI shows it", clip(m.Name)),
			"only values in WITH (…) of a table and in OPTIONS(…) hints may hold secrets; join a table whose connector reads the value")
		if len(b.problems)-before > maxProblems {
			return
		}
	}
}

// warnOfShown tells of a secret under an option of a table that Flink does not mask:
// its errors list the options of a table, and connectors repeat theirs. It is no
// error, since some connectors (MongoDB's uri) have no other place for it.
func (b *jobBuilder) warnOfShown(at Position, m sqltext.Mention) {
	if launch.Masked(m.Option) {
		return
	}
	b.warnings = append(b.warnings, Problem{at,
		fmt.Sprintf("the secret '%s' may be shown by errors, in Flink's log and web UI, which do not mask '%s'", clip(m.Name), clip(m.Option)),
		"use an option of the connector that is masked, such as 'password', if it has one"})
}

// checkDefinitions looks at a table definition.
func (b *jobBuilder) checkDefinitions(s Source) {
	statements, _ := b.split(s)
	b.checkLooks(s, statements, sqltext.OfDefinitions(statements))
	before := len(b.problems)
	for _, st := range sqltext.OfDefinitions(statements) {
		if !slices.Contains(definitions, st.Kind) && len(b.problems)-before < maxProblems {
			b.add(begin(s, st)(), fmt.Sprintf("table definitions cannot hold %s", nameOf(st)), remedyFor(st, "only DDL and SET stand here; the query belongs into the manifest's sql"))
		}
	}
}

// checkScript looks at the manifest's SQL: one SELECT with a target table, or
// definitions and then one INSERT or statement set.
func (b *jobBuilder) checkScript() {
	s := b.job.SQL
	statements, ok := b.split(s)
	if !ok {
		return
	}
	if len(statements) == 0 {
		b.add(s.At, "there is no SQL statement here", "")
		return
	}
	all := statements
	statements = sqltext.OfScript(all)
	if len(statements) == 0 {
		b.add(begin(s, all[0])(), "nothing here runs: these statements only print", "end the script with one INSERT or EXECUTE STATEMENT SET BEGIN … END;")
		return
	}
	b.checkLooks(s, all, statements)
	if len(statements) == 1 && statements[0].Kind == sqltext.Select {
		b.checkSelect(s, statements[0])
		if b.job.TargetTable == "" && !b.meant("target-table") {
			b.add(begin(s, statements[0])(), "a SELECT needs to know where its rows go", "set target-table, or write INSERT INTO")
		}
		return
	}
	b.onlyWithSelect()
	last := len(statements) - 1
	before := len(b.problems)
	first := -1 // INSERT
	for i, st := range statements {
		if len(b.problems)-before > maxProblems {
			break
		}
		at := begin(s, st)
		runs := st.Runs()
		b.checkInsert(s, st, runs)
		switch {
		case runs && first >= 0:
			b.add(at(), fmt.Sprintf("a job has one INSERT, and this is one more after that in line %d", begin(s, statements[first])().Line), "put them into one EXECUTE STATEMENT SET BEGIN … END;")
		case runs && i < last && !slices.ContainsFunc(statements[i+1:], sqltext.Statement.Runs):
			b.add(at(), fmt.Sprintf("%s must be the last statement of a script", st.Kind), "")
		case st.Kind == sqltext.Select:
			b.add(at(), "a SELECT cannot stand in a script", "write INSERT INTO, or put the other statements into table-definitions")
		case !runs && !slices.Contains(definitions, st.Kind):
			b.add(at(), fmt.Sprintf("a script cannot hold %s", nameOf(st)), remedyFor(st, "it is DDL and SET, then one INSERT or EXECUTE STATEMENT SET BEGIN … END;"))
		}
		b.checkSet(s, st)
		if runs && first < 0 {
			first = i
		}
	}
	end := statements[last]
	if !slices.Contains(definitions, end.Kind) {
		return
	}
	if offset, ok := end.Swallowed(); ok {
		b.add(s.position(end.Offset+offset), fmt.Sprintf("this belongs to the %s of line %d, because no ; stands between them", end.Kind, begin(s, end)().Line), "end that statement with ;")
	} else {
		b.add(begin(s, end)(), "this script does not end with an INSERT, so there is nothing to run", "end it with one INSERT or EXECUTE STATEMENT SET BEGIN … END;")
	}
}

// checkSet looks at what stands in a statement set, where Flink takes INSERTs only.
func (b *jobBuilder) checkSet(s Source, st sqltext.Statement) {
	if st.Kind != sqltext.StatementSet {
		return
	}
	inner := st.Inner()
	if len(inner) == 0 {
		b.add(begin(s, st)(), "this statement set holds no INSERT", "write INSERT INTO … between BEGIN and END")
	}
	before := len(b.problems)
	for _, in := range inner {
		if name := in.Name(); name != "INSERT INTO" && name != "INSERT OVERWRITE" && len(b.problems)-before < maxProblems {
			b.add(s.position(st.Offset+in.Offset), fmt.Sprintf("a statement set holds nothing but INSERT, and this is %s", nameOf(in)), "write INSERT INTO … without EXECUTE, and put other statements before the set")
		}
	}
}

// checkLooks tells of statements that are left out, since they only print.
func (b *jobBuilder) checkLooks(s Source, all, kept []sqltext.Statement) {
	for _, st := range all {
		if slices.ContainsFunc(kept, func(k sqltext.Statement) bool { return k.Offset == st.Offset }) {
			continue
		}
		before := slices.ContainsFunc(kept, func(k sqltext.Statement) bool { return k.Offset > st.Offset })
		if st.Quits() && before {
			b.add(begin(s, st)(), fmt.Sprintf("%s ends Flink's SQL client, so nothing below it would run there", st.Name()), "move it to the end, or leave it out")
			continue
		}
		b.warn(begin(s, st)(), fmt.Sprintf("%s is left out: it has no effect on the job", nameOf(st)), "")
	}
}

// onlyWithSelect reports the keys that mean nothing for a script.
func (b *jobBuilder) onlyWithSelect() {
	if b.doc.TargetTable.set {
		b.add(b.where("target-table"), "target-table goes with a SELECT; a script's INSERT names its own table", "leave it out")
	}
	b.onlyWithTarget()
	if b.job.MetadataColumns.On || len(b.job.MetadataColumns.Names) > 0 {
		b.add(b.where("metadata-columns"), "metadata columns are added to a SELECT; a script's INSERT writes its own columns", "leave it out")
	}
}

// nameOf says what a statement is in a message.
func nameOf(s sqltext.Statement) string {
	if name := s.Name(); name != "" {
		return name
	}
	return "this statement"
}

// once are statements that change something and are over: no job that runs.
var once = []string{"DELETE", "UPDATE", "MERGE", "UPSERT", "CALL", "TRUNCATE TABLE", "TRUNCATE", "ANALYZE TABLE", "STOP JOB", "REMOVE JAR"}

// remedyFor is what to do about a statement that cannot stand where it does.
func remedyFor(s sqltext.Statement, otherwise string) string {
	switch name := s.Name(); {
	case slices.Contains(once, name):
		return "run it in Flink's SQL client: it acts once, and a job runs on"
	case strings.HasSuffix(name, "MATERIALIZED TABLE"):
		return "create a table, and write its query as INSERT INTO"
	case s.Kind == sqltext.CreateTableAs:
		return "create the table first, then write INSERT INTO"
	}
	return otherwise
}
