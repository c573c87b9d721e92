package compat

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"flink-sql-driver/plan"
)

// maxName bounds a short name, so that a line holds it and a reason.
const maxName = 48

// shortName is the node's type and what tells it from others of that type: the
// table, or the columns that it groups or joins by.
func shortName(n plan.Node) string {
	what := n.TableName()
	of := clauses(n.Description)
	for _, key := range []string{"groupBy", "partitionBy", "where"} {
		if key == "where" && !strings.Contains(n.Type, "join") {
			continue
		}
		if items := of[key]; what == "" {
			what = strings.Join(items, ", ")
		}
	}
	if what == "" {
		return n.Type
	}
	return n.Type + "(" + short(what, maxName-len(n.Type)) + ")"
}

func short(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:max(width-1, 0)]) + "…"
}

// clauses reads Flink's description of a node, Calc(select=[a, b], where=[c]), as
// far as its brackets are in pairs.
func clauses(description string) map[string][]string {
	_, inner, ok := strings.Cut(description, "(")
	if !ok {
		return nil
	}
	all := map[string][]string{}
	for _, c := range topLevel(strings.TrimSuffix(inner, ")")) {
		key, value, ok := strings.Cut(c, "=")
		if !ok {
			continue
		}
		for strings.HasPrefix(value, "[") && strings.HasSuffix(value, "]") {
			value = value[1 : len(value)-1] // a table's clause has two pairs
		}
		if key == "table" {
			all = merge(all, clauses("("+value+")")) // its project, filter and so on
			continue
		}
		all[key] = topLevel(value)
	}
	return all
}

func merge(all, more map[string][]string) map[string][]string {
	for k, v := range more {
		all[k] = v
	}
	return all
}

// topLevel splits text at commas outside of brackets.
func topLevel(text string) []string {
	var parts []string
	depth, start := 0, 0
	for i, r := range text {
		switch r {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(depth-1, 0)
		case ',':
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(text[start:i]))
				start = i + 1
			}
		}
	}
	if last := strings.TrimSpace(text[start:]); last != "" {
		parts = append(parts, last)
	}
	return parts
}

// echoes are clauses that say again what another one does.
var echoes = map[string]bool{"fields": true, "targetColumns": true, "changelogMode": true}

// described says in which clause two descriptions differ, and in what; empty if
// they do not.
func described(old, new string) string {
	was, is := clauses(old), clauses(new)
	var keys []string
	for k := range merge(merge(map[string][]string{}, was), is) {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var texts []string
	for _, k := range keys {
		gone, come := without(was[k], is[k]), without(is[k], was[k])
		switch {
		case echoes[k] || len(gone) == 0 && len(come) == 0:
		case len(gone) == 0:
			texts = append(texts, fmt.Sprintf("%s also has %s", k, strings.Join(come, ", ")))
		case len(come) == 0:
			texts = append(texts, fmt.Sprintf("%s no longer has %s", k, strings.Join(gone, ", ")))
		default:
			a, b := apart(strings.Join(come, ", "), strings.Join(gone, ", "))
			texts = append(texts, fmt.Sprintf("%s has %s instead of %s", k, a, b))
		}
	}
	return strings.Join(texts, "; ")
}

// without lists what is in a and not in b.
func without(a, b []string) []string {
	var rest []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			rest = append(rest, x)
		}
	}
	return rest
}

const (
	excerpt = 60 // characters of a long value that are shown
	leading = 12 // of these stand before the place where two values differ
)

// apart cuts two long texts to where they differ.
func apart(a, b string) (string, string) {
	x, y := []rune(a), []rune(b)
	if len(x) <= excerpt && len(y) <= excerpt {
		return a, b
	}
	same := 0
	for same < len(x) && same < len(y) && x[same] == y[same] {
		same++
	}
	from := max(same-leading, 0)
	return cut(x, from), cut(y, from)
}

// cut is an excerpt of a text from a place on.
func cut(text []rune, from int) string {
	if len(text) <= excerpt || len(text)-from <= excerpt {
		from = max(min(from, len(text)-excerpt), 0)
	}
	s := string(text[from:min(from+excerpt, len(text))])
	if from > 0 {
		s = "…" + s
	}
	if from+excerpt < len(text) {
		s += "…"
	}
	return s
}
