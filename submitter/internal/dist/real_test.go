package dist

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestInstallForReal puts Flink together from the real packages. The cache is
// the user's own, so only the first run downloads anything.
func TestInstallForReal(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	seen := ""
	home, err := Ensure(ctx, Options{Home: t.TempDir(), Progress: func(done, total int64, what string) {
		if what != seen {
			t.Logf("%3d%% %s", done*100/total, what)
			seen = what
		}
	}})
	if err != nil {
		t.Fatalf("%v\nthis test needs Flink in the cache (FLINK_SQL_CACHE) or the package registries", err)
	}
	if home.Note == "" {
		t.Error("an empty FLINK_HOME was passed over without a word")
	}
	if !home.HasS3() {
		t.Error("the distribution cannot open s3://")
	}
	java, err := FindJava(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	jars, err := filepath.Glob(filepath.Join(home.Dir, "lib", "*.jar"))
	if err != nil || len(jars) < 10 {
		t.Fatalf("lib/ holds %d jars: %v", len(jars), err)
	}
	cmd := exec.CommandContext(ctx, java.Path, "-cp", filepath.Join(home.Dir, "lib", "*"), "org.apache.flink.client.cli.CliFrontend", "--version")
	cmd.Env = append(os.Environ(), "FLINK_CONF_DIR="+filepath.Join(home.Dir, "conf"))
	out, err := cmd.CombinedOutput()
	if err != nil || !containsAll(string(out), "2.3.0") {
		t.Errorf("Flink says %q: %v", out, err)
	}
}
