package manifest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/sqltext"
)

// Schemes of placeholders.
const (
	schemeEnv      = "env"      // the process's environment
	schemeSecret   = "secret"   // stays text; the driver resolves it
	schemeResource = "resource" // stays text; a path on the cluster
)

// variableName is what a variable may be called.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// expander fills in variables.
type expander struct {
	*report
	variables map[string]string
	env       func(string) (string, bool)
	resources []string // names that ${resource:…} may use
}

// expand replaces ${NAME} and ${env:NAME}, and $${ by ${. ${secret:…} and
// ${resource:…} stay as they are. The values themselves are not searched again.
func (x *expander) expand(s Source) Source { return x.replace(s, x.value) }

// expandVariable fills in what the value of a variable may hold: ${env:NAME}, and
// ${secret:NAME}, which stays as it is. Variables do not refer to each other, so
// there is no order among them.
func (x *expander) expandVariable(text string, at Position) string {
	s := Source{Text: text, At: at, pieces: []piece{{at: at, fixed: true}}}
	return x.replace(s, func(s Source, p sqltext.Placeholder) (string, bool) {
		if !p.Escaped && p.Name != "" && p.Scheme != schemeEnv && p.Scheme != schemeSecret {
			x.add(at, fmt.Sprintf("the value of a variable cannot hold %s", clip(s.Text[p.Offset:p.End])),
				"it may hold ${env:NAME} and ${secret:NAME}, and $${ for the two characters")
			return "", false
		}
		return x.value(s, p)
	}).Text
}

// replace puts values in the place of placeholders; those for which value is not
// ok stay.
func (x *expander) replace(s Source, value func(Source, sqltext.Placeholder) (string, bool)) Source {
	found := sqltext.Placeholders(s.Text)
	if len(found) == 0 {
		return s
	}
	b := newBuilder(s)
	kept, before := 0, len(x.problems)
	for _, p := range found {
		if len(x.problems)-before > maxProblems {
			break
		}
		replacement, ok := value(s, p)
		if !ok {
			continue
		}
		b.keep(kept, p.Offset)
		b.put(replacement, p.Offset)
		kept = p.End
	}
	b.keep(kept, len(s.Text))
	return b.source()
}

// value is what a placeholder is replaced by; not ok if it stays.
func (x *expander) value(s Source, p sqltext.Placeholder) (string, bool) {
	fail := func(message, suggestion string) (string, bool) {
		x.add(s.position(p.Offset), message, suggestion)
		return "", false
	}
	switch {
	case p.Escaped:
		for _, scheme := range []string{schemeSecret, schemeResource} {
			if strings.HasPrefix(s.Text[p.End:], scheme+":") {
				return fail("$${"+scheme+": cannot be written: the driver would fill it in", "use another spelling")
			}
		}
		return "${", true
	case p.Name == "":
		return fail("${ without a name and a }", "write ${NAME}, or $${ for the two characters")
	case p.Scheme == schemeSecret:
		return "", false
	case p.Scheme == schemeResource:
		if !slices.Contains(x.resources, p.Name) {
			return fail(fmt.Sprintf("no resource is called '%s'", clip(p.Name)), didYouMean(p.Name, x.resources))
		}
		return "", false
	case p.Scheme == schemeEnv:
		if v, ok := x.env(p.Name); ok {
			return v, true
		}
		return fail(fmt.Sprintf("the environment has no variable '%s'", clip(p.Name)), "")
	case p.Scheme != "":
		return fail(fmt.Sprintf("'%s:' is not known here", clip(p.Scheme)), "it is one of ${NAME}, ${env:NAME}, ${secret:NAME}, ${resource:NAME}")
	}
	v, ok := x.variables[p.Name]
	if ok {
		return v, true
	}
	suggestion := didYouMean(p.Name, slices.Sorted(maps.Keys(x.variables)))
	if _, ok := x.env(p.Name); ok {
		name := clip(p.Name)
		suggestion = "the environment has it: write ${env:" + name + "}, or ${secret:" + name + "} where it is a secret"
	}
	if suggestion == "" {
		suggestion = "set it under variables, with --var or in a --var-file"
	}
	return fail(fmt.Sprintf("unknown variable '%s'", clip(p.Name)), suggestion)
}

// secretsIn lists the secrets that a text mentions.
func secretsIn(text string) []string {
	var names []string
	for _, p := range sqltext.Placeholders(text) {
		if p.Scheme == schemeSecret && !p.Escaped {
			names = append(names, p.Name)
		}
	}
	return names
}
