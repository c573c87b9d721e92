// Package connector finds out which connectors, formats and catalogs a job needs,
// which of them a SQL Gateway lacks, and where to get those.
package connector

import (
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"
)

// Kind is what Flink looks up by a name (org.apache.flink.table.factories.Factory).
type Kind string

// The kinds.
const (
	Connector Kind = "connector"
	Format    Kind = "format"
	Catalog   Kind = "catalog"
)

// Use is one place where a job names one of them.
type Use struct {
	Kind Kind
	Name string // Flink's identifier: kafka
	At   manifest.Position
}

// formatKeys are the options that name a format
// (org.apache.flink.table.factories.FactoryUtil).
var formatKeys = []string{"format", "key.format", "value.format"}

// Uses lists what a job's DDL names, in its order. A text that cannot be split is
// left out: loading the manifest says what is wrong with it.
func Uses(job *manifest.Job) []Use {
	var all []Use
	for _, source := range append(slices.Clone(job.TableDefinitions), job.SQL) {
		statements, err := sqltext.Split(source.Text)
		if err != nil {
			continue
		}
		for _, s := range statements {
			all = append(all, usesOf(source, s)...)
		}
	}
	return all
}

func usesOf(source manifest.Source, s sqltext.Statement) []Use {
	options := s.Options()
	table := s.Kind == sqltext.CreateTable || s.Kind == sqltext.CreateTemporaryTable
	// Without a connector of its own a table belongs to its catalog, to which format
	// may mean something else.
	connected := table && (s.Has("LIKE") || slices.ContainsFunc(options, func(o sqltext.Option) bool { return o.Key == "connector" }))
	var found []Use
	for _, o := range options {
		u := Use{Name: o.Value, At: source.Position(s.Position(o.Line, o.Column))}
		switch {
		case s.Kind == sqltext.CreateCatalog && o.Key == "type":
			u.Kind = Catalog
		case table && o.Key == "connector":
			u.Kind = Connector
		case connected && slices.Contains(formatKeys, o.Key):
			u.Kind = Format
		default:
			continue
		}
		if o.Value != "" && !strings.Contains(o.Value, "${") {
			found = append(found, u)
		}
	}
	return found
}
