package manifest

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/sqltext"
)

// maxName keeps <name>-<launch> within the 45 characters that Flink allows for a
// cluster id (KubernetesClusterDescriptor).
const maxName = 38

// dnsLabel is what Kubernetes (RFC 1035) and Flink take for a name.
var dnsLabel = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)

var flinkVersion = regexp.MustCompile(`^[0-9]+\.[0-9]+(\.[0-9]+)?$`)

// jobBuilder makes a Job of a merged document.
type jobBuilder struct {
	*report
	expander
	doc    document
	places map[string]place
	// meant reports whether a key was probably misspelt, so that it is not missed, too.
	meant func(key string) bool
	job   *Job
	load  *loader
	// unknown counts the options that Flink may not have.
	unknown int
}

// where is the place of a key, or of the nearest one around it.
func (b *jobBuilder) where(key string) Position { return b.job.Where(key) }

// valueOf is the place of a key's value.
func (b *jobBuilder) valueOf(key string) Position {
	if p, ok := b.places[key]; ok {
		return p.value
	}
	return b.where(key)
}

// build checks the document and fills the job.
func (b *jobBuilder) build() {
	b.buildName()
	b.buildResources()
	for _, r := range b.doc.Resources {
		b.resources = append(b.resources, r.Name)
	}
	for _, r := range b.job.Resources {
		b.resources = append(b.resources, r.Name)
	}
	b.job.Description = b.doc.Description
	if names := secretsIn(b.doc.Description); len(names) > 0 {
		b.add(b.valueOf("description"), fmt.Sprintf("the description cannot hold the secret '%s': it is written to a column", clip(names[0])), "")
	}
	b.job.MetadataColumns = b.doc.MetadataColumns.MetadataColumns
	b.job.CatalogDDL = b.doc.CatalogDDL == "apply"
	b.buildTargetTable()
	b.job.Columns, b.job.OnConflict = b.doc.Columns, b.doc.OnConflict
	b.buildSizes()
	b.job.FlinkProperties = map[string]string{}
	for _, p := range b.doc.FlinkProperties {
		b.job.FlinkProperties[p.key] = b.fillJobName(p, b.expand(p.Source).Text)
	}
	b.buildPlace()
	b.buildKubernetes()
	b.checkOptions()
	b.buildUpgrade()
	b.buildMeta()
	b.buildDefinitions()
	b.buildSQL()
	b.buildRoom()
}

func (b *jobBuilder) buildName() {
	name := b.doc.Name
	b.job.Name = name
	switch {
	case name == "":
		if _, ok := b.places["name"]; !ok && b.meant("name") {
			return
		} else if !ok {
			b.add(Position{File: b.job.File, Line: b.load.firstLine, Column: b.load.firstColumn}, "this manifest has no name", "add a line like 'name: orders'")
			return
		}
		b.add(b.valueOf("name"), "the name is empty", "")
	case len(name) > maxName:
		b.add(b.valueOf("name"), fmt.Sprintf("the name '%s' has %d characters; the limit is %d, so that Flink's cluster id fits", clip(name), len([]rune(name)), maxName), "")
	case !dnsLabel.MatchString(name):
		suggestion := ""
		if fixed := asLabel(name); fixed != "" {
			suggestion = "did you mean '" + fixed + "'?"
		}
		b.add(b.valueOf("name"), fmt.Sprintf("'%s' is no DNS label: a name has small letters, digits and '-', and begins with a letter", clip(name)), suggestion)
	}
}

// asLabel makes a DNS label of a name that nearly is one.
func asLabel(name string) string {
	fixed := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r == '_', r == ' ', r == '.', r == '/':
			return '-'
		}
		return '?'
	}, strings.ToLower(name)), "-")
	if !dnsLabel.MatchString(fixed) {
		return ""
	}
	return fixed
}

func (b *jobBuilder) buildTargetTable() {
	if !b.doc.TargetTable.set {
		return
	}
	s := b.expand(b.doc.TargetTable.Source)
	b.job.TargetTable = strings.TrimSpace(s.Text)
	at := b.valueOf("target-table")
	if names := secretsIn(s.Text); len(names) > 0 {
		b.add(at, "target-table cannot hold a secret", "")
		return
	}
	parts, err := sqltext.Path(s.Text)
	if err != nil {
		b.add(at, "target-table: "+err.Error(), "")
	} else if len(parts) > 3 {
		b.add(at, fmt.Sprintf("target-table has %d parts; a table has catalog, database and name", len(parts)), "put dots that belong to a name inside its back-quotes")
	}
}

