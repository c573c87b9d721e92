package change_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// recorded returns a plan that a real Flink compiled; plan/functions_test.go keeps them.
func recorded(t *testing.T, name string) *plan.Compiled {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "plan", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func file(name, digest string) release.Resource {
	return release.Resource{Name: name, Kind: release.KindFile, SHA256: digest}
}

func jar(name, digest string) release.Resource {
	return release.Resource{Name: name, Kind: release.KindJar, SHA256: digest}
}

// What a definition comes to.
const (
	restart = "restart"
	state   = "restart; it has a say in what is in the state"
	nothing = "none: the plan does not use it"
)

// definitionCase is a change of what the cluster gets besides the plan.
type definitionCase struct {
	plan     string // functions/mask-as-key if empty
	old, new release.Config
	class    change.Class
	job      compat.Job
	items    []change.Item
}

var definitionCases = map[string]definitionCase{
	"nothing": {
		old: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'"}}, new: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'"}},
		class: change.None, job: compat.Full,
	},
	"white space, comments, quotes, small letters": {
		old: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'"}}, new: release.Config{Init: []string{"create /* it */ temporary function\n`MASK` as 'demo.Mask' -- hides"}},
		class: change.None, job: compat.Full,
	},
	"another order of what does not depend on each other": {
		old: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'", "CREATE CATALOG c WITH ('type' = 'jdbc')"}}, new: release.Config{Init: []string{"CREATE CATALOG c WITH ('type' = 'jdbc')", "CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'"}},
		class: change.None, job: compat.Full,
	},
	"another class before state": {
		old: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'"}}, new: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.MaskB'"}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "CREATE TEMPORARY FUNCTION mask", Old: "demo.Mask", New: "demo.MaskB", Effect: state}},
	},
	"another class behind state": {
		plan: "functions/mask-behind",
		old:  release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'"}}, new: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.MaskB'"}},
		class: change.Defined, job: compat.Full,
		items: []change.Item{{What: "CREATE TEMPORARY FUNCTION mask", Old: "demo.Mask", New: "demo.MaskB", Effect: restart}},
	},
	"another class of an aggregate function": {
		plan: "functions/total",
		old:  release.Config{Init: []string{"CREATE TEMPORARY FUNCTION total AS 'demo.Total'"}}, new: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION total AS 'demo.TotalB'"}},
		class: change.Defined, job: compat.Blocked,
		items: []change.Item{{What: "CREATE TEMPORARY FUNCTION total", Old: "demo.Total", New: "demo.TotalB", Effect: state}},
	},
	"a system function": {
		plan: "functions/mask-all-as-key",
		old:  release.Config{Init: []string{"CREATE TEMPORARY SYSTEM FUNCTION mask_all AS 'demo.Mask'"}}, new: release.Config{Init: []string{"CREATE TEMPORARY SYSTEM FUNCTION Mask_All AS 'demo.MaskB'"}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "CREATE TEMPORARY SYSTEM FUNCTION mask_all", Old: "demo.Mask", New: "demo.MaskB", Effect: state}},
	},
	"a function that the plan does not use": {
		old: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION unheard AS 'demo.Mask'"}}, new: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION unheard AS 'demo.MaskB'"}},
		class: change.None, job: compat.Full,
		items: []change.Item{{What: "CREATE TEMPORARY FUNCTION unheard", Old: "demo.Mask", New: "demo.MaskB", Effect: nothing}},
	},
	"a function more, that the plan does not use": {
		new:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION unheard AS 'demo.Mask'"}},
		class: change.None, job: compat.Full,
		items: []change.Item{{What: "CREATE TEMPORARY FUNCTION unheard", New: "demo.Mask", Effect: nothing}},
	},
	"the last of several statements counts": {
		old: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'", "DROP TEMPORARY FUNCTION mask", "CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'"}},
		new: release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'", "DROP TEMPORARY FUNCTION mask", "CREATE TEMPORARY FUNCTION mask AS 'demo.MaskB'"}}, class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "CREATE TEMPORARY FUNCTION mask", Old: "demo.Mask; DROP TEMPORARY FUNCTION `mask`; demo.Mask", New: "demo.Mask; DROP TEMPORARY FUNCTION `mask`; demo.MaskB", Effect: state}},
	},
	"ALTER FUNCTION": {
		old: release.Config{Init: []string{"CREATE FUNCTION mask AS 'demo.Mask'", "ALTER FUNCTION mask AS 'demo.MaskB'"}}, new: release.Config{Init: []string{"CREATE FUNCTION mask AS 'demo.Mask'", "ALTER FUNCTION mask AS 'demo.MaskC'"}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "ALTER FUNCTION mask", Old: "demo.Mask; demo.MaskB", New: "demo.Mask; demo.MaskC", Effect: state}},
	},
	"another content of a function's jar": {
		old:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask' USING JAR '${resource:my.jar}'"}, Resources: []release.Resource{file("my.jar", "0123456789abcdef")}},
		new:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask' USING JAR '${resource:my.jar}'"}, Resources: []release.Resource{file("my.jar", "fedcba9876543210")}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "CREATE TEMPORARY FUNCTION mask", Old: "demo.Mask my.jar 0123456789ab", New: "demo.Mask my.jar fedcba987654", Effect: state}},
	},
	"the same content under another name": {
		old:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask' USING JAR '${resource:my.jar}'"}, Resources: []release.Resource{file("my.jar", "aa")}},
		new:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask' USING JAR 'file://${resource:my-1.1.jar}'"}, Resources: []release.Resource{file("my-1.1.jar", "aa")}},
		class: change.None, job: compat.Full,
	},
	"two jars that change places": {
		plan:  "functions/mask-printed",
		old:   release.Config{Init: []string{"CREATE FUNCTION mask AS 'demo.Mask' USING JAR '${resource:a.jar}'", "CREATE FUNCTION other AS 'demo.O' USING JAR '${resource:a-2.jar}'"}, Resources: []release.Resource{file("a.jar", "aa"), file("a-2.jar", "bb")}},
		new:   release.Config{Init: []string{"CREATE FUNCTION other AS 'demo.O' USING JAR '${resource:a.jar}'", "CREATE FUNCTION mask AS 'demo.Mask' USING JAR '${resource:a-2.jar}'"}, Resources: []release.Resource{file("a.jar", "bb"), file("a-2.jar", "aa")}},
		class: change.None, job: compat.Full,
	},
	"a release from before the content was recorded": {
		old:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask' USING JAR '/x/my.jar'"}},
		new:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask' USING JAR '${resource:my.jar}'"}, Resources: []release.Resource{file("my.jar", "aa")}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "CREATE TEMPORARY FUNCTION mask", Old: "demo.Mask /x/my.jar of unknown content", New: "demo.Mask my.jar aa", Effect: state}},
	},
	"a release from before the content was recorded, an aggregate function": {
		plan:  "functions/total",
		old:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION total AS 'demo.Total' USING JAR 'file:///x/my.jar'", "ADD JAR '/x/your.jar'"}},
		new:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION total AS 'demo.Total' USING JAR '${resource:my.jar}'", "ADD JAR '${resource:your.jar}'"}, Resources: []release.Resource{file("my.jar", "aa"), file("your.jar", "bb")}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{
			{What: "CREATE TEMPORARY FUNCTION total", Old: "demo.Total file:///x/my.jar of unknown content", New: "demo.Total my.jar aa", Effect: state},
			{What: "ADD JAR your.jar", Old: "of unknown content", New: "bb", Effect: state},
		},
	},
	"a release from before the content was recorded, and another jar": {
		plan:  "functions/total",
		old:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION total AS 'demo.Total' USING JAR '/x/my.jar'"}},
		new:   release.Config{Init: []string{"CREATE TEMPORARY FUNCTION total AS 'demo.Total' USING JAR '${resource:my-2.0.jar}'"}, Resources: []release.Resource{file("my-2.0.jar", "aa")}},
		class: change.Defined, job: compat.Blocked,
		items: []change.Item{{What: "CREATE TEMPORARY FUNCTION total", Old: "demo.Total /x/my.jar of unknown content", New: "demo.Total my-2.0.jar aa", Effect: state}},
	},
	"a jar of the resources, with a function before state": {
		old: release.Config{Resources: []release.Resource{jar("udf.jar", "aa")}}, new: release.Config{Resources: []release.Resource{jar("udf.jar", "bb")}},
		class: change.Resources, job: compat.Partial,
		items: []change.Item{{What: "resources.udf.jar", Old: "jar aa", New: "jar bb", Effect: state}},
	},
	"a jar of the resources, with a function behind state": {
		plan: "functions/mask-behind",
		old:  release.Config{Resources: []release.Resource{jar("udf.jar", "aa")}}, new: release.Config{Resources: []release.Resource{jar("udf.jar", "bb")}},
		class: change.Resources, job: compat.Full,
		items: []change.Item{{What: "resources.udf.jar", Old: "jar aa", New: "jar bb", Effect: restart}},
	},
	"a jar of the resources, with an aggregate function": {
		plan: "functions/total",
		old:  release.Config{Resources: []release.Resource{jar("udf.jar", "aa")}}, new: release.Config{Resources: []release.Resource{jar("udf.jar", "bb")}},
		class: change.Resources, job: compat.Blocked,
		items: []change.Item{{What: "resources.udf.jar", Old: "jar aa", New: "jar bb", Effect: state}},
	},
	"a jar of the resources, without functions": {
		plan: "sum",
		old:  release.Config{Resources: []release.Resource{jar("connector.jar", "aa")}}, new: release.Config{Resources: []release.Resource{jar("connector.jar", "bb")}},
		class: change.Resources, job: compat.Full,
		items: []change.Item{{What: "resources.connector.jar", Old: "jar aa", New: "jar bb", Effect: restart}},
	},
	"another content of an added jar": {
		old:   release.Config{Init: []string{"ADD JAR '${resource:my.jar}'"}, Resources: []release.Resource{file("my.jar", "aa")}},
		new:   release.Config{Init: []string{"ADD JAR '${resource:my.jar}'"}, Resources: []release.Resource{file("my.jar", "bb")}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "ADD JAR my.jar", Old: "aa", New: "bb", Effect: state}},
	},
	"an added jar more, without functions": {
		plan:  "sum",
		new:   release.Config{Init: []string{"ADD JAR '${resource:my.jar}'"}, Resources: []release.Resource{file("my.jar", "aa")}},
		class: change.Defined, job: compat.Full,
		items: []change.Item{{What: "ADD JAR my.jar", New: "aa", Effect: restart}},
	},
	"a jar that moves from the script to the resources": {
		old:   release.Config{Init: []string{"ADD JAR '${resource:my.jar}'"}, Resources: []release.Resource{file("my.jar", "aa")}},
		new:   release.Config{Resources: []release.Resource{jar("my.jar", "aa")}},
		class: change.Resources, job: compat.Full,
		items: []change.Item{{What: "resources.my.jar", New: "jar aa", Effect: restart}},
	},
	"a catalog that the plan uses": {
		plan: "copy-files",
		old:  release.Config{Init: []string{"CREATE CATALOG default_catalog WITH ('type' = 'jdbc', 'base-url' = 'x', 'password' = 'hunter2')"}}, new: release.Config{Init: []string{"CREATE CATALOG default_catalog WITH ('password' = 'hunter3', 'base-url' = 'y', 'type' = 'jdbc')"}},
		class: change.Defined, job: compat.Blocked,
		items: []change.Item{
			{What: "CREATE CATALOG default_catalog 'base-url'", Old: "x", New: "y", Effect: state},
			{What: "CREATE CATALOG default_catalog 'password'", Old: "******", New: "******", Effect: state},
		},
	},
	"a catalog that the plan does not use": {
		old: release.Config{Init: []string{"CREATE CATALOG pg WITH ('type' = 'jdbc', 'base-url' = 'x')"}}, new: release.Config{Init: []string{"CREATE CATALOG pg WITH ('type' = 'jdbc', 'base-url' = 'y')"}},
		class: change.None, job: compat.Full,
		items: []change.Item{{What: "CREATE CATALOG pg 'base-url'", Old: "x", New: "y", Effect: nothing}},
	},
	"a catalog in memory": {
		plan: "copy-files",
		old:  release.Config{Init: []string{"CREATE CATALOG default_catalog WITH ('type' = 'generic_in_memory')"}}, new: release.Config{Init: []string{"CREATE CATALOG default_catalog WITH ('type' = 'generic_in_memory', 'default-database' = 'd')"}},
		class: change.Defined, job: compat.Full,
		items: []change.Item{{What: "CREATE CATALOG default_catalog 'default-database'", New: "d", Effect: restart}},
	},
	"a catalog in memory that becomes another one": {
		plan: "copy-files",
		old:  release.Config{Init: []string{"CREATE CATALOG default_catalog WITH ('type' = 'generic_in_memory')"}}, new: release.Config{Init: []string{"CREATE CATALOG default_catalog WITH ('type' = 'jdbc')"}},
		class: change.Defined, job: compat.Blocked,
		items: []change.Item{{What: "CREATE CATALOG default_catalog 'type'", Old: "generic_in_memory", New: "jdbc", Effect: state}},
	},
	"a catalog that is changed afterwards": {
		plan: "filter",
		old:  release.Config{Init: []string{"CREATE CATALOG default_catalog WITH ('type' = 'x', 'api-key' = 'hunter2')"}}, new: release.Config{Init: []string{"CREATE CATALOG default_catalog WITH ('type' = 'x', 'api-key' = 'hunter2')", "ALTER CATALOG default_catalog SET ('a' = 'b')"}},
		class: change.Defined, job: compat.Full,
		items: []change.Item{{What: "ALTER CATALOG default_catalog", Old: "CREATE CATALOG `default_catalog` WITH ('api-key' = '******', 'type' = 'x')",
			New: "CREATE CATALOG `default_catalog` WITH ('api-key' = '******', 'type' = 'x'); ALTER CATALOG `default_catalog` SET ( 'a' = 'b' )", Effect: restart}},
	},
	"a model before state": {
		plan: "functions/labels-counted",
		old:  release.Config{Init: []string{"CREATE TEMPORARY MODEL labels INPUT (s STRING) OUTPUT (l STRING) WITH ('provider' = 'x', 'model' = 'a')"}}, new: release.Config{Init: []string{"CREATE TEMPORARY MODEL labels INPUT (s STRING) OUTPUT (l STRING) WITH ('provider' = 'x', 'model' = 'b')"}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "CREATE TEMPORARY MODEL labels 'model'", Old: "a", New: "b", Effect: state}},
	},
	"a model behind all state": {
		plan: "functions/labels-printed",
		old:  release.Config{Init: []string{"CREATE TEMPORARY MODEL labels INPUT (s STRING) OUTPUT (l STRING) WITH ('provider' = 'x', 'model' = 'a')"}}, new: release.Config{Init: []string{"CREATE TEMPORARY MODEL labels INPUT (s STRING) OUTPUT (l STRING) WITH ('provider' = 'x', 'model' = 'b')"}},
		class: change.Defined, job: compat.Full,
		items: []change.Item{{What: "CREATE TEMPORARY MODEL labels 'model'", Old: "a", New: "b", Effect: restart}},
	},
	"a model that is renamed": {
		plan: "functions/labels-counted",
		old:  release.Config{Init: []string{"CREATE MODEL m INPUT (s STRING) OUTPUT (l STRING) WITH ('provider' = 'x', 'model' = 'a')", "ALTER MODEL m RENAME TO labels"}}, new: release.Config{Init: []string{"CREATE MODEL m INPUT (s STRING) OUTPUT (l STRING) WITH ('provider' = 'x', 'model' = 'b')", "ALTER MODEL m RENAME TO labels"}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "ALTER MODEL m", Old: "CREATE MODEL `m` INPUT ( s STRING ) OUTPUT ( l STRING ) WITH ('model' = 'a', 'provider' = 'x'); ALTER MODEL `m` RENAME TO labels",
			New: "CREATE MODEL `m` INPUT ( s STRING ) OUTPUT ( l STRING ) WITH ('model' = 'b', 'provider' = 'x'); ALTER MODEL `m` RENAME TO labels", Effect: state}},
	},
	"a name that JSON writes in another way": {
		old: release.Config{Init: []string{"CREATE FUNCTION `a\"b` AS 'x.F'"}}, new: release.Config{Init: []string{"CREATE FUNCTION `a\"b` AS 'x.G'"}},
		class: change.Defined, job: compat.Full,
		items: []change.Item{{What: "CREATE FUNCTION a\"b", Old: "x.F", New: "x.G", Effect: restart}},
	},
	"another module": {
		plan: "functions/mask-all-as-key",
		old:  release.Config{Init: []string{"LOAD MODULE ours"}}, new: release.Config{Init: []string{"LOAD MODULE ours WITH ('version' = '2')"}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "LOAD MODULE ours 'version'", New: "2", Effect: state}},
	},
	"a module more": {
		plan:  "sum",
		new:   release.Config{Init: []string{"LOAD MODULE ours"}},
		class: change.Defined, job: compat.Full,
		items: []change.Item{{What: "LOAD MODULE ours", New: "LOAD MODULE `ours`", Effect: restart}},
	},
	"another order of modules": {
		plan: "functions/mask-all-as-key",
		old:  release.Config{Init: []string{"LOAD MODULE a", "LOAD MODULE b"}}, new: release.Config{Init: []string{"LOAD MODULE b", "LOAD MODULE a"}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "order of modules", Old: "LOAD MODULE `a`; LOAD MODULE `b`", New: "LOAD MODULE `b`; LOAD MODULE `a`", Effect: state}},
	},
	"USE MODULES": {
		plan: "functions/mask-all-as-key",
		old:  release.Config{Init: []string{"LOAD MODULE a", "USE MODULES core, a"}}, new: release.Config{Init: []string{"LOAD MODULE a", "USE MODULES a, core"}},
		class: change.Defined, job: compat.Partial,
		items: []change.Item{{What: "USE MODULES", Old: "USE MODULES core , a", New: "USE MODULES a , core", Effect: state}},
	},
	"a temporary table": {
		plan: "sum",
		old:  release.Config{Init: []string{"CREATE TEMPORARY TABLE orders (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'a')"}}, new: release.Config{Init: []string{"CREATE TEMPORARY TABLE orders (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'b')"}},
		class: change.Defined, job: compat.Blocked,
		items: []change.Item{{What: "CREATE TEMPORARY TABLE orders 'topic'", Old: "a", New: "b", Effect: state}},
	},
	"where names belong": {
		old: release.Config{Init: []string{"USE CATALOG a", "CREATE DATABASE d", "USE d"}}, new: release.Config{Init: []string{"USE CATALOG b"}},
		class: change.None, job: compat.Full,
	},
	"a statement that is not understood": {
		plan:  "sum",
		new:   release.Config{Init: []string{"CREATE CONNECTION c WITH ('a' = 'b')"}},
		class: change.Defined, job: compat.Blocked,
		items: []change.Item{{What: "other", New: "CREATE CONNECTION c WITH ( 'a' = 'b' )", Effect: state}},
	},
}

