package compile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// missingClass is what Java says of a class that is not there, or of one that another
// class needs; the second one has slashes in it.
var missingClass = regexp.MustCompile(`(?m)^Caused by: java\.lang\.(?:ClassNotFoundException|NoClassDefFoundError): ([\w$]+(?:[./][\w$]+)*)`)

// unfit is how Flink refuses a class that is there (UserDefinedFunctionHelper).
var unfit = regexp.MustCompile(`^Function (?:class )?'([^']*)' `)

// function is about a function that Flink cannot make; nil if e is about something else.
// A function of the session's catalog is missed by the query only, so the statement that
// created it is blamed.
func (j *job) function(e *Error, refused *gateway.Error) error {
	there := *e
	if m := unfit.FindStringSubmatch(refused.Cause); m != nil {
		if at, ok := j.createdWith(m[1]); ok {
			there.At, there.Key = at.position, at.key
		}
		there.Cause = strings.TrimSuffix(e.Cause, ".") + "; name a public class that extends ScalarFunction, TableFunction, AggregateFunction or another of Flink's functions, and has a public constructor without arguments"
		return &there
	}
	missing := missingClass.FindAllStringSubmatch(refused.Trace, -1)
	if missing == nil {
		return nil
	}
	class := strings.ReplaceAll(missing[len(missing)-1][1], "/", ".")
	at, created := j.createdWith(class)
	switch {
	case created:
		there.At, there.Key = at.position, at.key
		there.Cause = fmt.Sprintf("%s: none of the job's jars holds the class %s%s; add the jar that does under resources (- jar: path/to/it.jar), or correct the name", at.statement.Name(), class, j.jars(at.statement))
	case strings.Contains(strings.ToLower(e.Cause), "function"):
		there.Cause = fmt.Sprintf("%s: the class %s is missing, which one of its classes needs%s; add the jar that holds it under resources (- jar: path/to/it.jar)", strings.TrimSuffix(e.Cause, "."), class, j.jars(sqltext.Statement{}))
	default:
		return nil
	}
	return &there
}

// creation is a statement that creates a function, in its place.
type creation struct {
	statement sqltext.Statement
	position  manifest.Position
	key       string
}

// createdWith is the last statement that creates a function of a class.
func (j *job) createdWith(class string) (found creation, ok bool) {
	sources := append(slices.Clone(j.Job.TableDefinitions), j.Job.SQL)
	for i, source := range sources {
		statements, err := sqltext.Split(source.Text)
		if err != nil {
			continue // it was refused before
		}
		for _, s := range statements {
			if !slices.Contains(functionKinds, s.Kind) || !strings.Contains(s.Text, sqltext.Literal(class)) {
				continue
			}
			key := "table-definitions"
			if i == len(sources)-1 {
				key = "sql"
			}
			found, ok = creation{s, source.Position(s.Line, s.Column), key}, true
		}
	}
	return found, ok
}

var functionKinds = []sqltext.Kind{sqltext.CreateFunction, sqltext.CreateTemporaryFunction, sqltext.CreateTemporarySystemFunction}

// jarFile is a jar that a statement names.
var jarFile = regexp.MustCompile(`(?i)\bJAR\s+'([^']*)'`)

// jars lists in brackets where a class was looked for.
func (j *job) jars(s sqltext.Statement) string {
	var names []string
	for _, r := range j.Resources {
		if r.Jar {
			names = append(names, r.Name)
		}
	}
	for _, m := range jarFile.FindAllStringSubmatch(s.Text, -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}
