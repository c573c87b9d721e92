package compile_test

import (
	"fmt"
	"strings"
	"testing"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/compile"

	_ "gocloud.dev/blob/s3blob"
)

// TestStoreOnS3: a gateway with Flink's S3 file system writes the plan, we read it
// from the bucket, and nothing is left there.
func TestStoreOnS3(t *testing.T) {
	s3 := flinktest.S3(t)
	for _, e := range s3.Env() {
		k, v, _ := strings.Cut(e, "=")
		t.Setenv(k, v)
	}
	b, err := bucket.Open(t.Context(), s3.BucketURL(s3.Endpoint)+"&prefix=prod/")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	g := flinktest.Gateway(t, flinktest.GatewayOptions{Conf: s3.FlinkConf(s3.Endpoint), Plugins: []string{flinktest.S3Plugin(t)}})
	job, _ := write(t, fmt.Sprintf(selectJob, "dst"), nil)
	c := compile.New(client(t, g.URL), compile.Options{Handover: compile.Store, Bucket: b})
	r := mustCompile(t, c, compile.Input{Job: job, Meta: meta})
	if len(r.Plan.Sinks()) != 1 {
		t.Errorf("sinks %+v", r.Plan.Sinks())
	}
	if left, err := b.List(t.Context(), ""); err != nil || len(left) != 0 {
		t.Errorf("left in the bucket: %v, %v", left, err)
	}

	s3.Kill()
	if _, err := c.Compile(t.Context(), compile.Input{Job: job, Meta: meta}); err == nil || strings.Contains(err.Error(), "\n") ||
		!strings.HasPrefix(err.Error(), "orders: the gateway cannot write the compiled plan to s3://test/prod/staging/") {
		t.Errorf("with a dead store: %v", err)
	}
}
