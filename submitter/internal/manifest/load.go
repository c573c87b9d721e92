package manifest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Options say what to load.
type Options struct {
	// Paths are manifests and folders of manifests (*.yaml, *.yml, also in their
	// sub-folders, hidden ones left out); "-" is Stdin.
	Paths []string
	Stdin io.Reader
	// Template is the file with defaults under every manifest; empty: the one that
	// submitter.yaml names, if any.
	Template string
	// TableDefinitions are files or globs, relative to the working directory, that
	// run before the manifests' own.
	TableDefinitions []string
	Vars             map[string]string // from --var; beat everything
	VarFiles         []string          // YAML files NAME: value; later ones win
	// Env looks up the process's environment for ${env:NAME}; nil: it is empty.
	Env func(name string) (string, bool)
	// Target is the name or kind of target that every job runs on; empty: as each manifest
	// says.
	Target string
	// Config is submitter.yaml; empty: searched from the manifests upwards.
	Config string
	// Remote reads s3:// and other remote files; nil: they are errors.
	Remote func(ctx context.Context, uri string) ([]byte, error)
}

// Set is what was loaded.
type Set struct {
	Jobs   []*Job  // in the order of their files; without those that have problems
	Config *Config // never nil
	// Warnings are of what is probably a mistake and may be meant as it is; of all
	// manifests, in the order of their files.
	Warnings []Problem
}

// loader holds what one Load knows.
type loader struct {
	report
	options   Options
	reader    *reader
	config    *Config
	template  *yamlFile // nil: none
	variables map[string]string
	all       []*Job        // also those with problems, as far as they have a name
	bad       map[*Job]bool // those with problems
	// similar remembers nearOption: most manifests have their keys from one template.
	similar map[string]string

	firstLine, firstColumn int // of the manifest that is being built
}

