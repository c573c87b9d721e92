package change

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/launch"
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
	Defined   Class = "definitions" // what the plan names: functions, catalogs, models, modules
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
	Class      Class             `json:"class"`
	Items      []Item            `json:"changes,omitempty"`
	Verdict    compat.Job        `json:"verdict"`
	Operators  []compat.Operator `json:"operators,omitempty"`
	Why        []string          `json:"why,omitempty"`
	Brief      []string          `json:"-"` // Why in short lines, without what Operators say
	ApprovalID string            `json:"approval,omitempty"`
	// Approvable is compat.Verdict's, of a BLOCKED one.
	Approvable       bool `json:"approvable,omitempty"`
	AllowNonRestored bool `json:"allowNonRestored,omitempty"`
	// StartClean: the manifest says on-query-change: clean.
	StartClean bool `json:"startClean,omitempty"`
	// perhaps: nothing differs but that more was recorded of the new release.
	perhaps bool
}

// optionMaxParallelism fixes how Flink splits keyed state. State can be restored
// only under the one that it was written with.
const optionMaxParallelism = "pipeline.max-parallelism"

// Compare says how a new release differs from the one whose state the job has.
// planEqual: both canonical plans are the same, the new one compiled with the
// recorded meta. Another plan counts as another query only if the SQL's tokens
// changed too: a gateway that plans differently makes no new query. definitions are
// what the plans name and the two releases define differently.
func Compare(old *journal.Release, oldConfig release.Config, wanted *journal.Release, config release.Config, planEqual bool, v compat.Verdict, definitions ...Definition) *Comparison {
	changed := Inputs(wanted.Inputs).Changed(old.Inputs)
	query := !planEqual && slices.ContainsFunc(changed, ofQuery)
	c := &Comparison{Class: None, Verdict: compat.Full, Items: options(oldConfig.Session, config.Session, planEqual)}
	if len(c.Items) > 0 {
		c.raise(Runtime)
	}
	c.shipped(oldConfig, config, definitions)
	for _, d := range definitions {
		c.Items = append(c.Items, d.Items...)
	}
	for _, part := range changed {
		c.part(part, side{old, oldConfig}, side{wanted, config}, planEqual, query)
	}
	switch {
	case query:
		c.raise(Query)
	case !planEqual:
		c.raise(PlanOnly)
		c.add("compiled plan", "restart with the new plan")
	}
	c.define(definitions)
	if !planEqual || v.Reached() {
		c.Verdict, c.Operators, c.Why, c.Brief = v.Job, v.Operators, v.Why, v.Brief
		c.AllowNonRestored, c.Approvable = v.AllowNonRestored, v.Approvable
	}
	was, is := oldConfig.Session[optionMaxParallelism], config.Session[optionMaxParallelism]
	if old.Stateful && was != "" && was != is {
		c.OtherMaxParallelism(was, is)
	}
	return c
}

// Start is the comparison of what is started with nothing to compare it with.
func Start() *Comparison { return &Comparison{Class: Query, Verdict: compat.Full} }

// Judged adds what becomes of the state that a first start restores.
func (c *Comparison) Judged(v compat.Verdict, approval string) {
	c.Verdict, c.Operators, c.Why, c.Brief = v.Job, v.Operators, v.Why, v.Brief
	c.AllowNonRestored, c.Approvable, c.ApprovalID = v.AllowNonRestored, v.Approvable, approval
}

// OtherMaxParallelism blocks what Flink would refuse.
func (c *Comparison) OtherMaxParallelism(was, is string) {
	if c.Verdict != compat.Blocked {
		c.Brief = nil // of what does not stand in the way
	}
	c.Verdict, c.Approvable = compat.Blocked, false
	c.because(fmt.Sprintf("its state was written under max-parallelism %s and cannot be restored under %s", was, is))
}

// side is one of the two releases that are compared.
type side struct {
	*journal.Release
	config release.Config
}

// part adds what one part of the inputs contributes. Options are compared one by
// one elsewhere.
func (c *Comparison) part(part string, old, wanted side, planEqual, query bool) {
	switch {
	case part == PartText && !planEqual:
		c.raise(Metadata)
		c.add(part, "recorded; where a column carries it, another plan")
	case part == PartText:
		c.raise(Metadata)
		c.add(part, "recorded")
	case part == PartJob:
		c.raise(Runtime)
		c.Items = append(c.Items, sizes(part, old.JobManager, wanted.JobManager)...)
	case part == PartTask:
		c.raise(Runtime)
		c.Items = append(c.Items, sizes(part, old.TaskManager, wanted.TaskManager)...)
	case part == PartKubernetes:
		c.raise(Runtime)
		c.Items = append(c.Items, kubernetes(old.Kubernetes, wanted.Kubernetes)...)
	case ofQuery(part), part == PartVersion, part == PartTTL:
		c.add(part, effectOfSQL(planEqual, query))
	}
}

// TakesApproval reports whether approving the change by its id lets it through.
func (c *Comparison) TakesApproval() bool {
	switch c.Verdict {
	case compat.Partial, compat.None:
		return true
	}
	return c.Verdict == compat.Blocked && c.Approvable
}

// Recompiled takes the verdict on the plan with the new meta section into account.
// What stands in it as literals may reach operators that the query's own change
// does not. approval is the id of the change with that verdict.
func (c *Comparison) Recompiled(v compat.Verdict, approval string) {
	was, is := gravity(c.Verdict, c.Approvable), gravity(v.Job, v.Approvable)
	if v.Job == compat.Full || is < was || is == was && approval == c.ApprovalID {
		return
	}
	c.Judged(v, approval)
	const what = "the metadata columns get new values with every query version"
	c.Why, c.Brief = append([]string{what}, v.Why...), append([]string{what}, v.Brief...)
}

