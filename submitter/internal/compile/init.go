package compile

import (
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/sqltext"
)

// inits collects the statements that a cluster has to run before the plan. A plan
// holds tables and views whole, but functions, catalogs, modules and models by
// name only.
type inits struct {
	seen   []string
	needed bool
	used   bool // a USE has changed the current catalog or database
}

// byName are what a plan only names.
var byName = []sqltext.Kind{
	sqltext.CreateFunction, sqltext.CreateTemporaryFunction, sqltext.CreateTemporarySystemFunction,
	sqltext.CreateModel, sqltext.CreateTemporaryModel, sqltext.CreateCatalog, sqltext.Module, sqltext.AddJar,
}

// saw takes a statement in that the session has executed.
func (i *inits) saw(s sqltext.Statement) {
	switch {
	case slices.Contains(byName, s.Kind), isDropOfNamed(s):
		i.seen = append(i.seen, s.Text)
		i.needed = true
	case s.Kind == sqltext.Use, s.Kind == sqltext.CreateDatabase:
		// They say where an unqualified function goes.
		i.seen = append(i.seen, s.Text)
		i.used = i.used || s.Kind == sqltext.Use
	}
}

// isDropOfNamed tells DROP and ALTER of functions, catalogs and models from those
// of tables.
func isDropOfNamed(s sqltext.Statement) bool {
	if s.Kind != sqltext.Drop && s.Kind != sqltext.Alter {
		return false
	}
	words := strings.Fields(strings.ToUpper(s.Text))
	return slices.ContainsFunc(words[:min(4, len(words))], func(w string) bool {
		return w == "FUNCTION" || w == "CATALOG" || w == "MODEL"
	})
}

// statements returns what the cluster has to run; nothing if the plan names
// nothing.
func (i *inits) statements() []string {
	if !i.needed {
		return nil
	}
	return i.seen
}
