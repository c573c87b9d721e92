//go:build linux

package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/gateway"
)

// TestRealS3 has the gateway write a plan to a bucket, the driver read it from
// there, and the job keep its checkpoints there, with nothing but endpoint and
// region in the options: the credentials are in the environment.
func TestRealS3(t *testing.T) {
	s3 := flinktest.S3(t)
	// Of the distribution that the submitter installs; another may lack the plugin.
	home, err := dist.Ensure(t.Context(), dist.Options{Home: t.TempDir()})
	if err != nil || !home.HasS3() {
		t.Fatalf("%+v, %v\nthis test needs Flink in the cache or the package registries", home, err)
	}
	base := realTarget(t).config
	base.Root, base.FlinkHome, base.FlinkVersion = filepath.Join(t.TempDir(), "s3"), home.Dir, home.Version
	base.Environ = append(base.Environ, s3.Env()...)
	base.Options = map[string]string{"s3.endpoint": s3.Endpoint, "s3.path-style-access": "true", "s3.region": s3.Region}
	on := fake(t, func(c *Config) { *c = base })

	url, err := on.Gateway(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := gateway.New(url, gateway.Options{})
	if err != nil {
		t.Fatal(err)
	}
	session, err := client.Open(t.Context(), "s3", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	bucket := "s3://" + s3.Bucket + "/"
	for _, statement := range []string{
		"CREATE TABLE src (k INT) WITH ('connector'='datagen','rows-per-second'='50')",
		"CREATE TABLE snk (k INT, n BIGINT) WITH ('connector'='blackhole')",
		"COMPILE PLAN '" + bucket + "plans/plan.json' FOR INSERT INTO snk SELECT k, COUNT(*) FROM src GROUP BY k",
	} {
		if _, err := session.Execute(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	objects := filepath.Join(s3.Root, s3.Bucket)
	options := map[string]string{"execution.checkpointing.interval": "500 ms", "execution.checkpointing.dir": bucket + "checkpoints"}
	l := released(t, "s3", filepath.Join(objects, "plans", "plan.json"), options)
	l.PlanURI, l.ConfigURI = bucket+"plans/plan.json", bucket+"plans/config.json"
	write(t, filepath.Join(objects, "plans", "config.json"), fmt.Sprintf(`{"version":%d,"run":{"plan":{}}}`, release.ConfigVersion))
	start(t, on, l)
	awaitReal(t, on, l.Ref, func() error {
		jm, err := on.JobManager(t.Context(), l.Ref)
		if err != nil {
			return err
		}
		c, err := jm.Checkpoints(t.Context(), l.JobID)
		if err == nil && c.Latest == nil {
			err = errors.New("no checkpoint yet")
		}
		return err
	})
	written, _ := filepath.Glob(filepath.Join(objects, "checkpoints", l.JobID, "chk-*", "_metadata"))
	if len(written) == 0 {
		t.Error("no checkpoint is in the bucket")
	}
	if err := on.Remove(t.Context(), l.Ref); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(on.config.Root, "run", l.ClusterID)); err == nil {
		t.Error("the run directory is still there")
	}
}
