package resource_test

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "gocloud.dev/blob/s3blob"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/bucket"
)

// TestS3: an object is downloaded once, continued where it broke off, and never mixed
// of two versions.
func TestS3(t *testing.T) {
	s3 := flinktest.S3(t)
	proxy := flinktest.S3Fault(t, s3.Endpoint)
	for _, v := range s3.Env() {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	t.Setenv("AWS_ENDPOINT_URL", proxy.URL)
	b, err := bucket.Open(t.Context(), s3.BucketURL(s3.Endpoint))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	gets := func() (n int) {
		for _, r := range proxy.Requests() {
			if strings.HasPrefix(r, http.MethodGet+" ") && strings.Contains(r, "/x.jar") {
				n++
			}
		}
		return n
	}
	write := func() []byte {
		data := make([]byte, 300_000)
		rand.Read(data)
		if err := b.Write(t.Context(), "lib/x.jar", data); err != nil {
			t.Fatal(err)
		}
		return data
	}
	uri, dir := "s3://"+s3.Bucket+"/lib/x.jar", t.TempDir()
	fetch := func(want []byte, most int) {
		t.Helper()
		before := gets()
		file, err := fetched(t, command(t, dir), uri)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file.Path); err != nil || !bytes.Equal(got, want) || file.Name != "x.jar" {
			t.Errorf("%+v, %v: another content", file, err)
		}
		if n := gets() - before; n != most {
			t.Errorf("%d GETs, want %d", n, most)
		}
	}
	first := write()
	fetch(first, 1)
	fetch(first, 0)
	fetch(write(), 1)
	cut := flinktest.Fault{Match: flinktest.Key(http.MethodGet, "/x.jar"), Times: 1, Truncate: 200_000}
	proxy.Add(cut)
	fetch(write(), 2)
	proxy.Clear()
	cut.Times, cut.Truncate = 0, 50_000
	proxy.Add(cut)
	write()
	if file, err := fetched(t, command(t, dir), uri); err == nil {
		t.Errorf("a part counts: %+v", file)
	}
	if parts, err := filepath.Glob(filepath.Join(dir, "*", "part")); err != nil || len(parts) != 1 {
		t.Errorf("parts: %v, %v", parts, err)
	}
	proxy.Clear()
	fetch(write(), 1) // another version since: nothing of the part is used
	if _, err := fetched(t, command(t, dir), "s3://"+s3.Bucket+"/lib/none.jar"); err == nil {
		t.Error("there is none")
	}
}
