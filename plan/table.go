package plan

import "strings"

// Table is a table that a plan reads or writes.
type Table struct {
	// Node is the id of the node that scans or writes it.
	Node int
	// Identifier is the catalog's name of it: `catalog`.`database`.`table`.
	Identifier string
	// Options are the table's own, with secrets as names. They are empty when the
	// plan was compiled without them (table.plan.compile.catalog-objects).
	Options map[string]string
}

// Connector is the table's connector; empty when the plan does not say.
func (t Table) Connector() string { return t.Options["connector"] }

// Sources are the tables that the plan scans, in the plan's order. A table that
// is only looked up row by row is none.
func (c *Compiled) Sources() []Table { return c.tables("scanTableSource") }

// Sinks are the tables that the plan writes, in the plan's order.
func (c *Compiled) Sinks() []Table { return c.tables("dynamicTableSink") }

func (c *Compiled) tables(field string) []Table {
	var tables []Table
	for _, n := range c.nodes {
		if t, ok := n.table(field); ok {
			tables = append(tables, t)
		}
	}
	return tables
}

func (n Node) table(field string) (Table, bool) {
	v := n.json.path(field, "table")
	if v == nil {
		return Table{}, false
	}
	t := Table{Node: n.ID, Identifier: v.get("identifier").text(), Options: map[string]string{}}
	if options := v.path("resolvedTable", "options"); options != nil && options.kind == object {
		for _, m := range options.members {
			t.Options[m.name] = m.value.text()
		}
	}
	return t, true
}

// Bounded reports whether every source of the plan is known to have an end, so
// that the job finishes by itself. A connector that is not known counts as
// endless.
func (c *Compiled) Bounded() bool {
	for _, n := range c.nodes {
		if !n.isSource() {
			continue
		}
		t, ok := n.table("scanTableSource")
		if n.Type != "values" && (!ok || !bounded(t)) {
			return false
		}
	}
	return true
}

// isSource tells nodes that make rows of their own from those that have an input.
func (n Node) isSource() bool {
	switch n.Type {
	case "table-source-scan", "values", "data-stream-scan", "legacy-table-source-scan":
		return true
	}
	return false
}

func bounded(t Table) bool {
	switch connector := t.Connector(); connector {
	case "filesystem":
		return t.Options["source.monitor-interval"] == ""
	case "datagen":
		if t.Options["number-of-rows"] != "" {
			return true
		}
		return hasSequence(t) // the source ends with its shortest sequence
	case "kafka", "upsert-kafka":
		mode := t.Options["scan.bounded.mode"]
		return mode != "" && !strings.EqualFold(mode, "unbounded")
	case "jdbc":
		return true
	}
	return false
}

// hasSequence reports whether a datagen table has a field that counts up; it
// keeps in state how far it got.
func hasSequence(t Table) bool {
	for name, v := range t.Options {
		if strings.HasPrefix(name, "fields.") && strings.HasSuffix(name, ".kind") && strings.EqualFold(v, "sequence") {
			return true
		}
	}
	return false
}

// TableName is the name, without catalog and database, of the table that the node
// scans or writes; empty for other nodes.
func (n Node) TableName() string {
	for _, field := range []string{"scanTableSource", "dynamicTableSink"} {
		if t, ok := n.table(field); ok {
			parts := strings.Split(strings.Trim(t.Identifier, "`"), "`.`")
			return parts[len(parts)-1]
		}
	}
	return ""
}
