package deploy_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/journal"
)

// What Flink repeats of a secret is not recorded.
func TestSecretsAreNotRecorded(t *testing.T) {
	t.Run("in the environment", func(t *testing.T) {
		t.Setenv("PTH", "division")
		testSecretIsNotRecorded(t, nil)
	})
	t.Run("in the job's own directory", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "PTH"), []byte("division\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		testSecretIsNotRecorded(t, map[string]string{launch.OptionSecretDir: dir})
	})
}

func testSecretIsNotRecorded(t *testing.T, options map[string]string) {
	synctest.Test(t, func(t *testing.T) {
		w := deploytest.New(t)
		crashes(w)
		job := deploytest.Job(second)
		job.FlinkProperties = map[string]string{"some.token": "${secret:PTH}"}
		maps.Copy(job.FlinkProperties, options)
		var told []string
		a := w.Applier()
		a.Progress = func(_ string, _ journal.Phase, text string) { told = append(told, text) }
		e, err := deploytest.Apply(t.Context(), a, job)
		if err != nil {
			t.Fatal(err)
		}
		if why := e.Savepoint.GivenUp; !strings.Contains(why, "${secret:PTH} by zero") {
			t.Errorf("the record has %q", why)
		}
		if all := strings.Join(told, "\n"); strings.Contains(all, "division") || !strings.Contains(all, "${secret:PTH} by zero") {
			t.Errorf("the story is\n%s", all)
		}
	})
}
