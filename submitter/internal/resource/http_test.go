package resource_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/resource"
)

const secret = "s3cret"

// fetched is what a resource behind a URL came to.
func fetched(t *testing.T, f *resource.Fetcher, url string) (resource.File, error) {
	t.Helper()
	file, err := f.Fetch(t.Context(), manifest.Resource{From: url, Kind: "jar", At: manifest.Position{File: "m.yaml", Line: 7}})
	if err != nil {
		for text := err; text != nil; text = errors.Unwrap(text) {
			if strings.Contains(text.Error(), secret) {
				t.Errorf("a secret is printed: %v", text)
			}
		}
		return file, err
	}
	data, rerr := os.ReadFile(file.Path)
	sum := sha256.Sum256(data)
	if rerr != nil || hex.EncodeToString(sum[:]) != file.SHA256 || file.Size != int64(len(data)) {
		t.Errorf("%+v: %v", file, rerr)
	}
	return file, nil
}

// command is a Fetcher as each command makes one.
func command(t *testing.T, dir string, change ...func(*resource.Fetcher)) *resource.Fetcher {
	t.Helper()
	f := &resource.Fetcher{Dir: dir, Idle: 5 * time.Second}
	for _, c := range change {
		c(f)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// server counts requests that it answers with a body.
type server struct {
	*httptest.Server
	asked, sent atomic.Int32
}

func serve(t *testing.T, h func(w http.ResponseWriter, r *http.Request)) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		c := &counter{ResponseWriter: w}
		h(c, r)
		if c.body {
			s.sent.Add(1)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

type counter struct {
	http.ResponseWriter
	body bool
}

func (c *counter) Write(p []byte) (int, error) { c.body = true; return c.ResponseWriter.Write(p) }
func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }
func (c *counter) Flush()                      { c.ResponseWriter.(http.Flusher).Flush() }
func (s *server) secretURL(path string) string {
	return strings.Replace(s.URL, "http://", "http://user:"+secret+"@", 1) + path + "?X-Amz-Signature=" + secret + "&token=" + secret
}

// content serves bytes as net/http's own file server does.
func content(etag string, data []byte) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
}

func TestUnchangedIsNotFetchedAgain(t *testing.T) {
	t.Parallel()
	long := time.Now().Add(-time.Hour)
	for name, c := range map[string]struct {
		h    func(http.ResponseWriter, *http.Request)
		sent int32 // by three commands, each for two jobs
	}{
		"strong ETag": {content(`"1"`, []byte("hello")), 1},
		"Last-Modified": {func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", long, strings.NewReader("hello"))
		}, 1},
		"changed within the second": {func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", time.Now(), strings.NewReader("hello"))
		}, 3},
		"nothing said": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }, 3},
		"ETag, conditions unknown": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Content-Length", "5")
			fmt.Fprint(w, "hello")
		}, 3}, // asked for thrice, but not read again
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := serve(t, c.h), t.TempDir()
			for range 3 {
				f := command(t, dir)
				for range 2 {
					if file, err := fetched(t, f, s.URL+"/a/x.jar?v=1"); err != nil || file.SHA256 != hello || file.Name != "x.jar" {
						t.Fatalf("%+v, %v", file, err)
					}
				}
			}
			if s.sent.Load() != c.sent || s.asked.Load() != 3 {
				t.Errorf("asked %d times, sent %d times", s.asked.Load(), s.sent.Load())
			}
		})
	}
}

func TestChangedIsFetchedAgain(t *testing.T) {
	t.Parallel()
	var version atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		v := version.Load()
		content(fmt.Sprintf(`"%d"`, v), fmt.Appendf(nil, "content %d", v))(w, r)
	})
	dir := t.TempDir()
	one := command(t, dir)
	first, err := fetched(t, one, s.URL+"/x.jar")
	if err != nil {
		t.Fatal(err)
	}
	version.Add(1)
	if again, err := fetched(t, one, s.URL+"/x.jar"); err != nil || again.SHA256 != first.SHA256 {
		t.Errorf("within one command: %+v, %v", again, err)
	}
	second, err := fetched(t, command(t, dir), s.URL+"/x.jar")
	if err != nil || second.SHA256 == first.SHA256 {
		t.Errorf("the next command: %+v, %v", second, err)
	}
	if data, err := os.ReadFile(first.Path); err != nil || string(data) != "content 0" {
		t.Errorf("what the first command uses: %q, %v", data, err)
	}
}

