package connector

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
)

func TestUses(t *testing.T) {
	job := &manifest.Job{
		TableDefinitions: []manifest.Source{
			manifest.NewSource("t.sql", "CREATE TABLE a (x INT) WITH (\n  'connector' = 'kafka', 'key.format' = 'raw', 'value.format'='avro');\nCREATE CATALOG c WITH ('type' = 'jdbc', 'format' = 'x')"),
			manifest.NewSource("broken.sql", "CREATE TABLE 'x"),
		},
		SQL: manifest.NewSource("job.sql", `
-- CREATE TABLE no (x INT) WITH ('connector' = 'comment');
SET 'connector' = 'set';
CREATE TEMPORARY TABLE b (x STRING COMMENT '''connector'' = ''text''') WITH ('format' = 'csv', 'connector' = 'filesystem');
CREATE TABLE c WITH ('format' = 'orc') LIKE b;
CREATE TABLE d (x INT) WITH ('format' = 'of a catalog');
CREATE TABLE e (x INT) WITH ('connector' = '${secret:X}');
INSERT INTO a SELECT * FROM b /*+ OPTIONS('connector' = 'hint') */`),
	}
	at := func(file string, line, column int) manifest.Position {
		return manifest.Position{File: file, Line: line, Column: column}
	}
	want := []Use{
		{Connector, "kafka", at("t.sql", 2, 17)},
		{Format, "raw", at("t.sql", 2, 41)},
		{Format, "avro", at("t.sql", 2, 63)},
		{Catalog, "jdbc", at("t.sql", 3, 33)},
		{Format, "csv", at("job.sql", 4, 89)},
		{Connector, "filesystem", at("job.sql", 4, 110)},
		{Format, "orc", at("job.sql", 5, 33)},
	}
	if diff := cmp.Diff(want, Uses(job)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// refusing answers as a gateway does that has some connectors.
type refusing struct{ asked []string }

func (r *refusing) Configure(_ context.Context, statement string) error {
	r.asked = append(r.asked, statement)
	return nil
}

func (r *refusing) Execute(_ context.Context, statement string, _ map[string]string) (*gateway.Result, error) {
	r.asked = append(r.asked, statement)
	return nil, &gateway.Error{
		Kind: gateway.SQL, Cause: "Could not find any factory for identifier 'x' that implements 'y' in the classpath.",
		More: []string{"", "Available factory identifiers are:", "", "blackhole", "print"},
	}
}

// Connectors are asked for once, however many tables name them. What a real
// gateway answers is tested with doctor.
func TestMissing(t *testing.T) {
	r := &refusing{}
	uses := []Use{{Kind: Connector, Name: "print"}, {Kind: Connector, Name: "kafka"}, {Kind: Connector, Name: "blackhole"}, {Kind: Connector, Name: "kafka"}}
	got, err := Missing(t.Context(), r, uses)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Use{uses[1], uses[3]}, got); diff != "" || len(r.asked) != 2 {
		t.Errorf("asked %q; -want +got\n%s", r.asked, diff)
	}
}

type dead struct{ refusing }

func (*dead) Configure(context.Context, string) error {
	return &gateway.Error{Kind: gateway.Unavailable, Cause: "connection refused"}
}

// A gateway that does not answer lacks nothing: nobody knows.
func TestMissingUnknown(t *testing.T) {
	for _, kind := range []Kind{Connector, Format, Catalog} {
		if got, err := Missing(t.Context(), &dead{}, []Use{{Kind: kind, Name: "x"}}); !gateway.Is(err, gateway.Unavailable) || got != nil {
			t.Errorf("%s: %v, %v", kind, got, err)
		}
	}
}

func TestRemedy(t *testing.T) {
	const unknown = "is the name right? If so, put a jar that has it for Flink %s under resources: `- jar: maven:GROUP:ARTIFACT:VERSION`, a path or a URL; the documentation of '%s' names it"
	for _, c := range []struct {
		use     Use
		version string
		want    string
	}{
		{Use{Kind: Connector, Name: "kafka"}, "2.3.0", "put `- jar: maven:org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2` under resources"},
		{Use{Kind: Connector, Name: "upsert-kafka"}, "2.1.3", "put `- jar: maven:org.apache.flink:flink-sql-connector-kafka:4.0.1-2.0` under resources"},
		{Use{Kind: Connector, Name: "kafka"}, "1.20.2", fmt.Sprintf(unknown, "1.20", "kafka")},
		{Use{Kind: Format, Name: "avro"}, "2.3.0", "put `- jar: maven:org.apache.flink:flink-sql-avro:2.3.0` under resources"},
		{Use{Kind: Format, Name: "kafka"}, "2.3.0", fmt.Sprintf(unknown, "2.3", "kafka")},
		{Use{Kind: Connector, Name: "jdbc"}, "2.3.0", "put `- jar: maven:org.apache.flink:flink-connector-jdbc-core:4.0.0-2.0` under resources, with the artifact of your database beside it (flink-connector-jdbc-postgres, -mysql …, of the same version) and its JDBC driver"},
		{Use{Kind: Connector, Name: "redis"}, "2.3.0", fmt.Sprintf(unknown, "2.3", "redis")},
	} {
		if got := Remedy(c.use, c.version); got != c.want {
			t.Errorf("%v: %s", c.use, got)
		}
	}
}
