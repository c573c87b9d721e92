package apply_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/apply"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/resource"
)

const (
	feeding = "functions/mask-as-key" // mask before a group aggregate
	behind  = "functions/mask-behind"
)

// defining is a job on a recorded plan with a definition of mask in its table
// definitions.
func defining(planName, statement string) *manifest.Job {
	job := deploytest.Job(planName)
	job.TableDefinitions = []manifest.Source{{Text: statement}}
	return job
}

// given is an applier whose gateway has the job's definitions run by the cluster, and
// whose jobs ship files.
func given(w *deploytest.World, files ...resource.File) *apply.Applier {
	a := w.Applier()
	compile := a.Compile
	a.Compile = func(ctx context.Context, requests []apply.Request) []apply.Result {
		results := compile(ctx, requests)
		for i, r := range requests {
			for _, d := range r.Job.TableDefinitions {
				results[i].Init = append(results[i].Init, d.Text)
			}
		}
		return results
	}
	a.Files = func(context.Context, *manifest.Job) ([]resource.File, error) { return files, nil }
	return a
}

// config is what the newest launch was started with.
func config(w *deploytest.World, e *journal.Entry) release.Config {
	w.Helper()
	c, err := release.Open(w.Context(), w.Bucket, deploytest.Name, e.Release.Digest)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

const (
	classA = "CREATE TEMPORARY FUNCTION mask AS 'demo.Mask'"
	classB = "CREATE TEMPORARY FUNCTION mask AS 'demo.MaskB'"
)

// TestDefinitionIsDeployed: another class behind state is a restart that keeps all
// state, and the old one comes back with the old manifest.
func TestDefinitionIsDeployed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		deploy := func(statement string) *journal.Entry {
			t.Helper()
			e, err := deploytest.Apply(t.Context(), given(w), defining(behind, statement))
			if err != nil {
				t.Fatal(err)
			}
			return w.Want(e, journal.Committed)
		}
		first := deploy(classA)
		for i, c := range []struct {
			statement string
			launch    uint64
		}{{"create temporary function mask /* same */ as 'demo.Mask'", 1}, {classB, 2}, {classB, 2}, {classA, 3}} {
			e := deploy(c.statement)
			if e.Launch.Number != c.launch {
				t.Errorf("%d: launch %d, want %d", i, e.Launch.Number, c.launch)
			}
			if init := config(w, e).Init; c.launch > 1 && !slices.Equal(init, []string{c.statement}) {
				t.Errorf("%d: what runs is %q", i, init)
			}
			if e.Meta.QueryVersion != first.Meta.QueryVersion {
				t.Errorf("%d: query version %d", i, e.Meta.QueryVersion)
			}
		}
		if e := w.Record(); e.Release.Digest != first.Release.Digest {
			t.Errorf("the old manifest makes release %s, it was %s", e.Release.Digest, first.Release.Digest)
		}
	})
}

// TestDefinitionBeforeState: the job runs on untouched until that very change is
// approved.
func TestDefinitionBeforeState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		if _, err := deploytest.Apply(t.Context(), given(w), defining(feeding, classA)); err != nil {
			t.Fatal(err)
		}
		s := assess(t, given(w), defining(feeding, classB))
		if s.Decision.Kind != change.Blocked || !strings.Contains(strings.Join(s.Decision.Why, "\n"), "demo.MaskB") || s.Comparison.ApprovalID == "" {
			t.Fatalf("%+v", s.Decision)
		}
		approved := given(w)
		approved.Policy.Approve = []string{s.Comparison.ApprovalID}
		if other := assess(t, approved, defining(feeding, "CREATE TEMPORARY FUNCTION mask AS 'demo.MaskC'")); other.Decision.Kind != change.Blocked {
			t.Errorf("another class is approved with it: %+v", other.Decision)
		}
		e, err := deploytest.Apply(t.Context(), approved, defining(feeding, classB))
		if err != nil {
			t.Fatal(err)
		}
		if w.Want(e, journal.Committed); e.Launch.Restored == "" || e.Launch.Number != 2 {
			t.Errorf("%+v", e.Launch)
		}
		clean := given(w)
		clean.Policy.Clean = true
		if s := assess(t, clean, defining(feeding, classA)); s.Decision.Kind != change.Upgrade || s.Decision.From != change.FromNothing {
			t.Errorf("--clean: %+v", s.Decision)
		}
	})
}

