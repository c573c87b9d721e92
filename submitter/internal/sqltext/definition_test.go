package sqltext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/submitter/internal/sqltext"
)

func one(t *testing.T, text string) sqltext.Statement {
	t.Helper()
	all, err := sqltext.Split(text)
	if err != nil || len(all) != 1 {
		t.Fatalf("%s: %d statements, %v", text, len(all), err)
	}
	return all[0]
}

func TestFiles(t *testing.T) {
	for text, want := range map[string][]string{
		"ADD JAR '/a/b.jar'":                                                           {"/a/b.jar"},
		"add /* it */ jar -- now\n '/a/it''s.jar';":                                    {"/a/it's.jar"},
		"CREATE FUNCTION f AS 'x.F'":                                                   nil,
		"CREATE FUNCTION f AS 'x.F' USING JAR 's3://b/a.jar'":                          {"s3://b/a.jar"},
		"create temporary system function f as 'x.F' language java using jar '/a.jar'": {"/a.jar"},
		"CREATE TEMPORARY FUNCTION IF NOT EXISTS `using`.`jar`.f AS 'JAR' USING JAR '/a.jar' /* one */, JAR '/b.jar' , ARTIFACT '/c.jar' WITH ('JAR' = '/d.jar')": {"/a.jar", "/b.jar", "/c.jar"},
		"CREATE FUNCTION f AS 'x.F' USING ARCHIVE '/a.zip', FILE '/b'":                                                                                            {"/a.zip", "/b"},
		"CREATE FUNCTION f AS 'USING JAR ''/a.jar'''":                                                                                                             nil,
		"CREATE FUNCTION f AS 'x.F' -- USING JAR '/a.jar'":                                                                                                        nil,
		"CREATE TABLE `using` (jar STRING COMMENT 'USING JAR ''/a''') WITH ('connector' = 'print')":                                                               nil,
		"CREATE CATALOG c WITH ('jar' = '/a.jar')":                                                                                                                nil,
		"DROP FUNCTION f": nil,
		"REMOVE JAR '/a'": nil,
		"SHOW JARS":       nil,
	} {
		s := one(t, text)
		var got []string
		for _, f := range s.Files() {
			got = append(got, f.Path)
			if literal := s.Text[f.Offset:f.End]; literal != sqltext.Literal(f.Path) {
				t.Errorf("%s: %s stands at %d:%d", text, literal, f.Offset, f.End)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestRemovesJar(t *testing.T) {
	for text, want := range map[string]bool{
		"REMOVE JAR '/a.jar'": true, "remove /* a */ jar '/a.jar'": true,
		"ADD JAR '/a.jar'": false, "SHOW JARS": false, "INSERT INTO remove SELECT jar FROM t": false,
	} {
		if got := one(t, text).RemovesJar(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// What makes no difference is not in a definition's text, and what makes one is.
func TestDefinition(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		same   []string
		others []string
		want   sqltext.Definition
	}{
		"function": {
			text: "CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'",
			same: []string{
				"create temporary function mask as 'demo.Mask'",
				"CREATE TEMPORARY FUNCTION `mask` /* hides */ AS\n'demo.Mask' -- it",
				"CREATE TEMPORARY FUNCTION IF NOT EXISTS mask AS 'demo.Mask' LANGUAGE JAVA",
			},
			others: []string{
				"CREATE TEMPORARY FUNCTION mask AS 'demo.MaskB'",
				"CREATE TEMPORARY FUNCTION mask AS 'demo.mask'",
				"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask' LANGUAGE SCALA",
				"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask' USING JAR '/a.jar'",
				"CREATE FUNCTION mask AS 'demo.Mask'",
				"CREATE TEMPORARY FUNCTION db.mask AS 'demo.Mask'",
			},
			want: sqltext.Definition{Object: sqltext.FunctionObject, Head: "CREATE TEMPORARY FUNCTION", Path: []string{"mask"}, Class: "demo.Mask"},
		},
		"system function": {
			text: "CREATE TEMPORARY SYSTEM FUNCTION mask AS 'demo.Mask'",
			want: sqltext.Definition{Object: sqltext.SystemFunctionObject, Head: "CREATE TEMPORARY SYSTEM FUNCTION", Path: []string{"mask"}, Class: "demo.Mask"},
		},
		"altered function": {
			text: "ALTER TEMPORARY FUNCTION IF EXISTS c.`d`.mask AS 'demo.Mask'",
			want: sqltext.Definition{Object: sqltext.FunctionObject, Head: "ALTER TEMPORARY FUNCTION", Path: []string{"c", "d", "mask"}, Class: "demo.Mask"},
		},
		"catalog": {
			text:   "CREATE CATALOG pg WITH ('type' = 'jdbc', 'base-url' = 'x')",
			same:   []string{"create catalog if not exists `pg` comment 'ours' with ( 'base-url'='x','type'='jdbc')"},
			others: []string{"CREATE CATALOG pg WITH ('type' = 'jdbc', 'base-url' = 'y')", "CREATE CATALOG pg WITH ('type' = 'jdbc')", "CREATE CATALOG Pg WITH ('type' = 'jdbc', 'base-url' = 'x')"},
			want:   sqltext.Definition{Object: sqltext.CatalogObject, Head: "CREATE CATALOG", Path: []string{"pg"}},
		},
		"model": {
			text: "CREATE TEMPORARY MODEL m INPUT (s STRING) OUTPUT (l STRING) WITH ('provider' = 'openai', 'model' = 'x')",
			same: []string{"create temporary model `m` input (s STRING) output (l STRING) comment 'c' with ('model' = 'x', 'provider' = 'openai')"},
			others: []string{
				"CREATE TEMPORARY MODEL m INPUT (S STRING) OUTPUT (l STRING) WITH ('provider' = 'openai', 'model' = 'x')",
				"CREATE TEMPORARY MODEL m INPUT (s STRING) OUTPUT (l STRING) WITH ('provider' = 'openai', 'model' = 'y')",
			},
			want: sqltext.Definition{Object: sqltext.ModelObject, Head: "CREATE TEMPORARY MODEL", Path: []string{"m"}},
		},
		"module": {
			text:   "LOAD MODULE hive WITH ('hive-version' = '3.1.3')",
			others: []string{"LOAD MODULE hive", "UNLOAD MODULE hive"},
			want:   sqltext.Definition{Object: sqltext.ModuleObject, Head: "LOAD MODULE", Path: []string{"hive"}},
		},
		"order of modules": {
			text: "USE MODULES hive, core", others: []string{"USE MODULES core, hive"},
			want: sqltext.Definition{Object: sqltext.ModulesObject, Head: "USE MODULES"},
		},
		"jar": {
			text: "ADD JAR '/a.jar'", others: []string{"ADD JAR '/b.jar'"},
			want: sqltext.Definition{Object: sqltext.JarObject, Head: "ADD JAR"},
		},
		"table": {
			text: "CREATE TEMPORARY TABLE t (a INT) WITH ('connector' = 'print')",
			want: sqltext.Definition{Object: sqltext.TableObject, Head: "CREATE TEMPORARY TABLE", Path: []string{"t"}},
		},
	} {
		d, ok := one(t, c.text).Definition()
		if !ok || d.Object != c.want.Object || d.Head != c.want.Head || d.Class != c.want.Class || strings.Join(d.Path, ".") != strings.Join(c.want.Path, ".") {
			t.Errorf("%s: %+v", name, d)
		}
		for _, text := range c.same {
			if e, ok := one(t, text).Definition(); !ok || e.Text != d.Text {
				t.Errorf("%s\nis %s\nnot %s", text, e.Text, d.Text)
			}
		}
		for _, text := range c.others {
			if e, _ := one(t, text).Definition(); e.Text == d.Text {
				t.Errorf("%s: not told from %s", text, c.text)
			}
		}
	}
	for _, text := range []string{"SET 'a' = 'b'", "USE CATALOG c", "USE d", "CREATE DATABASE d", "INSERT INTO t SELECT 1", "SELECT 1", "CREATE FUNCTION", "SHOW JARS", "ANALYZE TABLE t COMPUTE STATISTICS"} {
		if d, ok := one(t, text).Definition(); ok {
			t.Errorf("%s: %+v", text, d)
		}
	}
}
