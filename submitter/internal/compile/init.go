package compile

import (
	"slices"

	"flink-sql-driver/submitter/internal/sqltext"
)

// inits collects the statements that a cluster has to run before the plan. A plan
// holds tables, views and models whole, but functions, catalogs and modules by name
// only.
type inits struct {
	seen   []string
	needed bool
}

// byName are what a plan only names.
var byName = []sqltext.Kind{
	sqltext.CreateFunction, sqltext.CreateTemporaryFunction, sqltext.CreateTemporarySystemFunction,
	sqltext.CreateCatalog, sqltext.Module, sqltext.AddJar,
}

// saw takes a statement in that the session has executed.
func (i *inits) saw(s sqltext.Statement, d sqltext.DDL) {
	switch {
	case slices.Contains(byName, s.Kind), isChangeOfNamed(d):
		i.seen = append(i.seen, s.Text)
		i.needed = true
	case s.Kind == sqltext.Use, s.Kind == sqltext.CreateDatabase:
		// They say where an unqualified function goes.
		i.seen = append(i.seen, s.Text)
	}
}

// isChangeOfNamed tells DROP and ALTER of what a plan names from those of what it
// holds.
func isChangeOfNamed(d sqltext.DDL) bool {
	if d.Verb != sqltext.VerbDrop && d.Verb != sqltext.VerbAlter {
		return false
	}
	switch d.Object {
	case sqltext.ObjectFunction, sqltext.ObjectCatalog, sqltext.ObjectConnection:
		return true
	}
	return false
}

// statements returns what the cluster has to run; nothing if the plan names
// nothing.
func (i *inits) statements() []string {
	if !i.needed {
		return nil
	}
	return i.seen
}
