package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"flink-sql-driver/submitter/internal/sqltext"
)

// Stored renders the merged manifest as seed 000 keeps it: everything that the
// template gave, sql in place of sql-file, variables filled in, secrets and
// resources as placeholders, keys sorted, and the meta section. Loading it gives
// the same job; table definitions are listed as they were written.
func Stored(j *Job, m Meta) ([]byte, error) {
	d := j.document
	out := map[string]any{
		"name":            j.Name,
		"flinkProperties": j.escapedProperties(),
		"meta": map[string]any{
			"query-version":          m.QueryVersion,
			"query-id":               m.QueryID,
			"query-create-timestamp": m.QueryCreateTimestamp,
		},
	}
	for key, v := range map[string]string{
		"description":   j.Description,
		"sql":           escape(j.SQL.Text),
		"target-table":  escape(j.TargetTable),
		"catalog-ddl":   d.CatalogDDL,
		"columns":       j.Columns,
		"on-conflict":   j.OnConflict,
		"state":         d.State,
		"restore":       d.Restore,
		"flink-version": j.FlinkVersion,
		"target":        j.Target,
	} {
		if v != "" {
			out[key] = v
		}
	}
	for key, n := range map[string]int{"parallelism": d.Parallelism, "max-parallelism": d.MaxParallelism} {
		if n != 0 {
			out[key] = n
		}
	}
	for key, section := range map[string]map[string]any{
		"job-manager":  storedSize(d.JobManager),
		"task-manager": storedSize(d.TaskManager),
		"upgrade":      storedUpgrade(d.Upgrade),
	} {
		if len(section) > 0 {
			out[key] = section
		}
	}
	if len(j.Kubernetes) > 0 {
		var kubernetes any
		if err := json.Unmarshal(j.Kubernetes, &kubernetes); err != nil {
			return nil, err
		}
		out["kubernetes"] = escaped(kubernetes)
	}
	if len(d.TableDefinitions) > 0 {
		out["table-definitions"] = d.TableDefinitions
	}
	if len(j.Resources) > 0 {
		out["resources"] = storedResources(j.Resources)
	}
	switch c := j.MetadataColumns; {
	case len(c.Names) > 0:
		out["metadata-columns"] = c.Names
	case d.MetadataColumns.set && (c.On || c.Off):
		out["metadata-columns"] = c.On
	}
	return encode(out)
}

func (j *Job) escapedProperties() map[string]string {
	escaped := make(map[string]string, len(j.FlinkProperties))
	for key, v := range j.FlinkProperties {
		escaped[key] = escape(v)
	}
	return escaped
}

// escape writes $${ for every ${ that is not a placeholder of the driver's.
func escape(text string) string {
	var b strings.Builder
	kept := 0
	for _, p := range sqltext.Placeholders(text) {
		if !p.Escaped && (p.Scheme == schemeSecret || p.Scheme == schemeResource) {
			continue
		}
		at := p.Offset
		if p.Escaped {
			at++ // the first $ is one of the text's own
		}
		b.WriteString(text[kept:at])
		b.WriteByte('$')
		kept = at
	}
	b.WriteString(text[kept:])
	return b.String()
}

func storedSize(s size) map[string]any {
	out := map[string]any{}
	if s.CPU != 0 {
		out["cpu"] = s.CPU
	}
	if s.Memory != "" {
		out["memory"] = string(s.Memory)
	}
	if s.Slots != 0 {
		out["slots"] = s.Slots
	}
	if s.Replicas != 0 {
		out["replicas"] = s.Replicas
	}
	return out
}

func storedUpgrade(u upgrade) map[string]any {
	out := map[string]any{}
	for key, v := range map[string]string{
		"on-query-change":   u.OnQueryChange,
		"approve":           string(u.Approve),
		"savepoint-timeout": string(u.SavepointTimeout),
		"rollback":          u.Rollback,
		"hand-over":         u.HandOver,
		"health-timeout":    string(u.HealthTimeout),
	} {
		if v != "" {
			out[key] = v
		}
	}
	if u.Drain {
		out["drain"] = true
	}
	return out
}

func storedResources(resources []Resource) []any {
	var out []any
	for _, r := range resources {
		item := map[string]any{"name": r.Name, r.Kind: escape(r.From)}
		if r.SHA256 != "" {
			item["sha256"] = r.SHA256
		}
		out = append(out, item)
	}
	return out
}

// encode writes YAML with two blanks of indentation and seed 000's quotes: 'true'
// for a text that would be read as something else.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(node(v)); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return b.Bytes(), nil
}

func node(v any) *yaml.Node {
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, textOf(key), node(v[key]))
		}
		return n
	case map[string]string:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, textOf(key), textOf(v[key]))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			n.Content = append(n.Content, node(item))
		}
		return n
	case []string:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			n.Content = append(n.Content, textOf(item))
		}
		return n
	case string:
		return textOf(v)
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	case int:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(v)}
	case float64:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatFloat(v, 'f', -1, 64)}
	}
	panic(fmt.Sprintf("manifest: cannot store a %T", v))
}

// textOf makes a text that is read as one again.
func textOf(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	switch {
	case strings.ContainsAny(s, "\r\u0085\u2028\u2029"):
		n.Style = yaml.DoubleQuotedStyle // line breaks to YAML, which would change them
	case n.Style == 0 && (&yaml.Node{Kind: yaml.ScalarNode, Value: s}).ShortTag() != "!!str",
		oldBooleans[strings.ToLower(s)]:
		n.Style = yaml.SingleQuotedStyle
	}
	return n
}

// oldBooleans are booleans to readers of YAML 1.1, Python's among them.
var oldBooleans = map[string]bool{"y": true, "n": true, "yes": true, "no": true, "on": true, "off": true}
