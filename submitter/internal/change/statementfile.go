package change

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/release"
)

// Repacked says that a resource of a release has the same content as today's file of
// that digest, though it was packed anew.
func Repacked(r release.Resource, digest string) Definition {
	return Definition{
		Items:  []Item{{What: "content of " + r.Name, Old: short(r.SHA256), New: short(digest), Effect: "none: the same, packed anew"}},
		Unused: true,
	}
}

// notRecorded stands for the digest of a file that is not part of a release, as it was
// before files that statements name were.
const notRecorded = "of unknown content"

// shortDigest is how much of a digest people compare.
const shortDigest = 12

func short(digest string) string {
	if digest == notRecorded {
		return digest
	}
	return digest[:min(shortDigest, len(digest))]
}

// placeholder is how statements name a resource.
func placeholder(r release.Resource) string { return "${resource:" + r.Name + "}" }

// resourceIn finds the resource that a path in a statement is.
func resourceIn(path string, resources []release.Resource) (release.Resource, bool) {
	for _, r := range resources {
		if strings.TrimPrefix(path, "file://") == placeholder(r) {
			return r, true
		}
	}
	return release.Resource{}, false
}

// fileName is a file's name without the folder that it lay in.
func fileName(file string, resources []release.Resource) string {
	if r, ok := resourceIn(file, resources); ok {
		return r.Name
	}
	return path.Base(file)
}

func fileShown(path string, resources []release.Resource) string {
	if r, ok := resourceIn(path, resources); ok {
		return jar{name: r.Name, digest: r.SHA256}.String()
	}
	return jar{name: path, digest: notRecorded}.String()
}

// withDigests writes the content of resources in the place of their names.
func withDigests(text string, resources []release.Resource) string {
	for _, r := range resources {
		text = strings.ReplaceAll(text, "'file://"+placeholder(r)+"'", "'sha256:"+r.SHA256+"'")
		text = strings.ReplaceAll(text, "'"+placeholder(r)+"'", "'sha256:"+r.SHA256+"'")
	}
	return text
}

// ofStatements reports whether a resource is there for statements alone, whose
// definitions are compared by its content.
func ofStatements(r release.Resource, c release.Config) bool {
	mentions := func(text string) bool { return strings.Contains(text, placeholder(r)) }
	if r.Kind != release.KindFile || !slices.ContainsFunc(c.Init, mentions) {
		return false
	}
	for _, value := range c.Session {
		if mentions(value) {
			return false
		}
	}
	return true
}

// mentioned lists the files of statements that differ and that a plan mentions, too.
func mentioned(oldConfig, config release.Config, plans ...*plan.Compiled) []Definition {
	var found []Definition
	for _, r := range config.Resources {
		i := slices.IndexFunc(oldConfig.Resources, func(o release.Resource) bool { return o.Name == r.Name })
		if i < 0 || oldConfig.Resources[i].SHA256 == r.SHA256 || !ofStatements(r, config) {
			continue
		}
		name := []byte(placeholder(r))
		if slices.ContainsFunc(plans, func(p *plan.Compiled) bool { return bytes.Contains(p.Bytes(), name) }) {
			found = append(found, Definition{Items: resources(oldConfig.Resources[i:i+1], []release.Resource{r})})
		}
	}
	return found
}
