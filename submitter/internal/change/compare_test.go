package change_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flink-sql-driver/plan/compat"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

func job(edit func(*manifest.Job)) *manifest.Job {
	j := &manifest.Job{
		Name: "orders", Description: "d", SQL: manifest.Source{Text: "SELECT a FROM t"}, TargetTable: "`out`",
		FlinkProperties:  map[string]string{"parallelism.default": "2"},
		TableDefinitions: []manifest.Source{{Text: "CREATE TABLE t (a INT)"}},
		State:            manifest.Running,
	}
	if edit != nil {
		edit(j)
	}
	return j
}

func TestInputs(t *testing.T) {
	base := change.InputsOf(job(nil), map[string]string{"udf.jar": "jar:aa"})
	for name, c := range map[string]struct {
		edit  func(*manifest.Job)
		files map[string]string
		want  []string
	}{
		"nothing":                  {},
		"white space":              {edit: func(j *manifest.Job) { j.SQL.Text = "SELECT\n\n  a\tFROM t" }},
		"comments":                 {edit: func(j *manifest.Job) { j.SQL.Text = "SELECT a -- it\n FROM /* here */ t" }},
		"comments in the DDL":      {edit: func(j *manifest.Job) { j.TableDefinitions[0].Text = "-- all\nCREATE TABLE t ( a INT )" }},
		"file name of the DDL":     {edit: func(j *manifest.Job) { j.TableDefinitions[0].At.File = "elsewhere.sql" }},
		"a hint is no comment":     {edit: func(j *manifest.Job) { j.SQL.Text = "SELECT a FROM t /*+ OPTIONS('k'='v') */" }, want: []string{"sql"}},
		"state":                    {edit: func(j *manifest.Job) { j.State = manifest.Suspended }},
		"upgrade":                  {edit: func(j *manifest.Job) { j.Upgrade.Drain = true }},
		"restore":                  {edit: func(j *manifest.Job) { j.Restore = "none" }},
		"a literal":                {edit: func(j *manifest.Job) { j.SQL.Text = "SELECT 'a  b' FROM t" }, want: []string{"sql"}},
		"white space in a literal": {edit: func(j *manifest.Job) { j.SQL.Text = "SELECT 'a b' FROM t" }, want: []string{"sql"}},
		"code":                     {edit: func(j *manifest.Job) { j.Code.Text = "x = 1" }, want: []string{"sql"}},
		"DDL":                      {edit: func(j *manifest.Job) { j.TableDefinitions[0].Text = "CREATE TABLE t (a BIGINT)" }, want: []string{"table-definitions"}},
		"target table":             {edit: func(j *manifest.Job) { j.TargetTable = "`other`" }, want: []string{"target-table"}},
		"properties":               {edit: func(j *manifest.Job) { j.FlinkProperties = nil }, want: []string{"flinkProperties"}},
		"description":              {edit: func(j *manifest.Job) { j.Description = "" }, want: []string{"description"}},
		"metadata columns":         {edit: func(j *manifest.Job) { j.MetadataColumns.Off = true }, want: []string{"metadata-columns"}},
		"columns":                  {edit: func(j *manifest.Job) { j.Columns = manifest.ByPosition }, want: []string{"columns"}},
		"on conflict":              {edit: func(j *manifest.Job) { j.OnConflict = manifest.Ignore }, want: []string{"on-conflict"}},
		"parallelism":              {edit: func(j *manifest.Job) { j.Parallelism = 4 }, want: []string{"parallelism"}},
		"max parallelism":          {edit: func(j *manifest.Job) { j.MaxParallelism = 4 }, want: []string{"max-parallelism"}},
		"memory":                   {edit: func(j *manifest.Job) { j.TaskManager.Memory = "2g"; j.JobManager.Memory = "1g" }, want: []string{"job-manager", "task-manager"}},
		"time to live":             {edit: func(j *manifest.Job) { j.StateTTL = "1 d" }, want: []string{"state-ttl"}},
		"Flink version":            {edit: func(j *manifest.Job) { j.FlinkVersion = "2.3" }, want: []string{"flink-version"}},
		"content of a jar":         {files: map[string]string{"udf.jar": "jar:bb"}, want: []string{"resources"}},
		"name of a jar":            {files: map[string]string{"udf2.jar": "jar:aa"}, want: []string{"resources"}},
		"no jar":                   {files: map[string]string{}, want: []string{"resources"}},
	} {
		files := c.files
		if files == nil {
			files = map[string]string{"udf.jar": "jar:aa"}
		}
		got := change.InputsOf(job(c.edit), files)
		if diff := cmp.Diff(c.want, got.Changed(base)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if same := got.Digest() == base.Digest(); same != (c.want == nil) {
			t.Errorf("%s: the digests are equal: %v", name, same)
		}
	}
}

// A part that only one side knows is a difference, whichever side that is.
func TestChangedIsSymmetric(t *testing.T) {
	a, b := change.Inputs{"sql": "1", "x": "2"}, change.Inputs{"sql": "1"}
	if diff := cmp.Diff([]string{"x"}, a.Changed(b)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"x"}, b.Changed(a)); diff != "" {
		t.Error(diff)
	}
}

