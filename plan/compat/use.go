package compat

import (
	"maps"
	"slices"
	"strings"
)

// useKind is how a node uses what it refers to by name.
type useKind int

const (
	useCall      useKind = iota // a function, model or table that answers row by row
	useAggregate                // a function that gathers rows
	useScan                     // the table of a source
	useSink                     // the table of a sink
)

// use is a place where a node refers to something by name. Flink writes functions as
// catalogName or systemName, an inline one as class alone (RexNodeJsonSerializer),
// tables and models as identifier (ContextResolvedTableJsonSerializer,
// ContextResolvedModelJsonSerializer).
type use struct {
	kind useKind
	what RedefinedKind
	path []string // all of its name; none for an inline function
}

// usesIn finds all uses in a node.
func usesIn(node map[string]any) []use {
	var found []use
	walk(nil, node, func(path []string, v map[string]any) {
		kind := useCall
		if slices.Contains(path, "aggCalls") || slices.Contains(path, "aggCall") {
			kind = useAggregate
		}
		name, ofCatalog := v["catalogName"].(string)
		system, ofSystem := v["systemName"].(string)
		_, inline := v["class"].(string)
		identifier, isObject := v["identifier"].(string)
		switch {
		case ofCatalog:
			found = append(found, use{kind, RedefinedFunction, identifierParts(name)})
		case ofSystem:
			found = append(found, use{kind, RedefinedSystemFunction, []string{system}})
		case inline && (v["kind"] == "CALL" || kind == useAggregate):
			found = append(found, use{kind, RedefinedFunction, nil})
		case isObject && slices.ContainsFunc(path, func(key string) bool { return key == "model" || key == "modelSpec" }):
			found = append(found, use{useCall, RedefinedModel, identifierParts(identifier)})
		case isObject:
			kind := useCall
			switch {
			case slices.Equal(path, []string{"scanTableSource", "table"}):
				kind = useScan
			case slices.Equal(path, []string{"dynamicTableSink", "table"}):
				kind = useSink
			}
			found = append(found, use{kind, RedefinedTable, identifierParts(identifier)})
		}
	})
	return found
}

// walk visits every object below a value. Indices of lists are no part of the path.
func walk(path []string, v any, visit func(path []string, v map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(path, v)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			walk(below(path, name), v[name], visit)
		}
	case []any:
		for _, item := range v {
			walk(path, item, visit)
		}
	}
}

// identifierParts takes `catalog`.`database`.`name` apart.
func identifierParts(identifier string) []string {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(identifier, "`"), "`"), "`.`")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, "``", "`")
	}
	return parts
}

// refersTo reports whether a use may be one of what was redefined. Flink writes names
// of functions in small letters, whatever a statement does.
func (u use) refersTo(r Redefined) bool {
	switch r.Kind {
	case RedefinedCatalog:
		return len(u.path) == 3 && len(r.Path) == 1 && u.path[0] == r.Path[0]
	case RedefinedModule:
		return u.what == RedefinedSystemFunction || u.what == RedefinedModel
	}
	if r.Kind != u.what || len(r.Path) > 0 && len(u.path) < len(r.Path) {
		return false
	}
	end := u.path[len(u.path)-min(len(r.Path), len(u.path)):]
	for i, part := range r.Path {
		function := r.Kind == RedefinedFunction || r.Kind == RedefinedSystemFunction
		if end[i] != part && !(function && strings.EqualFold(end[i], part)) {
			return false
		}
	}
	return true
}
