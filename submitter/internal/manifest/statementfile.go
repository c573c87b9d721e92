package manifest

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/sqltext"
)

// mayNameFiles spares most texts from being split once more.
var mayNameFiles = regexp.MustCompile(`(?i)\bjar\b|\busing\b`)

// shipFiles makes resources of the files that the statements of a text have Flink
// load, behind ADD JAR and USING JAR, and writes ${resource:NAME} in their place: so
// the content travels with the release, and what runs does not change when a file is
// replaced. A name is made from the file's own, so the text does not depend on where
// the file lies.
func (b *jobBuilder) shipFiles(s Source) Source {
	if !mayNameFiles.MatchString(s.Text) {
		return s
	}
	statements, err := sqltext.Split(s.Text)
	if err != nil {
		return s // split says so
	}
	out := newBuilder(s)
	kept, before := 0, len(b.problems)
	for _, st := range statements {
		for _, f := range st.Files() {
			if len(b.problems)-before > maxProblems {
				return s
			}
			offset := st.Offset + f.Offset
			name, ok := b.shipFile(f.Path, st, s.position(offset))
			if !ok {
				continue
			}
			out.keep(kept, offset)
			out.put(sqltext.Literal("${"+schemeResource+":"+name+"}"), offset)
			kept = st.Offset + f.End
		}
	}
	if kept == 0 {
		return s
	}
	out.keep(kept, len(s.Text))
	return out.source()
}

// shipFile makes a resource of a file, or finds the one that it is already; not ok if
// the path stays as it is.
func (b *jobBuilder) shipFile(from string, st sqltext.Statement, at Position) (name string, ok bool) {
	if len(sqltext.Placeholders(from)) > 0 { // a resource; or it is wrong, which was said or checkSecrets says
		return "", false
	}
	local := !strings.HasPrefix(from, mavenPrefix) && !isRemote(from)
	switch file := localPath(from); {
	case local && !filepath.IsAbs(file):
		b.add(at, fmt.Sprintf("%s names '%s' by a relative path, which Flink reads from the working directory of the gateway and again from that of the JobManager", st.Kind, clip(from)),
			fmt.Sprintf("write an absolute path, or list the file under resources and write '${resource:%s}' here", clip(path.Base(filepath.ToSlash(file)))))
		return "", false
	case local:
		if err := isFile(file); err != nil {
			b.add(at, fmt.Sprintf("%s names '%s': %v", st.Kind, clip(from), err),
				"the file is shipped with the job, so it has to be on this machine, in a bucket or on a web server; what is part of the image belongs into Flink's lib, without a statement")
			return "", false
		}
	}
	location, base := b.locate(from, at)
	if location == "" {
		return "", false
	}
	for _, r := range b.job.Resources {
		if r.Kind != release.KindArchive && (r.From == location || local && !isRemote(r.From) && sameFile(r.From, location)) {
			return r.Name, true
		}
	}
	name = b.freeName(base)
	b.job.Resources = append(b.job.Resources, Resource{Name: name, Kind: release.KindFile, From: location, At: at})
	b.resources = append(b.resources, name)
	return name, true
}

// notInName are the characters that resourceName does not allow.
var notInName = regexp.MustCompile(`^[.+]|[^A-Za-z0-9_.+-]`)

// freeName is a file's name as a resource that no other one has: my.jar, my-2.jar.
func (b *jobBuilder) freeName(base string) string {
	base = notInName.ReplaceAllString(base, "_")
	ext := path.Ext(base)
	name := base
	for n := 2; b.nameTaken(name); n++ {
		name = strings.TrimSuffix(base, ext) + "-" + strconv.Itoa(n) + ext
	}
	return name
}

func (b *jobBuilder) nameTaken(name string) bool {
	for _, r := range b.job.Resources {
		if r.Name == name {
			return true
		}
	}
	for _, r := range b.doc.Resources { // one that was refused has its name all the same
		if r.Name == name {
			return true
		}
	}
	return false
}
