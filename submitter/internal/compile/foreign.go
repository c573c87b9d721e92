package compile

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"flink-sql-driver/submitter/internal/sqltext"
)

// A temporary table in a catalog that outlives the session cannot be made a plain one
// there. It stays a temporary table, which a plan has by name only, and a twin with the
// same definition is made in the session's own catalog. A small plan over each twin has
// the definition as Flink writes it, and that is put into the job's plan, under a name
// in the session's catalog, where nothing else on the cluster can be found.

// foreign is a temporary table in a catalog that outlives the session.
type foreign struct {
	path, twin []string
	// unusable is why no plan over the twin could be compiled.
	unusable error
}

// name is what the table is called in the plan.
func (f foreign) name() []string {
	return []string{f.twin[0], f.twin[1], strings.Join(f.path, ".")}
}

// defineForeign creates or drops a temporary table in a catalog that outlives the
// session.
func (j *job) defineForeign(ctx context.Context, s sqltext.Statement, d sqltext.DDL, path []string) error {
	if d.Object == sqltext.ObjectModel {
		return refused("the temporary model %s cannot be put into a plan; create it in the session's own catalog", sqltext.QuotePath(path...))
	}
	twin := j.catalogs.private(fmt.Sprintf("table$%d", j.twins))
	plain, creates := sqltext.AsPlain(s)
	if creates {
		// First, since the definition may copy a table that it then hides. What is wrong
		// with it is found by the user's own statement, at its place.
		j.twins++
		_ = j.session.Configure(ctx, sqltext.Statement{Text: plain}.Renamed(d, twin...))
	}
	if err := j.session.Configure(ctx, s.Text); err != nil {
		return err
	}
	i := j.foreignAt(path)
	switch {
	case creates && i < 0:
		j.foreign = append(j.foreign, foreign{path: path, twin: twin})
	case d.Verb == sqltext.VerbDrop && i >= 0:
		j.foreign = append(j.foreign[:i:i], j.foreign[i+1:]...)
	}
	return nil
}

func (j *job) foreignAt(path []string) int {
	for i, f := range j.foreign {
		if touching(f.path) == touching(path) {
			return i
		}
	}
	return -1
}

// foreignFile is the name of the plan over a job's k-th foreign table.
func foreignFile(plan string, k int) string {
	return fmt.Sprintf("%s-%d.json", strings.TrimSuffix(plan, ".json"), k)
}

// compileForeign compiles a plan over each twin: one that reads it, or, where its
// connector cannot be read, one that writes it.
func (j *job) compileForeign(ctx context.Context, uri string) error {
	if len(j.foreign) == 0 {
		return nil
	}
	nothing := sqltext.QuotePath(j.catalogs.private("nothing")...)
	if err := j.session.Configure(ctx, "CREATE TABLE "+nothing+" (a INT) WITH ('connector' = 'blackhole')"); err != nil {
		return j.failed(err, "sql", fixed(j.Job.SQL.At))
	}
	for k := range j.foreign {
		f := &j.foreign[k]
		twin := sqltext.QuotePath(f.twin...)
		head := "COMPILE PLAN " + sqltext.Literal(foreignFile(uri, k)) + " FOR INSERT INTO "
		_, err := j.session.Execute(ctx, head+nothing+" SELECT 1 FROM "+twin, nil)
		if isSQL(err) && !notWritten(err) {
			err = j.compileSink(ctx, head, twin)
		}
		switch {
		case isSQL(err) && !notWritten(err):
			f.unusable = err
		case err != nil:
			return j.compiled(err, foreignFile(uri, k), fixed(j.Job.SQL.At))
		}
	}
	return nil
}

// compileSink compiles a plan that writes a row of nulls.
func (j *job) compileSink(ctx context.Context, head, table string) error {
	columns, err := j.describe(ctx, table)
	if err != nil {
		return err
	}
	var names, nulls []string
	for _, c := range columns {
		if c.extra == "" { // metadata may be left out
			names = append(names, sqltext.Quote(c.name))
			nulls = append(nulls, "CAST(NULL AS "+c.typ+")")
		}
	}
	_, err = j.session.Execute(ctx, head+table+" ("+strings.Join(names, ", ")+") SELECT "+strings.Join(nulls, ", "), nil)
	return err
}

// fillForeign puts the definitions of foreign tables into a job's plan, where it has
// them by name.
func fillForeign(in Input, name string, tables []foreign, plans map[string][]byte) ([]byte, error) {
	raw := plans[name]
	if len(tables) == 0 {
		return raw, nil
	}
	job, err := decodePlan(raw)
	if err != nil {
		return nil, err
	}
	for k, f := range tables {
		uses := tablesOf(job, sqltext.QuotePath(f.path...), false)
		if len(uses) == 0 {
			continue
		}
		if hinted(job, f) {
			return nil, f.refuse(in, "an OPTIONS hint for the temporary table %s would be lost; write the options into the table's definition")
		}
		if f.unusable != nil {
			return nil, f.refuse(in, "the temporary table %s cannot be put into a plan: "+f.unusable.Error()+"; create it in the session's own catalog")
		}
		twin, err := decodePlan(plans[foreignFile(name, k)])
		if err != nil {
			return nil, err
		}
		definitions := tablesOf(twin, sqltext.QuotePath(f.twin...), true)
		if len(definitions) == 0 {
			return nil, fmt.Errorf("the plan over the temporary table %s does not have it", sqltext.QuotePath(f.path...))
		}
		for _, use := range uses {
			use["identifier"] = sqltext.QuotePath(f.name()...)
			use[resolvedTable] = definitions[0][resolvedTable]
		}
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err = e.Encode(job)
	return out.Bytes(), err
}

// refuse is about a table that the job's plan cannot have; format takes its name.
func (f foreign) refuse(in Input, format string) error {
	return &Error{At: in.Job.SQL.At, Key: "sql", Cause: strings.Replace(format, "%s", sqltext.QuotePath(f.path...), 1)}
}

// hinted reports whether a node that uses a foreign table has a hint with options,
// which Flink would have merged into the options of a plain table. Only the node's
// description tells.
func hinted(job any, f foreign) bool {
	root, _ := job.(map[string]any)
	nodes, _ := root["nodes"].([]any)
	for _, n := range nodes {
		node, _ := n.(map[string]any)
		description, _ := node["description"].(string)
		if strings.Contains(description, "hints=[") && len(tablesOf(n, sqltext.QuotePath(f.path...), false)) > 0 {
			return true
		}
	}
	return false
}

// resolvedTable is where a plan has a table's definition
// (ContextResolvedTableJsonSerializer).
const resolvedTable = "resolvedTable"

func decodePlan(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// tablesOf finds the mentions of a table in a plan, those with a definition or those
// without.
func tablesOf(v any, name string, whole bool) []map[string]any {
	var found []map[string]any
	switch v := v.(type) {
	case map[string]any:
		_, has := v[resolvedTable]
		if v["identifier"] == name && has == whole {
			found = append(found, v)
		}
		for _, inner := range v {
			found = append(found, tablesOf(inner, name, whole)...)
		}
	case []any:
		for _, inner := range v {
			found = append(found, tablesOf(inner, name, whole)...)
		}
	}
	return found
}
