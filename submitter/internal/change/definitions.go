package change

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/sqltext"
)

// Definition is something that a plan only names, or may name, and that two releases
// define differently: a function, a catalog, a model, a module, the class path.
type Definition struct {
	Items []Item // for people
	// Redefined is what it means for the plans.
	Redefined compat.Redefined
	// Unused: neither plan names it, so no running job notices.
	Unused bool

	effect    string
	classPath bool // it is about the jars in which classes are searched
}

// The effects of a definition that differs.
const (
	effectNone    = "none: the plan does not use it"
	effectRestart = "restart"
	effectState   = "restart; it has a say in what is in the state"
)

// Definitions compares what two releases give the cluster besides the plan and the
// options. plans are those of both.
func Definitions(oldConfig, config release.Config, plans ...*plan.Compiled) []Definition {
	was, is := objectsOf(oldConfig), objectsOf(config)
	var found []Definition
	modules := false
	for _, key := range keysOf(was, is) {
		if a, b := was[key], is[key]; !slices.Equal(texts(a), texts(b)) {
			found = append(found, define(key, a, b))
			modules = modules || key.kind == sqltext.ModuleObject || key.kind == sqltext.ModulesObject
		}
	}
	if a, b := order(oldConfig), order(config); !modules && !slices.Equal(a, b) {
		found = append(found, Definition{
			Items:     []Item{{What: "order of modules", Old: strings.Join(a, "; "), New: strings.Join(b, "; ")}},
			Redefined: compat.Redefined{Kind: compat.RedefinedModule, Says: "modules are searched in another order"},
		})
	}
	if d, ok := classPath(oldConfig, config); ok {
		found = append(found, d)
	}
	for i := range found {
		found[i].judge(plans...)
	}
	return append(found, mentioned(oldConfig, config, plans...)...)
}

// judge says what a difference means for a job that runs.
func (d *Definition) judge(plans ...*plan.Compiled) {
	d.Unused = unused(d.Redefined, plans...)
	d.effect = effectRestart
	switch {
	case d.Unused:
		d.effect = effectNone
	case slices.ContainsFunc(plans, d.Redefined.Reaches):
		d.effect = effectState
	}
	for i := range d.Items {
		d.Items[i].Effect = d.effect
	}
}

// Redefined is what definitions mean for the plans.
func Redefined(definitions []Definition) []compat.Redefined {
	var all []compat.Redefined
	for _, d := range definitions {
		if d.Redefined.Kind != "" {
			all = append(all, d.Redefined)
		}
	}
	return all
}

// object identifies what statements define.
type object struct {
	kind sqltext.Definable // empty: a statement that is not understood
	name string
}

// defined is one statement about an object.
type defined struct {
	sqltext.Definition
	text    string   // digests in the place of files
	loose   string   // names in the place of files
	renames bool     // it gives the object another name
	files   []string // each file with its digest, for people
}

// objectsOf groups the statements of a release by what they are about, in their order.
// Statements that only say where unqualified names belong are left out: a plan's names
// are whole.
func objectsOf(c release.Config) map[object][]defined {
	all := map[object][]defined{}
	for _, s := range statements(c) {
		d, ok := s.Definition()
		switch {
		case s.Kind == sqltext.Use, s.Kind == sqltext.CreateDatabase, ok && d.Object == sqltext.JarObject:
			continue
		case !ok:
			d.Text, d.Head = sqltext.Significant(s.Text), string(s.Kind)
		}
		key := object{d.Object, strings.Join(d.Path, ".")}
		if !ok {
			key.name = d.Text
		}
		one := defined{Definition: d, text: withDigests(d.Text, c.Resources), renames: s.Has("RENAME")}
		one.loose = d.Text
		for _, f := range d.Files {
			one.loose = strings.ReplaceAll(one.loose, sqltext.Literal(f.Path), sqltext.Literal(fileName(f.Path, c.Resources)))
			one.files = append(one.files, fileShown(f.Path, c.Resources))
		}
		all[key] = append(all[key], one)
	}
	return all
}

func statements(c release.Config) []sqltext.Statement {
	var all []sqltext.Statement
	for _, catalog := range c.Catalogs { // as the statement that they stand for
		var options []string
		for _, key := range slices.Sorted(maps.Keys(catalog.Options)) {
			options = append(options, sqltext.Literal(key)+" = "+sqltext.Literal(catalog.Options[key]))
		}
		all = append(all, sqltext.Statement{Text: "CREATE CATALOG " + sqltext.Quote(catalog.Name) + " WITH (" + strings.Join(options, ", ") + ")", Kind: sqltext.CreateCatalog})
	}
	for _, text := range c.Init {
		split, err := sqltext.Split(text)
		if err != nil {
			split = []sqltext.Statement{{Text: text, Kind: sqltext.Other}}
		}
		all = append(all, split...)
	}
	return all
}

