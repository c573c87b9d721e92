package manifest

import (
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/release"
)

const mavenPrefix = "maven:"

var (
	mavenCoordinates = regexp.MustCompile(`^maven:[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+$`)
	// resourceName keeps a name one path element that needs no quotes anywhere.
	resourceName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.+-]*$`)
	sha256Hex    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// buildResources checks the list of resources.
func (b *jobBuilder) buildResources() {
	taken := map[string]int{}
	before := len(b.problems)
	for i, r := range b.doc.Resources {
		if len(b.problems)-before > maxProblems {
			return
		}
		path := fmt.Sprintf("resources[%d]", i)
		built, ok := b.buildResource(path, r)
		if !ok {
			continue
		}
		if first, ok := taken[built.Name]; ok {
			b.add(built.At, fmt.Sprintf("two resources are called '%s', this one and the one in line %d", clip(built.Name), first), "give one of them another name")
			continue
		}
		taken[built.Name] = built.At.Line
		b.job.Resources = append(b.job.Resources, built)
	}
}

func (b *jobBuilder) buildResource(key string, r resource) (Resource, bool) {
	at := b.where(key)
	var kind, from, fromKey string
	given := 0
	for _, c := range []struct{ kind, from string }{
		{release.KindJar, r.Jar}, {release.KindFile, r.File}, {release.KindArchive, r.Archive},
	} {
		if c.from != "" {
			kind, from, fromKey = c.kind, c.from, key+"."+c.kind
			given++
		}
	}
	if given != 1 {
		b.add(at, "a resource has exactly one of jar, file and archive", "")
		return Resource{}, false
	}
	value := b.valueOf(fromKey)
	before := len(b.problems)
	from = b.expand(Source{Text: from, At: value, pieces: []piece{{at: value, fixed: true}}}).Text
	if len(b.problems) > before {
		return Resource{}, false
	}
	out := Resource{Name: r.Name, Kind: kind, SHA256: strings.ToLower(string(r.SHA256)), At: at}
	if out.SHA256 != "" && !sha256Hex.MatchString(out.SHA256) {
		b.add(b.valueOf(key+".sha256"), "sha256 is 64 hex digits", "")
	}
	out.From, r.Name = b.locate(from, value)
	if out.Name == "" {
		out.Name = r.Name
	}
	if out.From != "" && !resourceName.MatchString(out.Name) {
		b.add(b.valueOf(key+".name"), fmt.Sprintf("'%s' cannot be the name of a resource: it becomes a file name on the cluster", clip(out.Name)),
			"use letters, digits, '.', '_', '+' and '-'; no folders")
	}
	return out, out.From != ""
}

// locate checks where a resource comes from and gives its file name.
func (b *jobBuilder) locate(from string, at Position) (location, name string) {
	switch {
	case len(secretsIn(from)) > 0:
		b.add(at, "a resource's address cannot hold a secret: it is recorded", "fetch the file before, and give its path")
		return "", ""
	case strings.HasPrefix(from, mavenPrefix):
		if !mavenCoordinates.MatchString(from) {
			b.add(at, "a Maven artifact is written maven:group:artifact:version", "")
			return "", ""
		}
		parts := strings.Split(from, ":")
		return from, parts[2] + "-" + parts[3] + ".jar"
	case isRemote(from):
		u, err := url.Parse(from)
		if err != nil || u.User != nil {
			b.add(at, "not an address that can be used: it must be a URL without user and password", "")
			return "", ""
		}
		if !strings.HasPrefix(u.Scheme, "http") {
			if _, _, err := bucket.ParseURI(from, nil); err != nil {
				b.add(at, "resource "+err.Error(), "http and https work too")
				return "", ""
			}
		}
		return from, path.Base(u.Path)
	}
	local, err := resolve(b.load.reader.address(at.File), from)
	if err == nil {
		local = localPath(local)
		err = isFile(local)
	}
	if err != nil {
		b.add(at, fmt.Sprintf("resource '%s': %v", clip(from), err), "")
		return "", ""
	}
	return local, filepath.Base(local)
}