func TestExpectedDigestNeedsNoServer(t *testing.T) {
	t.Parallel()
	s, dir := serve(t, content("", []byte("hello"))), t.TempDir()
	for i := range 3 { // as signed URLs are: each time another one
		f := command(t, dir)
		file, err := f.Fetch(t.Context(), manifest.Resource{From: fmt.Sprintf("%s/x.jar?sig=%d", s.URL, i), SHA256: hello})
		if err != nil || file.SHA256 != hello {
			t.Fatalf("%+v, %v", file, err)
		}
	}
	if s.asked.Load() != 1 {
		t.Errorf("asked %d times", s.asked.Load())
	}
}

func TestDamagedCacheIsNoContent(t *testing.T) {
	t.Parallel()
	s, dir := serve(t, content(`"1"`, []byte("hello"))), t.TempDir()
	f := command(t, dir)
	for _, harm := range []func(file string) error{
		func(file string) error { return os.WriteFile(file, []byte("jello"), 0o600) },
		func(file string) error { return os.Truncate(file, 2) },
		os.Remove,
		func(file string) error { return os.RemoveAll(filepath.Dir(file)) },
		func(string) error { return os.RemoveAll(dir) },
	} {
		for _, f := range []*resource.Fetcher{f, command(t, dir)} {
			file, err := fetched(t, f, s.URL+"/x.jar")
			if err != nil || file.SHA256 != hello {
				t.Fatalf("%+v, %v", file, err)
			}
			if err := harm(file.Path); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestInterruptedIsContinued: a body breaks off again and again.
func TestInterruptedIsContinued(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789"), 30_000)
	for name, c := range map[string]struct {
		etag   func(n int32) string
		ranges bool   // the server knows them
		lie    string // Content-Range, instead of the right one
		whole  int32  // how often it is asked for from the start
		fails  bool
	}{
		"ETag and ranges":   {func(int32) string { return `"1"` }, true, "", 1, false},
		"no ranges":         {func(int32) string { return `"1"` }, false, "", 2, true},
		"no ETag":           {func(int32) string { return "" }, true, "", 4, true},
		"weak ETag":         {func(int32) string { return `W/"1"` }, true, "", 4, true},
		"another beginning": {func(int32) string { return `"1"` }, true, "bytes 0-299999/300000", 2, true},
		"another size":      {func(int32) string { return `"1"` }, true, "bytes 100000-299999/300001", 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n, whole atomic.Int32
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				etag := c.etag(n.Add(1))
				if etag != "" {
					w.Header().Set("ETag", etag)
				}
				from := 0
				if part := r.Header.Get("Range"); part != "" && c.ranges {
					if r.Header.Get("If-Range") != etag {
						t.Errorf("If-Range: %q", r.Header.Get("If-Range"))
					}
					fmt.Sscanf(part, "bytes=%d-", &from)
					said := fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data))
					if c.lie != "" {
						said = c.lie
					}
					w.Header().Set("Content-Range", said)
				}
				w.Header().Set("Content-Length", fmt.Sprint(len(data)-from))
				if from > 0 {
					w.WriteHeader(http.StatusPartialContent)
				} else {
					whole.Add(1)
				}
				rest := data[from:]
				w.Write(rest[:min(len(rest), 100_000)])
				w.(http.Flusher).Flush()
				if len(rest) > 100_000 {
					panic(http.ErrAbortHandler)
				}
			})
			file, err := fetched(t, command(t, t.TempDir()), s.secretURL("/x.jar"))
			switch {
			case c.fails && err == nil:
				t.Errorf("a part counts: %+v", file)
			case !c.fails && (err != nil || file.Size != int64(len(data))):
				t.Errorf("%+v, %v", file, err)
			case whole.Load() < c.whole:
				t.Errorf("asked %d times from the start", whole.Load())
			}
		})
	}
}

