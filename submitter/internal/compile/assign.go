package compile

import (
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// Assignment says how the columns of a SELECT go into those of its target table.
type Assignment struct {
	Way   string `json:"way"` // manifest.ByName or manifest.ByPosition
	Pairs []Pair `json:"pairs"`
}

// Pair is a column of the query and the one of the table that it is written to.
type Pair struct {
	Query string `json:"query"`
	Table string `json:"table"`
}

// maxPairs bounds how many columns String names.
const maxPairs = 8

// String is the way taken; by position, with the columns that have another name in the
// table.
func (a Assignment) String() string {
	if a.Way == manifest.ByName {
		return "by name"
	}
	var renamed []string
	for _, p := range a.Pairs {
		if p.Query != p.Table {
			renamed = append(renamed, p.Query+" → "+p.Table)
		}
	}
	switch {
	case len(renamed) == 0:
		return "by position"
	case len(renamed) > maxPairs:
		renamed = append(renamed[:maxPairs], fmt.Sprintf("and %d more", len(renamed)-maxPairs))
	}
	return "by position: " + strings.Join(renamed, ", ")
}

// assignment is what is written to the target's columns.
type assignment struct {
	way    string
	query  []column
	values []value // in the target's order
	// asIs: the query's columns are the target's, all of them and in their order, but
	// for metadata columns at the end. Flink then leaves the select list as it is.
	asIs bool
}

// value is what is written to one column of the target.
type value struct {
	column string
	sql    string
	from   int // index of the query's column; -1: a metadata column
}

func (a *assignment) columns() []string {
	columns := make([]string, len(a.values))
	for i, v := range a.values {
		columns[i] = v.column
	}
	return columns
}

// metadata are the values of the metadata columns.
func (a *assignment) metadata() []value {
	return slices.DeleteFunc(slices.Clone(a.values), func(v value) bool { return v.from >= 0 })
}

func (a *assignment) public() *Assignment {
	p := &Assignment{Way: a.way, Pairs: make([]Pair, len(a.query))}
	for _, v := range a.values {
		if v.from >= 0 {
			p.Pairs[v.from] = Pair{a.query[v.from].name, v.column}
		}
	}
	return p
}

// match finds for each column of the target what the query or the metadata has for it.
func match(in Input, query, target []column) (*assignment, error) {
	meta, err := metadata(in, query, target)
	if err != nil {
		return nil, err
	}
	var open []column // those that the query is to fill
	for _, t := range target {
		if _, ok := meta[t.name]; !ok && t.writable() {
			open = append(open, t)
		}
	}
	m := matching{in.Job, query, target, open}
	way, to, err := m.choose()
	if err != nil {
		return nil, err
	}
	a := &assignment{way: way, query: query, asIs: true}
	next := 0
	for _, t := range target {
		sql, isMeta := meta[t.name]
		i, ok := to[t.name]
		switch {
		case !t.writable():
		case isMeta:
			a.values = append(a.values, value{t.name, sql, -1})
		case ok:
			a.values = append(a.values, value{t.name, sqltext.Quote(query[i].name), i})
			a.asIs = a.asIs && i == next && next == len(a.values)-1
			next++
		default: // headers and keys of a message may be left out
			a.asIs = false
		}
	}
	return a, nil
}

// matching is the question which column of the query goes where.
type matching struct {
	job           *manifest.Job
	query, target []column
	open          []column // of the target, without the metadata columns
}

// choose answers by name where every column of the query has its name in the table, and
// by position where no column has the name of another one there. to maps the table's
// columns to the query's, by index.
func (m matching) choose() (way string, to map[string]int, err error) {
	places, fits := m.positions()
	switch {
	case m.job.Columns == manifest.ByPosition && !fits:
		return "", nil, m.refuse("columns", fmt.Sprintf("columns go by position, and the query has %d (%s) where %s has %d to write (%s)",
			len(m.query), list(names(m.query)), m.job.TargetTable, len(m.open), list(names(m.open))))
	case m.job.Columns == manifest.ByPosition:
		return manifest.ByPosition, byPosition(places), nil
	case m.job.Columns == manifest.ByName, m.allNamed(), !fits:
		to, err := m.byName()
		return manifest.ByName, to, err
	case m.misplaced(places):
		return "", nil, m.refuse("target-table", m.twoReadings(places))
	}
	return manifest.ByPosition, byPosition(places), nil
}

// positions are the columns that the query's go to by position: all that can be written,
// or those without Flink's metadata columns, which may be left out.
func (m matching) positions() (places []column, fit bool) {
	plain := slices.DeleteFunc(slices.Clone(m.open), column.isMetadata)
	for _, places := range [][]column{m.open, plain} {
		if len(places) == len(m.query) {
			return places, true
		}
	}
	return nil, false
}

func byPosition(places []column) map[string]int {
	to := map[string]int{}
	for i, c := range places {
		to[c.name] = i
	}
	return to
}

func (m matching) allNamed() bool {
	return !slices.ContainsFunc(m.query, func(q column) bool { return !has(m.open, q.name) })
}

// misplaced reports whether a column of the query has the name of another column of the
// table than the one at its position. A name in other letters is meant as a name.
func (m matching) misplaced(places []column) bool {
	for i, q := range m.query {
		same := func(t column) bool { return strings.EqualFold(t.name, q.name) }
		if !same(places[i]) && slices.ContainsFunc(m.target, same) {
			return true
		}
	}
	return false
}

func (m matching) byName() (map[string]int, error) {
	to := map[string]int{}
	var missing, surplus []string
	for i, q := range m.query {
		if to[q.name] = i; !has(m.open, q.name) {
			surplus = append(surplus, q.name)
		}
	}
	for _, t := range m.open {
		if _, ok := to[t.name]; !ok && !t.isMetadata() {
			missing = append(missing, t.name)
		}
	}
	if cause := mismatch(m.job.TargetTable, missing, surplus); cause != "" {
		return nil, m.refuse("target-table", cause)
	}
	return to, nil
}

func (m matching) refuse(key, cause string) error {
	return &Error{At: m.job.Where(key), Key: key, Cause: cause}
}

// twoReadings says what could be meant where some columns have their names in the table
// and others have not.
func (m matching) twoReadings(places []column) string {
	var named, placed []string
	for i, q := range m.query {
		placed = append(placed, q.name+" → "+places[i].name)
		if has(m.open, q.name) {
			named = append(named, q.name+" → "+q.name)
		} else {
			named = append(named, q.name+" → ?")
		}
	}
	return fmt.Sprintf("some columns of the query have their names in %s and others have not: by name %s; by position %s. "+
		"Give each its name there with AS, or say `columns: by-position`", m.job.TargetTable, strings.Join(named, ", "), strings.Join(placed, ", "))
}

// mismatch says which columns have no counterpart.
func mismatch(table string, missing, surplus []string) string {
	var parts []string
	if len(missing) > 0 {
		parts = append(parts, fmt.Sprintf("the query does not produce %s of %s", list(missing), table))
	}
	if len(surplus) > 0 {
		parts = append(parts, fmt.Sprintf("%s has no column for %s of the query", table, list(surplus)))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", and ") + "; columns are matched by name, case included"
}

func names(columns []column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "'" + n + "'"
	}
	return strings.Join(quoted, ", ")
}

func has(columns []column, name string) bool {
	return slices.ContainsFunc(columns, func(c column) bool { return c.name == name })
}
