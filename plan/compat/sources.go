package compat

import (
	"fmt"
	"strings"

	"flink-sql-driver/plan/compat/connector"
)

// A source keeps in its state how far it has read. Flink gives that back under the
// same node id, wherever the table now points to. What each option means for it is in
// package connector.

func (p *pair) sourceOption(node int, c change) {
	option := strings.Join(c.path[4:], ".")
	old, new := tableOptions(p.oldJSON[node], "scanTableSource"), tableOptions(p.newJSON[node], "scanTableSource")
	if option == "" || option == "connector" {
		p.unsafe(node, "the source's "+words(option), c, "the positions in its state are of another source")
		return
	}
	name := old["connector"]
	what := "option " + option
	switch f := connector.Of(name, connector.Source, option, old, new); f.Effect {
	case connector.None:
		p.note(node, what, c, "")
	case connector.Safe:
		p.note(node, what, c, f.Means)
	case connector.Rows:
		p.otherRows(node, what, c, f.Means, connector.MayRetract(new))
	case connector.Ask:
		p.ask(node, what, c, f.Means)
	case connector.Elsewhere:
		p.unsafe(node, what, c, f.Means)
	default:
		p.ask(node, what, c, notKnown(option, name, connector.Source))
	}
}

func words(option string) string {
	if option == "" {
		return "list of options"
	}
	return option
}

// notKnown says that no row of the table speaks of an option.
func notKnown(option, name string, use connector.Use) string {
	if !connector.Known(name, use) {
		return fmt.Sprintf("what the options of connector %q mean for the state of a %s is not known", name, use)
	}
	return fmt.Sprintf("what %s means for the state of a %s of connector %q is not known", option, use, name)
}

// otherRows judges an option by which a source reads other rows from where it is.
func (p *pair) otherRows(node int, what string, c change, means string, retracts bool) {
	feeds := p.operatorAmong(p.after[node])
	switch {
	case feeds == "":
		p.note(node, what, c, means)
	case retracts || p.updating(node):
		p.ask(node, what, c, means+", and "+feeds+" could miss retractions of rows that it counted before")
	default:
		p.mix(node, what, c, means+"; what "+feeds+" holds of the rows from before stays in it")
	}
}

// tableOptions are the options of the table that a node scans or writes.
func tableOptions(node map[string]any, field string) map[string]string {
	options := map[string]string{}
	var v any = node
	for _, key := range []string{field, "table", "resolvedTable", "options"} {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	m, _ := v.(map[string]any)
	for k, v := range m {
		options[k], _ = v.(string)
	}
	return options
}
