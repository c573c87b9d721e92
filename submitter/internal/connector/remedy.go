package connector

import (
	"cmp"
	"fmt"
	"strings"
)

// artifact is a place in Maven Central; an empty version is Flink's own.
type artifact struct{ name, version string }

// artifacts are those of org.apache.flink for Flink 2, by identifier. Whatever is
// not here has no release for Flink 2 there that is known to us.
var artifacts = map[Kind]map[string]artifact{
	Connector: {
		"kafka":        {"flink-sql-connector-kafka", "5.0.0-2.2"},
		"upsert-kafka": {"flink-sql-connector-kafka", "5.0.0-2.2"},
		"jdbc":         {"flink-connector-jdbc-core", "4.0.0-2.0"},
		"filesystem":   {"flink-connector-files", ""},
	},
	Catalog: {
		"jdbc": {"flink-connector-jdbc-core", "4.0.0-2.0"},
	},
	Format: {
		"avro":                    {"flink-sql-avro", ""},
		"avro-confluent":          {"flink-sql-avro-confluent-registry", ""},
		"debezium-avro-confluent": {"flink-sql-avro-confluent-registry", ""},
		"parquet":                 {"flink-sql-parquet", ""},
		"orc":                     {"flink-sql-orc", ""},
		"protobuf":                {"flink-sql-protobuf", ""},
		"csv":                     {"flink-csv", ""},
		"json":                    {"flink-json", ""},
		"debezium-json":           {"flink-json", ""},
		"canal-json":              {"flink-json", ""},
		"maxwell-json":            {"flink-json", ""},
		"ogg-json":                {"flink-json", ""},
	},
}

// more is what an artifact alone does not do.
var more = map[string]string{
	"jdbc": ", with the artifact of your database beside it (flink-connector-jdbc-postgres, -mysql …, of the same version) and its JDBC driver",
}

// Remedy says how a job gets what it lacks. flinkVersion is the gateway's, 2.3.0.
func Remedy(u Use, flinkVersion string) string {
	known, ok := artifacts[u.Kind][u.Name]
	if !ok {
		return fmt.Sprintf("is the name right? If so, put a jar that has it for Flink %s under resources: `- jar: maven:GROUP:ARTIFACT:VERSION`, a path or a URL; the documentation of '%s' names it",
			line(flinkVersion), u.Name)
	}
	version := cmp.Or(known.version, flinkVersion)
	return fmt.Sprintf("put `- jar: maven:org.apache.flink:%s:%s` under resources%s", known.name, version, more[u.Name])
}

// line is 2.3 of 2.3.0.
func line(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}
