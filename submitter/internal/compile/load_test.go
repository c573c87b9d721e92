package compile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan"
	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/gateway"
)

// TestLoad shows a real gateway plans as they are to run, by both ways there are.
func TestLoad(t *testing.T) {
	job, _ := write(t, fmt.Sprintf(selectJob, "dst"), nil)
	in := compile.Input{Job: job, Meta: meta}
	b := &dirBucket{dir: t.TempDir()}
	for _, c := range []*compile.Compiler{
		compiler(t, compile.Options{}),
		compiler(t, compile.Options{Handover: compile.Store, Bucket: b}),
	} {
		compiled := mustCompile(t, c, in).Plan
		const far = 1000
		shifted, err := plan.Shift(compiled, far)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Load(t.Context(), in, shifted.Bytes()); err != nil {
			t.Errorf("a good plan: %v", err)
		}
		text := string(shifted.Bytes())
		for name, broken := range map[string][2]string{
			"another version": {`"flinkVersion":"2.3"`, `"flinkVersion":"9.9"`},
			"unknown field":   {`"flinkVersion"`, `"x":1,"flinkVersion"`},
			"unknown node":    {`"stream-exec-calc_1"`, `"stream-exec-calc_9"`},
			"unknown type":    {`INT`, `INTE`},
		} {
			if !strings.Contains(text, broken[0]) {
				t.Fatalf("%s: the plan has no %s", name, broken[0])
			}
			err := c.Load(t.Context(), in, []byte(strings.Replace(text, broken[0], broken[1], 1)))
			var refused *compile.LoadError
			var trace *gateway.Error
			if !errors.As(err, &refused) || !errors.As(err, &trace) || trace.Trace == "" {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if s := err.Error(); strings.Contains(s, "\n") || !strings.HasPrefix(s, "orders: Flink 2.3.0 cannot load the plan") || refused.Cause == "" {
				t.Errorf("%s: %s", name, s)
			}
		}
	}
	if left, err := os.ReadDir(filepath.Join(b.dir, "staging")); err != nil || len(left) > 0 {
		t.Errorf("left in the store: %v, %v", left, err)
	}
}

// TestLoadWithFunctions: what a plan only names is there when it is loaded.
func TestLoadWithFunctions(t *testing.T) {
	jar := flinktest.Jar(t, map[string]string{"Shout.java": upper})
	job, _ := write(t, `name: orders
table-definitions: [tables.sql]
resources:
  - {name: shout, jar: shout.jar}
sql: |
  CREATE FUNCTION shout AS 'example.Shout' USING JAR '${resource:shout}';
  INSERT INTO dst SELECT a, shout(b) FROM src;
`, map[string]string{"shout.jar": ""})
	in := compile.Input{Job: job, Meta: meta, Resources: []compile.Resource{{Name: "shout", Jar: true, URI: "file://" + jar}}}
	c := compiler(t, compile.Options{})
	if err := c.Load(t.Context(), in, mustCompile(t, c, in).Raw); err != nil {
		t.Error(err)
	}
}

func TestLoadByQueryIsNotPossible(t *testing.T) {
	job, _ := write(t, fmt.Sprintf(selectJob, "dst"), nil)
	err := compiler(t, compile.Options{Handover: compile.Query}).Load(t.Context(), compile.Input{Job: job, Meta: meta}, []byte("{}"))
	if !errors.Is(err, compile.ErrUnseen) {
		t.Errorf("%v", err)
	}
}

// TestLoadOfWhatTheGatewayDoesNotSee: a plan that is not there is no success.
func TestLoadOfWhatTheGatewayDoesNotSee(t *testing.T) {
	job, _ := write(t, fmt.Sprintf(selectJob, "dst"), nil)
	c := compiler(t, compile.Options{Handover: compile.Store, Bucket: blind{&dirBucket{dir: t.TempDir()}}})
	var refused *compile.LoadError
	if err := c.Load(t.Context(), compile.Input{Job: job, Meta: meta}, []byte("{}")); !errors.As(err, &refused) || !strings.Contains(err.Error(), "flink-sql-driver-none") {
		t.Errorf("%v", err)
	}
}

// blind is a store that the gateway does not see.
type blind struct{ *dirBucket }

func (blind) URI(key string) string { return "file:///nowhere/" + key }
