package compile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/connector"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/javatrace"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// What Flink says of a table whose options it refuses
// (org.apache.flink.table.factories.FactoryUtil).
var (
	ofTable = regexp.MustCompile(`^Unable to create a (?:source for reading|sink for writing) table '([^'\n]*)'`)
	ofValue = regexp.MustCompile(`^Could not parse value '.*' for key '([^'\n]*)'`)
)

const (
	unsupportedHead = "Unsupported options:"
	supportedHead   = "Supported options:"
	missingHead     = "Missing required options are:"
)

// maxNamed is how many options a message names.
const maxNamed = 6

// refusedTable is about a table whose options Flink refuses, which the query meets with
// and its definition is to blame for; nil if e is about something else.
func (j *job) refusedTable(e *Error, refused *gateway.Error) *Error {
	chain := javatrace.Chain(refused.Trace)
	i := slices.IndexFunc(chain, func(c javatrace.Cause) bool { return ofTable.MatchString(c.Message) })
	if i < 0 || refused.Line > 0 {
		return nil
	}
	table := ofTable.FindStringSubmatch(chain[i].Message)[1]
	there := *e
	cause, options := aboutOptions(refused)
	for _, c := range chain[i:] {
		if m := ofValue.FindStringSubmatch(c.Message); m != nil {
			cause, options = "'"+m[1]+"': "+refused.Cause, []string{m[1]}
		}
	}
	if cause == "" {
		cause = e.Cause
	}
	short := table[strings.LastIndexByte(table, '.')+1:]
	if source, s, ok := j.definitionOf(table); ok {
		there.Key, there.At = "sql", inStatement(source, s)(0, 0)
		if source.At != j.Job.SQL.At {
			there.Key = "table-definitions"
		}
		there.At = placeOf(source, s, options, there.At)
		if path, ok := sqltext.CreatedPath(s); ok {
			short = path[len(path)-1]
		}
		cause += j.doubtsFormat(s, options)
	}
	there.Cause = "table " + short + ": " + cause
	return &there
}

// aboutOptions puts Flink's lists of options, one in each line, into one line. Both
// results are empty for other messages.
func aboutOptions(refused *gateway.Error) (cause string, options []string) {
	lists := map[string][]string{}
	head := ""
	for _, line := range refused.More {
		switch line = strings.TrimSpace(line); {
		case line == unsupportedHead, line == supportedHead, line == missingHead:
			head = line
		case head != "":
			lists[head] = append(lists[head], line)
		}
	}
	first := strings.TrimRight(refused.Cause, ". ")
	if missing := lists[missingHead]; len(missing) > 0 {
		return first + ": " + few(missing), nil
	}
	options = lists[unsupportedHead]
	if len(options) == 0 {
		return "", nil
	}
	cause = first + ": " + few(options)
	if known := slices.DeleteFunc(lists[supportedHead], everybodys); len(known) > 0 && len(known) <= 2*maxNamed {
		cause += "; it has " + strings.Join(known, ", ")
	}
	return cause, options
}

// everybodys are options that every table has.
func everybodys(option string) bool {
	return option == "connector" || option == "property-version" || strings.HasPrefix(option, "scan.watermark.")
}

func few(options []string) string {
	if len(options) <= maxNamed {
		return strings.Join(options, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(options[:maxNamed], ", "), len(options)-maxNamed)
}

// definitionOf is the newest statement that creates a table of that full name, as Flink
// writes it: parts that a definition leaves out are the current ones.
func (j *job) definitionOf(table string) (in manifest.Source, s sqltext.Statement, ok bool) {
	for _, source := range append(slices.Clone(j.Job.TableDefinitions), j.Job.SQL) {
		statements, err := sqltext.Split(source.Text)
		if err != nil {
			continue
		}
		for _, statement := range statements {
			if statement.Kind != sqltext.CreateTable && statement.Kind != sqltext.CreateTemporaryTable {
				continue
			}
			if path, created := sqltext.CreatedPath(statement); created && strings.HasSuffix("."+table, "."+strings.Join(path, ".")) {
				in, s, ok = source, statement, true
			}
		}
	}
	return in, s, ok
}

// placeOf is where the first of some options stands in a statement; else otherwise.
func placeOf(source manifest.Source, s sqltext.Statement, options []string, otherwise manifest.Position) manifest.Position {
	for _, o := range s.Options() {
		if slices.Contains(options, o.Key) {
			return source.Position(s.Position(o.Line, o.Column))
		}
	}
	return otherwise
}

// doubtsFormat asks about a table's format where options of another one were refused:
// the filesystem connector says nothing about a format that is not there.
func (j *job) doubtsFormat(s sqltext.Statement, refused []string) string {
	for _, o := range s.Options() {
		if o.Key != "format" {
			continue
		}
		for _, key := range refused {
			if of, _, dotted := strings.Cut(key, "."); dotted && of != o.Value && connector.KnownFormat(of) {
				return fmt.Sprintf("; '%s' is for the format '%s', and the table's is '%s': `submitter doctor %s` checks whether there is one", key, of, o.Value, j.Job.File)
			}
		}
	}
	return ""
}