// Load reads manifests with all that belongs to them. It finds the problems of
// all files: the error is then an *Error, and the Set still holds the jobs that
// have none. Any other error means that loading was given up.
func Load(ctx context.Context, o Options) (*Set, error) {
	if o.Env == nil {
		o.Env = func(string) (string, bool) { return "", false }
	}
	l := &loader{
		options:   o,
		reader:    &reader{ctx: ctx, remote: o.Remote, stdin: o.Stdin, cache: map[string]readResult{}},
		variables: map[string]string{},
		bad:       map[*Job]bool{},
		similar:   map[string]string{},
	}
	l.config = l.configFor(o)
	l.loadTemplate()
	l.loadVariables()
	sharedIsBad := len(l.problems) > 0 // then no job is as its author wants it
	for _, path := range l.files() {
		l.loadFile(path)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	l.findNamesakes()
	set := &Set{Config: l.config, Warnings: fewer(inOrder(l.warnings))}
	for _, j := range l.all {
		if !sharedIsBad && !l.bad[j] {
			set.Jobs = append(set.Jobs, j)
		}
	}
	return set, l.err()
}

// configFor finds and reads submitter.yaml.
func (l *loader) configFor(o Options) *Config {
	if o.Config != "" {
		return l.loadConfig(o.Config)
	}
	found := ""
	for _, path := range o.Paths {
		if isRemote(path) {
			continue
		}
		c := findConfig(localPath(path))
		switch {
		case c == "" || sameFile(c, found):
		case found == "":
			found = c
		default:
			l.add(Position{File: c}, fmt.Sprintf("these manifests have two files %s above them: this one and %s", ConfigName, found), "choose one with --config")
		}
	}
	if found == "" {
		return &Config{}
	}
	return l.loadConfig(found)
}

func (l *loader) loadTemplate() {
	path := l.options.Template
	if path == "" && l.config.Defaults.Template == "" {
		return
	}
	at, what := Position{File: shown(path)}, ""
	var err error
	if path == "" {
		at, what = l.config.positions["defaults.template"].value, "template "+clip(l.config.Defaults.Template)+": "
		path, err = resolve(l.reader.address(l.config.File), l.config.Defaults.Template)
		l.options.Template = path
	}
	var data []byte
	if err == nil {
		data, err = l.reader.read(path)
	}
	if err != nil {
		l.add(at, what+err.Error(), "")
		return
	}
	l.template = parseYAML(shown(path), data, &l.report)
	if len(l.template.roots) > 1 {
		l.add(Position{shown(path), l.template.roots[1].Line, l.template.roots[1].Column}, "a template is one document; this is a second one", "")
	}
	if len(l.template.roots) > 0 {
		d := &decoder{file: l.template, places: map[string]place{}}
		var doc document
		d.into("", l.template.roots[0], reflect.ValueOf(&doc).Elem(), nil)
		l.problems = append(l.problems, d.problems...)
	}
}

// loadVariables reads the variable files and lays --var over them.
func (l *loader) loadVariables() {
	at := map[string]Position{}
	for _, path := range l.options.VarFiles {
		data, err := l.reader.read(path)
		if err != nil {
			l.add(Position{File: shown(path)}, err.Error(), "")
			continue
		}
		file := parseYAML(shown(path), data, &l.report)
		for _, root := range file.roots {
			values := map[string]value{}
			d := &decoder{file: file, places: map[string]place{}}
			d.into("", root, reflect.ValueOf(&values).Elem(), nil)
			d.checkVariableNames("", values)
			l.problems = append(l.problems, d.problems...)
			for k, v := range values {
				l.variables[k], at[k] = string(v), d.places[k].value
			}
		}
	}
	x := expander{report: &l.report, env: l.options.Env}
	for _, k := range slices.Sorted(maps.Keys(l.variables)) {
		if _, replaced := l.options.Vars[k]; !replaced {
			l.variables[k] = x.expandVariable(l.variables[k], at[k])
		}
	}
	maps.Copy(l.variables, l.options.Vars)
}

func (d *decoder) checkVariableNames(path string, variables map[string]value) {
	for name := range variables {
		if !variableName.MatchString(name) {
			d.add(d.places[join(path, name)].key, fmt.Sprintf("'%s' cannot be the name of a variable", clip(name)), "use letters, digits, '_', '.' and '-'")
		}
	}
}

// loadFile makes a job of every document of a file.
func (l *loader) loadFile(path string) {
	data, err := l.reader.read(path)
	if err != nil {
		l.add(Position{File: shown(path)}, err.Error(), "")
		return
	}
	before := len(l.problems)
	file := parseYAML(shown(path), data, &l.report)
	if len(file.roots) == 0 && len(l.problems) == before {
		l.add(Position{File: shown(path), Line: 1}, "there is no manifest in this file", "")
	}
	for _, root := range file.roots {
		if l.reader.ctx.Err() != nil {
			return
		}
		before := len(l.problems)
		job := l.loadDocument(file, root)
		l.all = append(l.all, job)
		l.bad[job] = len(l.problems) > before
	}
}

// loadDocument lays one manifest over the template and builds its job.
func (l *loader) loadDocument(file *yamlFile, root *yaml.Node) *Job {
	job := &Job{File: file.name, positions: map[string]place{}}
	doc := &job.document
	quiet := &decoder{file: l.template, places: job.positions} // loadTemplate told its problems
	if l.template != nil && len(l.template.roots) > 0 {
		quiet.into("", l.template.roots[0], reflect.ValueOf(doc).Elem(), nil)
	}
	d := &decoder{file: file, layer: 1, places: job.positions}
	if overridesQuery(root) {
		doc.SQL, doc.SQLFile, doc.Code = textNode{}, "", textNode{}
		for _, key := range queryKeys {
			delete(d.places, key)
		}
	}
	d.into("", root, reflect.ValueOf(doc).Elem(), nil)
	d.checkVariableNames("variables", doc.Variables)
	l.absorb(d.problems)
	defer l.absorb(nil)
	for _, p := range quiet.problems {
		l.told[p.At] = true
	}
	if root.Kind != yaml.MappingNode || d.full {
		return job
	}
	l.firstLine, l.firstColumn = root.Line, root.Column

	b := &jobBuilder{
		report:   &l.report,
		expander: expander{report: &l.report, variables: l.variablesOf(job), env: l.options.Env},
		doc:      *doc,
		places:   job.positions,
		meant:    func(key string) bool { return d.meant[key] || quiet.meant[key] },
		job:      job,
		load:     l,
	}
	b.build()
	return job
}

// variablesOf are a manifest's own variables, the template's included, under those
// of the command line.
func (l *loader) variablesOf(job *Job) map[string]string {
	variables := maps.Clone(l.variables)
	x := expander{report: &l.report, env: l.options.Env}
	for _, name := range slices.Sorted(maps.Keys(job.document.Variables)) {
		if _, replaced := l.variables[name]; !replaced {
			variables[name] = x.expandVariable(string(job.document.Variables[name]), job.positions[join("variables", name)].value)
		}
	}
	return variables
}

// queryKeys say what a job runs: one of them in a manifest replaces another in
// the template.
var queryKeys = []string{"sql", "sql-file", "code"}

func overridesQuery(root *yaml.Node) bool {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if slices.Contains(queryKeys, root.Content[i].Value) {
			return true
		}
	}
	return false
}

