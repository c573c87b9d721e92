package compile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/redact"
	"flink-sql-driver/submitter/internal/sqltext"
)

// A catalog whose options have a secret is needed twice: in the session that compiles,
// where the value is filled in, and on the cluster, where the driver fills it in. Flink
// logs statements there, so such catalogs are no init statements; the driver puts all
// catalogs of the job into Flink's catalog store.

// filledSecrets are the secrets that a session was given, by name.
type filledSecrets map[string]string

// storesCatalogs reports whether an option of one of the job's catalogs is a secret.
func storesCatalogs(job *manifest.Job) bool {
	return slices.ContainsFunc(statementsOf(job), func(s sqltext.Statement) bool {
		return s.Kind == sqltext.CreateCatalog && slices.ContainsFunc(s.Mentions(), isSecret)
	})
}

// statementsOf are all statements of a job, in the order in which they run. A text that
// cannot be split was refused before.
func statementsOf(job *manifest.Job) []sqltext.Statement {
	var all []sqltext.Statement
	for _, source := range append(slices.Clone(job.TableDefinitions), job.SQL) {
		if statements, err := sqltext.Split(source.Text); err == nil {
			all = append(all, statements...)
		}
	}
	return all
}

func isSecret(m sqltext.Mention) bool { return m.Scheme == "secret" && !m.Escaped }

// fillSecrets puts values into a CREATE CATALOG.
func (j *job) fillSecrets(key string, at places, text string) (string, error) {
	mentions := sqltext.Statement{Text: text, Kind: sqltext.CreateCatalog}.Mentions()
	var b strings.Builder
	done := 0
	for _, m := range mentions {
		if !isSecret(m) {
			continue
		}
		value, ok := "", false
		if j.Secret != nil {
			value, ok = j.Secret(m.Name)
		}
		if !ok {
			return "", &Error{At: at(0, 0), Key: key, Cause: fmt.Sprintf(
				"the catalog is opened while the job is compiled, and the secret %s is not known here; set an environment variable of that name", m.Name)}
		}
		j.filled[m.Name] = value
		b.WriteString(text[done:m.Offset] + strings.ReplaceAll(value, "'", "''"))
		done = m.End
	}
	return b.String() + text[done:], nil
}

// storeCatalog keeps a catalog for the driver. It is not ok for a statement that the
// catalog store cannot stand for.
func (j *job) storeCatalog(s sqltext.Statement, d sqltext.DDL) error {
	if d.Verb != sqltext.VerbCreate {
		return refused("%s CATALOG cannot stand in a script one of whose catalogs has a secret; leave it out, or create the catalog as it is to be", d.Verb)
	}
	c := release.Catalog{Name: d.Path[0], Options: map[string]string{}}
	if err := release.CheckName(c.Name); err != nil {
		return refused("the catalog %s cannot be kept in a file of its name: %v", sqltext.Quote(c.Name), err)
	}
	for _, o := range s.Options() {
		c.Options[o.Key] = o.Value
	}
	if !slices.ContainsFunc(j.stored, func(there release.Catalog) bool { return there.Name == c.Name }) { // IF NOT EXISTS
		j.stored = append(j.stored, c)
	}
	return nil
}

// hide takes the values out of what Flink says, in every form that it may write them.
func (f filledSecrets) hide(text string) string {
	known := redact.Secrets{Lookup: func(name string) (string, bool) {
		value, ok := f[name]
		return value, ok
	}}
	return known.Hide(slices.Sorted(maps.Keys(f)), text)
}

// shortestSecret is how long a value must be, in bytes, to be told from other text.
const shortestSecret = 4

// restore puts the names back where a plan has values, as options of tables whose
// catalog hands its own on to them.
func (f filledSecrets) restore(job *manifest.Job, raw []byte) ([]byte, error) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		value := f[name]
		whole := regexp.MustCompile(`(:\s*)` + regexp.QuoteMeta(string(inJSON(value))))
		raw = whole.ReplaceAllFunc(raw, func(found []byte) []byte {
			return slices.Concat(bytes.TrimSuffix(found, inJSON(value)), inJSON("${secret:"+name+"}"))
		})
		quoted := inJSON(value)
		inside := quoted[1 : len(quoted)-1]
		if len(value) >= shortestSecret && bytes.Contains(raw, inside) {
			return nil, &Error{At: job.SQL.At, Key: "sql", Cause: fmt.Sprintf(
				"the compiled plan would hold the value of the secret %s in plain text, inside of another text; use an option of the catalog that is the secret alone", name)}
		}
	}
	return raw, nil
}

func inJSON(text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string always encodes
	return bytes.TrimSpace(b.Bytes())
}
