package e2e

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// definite is what an answer that will not change may take: no minute of retries.
const definite = 20 * time.Second

// atOnce is how many commands wait for their stores at the same time.
const atOnce = 4

// TestBadStores shows buckets that cannot be used to commands that need one. The
// golden file has what they say.
func TestBadStores(t *testing.T) {
	reader := flinktest.S3User{AccessKey: "reader", SecretKey: "reader-secret"}
	nobody := flinktest.S3User{AccessKey: "nobody", SecretKey: "nobody-secret"}
	s3 := flinktest.S3(t, reader, nobody)
	s3.Allow(t, reader, "s3:GetObject", "s3:ListBucket")
	url := s3.BucketURL(s3.Endpoint)
	page := func(status int, kind, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	hangsUp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(hangsUp.Close)
	unknown := httptest.NewUnstartedServer(http.NotFoundHandler())
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0) // of refused handshakes
	unknown.StartTLS()
	t.Cleanup(unknown.Close)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "good.yaml"), []byte(endlessJob), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o644))
	must(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	owner := s3.Env()
	as := func(u flinktest.S3User) []string {
		return append(s3.Env(), "AWS_ACCESS_KEY_ID="+u.AccessKey, "AWS_SECRET_ACCESS_KEY="+u.SecretKey)
	}
	other := func(o flinktest.OtherS3) string { return s3.BucketURL(flinktest.S3Other(t, s3, o)) }
	cases := []struct {
		what, store string
		env         []string
		verb        string // init if empty; all open the store in the same way
	}{
		{"no rights at all", url, as(nobody), "apply good.yaml"},
		{"a bucket that nobody initialized", url, as(reader), "status"},
		{"a wrong secret key", url, append(s3.Env(), "AWS_SECRET_ACCESS_KEY=hunter2"), "status"},
		{"an unknown access key", url, append(s3.Env(), "AWS_ACCESS_KEY_ID=stranger"), "apply good.yaml"},
		{"no credentials", url, []string{"AWS_EC2_METADATA_DISABLED=true"}, "status"},
		{"another region", strings.Replace(url, s3.Region, "eu-north-1", 1), owner, ""},
		{"no such bucket", strings.Replace(url, "s3://"+s3.Bucket, "s3://absent", 1), owner, "status"},
		{"a name that is no bucket's", strings.Replace(url, "s3://"+s3.Bucket, "s3://No_Bucket", 1), owner, ""},
		{"nobody listens", s3.BucketURL("http://" + closedPort(t)), owner, ""},
		{"no such host", s3.BucketURL("http://nowhere.invalid"), owner, "apply good.yaml"},
		{"TLS where there is none", s3.BucketURL(strings.Replace(s3.Endpoint, "http:", "https:", 1)), owner, ""},
		{"a certificate that nobody knows", s3.BucketURL(unknown.URL), owner, ""},
		{"a web page", s3.BucketURL(page(200, "text/html", "<html><body>Welcome!</body></html>")), owner, "apply good.yaml"},
		{"a web page that is not found", s3.BucketURL(page(404, "text/html", "<html>not found</html>")), owner, ""},
		{"another program", s3.BucketURL(page(200, "application/json", `{"status":"ok"}`)), owner, "status"},
		{"it hangs up", s3.BucketURL(hangsUp.URL), owner, ""},
		{"no conditional create", other(flinktest.OtherS3{Careless: true}), owner, ""},
		{"a clock that cannot be followed", other(flinktest.OtherS3{Skew: time.Hour, Silent: true}), owner, "apply good.yaml"},
		{"an endpoint that is none", "s3://" + s3.Bucket + "?endpoint=::", owner, ""},
		{"an unknown parameter", url + "&acl=public", owner, "status"},
		{"a password in the URL", "s3://key:hunter2@" + s3.Bucket, owner, ""},
		{"no scheme", "bucket", owner, ""},
		{"a scheme of Hadoop's", "s3a://bucket", owner, ""},
		{"a file as directory", "file://" + dir + "/file", nil, "apply good.yaml"},
		{"below a file", "file://" + dir + "/file/store", nil, ""},
		{"a loop", "file://" + dir + "/loop/store", nil, "apply good.yaml"},
		{"a relative directory", "file://store", nil, ""},
	}
	said := make([]string, len(cases))
	var wg sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i, c := range cases {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			began := time.Now()
			args := strings.Fields(c.verb)
			if len(args) == 0 {
				args = []string{"init"}
			}
			r := refuseWith(t, dir, append(c.env, "SUBMITTER_STORE="+c.store), args...)
			if r.code != 1 && r.code != 2 || r.stdout != "" || strings.Contains(r.stderr, "hunter2") {
				t.Errorf("%s: exit %d\n%s%s", c.what, r.code, r.stdout, r.stderr)
			}
			if took := time.Since(began); took > definite {
				t.Errorf("%s: took %v", c.what, took)
			}
			readable(t, c.what, r.stderr)
			said[i] = fmt.Sprintf("== %s\n%d: %s", c.what, r.code, withoutAddresses(strings.NewReplacer(dir, "DIR", c.store, "STORE").Replace(r.stderr)))
		})
	}
	wg.Wait()
	golden(t, "stores", strings.Join(said, ""))
	if left := objects(t, s3); len(left) > 0 {
		t.Errorf("they left %v", left)
	}
}

// objects lists what is in the bucket.
func objects(t *testing.T, s3 *flinktest.S3Server) []string {
	t.Helper()
	root := filepath.Join(s3.Root, s3.Bucket)
	var keys []string
	must(t, filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if e != nil && e.IsDir() && strings.HasPrefix(e.Name(), ".sgwtmp") {
			return filepath.SkipDir // the server's own
		}
		if err == nil && !e.IsDir() {
			keys = append(keys, strings.TrimPrefix(path, root+"/"))
		}
		return err
	}))
	return keys
}

var (
	ownAddress = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	resolver   = regexp.MustCompile(`lookup nowhere.invalid[^;]*`) // each says it differently
	nonce      = regexp.MustCompile(`prove-[A-Z2-7]{26}`)
)

// withoutAddresses replaces what differs from run to run.
func withoutAddresses(text string) string {
	text = ownAddress.ReplaceAllString(text, "ADDRESS")
	text = resolver.ReplaceAllString(text, "lookup nowhere.invalid")
	return nonce.ReplaceAllString(text, "prove-NONCE")
}

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	port, err := flinktest.FreePort()
	must(t, err)
	return "127.0.0.1:" + strconv.Itoa(port)
}