// gravity orders verdicts by what they ask for: nothing, an approval, another change.
func gravity(v compat.Job, approvable bool) int {
	switch {
	case v == compat.Blocked && !approvable:
		return 4
	case v == compat.Blocked:
		return 3
	case v == compat.None:
		return 2
	case v == compat.Partial:
		return 1
	}
	return 0
}

// because adds a reason for the verdict that is no operator's.
func (c *Comparison) because(why string) {
	c.Why, c.Brief = append(c.Why, why), append(c.Brief, why)
}

// restarts reports whether the change reaches a running job at all.
func (c *Comparison) restarts() bool { return c.Class != None && c.Class != Metadata }

// reruns reports whether the change is a reason to run a finished job again. That more
// is recorded of it now is none.
func (c *Comparison) reruns() bool { return c.restarts() && !c.perhaps }

func ofQuery(part string) bool {
	return part == PartSQL || part == PartTables || part == PartTarget || part == PartColumns || part == PartMatching || part == PartConflict
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
// plans' digests, of the definitions that have a say in the state, and of the operators
// whose state is lost or mixed.
func ApprovalID(oldPlan, newPlan string, v compat.Verdict, definitions ...Definition) string {
	texts := []string{oldPlan, newPlan}
	if v.Reached() {
		for _, d := range definitions {
			texts = append(texts, d.Redefined.Says)
		}
	}
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
	for i, k := range []Class{None, Metadata, Runtime, PlanOnly, Resources, Defined, Query} {
		if k == c {
			return i
		}
	}
	return -1
}

// options lists the Flink options that differ.
func options(old, wanted map[string]string, planEqual bool) []Item {
	var items []Item
	for k, v := range wanted {
		if was, ok := old[k]; !ok || was != v {
			items = append(items, option(k, was, v, planEqual))
		}
	}
	for k, was := range old {
		if _, ok := wanted[k]; !ok {
			items = append(items, option(k, was, "", planEqual))
		}
	}
	sort.Slice(items, func(a, b int) bool { return items[a].What < items[b].What })
	return items
}

// planned begins the options that Flink's planner reads. What it made of them
// stands in the plan, and the plan's options beat those of the session.
const planned = "table."

func option(key, old, wanted string, planEqual bool) Item {
	item := Item{What: "flinkProperties." + key, Old: shown(key, old), New: shown(key, wanted), Effect: "restart"}
	if strings.HasPrefix(key, planned) && !planEqual {
		item.Effect = "restart with the new plan"
	}
	return item
}

// masked stands for a value that Flink would not print either.
const masked = "******"

// shown keeps secrets that were written out, against all advice, from diff.
// Placeholders for secrets are names only.
func shown(key, value string) string {
	if value == "" || !launch.Masked(key) || strings.HasPrefix(value, "${secret:") {
		return value
	}
	return masked
}

// shipped adds the resources that differ. Those that statements alone use are
// compared with these.
func (c *Comparison) shipped(old, wanted release.Config, definitions []Definition) {
	others := func(c release.Config) []release.Resource {
		return slices.DeleteFunc(slices.Clone(c.Resources), func(r release.Resource) bool { return ofStatements(r, c) })
	}
	items := resources(others(old), others(wanted))
	if len(items) > 0 {
		c.raise(Resources)
	}
	onPath := slices.IndexFunc(definitions, func(d Definition) bool { return d.classPath })
	for _, i := range items {
		if onPath >= 0 && strings.HasPrefix(firstText(i.New, i.Old), release.KindJar+" ") {
			i.Effect = definitions[onPath].effect
		}
		c.Items = append(c.Items, i)
	}
}

func firstText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// define raises the class for definitions that differ.
func (c *Comparison) define(definitions []Definition) {
	for _, d := range definitions {
		if len(d.Items) > 0 && !d.Unused {
			c.perhaps = d.Redefined.Perhaps && (c.perhaps || !c.restarts())
			c.raise(Defined)
		}
	}
}

// shownDigits of a digest tell two contents apart for people.
const shownDigits = 12

// resources lists the resources that differ, by kind and short digest.
func resources(old, wanted []release.Resource) []Item {
	short := func(r release.Resource) string { return r.Kind + " " + r.SHA256[:min(shownDigits, len(r.SHA256))] }
	was := make(map[string]release.Resource)
	for _, r := range old {
		was[r.Name] = r
	}
	var items []Item
	for _, r := range wanted {
		o, there := was[r.Name]
		switch {
		case !there:
			items = append(items, Item{What: "resources." + r.Name, New: short(r), Effect: "restart"})
		case o.Kind != r.Kind || o.SHA256 != r.SHA256:
			items = append(items, Item{What: "resources." + r.Name, Old: short(o), New: short(r), Effect: "restart"})
		}
		delete(was, r.Name)
	}
	for name, o := range was {
		items = append(items, Item{What: "resources." + name, Old: short(o), Effect: "restart"})
	}
	sort.Slice(items, func(a, b int) bool { return items[a].What < items[b].What })
	return items
}

// briefly shortens the digest of a kind and a digest.
func briefly(kindAndDigest string) string {
	kind, digest, ok := strings.Cut(kindAndDigest, " ")
	if !ok {
		return kindAndDigest
	}
	return kind + " " + short(digest)
}
