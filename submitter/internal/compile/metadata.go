package compile

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// timestampLayout is that of query-create-timestamp, in UTC.
const timestampLayout = "2006-01-02 15:04:05"

// metadata returns the SQL for those of seed 000's six columns that the target
// gets, by the column's name in the target.
func metadata(in Input, query, target []column) (map[string]string, error) {
	m := in.Job.MetadataColumns
	if m.Off {
		return nil, nil
	}
	key := "metadata-columns"
	at := in.Job.Where(key)
	values := map[string]string{}
	for _, standard := range manifest.MetadataColumnNames {
		name, renamed := standard, false
		if other := m.Names[standard]; other != "" {
			name, renamed = other, true
		}
		c, ok := find(target, name)
		switch {
		case !ok && (m.On || renamed):
			return nil, &Error{At: at, Key: key, Cause: fmt.Sprintf("%s has no column '%s' for %s", in.Job.TargetTable, name, standard)}
		case !ok:
			continue
		case has(query, name):
			return nil, &Error{At: in.Job.Where("sql"), Key: "sql", Cause: fmt.Sprintf(
				"the query produces '%s' itself, which is a metadata column; rename it, or set metadata-columns: false", name)}
		}
		sql, err := metadataValue(standard, in, c.typ)
		if err != nil {
			return nil, &Error{At: at, Key: key, Cause: err.Error()}
		}
		values[name] = sql
	}
	return values, nil
}

func find(columns []column, name string) (column, bool) {
	for _, c := range columns {
		if c.name == name && c.writable() {
			return c, true
		}
	}
	return column{}, false
}

// metadataValue writes the value of one of the six as an expression of the
// column's type.
func metadataValue(standard string, in Input, typ string) (string, error) {
	cast := func(sql string) string { return "CAST(" + sql + " AS " + typ + ")" }
	switch standard {
	case "__create_timestamp":
		return cast("CURRENT_TIMESTAMP"), nil
	case "__query_name":
		return cast(sqltext.Literal(in.Job.Name)), nil
	case "__query_description":
		return cast(sqltext.Literal(in.Job.Description)), nil
	case "__query_id":
		return cast(sqltext.Literal(in.Meta.QueryID)), nil
	case "__query_version":
		return cast(strconv.Itoa(in.Meta.QueryVersion)), nil
	}
	created, err := time.Parse(timestampLayout, in.Meta.QueryCreateTimestamp)
	if err != nil {
		return "", fmt.Errorf("the job's query-create-timestamp %q is not of the form %s", in.Meta.QueryCreateTimestamp, timestampLayout)
	}
	switch {
	case strings.HasPrefix(typ, "TIMESTAMP_LTZ"), strings.Contains(typ, "LOCAL TIME ZONE"):
		// A moment, whatever the session's time zone is.
		return cast(fmt.Sprintf("TO_TIMESTAMP_LTZ(%d, 3)", created.UnixMilli())), nil
	case strings.HasPrefix(typ, "TIMESTAMP"):
		return cast("TIMESTAMP " + sqltext.Literal(in.Meta.QueryCreateTimestamp)), nil
	}
	return cast(sqltext.Literal(in.Meta.QueryCreateTimestamp)), nil
}
