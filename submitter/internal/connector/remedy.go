package connector

import (
	"cmp"
	"fmt"
	"strings"
)

// artifact is a place in Maven Central.
type artifact struct {
	name    string
	version string // empty: Flink's own
	older   string // for Flink 2.0 and 2.1; empty: the same
}

// artifacts are those of org.apache.flink, by identifier. What is not here has no
// release for Flink 2 there that is known to us.
var artifacts = map[Kind]map[string]artifact{
	Connector: {
		"kafka":        {"flink-sql-connector-kafka", "5.0.0-2.2", "4.0.1-2.0"},
		"upsert-kafka": {"flink-sql-connector-kafka", "5.0.0-2.2", "4.0.1-2.0"},
		"jdbc":         {"flink-connector-jdbc-core", "4.0.0-2.0", ""},
		"filesystem":   {name: "flink-connector-files"},
	},
	Catalog: {
		"jdbc": {"flink-connector-jdbc-core", "4.0.0-2.0", ""},
	},
	Format: {
		"avro":                    {name: "flink-sql-avro"},
		"avro-confluent":          {name: "flink-sql-avro-confluent-registry"},
		"debezium-avro-confluent": {name: "flink-sql-avro-confluent-registry"},
		"parquet":                 {name: "flink-sql-parquet"},
		"orc":                     {name: "flink-sql-orc"},
		"protobuf":                {name: "flink-sql-protobuf"},
		"csv":                     {name: "flink-csv"},
		"json":                    {name: "flink-json"},
		"debezium-json":           {name: "flink-json"},
		"canal-json":              {name: "flink-json"},
		"maxwell-json":            {name: "flink-json"},
		"ogg-json":                {name: "flink-json"},
	},
}

// more is what an artifact alone does not do.
var more = map[string]string{
	"jdbc": ", with the artifact of your database beside it (flink-connector-jdbc-postgres, -mysql …, of the same version) and its JDBC driver",
}

// Remedy says how a job gets what it lacks. flinkVersion is the gateway's, 2.3.0.
func Remedy(u Use, flinkVersion string) string {
	known, ok := artifacts[u.Kind][u.Name]
	version := known.version
	switch line(flinkVersion) {
	case "2.0", "2.1":
		version = cmp.Or(known.older, version)
	}
	if !ok || version != "" && !strings.HasPrefix(flinkVersion, "2.") {
		return fmt.Sprintf("is the name right? If so, put a jar that has it for Flink %s under resources: `- jar: maven:GROUP:ARTIFACT:VERSION`, a path or a URL; the documentation of '%s' names it",
			line(flinkVersion), u.Name)
	}
	return fmt.Sprintf("put `- jar: maven:org.apache.flink:%s:%s` under resources%s", known.name, cmp.Or(version, flinkVersion), more[u.Name])
}

// KnownFormat reports whether a format is one of Flink's own; its options begin with its
// name. raw is part of Flink itself.
func KnownFormat(name string) bool {
	_, ok := artifacts[Format][name]
	return ok || name == "raw"
}

// line is 2.3 of 2.3.0.
func line(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}
