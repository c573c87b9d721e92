package flinktest

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/s3blob"
)

func TestFindHomeRefusesWhatIsNoFlink(t *testing.T) {
	for name, home := range map[string]string{"unset": "", "empty directory": t.TempDir(), "absent": "/nonexistent"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("FLINK_HOME", home)
			_, err := FindHome()
			if err == nil || !strings.Contains(err.Error(), "submitter local install") {
				t.Errorf("error %v does not give the remedy", err)
			}
		})
	}
}

func TestFindHomeRefusesFlink1(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "lib"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "lib", "flink-dist-1.20.3.jar"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FLINK_HOME", home)
	if _, err := FindHome(); err == nil || !strings.Contains(err.Error(), "1.20.3 is not Flink 2.x") {
		t.Errorf("got %v", err)
	}
}

func TestGatewayRestartsAtItsAddress(t *testing.T) {
	g := Gateway(t, GatewayOptions{})
	pid := g.PID
	g.Kill()
	if err := get(g.URL + "/info"); err == nil {
		t.Error("a killed gateway answers")
	}
	if err := g.Restart(); err != nil {
		t.Fatal(err)
	}
	if g.PID == pid {
		t.Error("same process after a restart")
	}
}

func TestStandaloneJobServesREST(t *testing.T) {
	j := StandaloneJob(t, "CREATE TABLE s (a INT) WITH ('connector'='datagen','rows-per-second'='1');\n"+
		"CREATE TABLE d (a INT) WITH ('connector'='blackhole');\nINSERT INTO d SELECT a FROM s;\n", nil)
	err := j.JobManager.await("job", startTimeout, func() error { return get(j.URL + "/jobs/" + j.JobID) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestS3AndItsFaults(t *testing.T) {
	s := S3(t)
	for _, e := range s.Env() {
		k, v, _ := strings.Cut(e, "=")
		t.Setenv(k, v)
	}
	proxy := S3Fault(t, s.Endpoint)
	ctx := context.Background()
	bucket, err := blob.OpenBucket(ctx, s.BucketURL(proxy.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer bucket.Close()

	// The server acts, the reply is lost, the SDK asks again: the object is there.
	proxy.Add(Fault{Match: Key(http.MethodPut, "/k"), Times: 1, DropReply: true})
	if err := bucket.WriteAll(ctx, "k", []byte("hello"), nil); err != nil {
		t.Fatal(err)
	}
	// The SDK retries a 503 by itself; 403 is final.
	proxy.Add(Fault{Match: Key(http.MethodGet, "/k"), Times: 1, Status: http.StatusServiceUnavailable})
	if b, err := bucket.ReadAll(ctx, "k"); err != nil || string(b) != "hello" {
		t.Fatalf("read %q, %v", b, err)
	}
	proxy.Add(Fault{Status: http.StatusForbidden})
	if _, err := bucket.ReadAll(ctx, "k"); err == nil {
		t.Error("read through a 403")
	}
	proxy.Clear()
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if b, err := bucket.ReadAll(ctx, "k"); err != nil || string(b) != "hello" {
		t.Errorf("after a restart: read %q, %v", b, err)
	}
	if got := strings.Join(proxy.Requests(), "\n"); !strings.Contains(got, "PUT /test/k") {
		t.Errorf("requests:\n%s", got)
	}
}

func TestPostgresSnapshotShowsEveryWrite(t *testing.T) {
	s := Postgres(t)
	s.Query(t, "CREATE TABLE t (a INT)")
	before := s.Snapshot(t)
	if again := s.Snapshot(t); again != before {
		t.Errorf("two snapshots differ and nothing was written:\n%s\n%s", before, again)
	}
	for _, write := range []string{
		"CREATE DATABASE other", "BEGIN; INSERT INTO t VALUES (8); ROLLBACK",
	} {
		s.Query(t, write)
		after := s.Snapshot(t)
		if after == before {
			t.Errorf("%s does not show", write)
		}
		before = after
	}
	s.Stop()
	if _, err := os.Stat(s.data); !os.IsNotExist(err) {
		t.Errorf("the server's files are still there: %v", err)
	}
}
