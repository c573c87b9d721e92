package compile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/javatrace"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// Error is a refusal of the job's SQL, at its place in the user's files.
type Error struct {
	At    manifest.Position
	Key   string // of the manifest: sql, table-definitions, target-table, …
	Cause string // root cause, one line
	Class string // of the Java exception; may be empty
	Trace string // Flink's whole stack trace, for -v; may be empty
	err   error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %s", e.At, e.Key, e.Cause) }

func (e *Error) Unwrap() error { return e.err }

// places maps a position that Flink reports for a statement, the line from 1 and
// the column in UTF-16 units, to one in a file. Line 0 means that Flink gave none.
type places func(line, column int) manifest.Position

// fixed is for statements of which the user wrote nothing.
func fixed(at manifest.Position) places {
	return func(int, int) manifest.Position { return at }
}

// inStatement is for a statement that is sent as it stands in its source.
func inStatement(source manifest.Source, s sqltext.Statement) places {
	return func(line, column int) manifest.Position {
		if line == 0 {
			line, column = 1, 1
		}
		return source.Position(s.Position(line, inCharacters(s.Text, line, column)))
	}
}

// inCharacters turns a column in UTF-16 units, as Java counts, into one in
// characters.
func inCharacters(text string, line, column int) int {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(text, "\n")
	if line > len(lines) {
		return column
	}
	n := 1
	for _, r := range lines[line-1] {
		if column -= max(1, utf16.RuneLen(r)); column < 1 {
			return n
		}
		n++
	}
	return n + column - 1
}

// maxMore bounds what further lines of a message may add to its first one.
const maxMore = 600 // bytes

// failed puts an error of the gateway in its place. What is no refusal of the
// statement keeps its kind and gets the job's name.
func (j *job) failed(err error, key string, at places) error {
	var e *gateway.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &e) || e.Kind != gateway.SQL:
		return fmt.Errorf("%s: %w", j.Job.Name, err)
	}
	cause := j.filled.hide(e.Cause)
	if more := j.filled.hide(strings.Join(strings.Fields(strings.Join(e.More, " ")), " ")); len(more) > maxMore {
		cause += " " + strings.ToValidUTF8(more[:maxMore], "") + "…"
	} else if more != "" {
		cause += " " + more
	}
	return &Error{At: at(e.Line, e.Column), Key: key, Cause: cause, Class: e.Class, Trace: j.filled.hide(e.Trace), err: err}
}

// sqlClasses are exceptions of Flink's and Calcite's about what a statement says.
var sqlClasses = []string{
	"ValidationException", "TableException", "SqlParserException", "SqlParserEOFException", "SqlParseException", "ParseException",
	"SqlValidateException", "SqlValidatorException", "CalciteContextException", "CalciteException", "CodeGenException",
}

// notWritten tells the failure to write a plan from a refusal of the SQL: a file
// system is at work, and nothing is said about the statement.
func notWritten(err error) bool {
	var e *gateway.Error
	if !errors.As(err, &e) || e.Kind != gateway.SQL || e.Line > 0 || !strings.Contains(e.Trace, "\tat org.apache.flink.core.fs.") {
		return false
	}
	return !slices.ContainsFunc(javatrace.Chain(e.Trace), func(c javatrace.Cause) bool { return slices.Contains(sqlClasses, c.Class) })
}

// compiled is failed for the COMPILE PLAN statement.
func (j *job) compiled(err error, uri string, at places) error {
	if notWritten(err) {
		return fmt.Errorf("%s: the gateway cannot write the compiled plan to %s: %w", j.Job.Name, uri, err)
	}
	return j.failed(err, "sql", at)
}