func (b *jobBuilder) buildSizes() {
	b.job.Parallelism = b.positive("parallelism", b.doc.Parallelism)
	b.job.MaxParallelism = b.positive("max-parallelism", b.doc.MaxParallelism)
	if b.job.MaxParallelism > maxParallelism {
		b.add(b.valueOf("max-parallelism"), fmt.Sprintf("max-parallelism cannot be more than %d", maxParallelism), "")
	}
	b.job.JobManager = b.size("job-manager", b.doc.JobManager)
	b.job.TaskManager = b.size("task-manager", b.doc.TaskManager)
}

// maxParallelism is Flink's limit (KeyGroupRangeAssignment).
const maxParallelism = 1 << 15

func (b *jobBuilder) positive(key string, n int) int {
	if _, ok := b.places[key]; ok && n < 1 {
		b.add(b.valueOf(key), key+" must be 1 or more", "")
	}
	return n
}

func (b *jobBuilder) size(key string, s size) Size {
	if _, ok := b.places[key+".cpu"]; ok && !(s.CPU > 0 && s.CPU < 1e6) {
		b.add(b.valueOf(key+".cpu"), key+".cpu must be a number of cores, like 0.5 or 2", "")
	}
	if s.Memory != "" {
		if n, err := ParseMemory(string(s.Memory)); err != nil {
			b.add(b.valueOf(key+".memory"), key+".memory: "+err.Error(), "")
		} else if n < 1<<20 {
			b.add(b.valueOf(key+".memory"), fmt.Sprintf("%s.memory: %s is less than 1 MiB", key, s.Memory), "give a unit: 1600m or 2g")
		}
	}
	return Size{
		CPU:      s.CPU,
		Memory:   string(s.Memory),
		Slots:    b.positive(key+".slots", s.Slots),
		Replicas: b.positive(key+".replicas", s.Replicas),
	}
}

func (b *jobBuilder) buildPlace() {
	b.job.State = Running
	if b.doc.State != "" {
		b.job.State = State(b.doc.State)
	}
	b.job.Restore = "latest"
	if b.doc.Restore != "" {
		b.job.Restore = b.doc.Restore
		if r := b.doc.Restore; r != "latest" && r != "none" && !strings.Contains(r, "/") {
			b.add(b.valueOf("restore"), fmt.Sprintf("restore cannot be '%s'; it is latest, none or the path of a savepoint", clip(r)), didYouMean(r, []string{"latest", "none"}))
		}
	}
	config := b.load.config
	b.job.FlinkVersion = string(b.doc.FlinkVersion)
	if b.job.FlinkVersion == "" {
		b.job.FlinkVersion = string(config.Defaults.FlinkVersion)
	} else if !flinkVersion.MatchString(b.job.FlinkVersion) {
		b.add(b.valueOf("flink-version"), fmt.Sprintf("'%s' is no version of Flink", clip(b.job.FlinkVersion)), "write it like 2.3")
	}
	b.job.Target = b.doc.Target
	if b.job.Target == "" {
		b.job.Target = config.Defaults.Target
	}
	known := slices.Sorted(maps.Keys(config.Targets))
	known = append(known, TargetKinds...)
	if t := b.doc.Target; t != "" && !slices.Contains(known, t) {
		there := slices.DeleteFunc(slices.Clone(known), func(name string) bool { return !built("target", name) })
		b.add(b.valueOf("target"), fmt.Sprintf("no target is called '%s'; there is: %s", clip(t), strings.Join(there, ", ")), didYouMean(t, known))
	}
}

func (b *jobBuilder) buildUpgrade() {
	u := b.doc.Upgrade
	b.job.Upgrade = Upgrade{
		OnQueryChange:    orDefault(u.OnQueryChange, Judge),
		Approve:          string(u.Approve),
		SavepointTimeout: b.duration("upgrade.savepoint-timeout", u.SavepointTimeout),
		Drain:            u.Drain,
		Rollback:         orDefault(u.Rollback, Auto),
		HandOver:         orDefault(u.HandOver, Cold),
		HealthTimeout:    b.duration("upgrade.health-timeout", u.HealthTimeout),
	}
}