// TestRecordedButNotDeployed: records of an earlier version say that a definition was
// compared which never reached the cluster. The next apply deploys it, and so does one
// with --refresh; a job that defines nothing is left alone.
func TestRecordedButNotDeployed(t *testing.T) {
	for name, c := range map[string]struct {
		refresh, marked bool
		want            change.Kind
	}{
		"apply":                          {want: change.Upgrade},
		"--refresh":                      {refresh: true, marked: true, want: change.Upgrade},
		"a record of this version is up": {marked: true, want: change.Nothing},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := deploytest.New(t)
			e, err := deploytest.Apply(t.Context(), given(w), defining(behind, classA))
			if err != nil {
				t.Fatal(err)
			}
			spoiled := *e
			spoiled.Number++
			inputs := change.InputsOf(defining(behind, classB), nil)
			if !c.marked {
				delete(inputs, change.PartDefined)
			}
			spoiled.Release.Inputs = inputs
			hold, err := journal.New(w.Bucket).Take(t.Context(), &spoiled)
			if err != nil {
				t.Fatal(err)
			}
			hold.Release()
			a := given(w)
			a.Policy.Refresh = c.refresh
			if s := assess(t, a, defining(behind, classB)); s.Decision.Kind != c.want {
				t.Errorf("%s: %+v", name, s.Decision)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		w.MustApply(deploytest.Job(first))
		decides(t, w, deploytest.Job(first), change.Nothing, "no change")
	})
}

// TestReplacedJar: a restart runs what the release holds, whatever lies on disk; apply
// deploys the new content, and the old file brings the old release back.
func TestReplacedJar(t *testing.T) {
	jar := func(content string) resource.File {
		path := filepath.Join(t.TempDir(), "my.jar")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(content))
		return resource.File{Name: "my.jar", Kind: release.KindFile, Path: path, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content))}
	}
	statement := "CREATE TEMPORARY FUNCTION mask AS 'demo.Mask' USING JAR '${resource:my.jar}'"
	aa, bb := jar("aa"), jar("bb")
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		deploy := func(f resource.File) *journal.Entry {
			t.Helper()
			e, err := deploytest.Apply(t.Context(), given(w, f), defining(behind, statement))
			if err != nil {
				t.Fatal(err)
			}
			return w.Want(e, journal.Committed)
		}
		first := deploy(aa)
		if s := assess(t, given(w, bb), defining(behind, statement)); s.Decision.Kind != change.Upgrade || len(s.Comparison.Items) != 1 ||
			!strings.HasSuffix(s.Comparison.Items[0].New, "my.jar "+bb.SHA256[:12]) {
			t.Errorf("%+v %+v", s.Decision, s.Comparison.Items)
		}
		restarted, err := deploytest.Wish(t.Context(), given(w, bb), apply.Wish{Restart: true})
		if err != nil {
			t.Fatal(err)
		}
		if restarted.Launch.Number != 2 || config(w, restarted).Resources[0].SHA256 != aa.SHA256 {
			t.Errorf("restart runs %+v", config(w, restarted).Resources)
		}
		if e := deploy(bb); e.Launch.Number != 3 || config(w, e).Resources[0].SHA256 != bb.SHA256 {
			t.Errorf("apply runs %+v", config(w, e).Resources)
		}
		if e := deploy(aa); e.Launch.Number != 4 || e.Release.Digest != first.Release.Digest {
			t.Errorf("the old file makes release %s", e.Release.Digest)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		if _, err := deploytest.Apply(t.Context(), given(w, aa), defining(feeding, statement)); err != nil {
			t.Fatal(err)
		}
		if s := assess(t, given(w, bb), defining(feeding, statement)); s.Decision.Kind != change.Blocked || s.Comparison.ApprovalID == "" {
			t.Errorf("before state: %+v", s.Decision)
		}
	})
}