// TestContinuedByTheNextCommand: of another version nothing is kept.
func TestContinuedByTheNextCommand(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789"), 30_000)
	for _, same := range []bool{true, false} {
		t.Run(fmt.Sprint(same), func(t *testing.T) {
			t.Parallel()
			stalled, broken := make(chan struct{}), atomic.Bool{}
			broken.Store(true)
			var ranged atomic.Int32
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if broken.Load() {
					w.Header().Set("ETag", `"1"`)
					w.Header().Set("Content-Length", fmt.Sprint(len(data)))
					w.Write(data[:100_000])
					w.(http.Flusher).Flush()
					<-stalled
					return
				}
				if r.Header.Get("Range") == "bytes=100000-" {
					ranged.Add(1)
				}
				if same {
					content(`"1"`, data)(w, r)
				} else {
					content(`"2"`, bytes.ToUpper(bytes.Repeat([]byte("abcdefghij"), 30_000)))(w, r)
				}
			})
			defer close(stalled)
			dir := t.TempDir()
			_, err := fetched(t, command(t, dir, func(f *resource.Fetcher) { f.Idle = 300 * time.Millisecond }), s.secretURL("/x.jar"))
			if !errors.Is(err, resource.ErrStalled) || !strings.Contains(err.Error(), s.URL+"/x.jar") {
				t.Fatalf("%v", err)
			}
			broken.Store(false)
			file, err := fetched(t, command(t, dir), s.secretURL("/x.jar"))
			want := sha256.Sum256(data)
			if err != nil || file.Size != int64(len(data)) || (file.SHA256 == hex.EncodeToString(want[:])) != same || ranged.Load() != 1 {
				t.Errorf("%+v, %v, %d ranges", file, err, ranged.Load())
			}
		})
	}
}