// Moving a character from one text to the next is a change.
func TestDigestKeepsTextsApart(t *testing.T) {
	a := change.InputsOf(job(func(j *manifest.Job) { j.FlinkProperties = map[string]string{"a": "bc", "d": "e"} }), nil)
	b := change.InputsOf(job(func(j *manifest.Job) { j.FlinkProperties = map[string]string{"a": "b", "cd": "e"} }), nil)
	if len(a.Changed(b)) != 1 {
		t.Error("two sets of options have one digest")
	}
}

// compareCase changes one thing; the zero value changes nothing.
type compareCase struct {
	parts     []string // of the inputs that differ
	session   map[string]string
	resources []release.Resource
	stateless bool
	otherPlan bool
	verdict   compat.Verdict

	class   change.Class
	job     compat.Job
	changes []change.Item
	why     string
}

func TestCompare(t *testing.T) {
	recorded := release.Config{
		Session: map[string]string{
			"parallelism.default": "2", "table.exec.state.ttl": "1 h", "s3.secret-key": "hunter2",
			"kafka.password": "${secret:KAFKA}", "pipeline.max-parallelism": "128",
		},
		Resources: []release.Resource{{Name: "udf.jar", Kind: "jar", SHA256: "aa"}, {Name: "old.jar", Kind: "jar", SHA256: "cc"}},
	}
	with := func(kv ...string) map[string]string {
		m := maps.Clone(recorded.Session)
		for i := 0; i < len(kv); i += 2 {
			if kv[i+1] == "" {
				delete(m, kv[i])
			} else {
				m[kv[i]] = kv[i+1]
			}
		}
		return m
	}
	partial := compat.Verdict{Job: compat.Partial, Why: []string{"lost"}, AllowNonRestored: true, Operators: []compat.Operator{{Verdict: compat.Dropped}}}
	full := compat.Verdict{Job: compat.Full}
	for name, c := range map[string]compareCase{
		"nothing": {class: change.None, job: compat.Full},
		"another text, the same plan": {parts: []string{"sql"}, class: change.None, job: compat.Full,
			changes: []change.Item{{What: "sql", Effect: "none: it compiles to the same plan"}}},
		"another query": {parts: []string{"sql"}, otherPlan: true, verdict: partial, class: change.Query, job: compat.Partial, why: "lost",
			changes: []change.Item{{What: "sql", Effect: "another query"}}},
		"another table": {parts: []string{"table-definitions"}, otherPlan: true, verdict: full, class: change.Query, job: compat.Full,
			changes: []change.Item{{What: "table-definitions", Effect: "another query"}}},
		"other columns": {parts: []string{"metadata-columns"}, otherPlan: true, verdict: full, class: change.Query, job: compat.Full,
			changes: []change.Item{{What: "metadata-columns", Effect: "another query"}}},
		"description": {parts: []string{"description"}, class: change.Metadata, job: compat.Full,
			changes: []change.Item{{What: "description", Effect: "recorded"}}},
		"description in a column": {parts: []string{"description"}, otherPlan: true, verdict: full, class: change.PlanOnly, job: compat.Full,
			changes: []change.Item{{What: "description", Effect: "recorded; where a column carries it, another plan"}, {What: "compiled plan", Effect: "restart with the new plan"}}},
		"an option": {parts: []string{"flinkProperties"}, session: with("parallelism.default", "4"), class: change.Runtime, job: compat.Full,
			changes: []change.Item{{What: "flinkProperties.parallelism.default", Old: "2", New: "4", Effect: "restart"}}},
		"an option less": {parts: []string{"flinkProperties"}, session: with("parallelism.default", ""), class: change.Runtime, job: compat.Full,
			changes: []change.Item{{What: "flinkProperties.parallelism.default", Old: "2", Effect: "restart"}}},
		"an option more": {parts: []string{"flinkProperties"}, session: with("rest.port", "1"), class: change.Runtime, job: compat.Full,
			changes: []change.Item{{What: "flinkProperties.rest.port", New: "1", Effect: "restart"}}},
		"an option of the plan": {parts: []string{"flinkProperties"}, session: with("table.exec.state.ttl", "2 h"), otherPlan: true, verdict: full, class: change.PlanOnly, job: compat.Full,
			changes: []change.Item{{What: "flinkProperties.table.exec.state.ttl", Old: "1 h", New: "2 h", Effect: "restart with the new plan"}, {What: "compiled plan", Effect: "restart with the new plan"}}},
		"an option that the plan does not hold": {parts: []string{"flinkProperties"}, session: with("table.exec.state.ttl", "2 h"), class: change.Runtime, job: compat.Full,
			changes: []change.Item{{What: "flinkProperties.table.exec.state.ttl", Old: "1 h", New: "2 h", Effect: "restart"}}},
		"a secret that was written out": {parts: []string{"flinkProperties"}, session: with("s3.secret-key", "hunter3"), class: change.Runtime, job: compat.Full,
			changes: []change.Item{{What: "flinkProperties.s3.secret-key", Old: "******", New: "******", Effect: "restart"}}},
		"another secret": {parts: []string{"flinkProperties"}, session: with("kafka.password", "${secret:OTHER}"), class: change.Runtime, job: compat.Full,
			changes: []change.Item{{What: "flinkProperties.kafka.password", Old: "${secret:KAFKA}", New: "${secret:OTHER}", Effect: "restart"}}},
		"memory": {parts: []string{"job-manager", "task-manager"}, class: change.Runtime, job: compat.Full,
			changes: []change.Item{{What: "job-manager", Effect: "restart"}, {What: "task-manager", Effect: "restart"}}},
		"max parallelism, with state": {parts: []string{"max-parallelism"}, session: with("pipeline.max-parallelism", "256"), class: change.Runtime, job: compat.Blocked, why: "128",
			changes: []change.Item{{What: "flinkProperties.pipeline.max-parallelism", Old: "128", New: "256", Effect: "restart"}}},
		"max parallelism, without state": {parts: []string{"max-parallelism"}, stateless: true, session: with("pipeline.max-parallelism", "256"), class: change.Runtime, job: compat.Full,
			changes: []change.Item{{What: "flinkProperties.pipeline.max-parallelism", Old: "128", New: "256", Effect: "restart"}}},
		"resources": {parts: []string{"resources"}, class: change.Resources, job: compat.Full,
			resources: []release.Resource{{Name: "udf.jar", Kind: "jar", SHA256: "bb"}, {Name: "new.txt", Kind: "file", SHA256: "dd"}},
			changes: []change.Item{
				{What: "resources.new.txt", New: "file dd", Effect: "restart"},
				{What: "resources.old.jar", Old: "jar cc", Effect: "restart"},
				{What: "resources.udf.jar", Old: "jar aa", New: "jar bb", Effect: "restart"},
			}},
		"long digests": {parts: []string{"resources"}, class: change.Resources, job: compat.Full,
			resources: []release.Resource{{Name: "udf.jar", Kind: "jar", SHA256: strings.Repeat("0123456789abcdef", 4)}, recorded.Resources[1]},
			changes:   []change.Item{{What: "resources.udf.jar", Old: "jar aa", New: "jar 0123456789ab", Effect: "restart"}}},
		"kind of a resource": {parts: []string{"resources"}, class: change.Resources, job: compat.Full,
			resources: []release.Resource{{Name: "udf.jar", Kind: "file", SHA256: "aa"}, recorded.Resources[1]},
			changes:   []change.Item{{What: "resources.udf.jar", Old: "jar aa", New: "file aa", Effect: "restart"}}},
		"the gateway plans in another way": {otherPlan: true, verdict: full, class: change.PlanOnly, job: compat.Full,
			changes: []change.Item{{What: "compiled plan", Effect: "restart with the new plan"}}},
		"another Flink, the same plan": {parts: []string{"flink-version"}, class: change.None, job: compat.Full,
			changes: []change.Item{{What: "flink-version", Effect: "none: it compiles to the same plan"}}},
		"the widest effect counts": {parts: []string{"description", "sql", "task-manager"}, otherPlan: true, verdict: full, class: change.Query, job: compat.Full,
			changes: []change.Item{
				{What: "description", Effect: "recorded; where a column carries it, another plan"}, {What: "sql", Effect: "another query"}, {What: "task-manager", Effect: "restart"},
			}},
	} {
		t.Run(name, func(t *testing.T) {
			old := &journal.Release{Inputs: map[string]string{}, Stateful: !c.stateless}
			inputs := change.Inputs{}
			for _, p := range c.parts {
				inputs[p] = "new"
			}
			wanted := release.Config{Session: recorded.Session, Resources: recorded.Resources}
			if c.session != nil {
				wanted.Session = c.session
			}
			if c.resources != nil {
				wanted.Resources = c.resources
			}
			got := change.Compare(old, recorded, &journal.Release{Inputs: inputs}, wanted, !c.otherPlan, c.verdict)
			if got.Class != c.class || got.Verdict != c.job || !strings.Contains(strings.Join(got.Why, "\n"), c.why) {
				t.Errorf("class %s, verdict %s, why %q", got.Class, got.Verdict, got.Why)
			}
			if got.AllowNonRestored != c.verdict.AllowNonRestored || len(got.Operators) != len(c.verdict.Operators) {
				t.Errorf("the verdict was not taken over: %+v", got)
			}
			if diff := cmp.Diff(c.changes, got.Items); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecompiled(t *testing.T) {
	worse := compat.Verdict{Job: compat.Blocked, Why: []string{"a literal that is kept"}}
	c := &change.Comparison{Class: change.Query, Verdict: compat.Full}
	c.Recompiled(compat.Verdict{Job: compat.Full}, "full")
	if c.Verdict != compat.Full || c.Why != nil || c.ApprovalID != "" {
		t.Errorf("%+v", c)
	}
	c.Recompiled(worse, "worse")
	if c.Verdict != compat.Blocked || len(c.Why) != 2 {
		t.Errorf("%+v", c)
	}
	c = &change.Comparison{Verdict: compat.Blocked, Why: []string{"the query's own reason"}}
	c.Recompiled(compat.Verdict{Job: compat.Full}, "full")
	if c.Verdict != compat.Blocked || len(c.Why) != 1 {
		t.Errorf("%+v", c)
	}
}

// An approval of the query's own change must not let through what the new meta makes
// worse, and holds where that makes no difference.
func TestRecompiledAfterApproval(t *testing.T) {
	for name, c := range map[string]struct {
		was      change.Comparison
		is       compat.Verdict
		approval string
		verdict  compat.Job
		takes    bool
		id       string
	}{
		"the same loss":          {change.Comparison{Verdict: compat.Partial, ApprovalID: "a"}, compat.Verdict{Job: compat.Partial}, "a", compat.Partial, true, "a"},
		"another loss":           {change.Comparison{Verdict: compat.Partial, ApprovalID: "a"}, compat.Verdict{Job: compat.Partial}, "b", compat.Partial, true, "b"},
		"now full":               {change.Comparison{Verdict: compat.Partial, ApprovalID: "a"}, compat.Verdict{Job: compat.Full}, "b", compat.Partial, true, "a"},
		"now in the way":         {change.Comparison{Verdict: compat.Partial, ApprovalID: "a"}, compat.Verdict{Job: compat.Blocked}, "b", compat.Blocked, false, "b"},
		"now asked":              {change.Comparison{Verdict: compat.Partial, ApprovalID: "a"}, compat.Verdict{Job: compat.Blocked, Approvable: true}, "b", compat.Blocked, true, "b"},
		"asked, now in the way":  {change.Comparison{Verdict: compat.Blocked, Approvable: true, ApprovalID: "a"}, compat.Verdict{Job: compat.Blocked}, "b", compat.Blocked, false, "b"},
		"in the way, now asked":  {change.Comparison{Verdict: compat.Blocked, ApprovalID: "a"}, compat.Verdict{Job: compat.Blocked, Approvable: true}, "b", compat.Blocked, false, "a"},
		"in the way, now partly": {change.Comparison{Verdict: compat.Blocked, ApprovalID: "a"}, compat.Verdict{Job: compat.Partial}, "b", compat.Blocked, false, "a"},
	} {
		c.was.Recompiled(c.is, c.approval)
		if c.was.Verdict != c.verdict || c.was.TakesApproval() != c.takes || c.was.ApprovalID != c.id {
			t.Errorf("%s: %+v", name, c.was)
		}
	}
}

func TestApprovalID(t *testing.T) {
	v := func(state compat.State, id string) compat.Verdict {
		return compat.Verdict{Operators: []compat.Operator{{Verdict: state, OperatorID: id}, {Verdict: compat.Kept, OperatorID: "k"}, {Verdict: compat.New, OperatorID: "n"}}}
	}
	id := change.ApprovalID("old", "new", v(compat.Dropped, "a"))
	if len(id) != 12 || id != change.ApprovalID("old", "new", v(compat.Dropped, "a")) {
		t.Errorf("%q is not one id", id)
	}
	kept := change.ApprovalID("old", "new", compat.Verdict{Operators: []compat.Operator{{Verdict: compat.Dropped, OperatorID: "a"}}})
	if id != kept {
		t.Error("what is kept or new is part of the id")
	}
	for name, other := range map[string]string{
		"old plan":     change.ApprovalID("older", "new", v(compat.Dropped, "a")),
		"new plan":     change.ApprovalID("old", "newer", v(compat.Dropped, "a")),
		"operator":     change.ApprovalID("old", "new", v(compat.Dropped, "b")),
		"verdict":      change.ApprovalID("old", "new", v(compat.KeptMixed, "a")),
		"nothing lost": change.ApprovalID("old", "new", compat.Verdict{}),
	} {
		if other == id {
			t.Errorf("another %s has the same id", name)
		}
	}
}
