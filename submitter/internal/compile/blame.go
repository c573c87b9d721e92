package compile

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/connector"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
)

// blame puts a refusal where its cause is, if that is not the statement that met with
// it: a connector that is not there is missed by the query, an option that Flink
// cannot read by the first statement, whatever that is.
func (j *job) blame(ctx context.Context, err error, version string) error {
	var e *Error
	var refused *gateway.Error
	if !errors.As(err, &e) || !errors.As(err, &refused) || refused.Kind != gateway.SQL {
		return err
	}
	if missing := j.missing(e, refused, version); missing != nil {
		return missing
	}
	if twice := loadedTwice(e); twice != nil {
		return twice
	}
	if unparsed := unparsed(e, refused); unparsed != nil {
		return unparsed
	}
	if function := j.function(e, refused); function != nil {
		return function
	}
	if refused.Line == 0 && j.misconfigured(ctx, refused) {
		return j.badOption(e)
	}
	if table := j.refusedTable(e, refused); table != nil {
		return table
	}
	return err
}

// noFactory is how FactoryUtil refuses a name (org.apache.flink.table.factories).
var noFactory = regexp.MustCompile(`^Could not find any (format )?factory for identifier '([^']*)'(?: that implements '([^']*)')?`)

// missing is about a connector, format or catalog that the gateway does not have; nil
// if e is about something else.
func (j *job) missing(e *Error, refused *gateway.Error, version string) error {
	m := noFactory.FindStringSubmatch(refused.Cause)
	if m == nil {
		return nil
	}
	use := connector.Use{Kind: connector.Connector, Name: m[2]}
	switch {
	case m[1] != "":
		use.Kind = connector.Format
	case strings.HasSuffix(m[3], ".CatalogFactory"):
		use.Kind = connector.Catalog
	case !strings.Contains(m[3], "DynamicTable"):
		return nil // a module or catalog store: nothing is known of these
	}
	there := *e
	uses := connector.Uses(j.Job)
	if i := slices.IndexFunc(uses, func(u connector.Use) bool { return u.Kind == use.Kind && u.Name == use.Name }); i >= 0 {
		there.At = uses[i].At
		there.Key = "sql"
		if i := slices.IndexFunc(j.Job.TableDefinitions, func(d manifest.Source) bool { return d.At.File == there.At.File }); i >= 0 && there.At.File != j.Job.SQL.At.File {
			there.Key = "table-definitions"
		}
	}
	there.Cause = fmt.Sprintf("Flink %s at this gateway has no %s '%s': %s. `submitter doctor %s` checks all that the job needs",
		version, use.Kind, use.Name, connector.Remedy(use, version), j.Job.File)
	return &there
}

// misconfigured reports whether a statement that asks for next to nothing is refused
// for the same reason.
func (j *job) misconfigured(ctx context.Context, refused *gateway.Error) bool {
	if len(j.Job.FlinkProperties) == 0 {
		return false
	}
	_, err := j.session.Execute(ctx, "SHOW CURRENT CATALOG", nil)
	var again *gateway.Error
	return errors.As(err, &again) && again.Kind == gateway.SQL && again.Cause == refused.Cause
}

// ofOption is how Flink names the option that it cannot read (Configuration.getOptional).
var ofOption = regexp.MustCompile(`Could not parse value '[^\n]*' for key '([^'\n]*)'`)

// badOption is about an option of the session, which most likely is the manifest's.
func (j *job) badOption(e *Error) error {
	there := *e
	there.Key = "flinkProperties"
	there.At = j.Job.Where(there.Key)
	key := ""
	if m := ofOption.FindStringSubmatch(e.Trace); m != nil {
		key = m[1]
	} else if key = j.mentioned(e.Cause); key == "" {
		return &there
	}
	at, own := j.Job.WhereOption(key)
	if !own {
		return e // a SET before it
	}
	there.At, there.Cause = at, key+": "+e.Cause
	return &there
}

// mentioned is the one option whose key or value a message repeats; empty if there is
// none, or several.
func (j *job) mentioned(message string) string {
	const telling = 4 // characters of a value that are no accident
	found := ""
	for key, value := range j.Job.FlinkProperties {
		if !strings.Contains(message, key) && (len(value) < telling || !strings.Contains(message, value)) {
			continue
		}
		if found != "" {
			return ""
		}
		found = key
	}
	return found
}
