package manifest

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/plan/release"
)

// TestStatementFiles makes resources of what statements have Flink load.
func TestStatementFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a/udf.jar", "b/udf.jar", "it's here.jar", "lib/own.jar"} {
		write(t, name, name)
	}
	write(t, "tables.sql", "-- shared\nADD JAR '"+dir+"/a/udf.jar';\nCREATE TABLE t (a INT) WITH ('connector' = 'print');\n")
	abs := func(name string) string { return filepath.Join(dir, name) }
	for name, c := range map[string]struct {
		manifest string
		sql      string // as the gateway gets it, before the INSERT
		files    map[string]string
	}{
		"none": {sql: "CREATE FUNCTION f AS 'x.F'"},
		"a path": {sql: "CREATE FUNCTION f AS 'x.F' USING JAR '${resource:udf.jar}'",
			manifest: "CREATE FUNCTION f AS 'x.F' USING JAR '" + abs("a/udf.jar") + "'",
			files:    map[string]string{"udf.jar": abs("a/udf.jar")}},
		"a file URL, in small letters, with comments": {sql: "create temporary function f as 'x.F' using /* it */ jar -- now\n  '${resource:udf.jar}'",
			manifest: "create temporary function f as 'x.F' using /* it */ jar -- now\n  'file://" + abs("a/udf.jar") + "'",
			files:    map[string]string{"udf.jar": abs("a/udf.jar")}},
		"one slash": {sql: "ADD JAR '${resource:udf.jar}'", manifest: "ADD JAR 'file:" + abs("a/udf.jar") + "'",
			files: map[string]string{"udf.jar": abs("a/udf.jar")}},
		"several, two of one name, one twice": {
			sql:      "CREATE FUNCTION f AS 'x.F' USING JAR '${resource:udf.jar}', JAR '${resource:udf-2.jar}', ARTIFACT '${resource:udf.jar}'; ADD JAR '${resource:udf-2.jar}'",
			manifest: "CREATE FUNCTION f AS 'x.F' USING JAR '" + abs("a/udf.jar") + "', JAR '" + abs("b/udf.jar") + "', ARTIFACT '" + abs("b/../a/udf.jar") + "'; ADD JAR '" + abs("b/udf.jar") + "'",
			files:    map[string]string{"udf.jar": abs("a/udf.jar"), "udf-2.jar": abs("b/udf.jar")}},
		"a name that is no resource's": {sql: "ADD JAR '${resource:it_s_here.jar}'", manifest: "ADD JAR '" + strings.ReplaceAll(abs("it's here.jar"), "'", "''") + "'",
			files: map[string]string{"it_s_here.jar": abs("it's here.jar")}},
		"a bucket, the web, Maven": {
			sql:      "ADD JAR '${resource:x.jar}'; ADD JAR '${resource:y.jar}'; ADD JAR '${resource:a-1.0.jar}'",
			manifest: "ADD JAR 's3://b/k/x.jar'; ADD JAR 'https://example.org/y.jar?v=1'; ADD JAR 'maven:g:a:1.0'",
			files:    map[string]string{"x.jar": "s3://b/k/x.jar", "y.jar": "https://example.org/y.jar?v=1", "a-1.0.jar": "maven:g:a:1.0"}},
		"text that only looks like it": {sql: "CREATE FUNCTION f AS 'USING JAR'; CREATE TABLE jar (`using` STRING COMMENT 'ADD JAR ''x''') WITH ('connector' = 'print') -- ADD JAR 'x'"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.manifest == "" {
				c.manifest = c.sql
			}
			j := loadOne(t, "name: good\nsql: |\n  "+c.manifest+"\n  ; INSERT INTO a SELECT 1\n")
			if got := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(j.SQL.Text), "; INSERT INTO a SELECT 1")); got != strings.ReplaceAll(c.sql, "\n  ", "\n") {
				t.Errorf("SQL: %s", got)
			}
			got := map[string]string{}
			for _, r := range j.Resources {
				got[r.Name] = r.From
				if r.Kind != release.KindFile || r.At.Line == 0 {
					t.Errorf("%+v", r)
				}
			}
			if len(got) != len(c.files) {
				t.Error(cmp.Diff(c.files, got))
			}
			for name, from := range c.files {
				if filepath.Clean(got[name]) != filepath.Clean(from) {
					t.Errorf("%s comes from %s", name, got[name])
				}
			}
		})
	}

	t.Run("what stands behind keeps its place", func(t *testing.T) {
		j := loadOne(t, "name: good\nsql: |\n  ADD JAR '"+abs("a/udf.jar")+"'; CREATE VIEW v AS SELECT 1;\n  INSERT INTO a SELECT 1\n")
		at := strings.Index(j.SQL.Text, "CREATE VIEW")
		want := Position{File: "<stdin>", Line: 3, Column: len("  ADD JAR '"+abs("a/udf.jar")+"'; ") + 1}
		if got := j.SQL.position(at); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
	t.Run("resources of the manifest", func(t *testing.T) {
		j := loadOne(t, "name: good\nresources: [{jar: "+abs("lib/own.jar")+"}, {name: udf.jar, file: "+abs("b/udf.jar")+"}]\ntable-definitions: [tables.sql]\nsql: |\n"+
			"  ADD JAR '"+abs("lib/own.jar")+"'; ADD JAR '${resource:own.jar}';\n  INSERT INTO a SELECT 1\n")
		var names []string
		for _, r := range j.Resources {
			names = append(names, r.Kind+" "+r.Name)
		}
		if diff := cmp.Diff([]string{"jar own.jar", "file udf.jar", "file udf-2.jar"}, names); diff != "" {
			t.Error(diff)
		}
		if want := "ADD JAR '${resource:own.jar}'; ADD JAR '${resource:own.jar}'"; !strings.Contains(j.SQL.Text, want) {
			t.Error(j.SQL.Text)
		}
		if want := "ADD JAR '${resource:udf-2.jar}'"; !strings.Contains(j.TableDefinitions[0].Text, want) {
			t.Error(j.TableDefinitions[0].Text)
		}
		stored, err := Stored(j, Meta{})
		if err != nil {
			t.Fatal(err)
		}
		again := loadOne(t, string(stored))
		if again.SQL.Text != j.SQL.Text || len(again.Resources) != len(j.Resources) || again.TableDefinitions[0].Text != j.TableDefinitions[0].Text {
			t.Errorf("stored and loaded again: %+v\n%s", again.Resources, stored)
		}
	})
}

func TestStatementFilesThatCannotBeShipped(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "udf.jar", "x")
	write(t, "folder.jar/file", "x")
	dir, _ := filepath.Abs(".")
	for path, want := range map[string]string{
		"udf.jar":                 "relative path",
		"./udf.jar":               "relative path",
		"../x/udf.jar":            "relative path",
		"file:udf.jar":            "relative path",
		"/no/such/udf.jar":        "no such file",
		"file:///no/such/udf.jar": "no such file",
		dir + "/folder.jar":       "is a folder",
		"hdfs://nn/udf.jar":       "hdfs",
		"local:///opt/udf.jar":    "local",
		"https://u:p@h/udf.jar":   "without user and password",
		"maven:g:a":               "maven:group:artifact:version",
		"s3://b/${secret:K}.jar":  "secret",
		"${resource:other.jar}":   "no resource is called",
		"${env:NOWHERE}/udf.jar":  "the environment has no variable",
		"${NOWHERE}/udf.jar":      "unknown variable",
	} {
		for _, statement := range []string{"ADD JAR '%'", "CREATE TEMPORARY FUNCTION f AS 'x.F' USING JAR '%'"} {
			text := "name: good\nsql: |\n  " + strings.Replace(statement, "%", path, 1) + ";\n  INSERT INTO a SELECT 1\n"
			_, err := Load(context.Background(), Options{Paths: []string{"-"}, Stdin: strings.NewReader(text)})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "<stdin>:3:") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	_, err := Load(context.Background(), Options{Paths: []string{"-"}, Stdin: strings.NewReader("name: good\nsql: |\n  REMOVE JAR '/a.jar';\n  INSERT INTO a SELECT 1\n")})
	if err == nil || !strings.Contains(err.Error(), "REMOVE JAR") {
		t.Errorf("%v", err)
	}
}