func orDefault(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func (b *jobBuilder) duration(key string, v value) time.Duration {
	if v == "" {
		return 0
	}
	d, err := ParseDuration(string(v))
	if err == nil && d <= 0 {
		err = fmt.Errorf("must be longer than nothing")
	}
	if err != nil {
		b.add(b.valueOf(key), key+": "+err.Error(), "")
	}
	return d
}

func (b *jobBuilder) buildMeta() {
	if _, ok := b.places["meta"]; ok {
		m := b.doc.Meta
		b.job.Meta = &Meta{m.QueryVersion, string(m.QueryID), string(m.QueryCreateTimestamp)}
	}
}

// buildDefinitions reads the table definitions: those of submitter.yaml, of the
// command line, of the manifest.
func (b *jobBuilder) buildDefinitions() {
	type ref struct {
		path string
		at   Position
	}
	var refs []ref
	for i, path := range b.load.config.Defaults.TableDefinitions {
		refs = append(refs, ref{path, b.load.config.positions[fmt.Sprintf("defaults.table-definitions[%d]", i)].value})
	}
	for _, path := range b.load.options.TableDefinitions {
		refs = append(refs, ref{path, Position{}})
	}
	for i, path := range b.doc.TableDefinitions {
		refs = append(refs, ref{path, b.valueOf(fmt.Sprintf("table-definitions[%d]", i))})
	}
	before := len(b.problems)
	for _, r := range refs {
		if len(b.problems)-before > maxProblems {
			return
		}
		files, err := b.load.find(r.at.File, r.path)
		if err != nil {
			b.add(r.at, fmt.Sprintf("table definition %s: %v", clip(r.path), err), "")
		}
		for _, file := range files {
			if len(b.problems)-before > maxProblems { // a glob that means other files
				b.problems = b.problems[:before+maxProblems]
				b.add(r.at, fmt.Sprintf("table definitions %s: more problems are not shown", clip(r.path)), "")
				return
			}
			data, err := b.load.reader.read(file)
			if err != nil {
				b.add(r.at, fmt.Sprintf("table definition %s: %v", clip(file), err), "")
				continue
			}
			source := b.shipFiles(b.expand(NewSource(shown(file), string(data))))
			b.checkDefinitions(source)
			b.job.TableDefinitions = append(b.job.TableDefinitions, source)
		}
	}
}

// buildSQL finds the query: in the manifest or in a file.
func (b *jobBuilder) buildSQL() {
	_, inFile := b.places["sql-file"]
	_, isCode := b.places["code"]
	if isCode {
		return // not built yet, which was said
	}
	switch {
	case b.doc.SQL.set && inFile:
		b.add(b.where("sql-file"), fmt.Sprintf("sql-file and sql (line %d) are both set", b.where("sql").Line), "keep one of them")
		return
	case b.doc.SQL.set:
		b.job.SQL = b.expand(b.doc.SQL.Source)
	case inFile && b.doc.SQLFile != "":
		at := b.valueOf("sql-file")
		path, err := resolve(b.load.reader.address(at.File), b.doc.SQLFile)
		var data []byte
		if err == nil {
			data, err = b.load.reader.read(path)
		}
		if err != nil {
			b.add(at, fmt.Sprintf("sql-file %s: %v", clip(b.doc.SQLFile), err), "")
			return
		}
		b.job.SQL = b.expand(NewSource(shown(path), string(data)))
	default:
		_, unreadable := b.places["sql"]
		if !unreadable && !inFile && !b.meant("sql") && !b.meant("sql-file") {
			b.add(b.where("name"), "this manifest has no query", "add sql or sql-file")
		}
		return
	}
	b.job.SQL = b.shipFiles(b.job.SQL)
	b.checkScript()
}

// find expands a path or glob that stands in a file.
func (l *loader) find(base, ref string) ([]string, error) {
	path := ref
	if base != "" {
		var err error
		if path, err = resolve(l.reader.address(base), ref); err != nil {
			return nil, err
		}
	}
	if !strings.ContainsAny(path, "*?[") {
		return []string{path}, nil
	}
	if isRemote(path) {
		return nil, fmt.Errorf("a glob works for local files only; list the files")
	}
	if _, err := readLocal(path); err == nil {
		return []string{path}, nil // a file whose name looks like a glob
	}
	files, err := filepath.Glob(path)
	if err != nil {
		return nil, fmt.Errorf("is not a glob: a [ is not closed")
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no file matches")
	}
	return files, nil
}
