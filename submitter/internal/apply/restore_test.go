package apply_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/plan/savepoint"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/manifest"
)

// TestNamedSavepoint is looked at before anything is started from it.
func TestNamedSavepoint(t *testing.T) {
	bad := func(w *deploytest.World) string {
		return put(t, filepath.Join(w.Dir, "bad"), []byte("no savepoint"))
	}
	real := func(w *deploytest.World) string { return put(t, filepath.Join(w.Dir, "sp"), w.Target.Metadata) }
	fits := func(t *testing.T) *savepoint.Savepoint { return heldOf(t, first) }
	other := func(t *testing.T) *savepoint.Savepoint {
		s := heldOf(t, first)
		s.Operators = append(s.Operators, foreign(savepoint.KindKeyed, 5))
		return s
	}
	none := func(*testing.T) *savepoint.Savepoint { return &savepoint.Savepoint{Kind: "savepoint"} }
	const unknown = "of which plan that savepoint was taken is not known"
	for name, c := range map[string]struct {
		path    func(*deploytest.World) string
		held    func(*testing.T) *savepoint.Savepoint // nil: what is there is read
		refused string
		warns   string
	}{
		"nothing there":    {path: func(w *deploytest.World) string { return w.Dir + "/nowhere/sp" }, refused: "is no savepoint: there is no _metadata in it"},
		"no savepoint":     {path: bad, refused: "it is not a _metadata file"},
		"of another query": {path: real, refused: "`submitter savepoint inspect "},
		"fits":             {path: real, held: fits, warns: unknown},
		"the file itself":  {path: func(w *deploytest.World) string { return "file://" + real(w) + "/_metadata" }, held: fits, warns: unknown},
		"slashes":          {path: func(w *deploytest.World) string { return "file://" + strings.Replace(real(w), "/sp", "///sp//", 1) }, warns: "", refused: "does not fit"},
		"more than fits":   {path: real, held: other, refused: "99_join"},
		"less than fits":   {path: real, held: none, refused: "the savepoint has 0 operators of the kind group-aggregate, the query 1"},
		"out of sight":     {path: func(*deploytest.World) string { return "hdfs://name-node/sp" }, warns: "cannot be looked at from here"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := deploytest.New(t)
				a := w.Applier()
				a.Inspect = a.ReadSavepoint
				if c.held != nil {
					a.Inspect = func(context.Context, string) (*savepoint.Savepoint, error) { return c.held(t), nil }
				}
				job := deploytest.Job(first)
				job.Restore = c.path(w)
				all, err := a.Assess(t.Context(), []*manifest.Job{job})
				if err != nil {
					t.Fatal(err)
				}
				s := all[0]
				switch {
				case c.refused != "":
					if s.Err == nil || !strings.HasPrefix(s.Err.Error(), "orders.yaml:1: restore: ") || !strings.Contains(s.Err.Error(), c.refused) {
						t.Errorf("%v, want %q", s.Err, c.refused)
					}
				case s.Err != nil || s.Decision.Kind != change.Launch || s.Decision.From != change.FromNamed:
					t.Errorf("%v, %+v", s.Err, s.Decision)
				}
				if got := fmt.Sprint(s.Decision.Warnings); (len(s.Decision.Warnings) > 0) != (c.warns != "") || !strings.Contains(got, c.warns) {
					t.Errorf("warnings %s, want %q", got, c.warns)
				}
				if _, err := os.Stat(w.Dir + "/nowhere"); err == nil {
					t.Error("looking made a directory")
				}
			})
		})
	}
}

// put makes a savepoint's directory and returns it.
func put(t *testing.T, dir string, metadata []byte) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "_metadata"), metadata, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
