package compile

import (
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/sqltext"
)

// How a SELECT becomes an INSERT that means the same. Where nothing is to be added or
// moved, it is the INSERT of the SELECT as it stands. Otherwise the SELECT goes into the
// FROM of another one. The planner drops an ORDER BY in there that limits nothing
// (SqlToRelConverter.convertOrder), so that of the outermost query has to stay outermost:
// what is added is written into the query's own select list, or the ORDER BY is left
// outside of FROM, where it may name columns of the result only.

// unkept says why no INSERT means the same, and where in the query.
type unkept struct {
	offset int
	cause  string
}

// insert writes the INSERT of a query.
func (a *assignment) insert(target, query, onConflict string) (*sqltext.Woven, *unkept) {
	f := form{assignment: a, query: query, w: &sqltext.Woven{}}
	outline, ok := sqltext.OutlineOf(query)
	switch {
	case a.asIs && len(a.metadata()) == 0:
		f.begin(target, a.values, onConflict)
		f.w.User(query, 0, len(query))
	case !ok || !outline.Sorted:
		f.begin(target, a.values, onConflict)
		f.from(0, len(query))
	case outline.Shape == sqltext.Plain:
		if r := f.checkUnnamed(outline); r != nil {
			return nil, r
		}
		f.begin(target, slices.Concat(a.ofQuery(), a.metadata()), onConflict)
		f.extend(outline)
	default:
		if r := f.checkKeys(outline); r != nil {
			return nil, r
		}
		f.begin(target, a.values, onConflict)
		f.w.User(query, 0, outline.Body[0])
		f.from(outline.Body[0], outline.Body[1])
		f.tail(outline.Body[1], outline)
	}
	f.end(onConflict)
	return f.w, nil
}

// ofQuery are the values that are the query's columns, in the query's order.
func (a *assignment) ofQuery() []value {
	own := slices.DeleteFunc(slices.Clone(a.values), func(v value) bool { return v.from < 0 })
	slices.SortFunc(own, func(v, w value) int { return v.from - w.from })
	return own
}

// form is an INSERT being written.
type form struct {
	*assignment
	query string
	w     *sqltext.Woven
}

// begin writes up to the query, which begins on a line of its own. Parentheses keep ON
// CONFLICT from being read as the condition of a join.
func (f form) begin(target string, into []value, onConflict string) {
	columns := make([]string, len(into))
	for i, v := range into {
		columns[i] = sqltext.Quote(v.column)
	}
	f.w.Own("INSERT INTO " + target + " (" + strings.Join(columns, ", ") + ")\n")
	if onConflict != "" {
		f.w.Own("(\n")
	}
}

func (f form) end(onConflict string) {
	if onConflict != "" {
		f.w.Own("\n) ON CONFLICT DO " + strings.ToUpper(onConflict))
	}
}

// from selects the values from a part of the query.
func (f form) from(begin, end int) {
	f.w.Own("SELECT " + expressions(f.values) + " FROM (\n")
	f.w.User(f.query, begin, end)
	f.w.Own("\n)")
}

func expressions(values []value) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = v.sql
	}
	return strings.Join(all, ", ")
}

// extend adds the metadata columns to the query's own select list. They get no names
// there, which an ORDER BY could mean.
func (f form) extend(o sqltext.Outline) {
	f.w.User(f.query, 0, o.ListEnd)
	if added := f.metadata(); len(added) > 0 {
		f.w.Own(", " + expressions(added))
	}
	f.tail(o.ListEnd, o)
}

// tail writes the rest of the query. ORDER BY n would count the columns of another
// select list than the user's: Flink brings that into the target's order first
// (SqlRewriterUtils). So the column's name takes its place.
func (f form) tail(from int, o sqltext.Outline) {
	for _, k := range o.Keys {
		name, ok := f.ordinal(k)
		if !ok || f.asIs && o.Shape == sqltext.Plain {
			continue
		}
		f.w.User(f.query, from, k.Span[0])
		f.w.Own(sqltext.Quote(name))
		from = k.Span[1]
	}
	f.w.User(f.query, from, len(f.query))
}

// ordinal is the column that ORDER BY n means. Flink refuses numbers that mean none.
func (f form) ordinal(k sqltext.SortKey) (name string, ok bool) {
	if k.Ordinal < 1 || k.Ordinal > len(f.assignment.query) {
		return "", false
	}
	return f.assignment.query[k.Ordinal-1].name, true
}

// unnamed begins the names that Flink gives to expressions, by their position.
const unnamed = "EXPR$"

// checkUnnamed refuses an ORDER BY n whose column cannot be named.
func (f form) checkUnnamed(o sqltext.Outline) *unkept {
	for _, k := range o.Keys {
		if name, ok := f.ordinal(k); ok && !f.asIs && strings.HasPrefix(name, unnamed) {
			return &unkept{k.Span[0], "ORDER BY by number of a column without a name, where columns are added or change their order; name the column with AS"}
		}
	}
	return nil
}

// checkKeys refuses an ORDER BY that cannot stand outside of its query.
func (f form) checkKeys(o sqltext.Outline) *unkept {
	const remedy = "; write the whole INSERT INTO in place of target-table, or set metadata-columns: false and select the columns in the table's order"
	for _, k := range o.Keys {
		switch {
		case o.Shape == sqltext.Unknown:
			return &unkept{k.Span[0], "an ORDER BY over a query in parentheses with a LIMIT or ORDER BY of its own cannot be kept where columns are added or change their order" + remedy}
		case o.Shape == sqltext.Combined, k.Ordinal > 0, has(f.assignment.query, k.Name):
			continue
		}
		return &unkept{k.Span[0], "the ORDER BY of a SELECT DISTINCT is kept, where columns are added or change their order, only for columns of the result" + remedy}
	}
	return nil
}

// viewable is a query as Flink takes it for a view: TABLE t with an ORDER BY works in an
// INSERT with a list of columns only (SqlRewriterUtils.rewriteSqlCall). What it selects is
// the same without the rest, which the INSERT has; every position stays what it was.
func viewable(query string) string {
	o, ok := sqltext.OutlineOf(query)
	if !ok || o.Shape != sqltext.Combined || !strings.EqualFold(query[o.Body[0]:min(o.Body[0]+len("TABLE"), len(query))], "TABLE") {
		return query
	}
	return query[:o.Body[1]] + strings.Repeat(")", o.Close)
}
