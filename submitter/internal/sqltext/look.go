package sqltext

import "slices"

// looks are statements that print something and change nothing, and commands of the SQL
// client about its screen.
var looks = []string{"SHOW", "EXPLAIN", "DESCRIBE", "DESC", "HELP", "CLEAR"}

// Looks reports whether a statement only prints: a job does not need it. A query prints,
// too, where a script has an INSERT; see OfScript.
func (s Statement) Looks() bool {
	tokens, err := lex(s.Text)
	if err != nil {
		return false
	}
	if len(tokens) == 1 && tokens[0].is(s.Text, "SET") {
		return true // it lists the options
	}
	return firstWords(s.Text, tokens, looks) != ""
}

// Quits reports whether a statement ends the SQL client, which reads nothing after it.
func (s Statement) Quits() bool {
	tokens, err := lex(s.Text)
	return err == nil && len(tokens) == 1 && firstWords(s.Text, tokens, []string{"QUIT", "EXIT"}) != ""
}

// Runs reports whether a statement is what a script is there for.
func (s Statement) Runs() bool { return s.Kind == Insert || s.Kind == StatementSet }

// OfScript are the statements of a script that a job needs: without those that only
// print. A query is one of these where there is an INSERT.
func OfScript(statements []Statement) []Statement {
	if !slices.ContainsFunc(statements, Statement.Runs) {
		return needed(statements)
	}
	return OfDefinitions(statements)
}

// OfDefinitions are the statements of table definitions that a job needs: without those
// that only print, queries included.
func OfDefinitions(statements []Statement) []Statement {
	return slices.DeleteFunc(needed(statements), func(s Statement) bool { return s.Kind == Select })
}

func needed(statements []Statement) []Statement {
	return slices.DeleteFunc(slices.Clone(statements), func(s Statement) bool { return s.Looks() || s.Quits() })
}