// findNamesakes reports jobs of one name; all of them are bad.
func (l *loader) findNamesakes() {
	first := map[string]*Job{}
	for _, j := range l.all {
		other, taken := first[j.Name]
		if j.Name == "" || !taken {
			first[j.Name] = j
			continue
		}
		l.add(j.positions["name"].value, fmt.Sprintf("the name '%s' is taken by the manifest at %s", clip(j.Name), other.positions["name"].value), "names are unique in a bucket")
		l.bad[j], l.bad[other] = true, true
	}
}

// files lists the manifests of all paths, each once.
func (l *loader) files() []string {
	var files []string
	seen := map[string]bool{}
	for _, path := range l.options.Paths {
		for _, f := range l.filesOf(path) {
			if id := realPath(f); !seen[id] {
				seen[id] = true
				files = append(files, f)
			}
		}
	}
	return files
}

func (l *loader) filesOf(path string) []string {
	if path == stdinPath || isRemote(path) {
		return []string{path}
	}
	path = localPath(path)
	info, err := os.Stat(path)
	if err != nil {
		l.add(Position{File: path}, fileError(err).Error(), "")
		return nil
	}
	if !info.IsDir() {
		return []string{path}
	}
	before := len(l.problems)
	files := l.walk(path)
	if len(files) == 0 && len(l.problems) == before {
		l.add(Position{File: path}, "there is no manifest (*.yaml, *.yml) in this folder", "")
	}
	return files
}

// walk lists the manifests below a folder, sorted. It follows no symbolic links
// to folders, so it always ends.
func (l *loader) walk(root string) []string {
	var files []string
	err := filepath.WalkDir(followed(root), func(path string, e fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(e.Name(), ".") && path != followed(root)
		switch {
		case err != nil:
			l.add(Position{File: path}, fileError(err).Error(), "")
			return fs.SkipDir
		case e.IsDir() && hidden:
			return fs.SkipDir
		case e.IsDir() || hidden || !isYAML(path) || l.noManifest(path):
			return nil
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return nil // a symbolic link to a folder
		}
		files = append(files, path)
		return nil
	})
	if err != nil && !errors.Is(err, fs.SkipDir) {
		l.add(Position{File: root}, fileError(err).Error(), "")
	}
	return files
}

// followed makes WalkDir enter a folder that is given as a symbolic link.
func followed(root string) string {
	if info, err := os.Lstat(root); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return root + string(filepath.Separator)
	}
	return root
}

func isYAML(path string) bool {
	ext := filepath.Ext(path)
	return ext == ".yaml" || ext == ".yml"
}

// noManifest tells the files that stand beside manifests and are none.
func (l *loader) noManifest(path string) bool {
	base := filepath.Base(path)
	if base == ConfigName || base == TemplateName {
		return true
	}
	others := append([]string{l.options.Template, l.options.Config}, l.options.VarFiles...)
	return slices.ContainsFunc(others, func(other string) bool { return other != "" && sameFile(path, other) })
}

func sameFile(a, b string) bool {
	return a == b || a != "" && b != "" && realPath(a) == realPath(b)
}

// realPath is what two names of one file have in common.
func realPath(path string) string {
	if path == stdinPath || isRemote(path) {
		return path
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
