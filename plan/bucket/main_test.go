package bucket_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	_ "gocloud.dev/blob/azureblob"
	_ "gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/memblob"
	_ "gocloud.dev/blob/s3blob"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/bucket"
)

// server is the S3 server of all tests in this binary.
var server struct {
	once sync.Once
	*flinktest.S3Server
	err error
}

func TestMain(m *testing.M) {
	// No test may depend on, or reach, what the machine is configured for.
	for _, name := range []string{"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"} {
		os.Unsetenv(name)
	}
	os.Setenv("AWS_CONFIG_FILE", os.DevNull)
	os.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	code := m.Run()
	if server.S3Server != nil {
		server.Stop()
	}
	os.Exit(code)
}

// s3 returns the shared server. Credentials are set for the whole binary.
func s3(t *testing.T) *flinktest.S3Server {
	t.Helper()
	server.once.Do(func() {
		if server.S3Server, server.err = flinktest.StartS3(); server.err != nil {
			return
		}
		os.Setenv("AWS_ACCESS_KEY_ID", server.AccessKey)
		os.Setenv("AWS_SECRET_ACCESS_KEY", server.SecretKey)
	})
	if server.err != nil {
		t.Fatal(server.err)
	}
	return server.S3Server
}

// s3URL is a prefix of the shared server's bucket for one test.
func s3URL(t *testing.T, endpoint string) string {
	return fmt.Sprintf("s3://%s?prefix=%s/&endpoint=%s", s3(t).Bucket, url.QueryEscape(strings.ReplaceAll(t.Name(), "/", "-")), endpoint)
}

func open(t *testing.T, url string) *bucket.Bucket {
	t.Helper()
	b, err := bucket.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// everywhere runs a test on each kind of store.
func everywhere(t *testing.T, test func(*testing.T, *bucket.Bucket)) {
	for kind, url := range map[string]string{
		"file": "file://" + t.TempDir() + "/new/dir",
		"mem":  "mem://?prefix=p/",
		"s3":   s3URL(t, s3(t).Endpoint),
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, url))
		})
	}
}
