package change

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/sqltext"
)

// jar is one on the class path, where every class may come from.
type jar struct {
	name, digest string
	added        bool // by a statement
}

func (j jar) String() string { return j.name + " " + short(j.digest) }

// jars are those among the resources and those of ADD JAR.
func jars(c release.Config) []jar {
	var all []jar
	for _, r := range c.Resources {
		if r.Kind == release.KindJar {
			all = append(all, jar{r.Name, r.SHA256, false})
		}
	}
	for _, s := range statements(c) {
		if s.Kind != sqltext.AddJar {
			continue
		}
		for _, f := range s.Files() {
			j := jar{path.Base(f.Path), notRecorded, true}
			if r, ok := resourceIn(f.Path, c.Resources); ok {
				j.name, j.digest = r.Name, r.SHA256
			}
			all = append(all, j)
		}
	}
	return all
}

// classPath compares the jars of two releases by their content. Which class comes from
// which jar is not known, so any function may be another one. What is among the
// resources is listed with those.
func classPath(oldConfig, config release.Config) (d Definition, differs bool) {
	d.classPath = true
	was, is := jars(oldConfig), jars(config)
	gone, come := lacking(was, is), lacking(is, was)
	for _, j := range append(slices.Clone(gone), come...) {
		what := "ADD JAR " + j.name
		if !j.added || slices.ContainsFunc(d.Items, func(i Item) bool { return i.What == what }) {
			continue
		}
		d.Items = append(d.Items, Item{What: what, Old: digestOf(gone, j.name), New: digestOf(come, j.name)})
	}
	if len(gone)+len(come) == 0 {
		return d, false
	}
	d.Redefined = compat.Redefined{Kind: compat.RedefinedFunction, Says: fmt.Sprintf("its function may be another one, because the class path has %s instead of %s", listed(come), listed(gone))}
	d.Redefined.Perhaps = slices.EqualFunc(gone, come, func(a, b jar) bool { return a.digest == notRecorded && a.name == b.name })
	return d, true
}

// lacking are the jars whose content the others do not have.
func lacking(jars, others []jar) []jar {
	return slices.DeleteFunc(slices.Clone(jars), func(j jar) bool {
		return j.digest != notRecorded && slices.ContainsFunc(others, func(o jar) bool { return o.digest == j.digest }) ||
			slices.Contains(others, j)
	})
}

func digestOf(jars []jar, name string) string {
	for _, j := range jars {
		if j.name == name {
			return short(j.digest)
		}
	}
	return ""
}

func listed(jars []jar) string {
	if len(jars) == 0 {
		return "nothing"
	}
	var all []string
	for _, j := range jars {
		all = append(all, j.String())
	}
	return strings.Join(all, " and ")
}