// TestSilentServer: wherever it falls silent, the command ends.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	defer close(end)
	for name, h := range map[string]func(http.ResponseWriter, *http.Request){
		"no answer": func(http.ResponseWriter, *http.Request) { <-end },
		"no body":   func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); <-end },
		"half":      func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "half"); w.(http.Flusher).Flush(); <-end },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/next" {
				http.Redirect(w, r, "/next?sig="+secret, http.StatusFound)
				return
			}
			<-end
		},
	} {
		s := serve(t, h)
		_, err := fetched(t, command(t, t.TempDir(), func(f *resource.Fetcher) { f.Idle = 200 * time.Millisecond }), s.secretURL("/x.jar"))
		if !errors.Is(err, resource.ErrStalled) || !strings.Contains(err.Error(), s.URL+"/x.jar") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestServersThatLie(t *testing.T) {
	t.Parallel()
	raw := func(text string) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					c.Read(make([]byte, 4096))
					fmt.Fprint(c, text)
				}()
			}
		}()
		return "http://user:" + secret + "@" + l.Addr().String() + "/x.jar?sig=" + secret
	}
	for name, answer := range map[string]string{
		"longer than it is":            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
		"chunks break off":             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		"304 without a condition":      "HTTP/1.1 304 Not Modified\r\n\r\n",
		"206 without a range":          "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/9\r\nContent-Length: 5\r\n\r\nhello",
		"416 without a range":          "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n",
		"204":                          "HTTP/1.1 204 No Content\r\n\r\n",
		"404":                          "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello",
		"403":                          "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
		"hangs up":                     "",
		"no HTTP":                      "hello",
		"redirects nowhere":            "HTTP/1.1 302 Found\r\nLocation: http://h:" + secret + "/%zz?sig=" + secret + "\r\nContent-Length: 0\r\n\r\n",
		"redirects to what is unknown": "HTTP/1.1 302 Found\r\nLocation: gopher://u:" + secret + "@h/?sig=" + secret + "\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if file, err := fetched(t, command(t, dir), raw(answer)); err == nil {
				t.Errorf("%+v", file)
			}
		})
	}
	if _, err := fetched(t, command(t, t.TempDir()), "http://user:"+secret+"@127.0.0.1:1/x.jar?sig="+secret); err == nil {
		t.Error("nobody listens there")
	}
	if _, err := fetched(t, command(t, t.TempDir()), "http://user:"+secret+"@h:x/%zz.jar?sig="+secret); err == nil {
		t.Error("not a URL")
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]func(http.ResponseWriter, *http.Request){
		"said":     content(`"1"`, make([]byte, 1001)),
		"not said": func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); w.Write(make([]byte, 1001)) },
	} {
		s, dir := serve(t, h), t.TempDir()
		_, err := fetched(t, command(t, dir, func(f *resource.Fetcher) { f.MaxSize = 1000 }), s.secretURL("/x.jar"))
		if !errors.Is(err, resource.ErrTooLarge) || s.asked.Load() != 1 {
			t.Errorf("%s: %v, asked %d times", name, err, s.asked.Load())
		}
		if held := size(t, dir); held > 200 {
			t.Errorf("%s: %d bytes are left", name, held)
		}
		if _, err := fetched(t, command(t, dir, func(f *resource.Fetcher) { f.MaxSize = 1001 }), s.URL+"/x.jar"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func size(t *testing.T, dir string) (total int64) {
	t.Helper()
	err := filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// TestOneDownload: jobs of one command, and several commands, at once.
func TestOneDownload(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }) // no way to ask for changes
	dir := t.TempDir()
	held := make(chan struct{})
	slow := serve(t, func(w http.ResponseWriter, r *http.Request) { <-held; content(`"1"`, []byte("hello"))(w, r) })
	var all sync.WaitGroup
	for range 4 {
		f := command(t, dir)
		for range 4 {
			all.Go(func() {
				if _, err := fetched(t, f, slow.URL+"/x.jar"); err != nil {
					t.Error(err)
				}
			})
		}
	}
	if _, err := fetched(t, command(t, dir), s.URL+"/x.jar"); err != nil { // another URL does not wait
		t.Error(err)
	}
	for slow.asked.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(held)
	all.Wait()
	if slow.sent.Load() != 1 {
		t.Errorf("sent %d times", slow.sent.Load())
	}
}

func TestWaitingForADownloadEnds(t *testing.T) {
	t.Parallel()
	held := make(chan struct{})
	s := serve(t, func(http.ResponseWriter, *http.Request) { <-held })
	dir := t.TempDir()
	done := make(chan error, 1)
	go func() {
		_, err := command(t, dir).Fetch(context.WithoutCancel(t.Context()), manifest.Resource{From: s.URL + "/x.jar"})
		done <- err
	}()
	for s.asked.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := command(t, dir).Fetch(ctx, manifest.Resource{From: s.secretURL("/x.jar")}); err == nil {
		t.Error("nothing was interrupted")
	}
	if _, err := command(t, dir).Fetch(ctx, manifest.Resource{From: s.URL + "/x.jar"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	close(held)
	<-done
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		content(`"1"`, append([]byte(r.URL.Path), make([]byte, 1000)...))(w, r)
	})
	dir := t.TempDir()
	small := func(f *resource.Fetcher) { f.MaxCache = 2500 }
	old := filepath.Join(dir, strings.Repeat("0", 64), "of-an-older-version.jar")
	if err := errors.Join(os.MkdirAll(filepath.Dir(old), 0o755), os.WriteFile(old, make([]byte, 1000), 0o600)); err != nil {
		t.Fatal(err)
	}
	user := command(t, dir, small)
	used, err := fetched(t, user, s.URL+"/used")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for i := range 5 {
		f := command(t, dir, small)
		file, err := fetched(t, f, fmt.Sprintf("%s/%d", s.URL, i))
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		files = append(files, file.Path)
	}
	there := func(file string) bool { _, err := os.Stat(file); return err == nil }
	if !there(used.Path) || !there(files[4]) || there(files[2]) || there(old) {
		t.Errorf("used %v, newest %v, older %v, of an older version %v", there(used.Path), there(files[4]), there(files[2]), there(old))
	}
	if held := size(t, dir); held > 3500 {
		t.Errorf("%d bytes", held)
	}
	user.Close()
	if _, err := fetched(t, command(t, dir, small), s.URL+"/last"); err != nil || there(used.Path) {
		t.Errorf("%v; nobody uses it any more: there %v", err, there(used.Path))
	}
	// What is in use may be more than the bound.
	greedy := command(t, dir, small)
	for i := range 4 {
		if _, err := fetched(t, greedy, fmt.Sprintf("%s/%d", s.URL, i)); err != nil {
			t.Error(err)
		}
	}
}
