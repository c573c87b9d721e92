package change

import (
	"slices"
	"sort"

	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/journal"
)

// Class is the widest effect that a change has.
type Class string

// The classes, from the narrowest to the widest effect.
const (
	None      Class = "none"           // white space, comments
	Metadata  Class = "metadata"       // description, where no sink column carries it
	Runtime   Class = "runtime-config" // needs a restart
	PlanOnly  Class = "plan-config"    // options that Flink keeps in the plan
	Resources Class = "resources"
	Query     Class = "query"
)

// Item is one thing that differs.
type Item struct {
	What   string `json:"what"` // "flinkProperties.parallelism.default", "sql"
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
	Effect string `json:"effect"`
}

// Comparison is what compiling brought to light: how the wanted release differs
// from the recorded one.
type Comparison struct {
	Class            Class             `json:"class"`
	Items            []Item            `json:"changes,omitempty"`
	Verdict          compat.Job        `json:"verdict"`
	Operators        []compat.Operator `json:"operators,omitempty"`
	Why              []string          `json:"why,omitempty"`
	ApprovalID       string            `json:"approval,omitempty"`
	AllowNonRestored bool              `json:"allowNonRestored,omitempty"`
	// StartClean: the manifest says on-query-change: clean.
	StartClean bool `json:"startClean,omitempty"`
}

// Compare says how a new release differs from the one whose state the job has.
// planEqual: both canonical plans are the same, the new one compiled with the
// recorded meta. Another plan counts as another query only if the SQL's tokens
// changed too: a gateway that plans differently makes no new query.
func Compare(old *journal.Release, oldConfig release.Config, inputs Inputs, config release.Config, planEqual bool, v compat.Verdict) *Comparison {
	changed := inputs.Changed(old.Inputs)
	query := !planEqual && slices.ContainsFunc(changed, ofQuery)
	c := &Comparison{Class: None, Verdict: compat.Full, Items: options(oldConfig.Session, config.Session)}
	if len(c.Items) > 0 {
		c.raise(Runtime)
	}
	for _, part := range changed {
		switch {
		case part == PartText:
			c.raise(Metadata)
			c.add(part, "recorded")
		case part == PartSizes:
			c.raise(Runtime)
			c.add(part, "restart")
		case part == PartResources:
			c.raise(Resources)
			c.Items = append(c.Items, resources(oldConfig.Resources, config.Resources)...)
		case ofQuery(part):
			c.add(part, effectOfSQL(planEqual, query))
		}
	}
	if query {
		c.raise(Query)
	} else if !planEqual {
		c.raise(PlanOnly)
		c.add("compiled plan", "restart with the new plan")
	}
	if !planEqual {
		c.Verdict, c.Operators, c.Why = v.Job, v.Operators, v.Why
		c.AllowNonRestored = v.AllowNonRestored
	}
	return c
}

func ofQuery(part string) bool {
	return part == PartSQL || part == PartTables || part == PartTarget || part == PartColumns
}

func (c *Comparison) raise(to Class) {
	if rank(to) > rank(c.Class) {
		c.Class = to
	}
}

func (c *Comparison) add(what, effect string) {
	c.Items = append(c.Items, Item{What: what, Effect: effect})
}

// ApprovalID names one change and the loss that it means: approving it approves
// nothing else. It is the SHA-256, shortened to 12 hex digits, of both canonical
// plans' digests and of the operators whose state is lost or mixed.
func ApprovalID(oldPlan, newPlan string, v compat.Verdict) string {
	texts := []string{oldPlan, newPlan}
	for _, o := range v.Operators {
		if o.Verdict != compat.Kept && o.Verdict != compat.New {
			texts = append(texts, string(o.Verdict), o.OperatorID)
		}
	}
	const shown = 12
	return digest(texts...)[:shown]
}

func effectOfSQL(planEqual, queryChanged bool) string {
	switch {
	case queryChanged:
		return "another query"
	case planEqual:
		return "none: it compiles to the same plan"
	}
	return "another plan"
}

func rank(c Class) int {
	for i, k := range []Class{None, Metadata, Runtime, PlanOnly, Resources, Query} {
		if k == c {
			return i
		}
	}
	return -1
}

// options lists the Flink options that differ. Secrets stand in them by name only.
func options(old, wanted map[string]string) []Item {
	var items []Item
	for k, v := range wanted {
		if was, ok := old[k]; !ok || was != v {
			items = append(items, Item{What: "flinkProperties." + k, Old: was, New: v, Effect: "restart"})
		}
	}
	for k, was := range old {
		if _, ok := wanted[k]; !ok {
			items = append(items, Item{What: "flinkProperties." + k, Old: was, Effect: "restart"})
		}
	}
	sort.Slice(items, func(a, b int) bool { return items[a].What < items[b].What })
	return items
}

func resources(old, wanted []release.Resource) []Item {
	was := make(map[string]string)
	for _, r := range old {
		was[r.Name] = r.SHA256
	}
	var items []Item
	for _, r := range wanted {
		if d, ok := was[r.Name]; !ok || d != r.SHA256 {
			items = append(items, Item{What: "resources." + r.Name, Old: d, New: r.SHA256, Effect: "restart"})
		}
		delete(was, r.Name)
	}
	for name, d := range was {
		items = append(items, Item{What: "resources." + name, Old: d, Effect: "restart"})
	}
	sort.Slice(items, func(a, b int) bool { return items[a].What < items[b].What })
	return items
}