// keysOf sorts the objects of both sides.
func keysOf(a, b map[object][]defined) []object {
	var keys []object
	for _, side := range []map[object][]defined{a, b} {
		for key := range side {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.SortFunc(keys, func(x, y object) int {
		return strings.Compare(string(x.kind)+" "+x.name, string(y.kind)+" "+y.name)
	})
	return keys
}

func texts(list []defined) []string {
	var all []string
	for _, d := range list {
		all = append(all, d.text)
	}
	return all
}

// define describes an object that differs.
func define(key object, old, wanted []defined) Definition {
	var d Definition
	was, is := lastOf(old), lastOf(wanted)
	head := firstOf(is, was)
	what := strings.TrimSpace(head.Head + " " + strings.Join(head.Path, "."))
	switch key.kind {
	case sqltext.CatalogObject, sqltext.ModelObject, sqltext.ModuleObject, sqltext.TableObject:
		if len(old) == 1 && len(wanted) == 1 {
			d.Items = optionItems(what, was.Options, is.Options)
		}
	}
	if len(d.Items) == 0 {
		d.Items = []Item{{What: what, Old: shownDefinitions(old), New: shownDefinitions(wanted)}}
	}
	d.Redefined = compat.Redefined{Kind: kindOf(key.kind), Path: head.Path, Says: says(d.Items[0])}
	if key.kind != sqltext.ModuleObject && len(head.Path) > 0 {
		d.Redefined.Says = string(key.kind) + strings.TrimPrefix(d.Redefined.Says, head.Head)
	}
	renames := func(d defined) bool { return d.renames }
	if key.kind == sqltext.ModuleObject || slices.ContainsFunc(old, renames) || slices.ContainsFunc(wanted, renames) {
		d.Redefined.Path = nil // plans know what it has, or it, by other names
	}
	if key.kind == sqltext.CatalogObject && inMemory(old) && inMemory(wanted) {
		d.Redefined.Kind = "" // plans hold whole what is in them
	}
	if slices.EqualFunc(old, wanted, func(a, b defined) bool { return a.loose == b.loose }) && slices.ContainsFunc(old, unrecorded) {
		d.Redefined.Perhaps = true
		d.Redefined.Says = "whether the jar of " + strings.Join(head.Path, ".") + " is the one that runs was not recorded"
	}
	return d
}

// inMemory reports whether a catalog ends with its session.
func inMemory(list []defined) bool {
	return len(list) > 0 && slices.ContainsFunc(list[0].Options, func(o sqltext.Option) bool { return o.Key == "type" && o.Value == "generic_in_memory" })
}

// unrecorded reports whether a statement names files whose content nobody recorded.
func unrecorded(d defined) bool {
	return slices.ContainsFunc(d.files, func(f string) bool { return strings.HasSuffix(f, " "+notRecorded) })
}

func lastOf(list []defined) *defined {
	if len(list) == 0 {
		return nil
	}
	return &list[len(list)-1]
}

func firstOf(a, b *defined) *defined {
	if a != nil {
		return a
	}
	return b
}

func kindOf(o sqltext.Definable) compat.RedefinedKind {
	switch o {
	case sqltext.FunctionObject:
		return compat.RedefinedFunction
	case sqltext.SystemFunctionObject:
		return compat.RedefinedSystemFunction
	case sqltext.ModuleObject, sqltext.ModulesObject:
		return compat.RedefinedModule
	case sqltext.ModelObject:
		return compat.RedefinedModel
	case sqltext.CatalogObject:
		return compat.RedefinedCatalog
	case sqltext.TableObject:
		return compat.RedefinedTable
	}
	return compat.RedefinedAnything
}

// optionItems lists the options of a definition that differ.
func optionItems(what string, old, wanted []sqltext.Option) []Item {
	was, is := map[string]string{}, map[string]string{}
	for _, o := range old {
		was[o.Key] = o.Value
	}
	for _, o := range wanted {
		is[o.Key] = o.Value
	}
	var items []Item
	for _, o := range options(was, is, true) {
		o.What = what + " '" + strings.TrimPrefix(o.What, "flinkProperties.") + "'"
		items = append(items, o)
	}
	return items
}

// shownDefinitions says what an object is: a function's class and files, else what
// its statements say.
func shownDefinitions(list []defined) string {
	var all []string
	for _, d := range list {
		switch {
		case d.Class != "":
			all = append(all, strings.Join(append([]string{d.Class}, d.files...), " "))
		default:
			all = append(all, withoutSecrets(d))
		}
	}
	return strings.Join(all, "; ")
}

// withoutSecrets is a statement's text without the values of options, which may be secrets
// that were written out.
func withoutSecrets(d defined) string {
	text := d.Text
	for _, o := range d.Options {
		if v := shown(o.Key, o.Value); v != o.Value {
			text = strings.ReplaceAll(text, sqltext.Literal(o.Value), sqltext.Literal(v))
		}
	}
	return text
}

func says(i Item) string {
	switch {
	case i.Old == "":
		return i.What + " is new"
	case i.New == "":
		return i.What + " is no longer there"
	}
	return i.What + " is " + i.New + " instead of " + i.Old
}

// unused reports whether neither plan has the name anywhere, be it as the name of
// something else: then nothing can depend on it.
func unused(r compat.Redefined, plans ...*plan.Compiled) bool {
	if len(r.Path) == 0 || len(plans) == 0 {
		return false
	}
	name := []byte(strings.ToLower(r.Path[len(r.Path)-1]))
	if bytes.ContainsAny(name, "\"\\`") { // which JSON or SQL writes in another way
		return false
	}
	for _, p := range plans {
		if bytes.Contains(bytes.ToLower(p.Canonical()), name) {
			return false
		}
	}
	return true
}

// order lists the statements about modules in their order, which is that in which
// functions are looked up.
func order(c release.Config) []string {
	var all []string
	for _, s := range statements(c) {
		if d, ok := s.Definition(); ok && (d.Object == sqltext.ModuleObject || d.Object == sqltext.ModulesObject) {
			all = append(all, d.Text)
		}
	}
	return all
}
