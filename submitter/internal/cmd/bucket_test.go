package cmd_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

func credentials(t *testing.T, key, secret string) {
	t.Helper()
	for k, v := range map[string]string{
		"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": "us-east-1",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(k, v)
	}
}

// forgetful is an S3 server that pays no heed to If-None-Match, as some do.
type forgetful struct {
	mu      sync.Mutex
	objects map[string]string
}

func (f *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	text, found := f.objects[r.URL.Path]
	switch {
	case r.URL.Query().Has("list-type"):
		fmt.Fprint(w, `<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>`)
	case r.Method == http.MethodPut:
		f.objects[r.URL.Path] = string(body)
		w.Header().Set("ETag", `"x"`)
	case r.Method == http.MethodDelete:
		delete(f.objects, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	case !found:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `<Error><Code>NoSuchKey</Code></Error>`)
	default:
		w.Header().Set("ETag", `"x"`)
		fmt.Fprint(w, text)
	}
}

func s3URL(server *httptest.Server) string {
	return "s3://b?endpoint=" + server.URL + "&region=us-east-1&use_path_style=true"
}

// A bucket that cannot be relied on is refused before anything is started.
func TestBadBuckets(t *testing.T) {
	folder(t)
	write(t, "good.yaml", goodJob)
	credentials(t, "key", "hunter2")
	denied := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`)
	}))
	defer denied.Close()
	careless := httptest.NewServer(&forgetful{objects: map[string]string{}})
	defer careless.Close()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello</html>") }))
	defer page.Close()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no rights, init":       {[]string{"init", "--store", s3URL(denied)}, "the credentials need the right to list, read, write and delete"},
		"no rights, apply":      {[]string{"apply", "good.yaml", "--store", s3URL(denied)}, "the credentials need the right"},
		"no conditional create": {[]string{"init", "--store", s3URL(careless)}, "create-only writes do not work there"},
		"never initialized":     {[]string{"apply", "good.yaml", "--store", s3URL(careless)}, "run `submitter init` once"},
		"a web server":          {[]string{"apply", "good.yaml", "--store", s3URL(page)}, "bucket.json"},
		"a file as directory":   {[]string{"init", "--store", "file://" + filepath.Join(cwd(t), "good.yaml")}, "good.yaml"},
	} {
		r := try(t.Context(), c.args...)
		if r.code != 1 || r.out != "" || !strings.Contains(r.stderr, c.want) || strings.Contains(r.stderr, "hunter2") {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", name, r.code, r.out, r.stderr)
		}
	}
	if r := try(t.Context(), "doctor", "--store", s3URL(careless)); r.code != 1 || !strings.Contains(r.out, "FAIL  store") {
		t.Errorf("doctor: %+v", r)
	}
}

func cwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWrongCredentials(t *testing.T) {
	folder(t)
	write(t, "good.yaml", goodJob)
	s3 := flinktest.S3(t)
	store := s3.BucketURL(s3.Endpoint)
	credentials(t, s3.AccessKey, "hunter2")
	r := try(t.Context(), "init", "--store", store)
	if r.code != 1 || !strings.Contains(r.stderr, "check AWS_SECRET_ACCESS_KEY") || strings.Contains(r.stderr, "hunter2") {
		t.Errorf("wrong secret: %+v", r)
	}
	credentials(t, "nobody", s3.SecretKey)
	if r := try(t.Context(), "status", "--store", store); r.code != 1 || !strings.Contains(r.stderr, "check AWS_ACCESS_KEY_ID") {
		t.Errorf("wrong key: %+v", r)
	}
	credentials(t, s3.AccessKey, s3.SecretKey)
	if r := try(t.Context(), "init", "--store", store); r.code != 0 {
		t.Errorf("right credentials: %+v", r)
	}
	if r := try(t.Context(), "status", "--store", store); r.code != 0 {
		t.Errorf("right credentials: %+v", r)
	}
}

// stranger is a user who has no rights here: nobody.
const stranger = 65534

// A directory that may not be read or written is an error with the remedy. Root
// may everything, so the program runs as somebody else then.
func TestNoRights(t *testing.T) {
	dir, err := os.MkdirTemp("", "no-rights-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program := filepath.Join(dir, "submitter")
	copyProgram(t, program)
	write(t, filepath.Join(dir, "secret.yaml"), goodJob)
	write(t, filepath.Join(dir, "closed", "good.yaml"), goodJob)
	write(t, filepath.Join(dir, "good.yaml"), goodJob)
	for name, mode := range map[string]os.FileMode{".": 0o555, "submitter": 0o755, "secret.yaml": 0, "closed": 0} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755); os.Chmod(filepath.Join(dir, "closed"), 0o755) })
	for args, want := range map[string]struct {
		code int
		text string
	}{
		"validate secret.yaml": {2, "secret.yaml: may not be read: permission denied"},
		"validate closed":      {2, "closed: may not be read: permission denied"},
		"validate good.yaml":   {0, ""},
		"apply good.yaml":      {1, "give this user the right to read and write there"},
		"status":               {0, ""}, // nothing is there, and nothing is to be written
	} {
		c := exec.CommandContext(t.Context(), program, strings.Fields(args)...)
		c.Dir = dir
		c.Env = append(os.Environ(), "FLINK_HOME="+flinktest.Home(t))
		if os.Getuid() == 0 {
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
		}
		var stderr strings.Builder
		c.Stderr = &stderr
		_ = c.Run() // its exit code says it
		if code := c.ProcessState.ExitCode(); code != want.code || !strings.Contains(stderr.String(), want.text) {
			t.Errorf("%s: exit %d, stderr %q", args, code, stderr.String())
		}
	}
}

// copyProgram puts this test binary, which is the program under another name,
// where everybody may run it.
func copyProgram(t *testing.T, to string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// A store that never answers does not hold a command after Ctrl-C.
func TestInterruptedWhileTheStoreIsSilent(t *testing.T) {
	folder(t)
	credentials(t, "key", "secret")
	asked := make(chan struct{}, 100)
	end := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-end:
		}
	}))
	defer silent.Close()
	defer close(end)
	ctx, interrupt := context.WithCancel(t.Context())
	done := make(chan result, 1)
	go func() { done <- try(ctx, "status", "--store", s3URL(silent)) }()
	<-asked
	interrupt()
	select {
	case r := <-done:
		if r.code != 130 {
			t.Errorf("%+v", r)
		}
	case <-time.After(quick):
		t.Fatal("it does not end")
	}
}
