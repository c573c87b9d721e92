package resource

import (
	"archive/zip"
	"bufio"
	"cmp"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"flink-sql-driver/plan/release"
)

// Library is the folder of jars that Flink itself brings. It is read once, when it is
// asked for first.
type Library struct {
	dir  string
	once sync.Once
	jars []jar
}

// NewLibrary is about the jars in a folder; it does no I/O.
func NewLibrary(dir string) *Library { return &Library{dir: dir} }

func (l *Library) read() []jar {
	if l == nil {
		return nil
	}
	l.once.Do(func() {
		files, _ := filepath.Glob(filepath.Join(l.dir, "*.jar"))
		for _, file := range files {
			j := openJar(file)
			j.name = path.Join(path.Base(filepath.ToSlash(l.dir)), j.name)
			l.jars = append(l.jars, j)
		}
	})
	return l.jars
}

// Twins tells of two versions of one jar, or of one connector, among a job's jars and
// those of Flink's own, which may be nil: which of the two classes counts is not said
// anywhere. Jars that cannot be read have no twins.
func Twins(files []File, library *Library) []string {
	var own []jar
	for _, f := range files {
		if f.Kind == release.KindJar {
			j := openJar(f.Path)
			j.name, j.digest = f.Name, f.SHA256
			own = append(own, j)
		}
	}
	if len(own) == 0 {
		return nil
	}
	var found []string
	others := library.read()
	for i, a := range own {
		for _, b := range append(slices.Clone(own[i+1:]), others...) {
			if text := a.twin(b); text != "" {
				found = append(found, text)
			}
		}
	}
	return found
}

// jar is what tells of which artifact a jar is.
type jar struct {
	name, digest      string
	artifact, version string
	factories         []string // of connectors, formats, catalogs: their classes
}

// twin says in which way two jars are one thing twice.
func (j jar) twin(o jar) string {
	if j.digest != "" && j.digest == o.digest {
		return "" // the same content does no harm
	}
	const remedy = "; which of them counts is not determined: keep one"
	if j.artifact != "" && j.artifact == o.artifact {
		return fmt.Sprintf("resources: %s and %s are both %s (%s and %s)%s", j.name, o.name, j.artifact, j.shown(), o.shown(), remedy)
	}
	for _, class := range j.factories {
		if slices.Contains(o.factories, class) {
			return fmt.Sprintf("resources: %s and %s both hold %s%s", j.name, o.name, class, remedy)
		}
	}
	return ""
}

func (j jar) shown() string { return cmp.Or(j.version, "no version") }

// Files of a jar that are looked at.
const (
	factoryList = "META-INF/services/org.apache.flink.table.factories.Factory"
	pomFolder   = "META-INF/maven/"
	pomFile     = "pom.properties"
)

// maxEntry bounds what is read of one file in a jar.
const maxEntry = 1 << 20

// openJar reads a jar's coordinates: those that Maven wrote into it, else those of its
// file's name.
func openJar(file string) jar {
	j := jar{name: filepath.Base(file)}
	j.artifact, j.version = coordinatesOf(j.name)
	r, err := zip.OpenReader(file)
	if err != nil {
		return j
	}
	defer r.Close()
	poms := map[string]string{} // version, by artifact
	for _, f := range r.File {
		switch {
		case f.Name == factoryList:
			j.factories = lines(f)
		case strings.HasPrefix(f.Name, pomFolder) && path.Base(f.Name) == pomFile:
			if p := properties(lines(f)); p["artifactId"] != "" {
				poms[p["artifactId"]] = p["version"]
			}
		}
	}
	// A jar with others in it has their coordinates, too: its own are those that its name
	// begins with.
	own := ""
	for artifact := range poms {
		if (len(poms) == 1 || strings.HasPrefix(j.name, artifact+"-")) && len(artifact) > len(own) {
			own = artifact
		}
	}
	if own != "" {
		j.artifact, j.version = own, poms[own]
	}
	return j
}

// versioned is an artifact's name and version in the name of its file.
var versioned = regexp.MustCompile(`^(.+?)[-_]v?([0-9][0-9A-Za-z.+_-]*)\.jar$`)

func coordinatesOf(file string) (artifact, version string) {
	if m := versioned.FindStringSubmatch(file); m != nil {
		return m[1], m[2]
	}
	return "", ""
}

// lines of a file in a jar, without comments; none if it cannot be read.
func lines(f *zip.File) []string {
	in, err := f.Open()
	if err != nil {
		return nil
	}
	defer in.Close()
	return linesOf(in)
}

func linesOf(in io.Reader) []string {
	var all []string
	s := bufio.NewScanner(io.LimitReader(in, maxEntry))
	for s.Scan() {
		if line, _, _ := strings.Cut(s.Text(), "#"); strings.TrimSpace(line) != "" {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return all
}

func properties(lines []string) map[string]string {
	p := map[string]string{}
	for _, line := range lines {
		key, value, _ := strings.Cut(line, "=")
		p[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return p
}
