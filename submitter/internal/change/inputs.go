package change

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// Inputs are the digests of all that a release is made from, one for each part
// that a person can change. Two equal Inputs need no compilation to know that
// nothing changed.
type Inputs map[string]string

// Parts of Inputs: a manifest's keys, and what else a release depends on.
const (
	PartSQL        = "sql"
	PartTables     = "table-definitions"
	PartTarget     = "target-table"
	PartProperties = "flinkProperties"
	PartResources  = "resources"
	PartColumns    = "metadata-columns"
	PartMatching   = "columns"
	PartConflict   = "on-conflict"
	PartText       = "description"
	PartParallel   = "parallelism"
	PartMax        = "max-parallelism"
	PartJob        = "job-manager"
	PartTask       = "task-manager"
	PartTTL        = "state-ttl"
	PartVersion    = "flink-version"
	PartPlace      = "target"
	PartKubernetes = "kubernetes"
	PartCompiler   = "compiler"
	// PartDefined is what reaches the cluster beside the plan, if there is any: records
	// from before it was compared have none, so such a job is compared once more.
	PartDefined = "definitions"
)

// CompilerVersion goes up when this program makes another release from the same
// manifest, so that the next apply notices.
const CompilerVersion = "1"

// InputsOf digests a job. files are the digests of its resources' content, by name.
func InputsOf(j *manifest.Job, files map[string]string) Inputs {
	var tables []string
	for _, t := range j.TableDefinitions {
		tables = append(tables, sqltext.Significant(t.Text))
	}
	in := Inputs{
		PartSQL:        digest(sqltext.Significant(j.SQL.Text), j.Code.Text),
		PartTables:     digest(tables...),
		PartTarget:     digest(j.TargetTable),
		PartProperties: digest(flatten(j.FlinkProperties)),
		PartResources:  digest(flatten(files)),
		PartColumns:    digest(mustJSON(j.MetadataColumns)),
		PartText:       digest(j.Description),
		PartParallel:   digest(strconv.Itoa(j.Parallelism)),
		PartMax:        digest(strconv.Itoa(j.MaxParallelism)),
		PartJob:        digest(mustJSON(j.JobManager)),
		PartTask:       digest(mustJSON(j.TaskManager)),
		PartTTL:        digest(j.StateTTL),
		PartVersion:    digest(j.FlinkVersion),
		PartPlace:      digest(j.Target),
		PartCompiler:   digest(CompilerVersion),
	}
	if len(j.Kubernetes) > 0 { // records from before there was such a block have none
		in[PartKubernetes] = digest(string(j.Kubernetes))
	}
	for part, v := range map[string]string{PartMatching: j.Columns, PartConflict: j.OnConflict} {
		if v != "" { // records from before there were such keys have none
			in[part] = digest(v)
		}
	}
	if defined := definedBy(append(slices.Clone(j.TableDefinitions), j.SQL)); len(defined) > 0 {
		in[PartDefined] = digest(defined...)
	}
	return in
}

// definedBy are the texts of statements about what a plan only names.
func definedBy(sources []manifest.Source) []string {
	var texts []string
	for _, source := range sources {
		statements, err := sqltext.Split(source.Text)
		if err != nil {
			continue // it does not compile, either
		}
		for _, s := range statements {
			if d, ok := s.Definition(); ok && d.Object != sqltext.TableObject {
				texts = append(texts, d.Text)
			}
		}
	}
	return texts
}

// Digest is one digest over all parts.
func (in Inputs) Digest() string { return digest(flatten(in)) }

// Changed lists the parts in which two Inputs differ, sorted.
func (in Inputs) Changed(other Inputs) []string {
	var parts []string
	for part, d := range in {
		if other[part] != d {
			parts = append(parts, part)
		}
	}
	for part := range other {
		if _, ok := in[part]; !ok {
			parts = append(parts, part)
		}
	}
	sort.Strings(parts)
	return parts
}

// digest is hex SHA-256 over texts, each preceded by its length, so that moving a
// character from one text to the next changes it.
func digest(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s", len(t), t)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func flatten(m map[string]string) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "%d:%s%d:%s", len(k), k, len(m[k]), m[k])
	}
	return b.String()
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of strings, numbers and booleans always encode
	}
	return string(b)
}