func TestDefinitions(t *testing.T) {
	for name, c := range definitionCases {
		t.Run(name, func(t *testing.T) {
			if c.plan == "" {
				c.plan = "functions/mask-as-key"
			}
			p := recorded(t, c.plan)
			definitions := change.Definitions(c.old, c.new, p, p)
			v := compat.Judge(p, p).Redefined(p, p, change.Redefined(definitions))
			same := &journal.Release{Inputs: map[string]string{}, Stateful: true}
			got := change.Compare(same, c.old, same, c.new, true, v, definitions...)
			if got.Class != c.class || got.Verdict != c.job {
				t.Errorf("class %s, verdict %s; want %s and %s: %q", got.Class, got.Verdict, c.class, c.job, got.Why)
			}
			if diff := cmp.Diff(c.items, got.Items); diff != "" {
				t.Error(diff)
			}
			if (len(got.Why) > 0) != (c.job != compat.Full) {
				t.Errorf("why: %q", got.Why)
			}
			if strings.Contains(strings.Join(got.Why, "\n"), "hunter") {
				t.Errorf("a secret: %q", got.Why)
			}
		})
	}
}

// Approving one change of a definition approves no other.
func TestApprovalOfDefinition(t *testing.T) {
	p := recorded(t, "functions/mask-as-key")
	ids := map[string]string{}
	for _, class := range []string{"demo.MaskB", "demo.MaskC"} {
		definitions := change.Definitions(
			release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'"}}, release.Config{Init: []string{"CREATE TEMPORARY FUNCTION mask AS '" + class + "'"}}, p, p)
		v := compat.Judge(p, p).Redefined(p, p, change.Redefined(definitions))
		ids[change.ApprovalID("old", "new", v, definitions...)] = class
	}
	if len(ids) != 2 {
		t.Errorf("%v", ids)
	}
}

// A file that a statement and a plan use is compared although the statement's object is
// not used.
func TestFileOfPlanAndStatement(t *testing.T) {
	p := recorded(t, "copy-files")
	text := strings.ReplaceAll(string(p.Bytes()), "/tmp/customers", "${resource:my.jar}")
	q, err := plan.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	config := func(digest string) release.Config {
		return release.Config{Init: []string{"CREATE FUNCTION unheard AS 'x.F' USING JAR '${resource:my.jar}'"}, Resources: []release.Resource{file("my.jar", digest)}}
	}
	items := func(p *plan.Compiled) (all []string) {
		for _, d := range change.Definitions(config("aa"), config("bb"), p, p) {
			for _, i := range d.Items {
				all = append(all, i.What)
			}
		}
		return all
	}
	if got := items(p); !slices.Equal(got, []string{"CREATE FUNCTION unheard"}) {
		t.Errorf("%q", got)
	}
	if got := items(q); !slices.Equal(got, []string{"CREATE FUNCTION unheard", "resources.my.jar"}) {
		t.Errorf("%q", got)
	}
}

// Jobs that define nothing have the inputs that they always had; others are compared
// once more.
func TestInputsOfDefinitions(t *testing.T) {
	plain := change.InputsOf(job(nil), nil)
	if _, ok := plain["definitions"]; ok {
		t.Error("a job that defines nothing has definitions")
	}
	with := func(text string) change.Inputs {
		return change.InputsOf(job(func(j *manifest.Job) { j.TableDefinitions[0].Text += ";\n" + text }), nil)
	}
	first := with("CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'")
	if got := first.Changed(plain); !slices.Equal(got, []string{"definitions", "table-definitions"}) {
		t.Errorf("%q", got)
	}
	if got := with("create temporary function mask /* it */ as 'demo.Mask'").Changed(first); !slices.Equal(got, []string{"table-definitions"}) {
		t.Errorf("%q", got)
	}
	for _, text := range []string{
		"CREATE TEMPORARY FUNCTION mask AS 'demo.MaskB'", "CREATE CATALOG c WITH ('type' = 'x')", "LOAD MODULE m", "ADD JAR '${resource:a.jar}'",
		"CREATE MODEL m INPUT (a INT) OUTPUT (b INT) WITH ('provider' = 'x')", "USE MODULES core", "DROP CATALOG c", "ALTER FUNCTION mask AS 'demo.Mask'",
	} {
		if got := with(text).Changed(first); !slices.Contains(got, "definitions") {
			t.Errorf("%s: %q", text, got)
		}
	}
}
