package localize

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/release"
)

const content = "some content of a file"

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// server answers the nth request, counted from 1, by f.
func server(t *testing.T, f func(n int, w http.ResponseWriter)) string {
	var requests atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(int(requests.Add(1)), w) }))
	t.Cleanup(s.Close)
	return s.URL + "/x"
}

func fetcher() *Fetcher {
	return &Fetcher{Open: (&Sources{}).Open, Pause: time.Millisecond}
}

func TestDownloads(t *testing.T) {
	const idle = time.Second
	// Longer than idle, but it ends: the test's server waits for it.
	hang := func() { time.Sleep(3 * idle) }
	whole := func(w http.ResponseWriter) { fmt.Fprint(w, content) }
	cut := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, content)
	}
	for name, c := range map[string]struct {
		serve func(n int, w http.ResponseWriter)
		file  File
		want  string // of the error; empty: it arrives
	}{
		"whole": {serve: func(n int, w http.ResponseWriter) { whole(w) }, file: File{SHA256: strings.ToUpper(digestOf(content)), Size: int64(len(content))}},
		"cut off once": {serve: func(n int, w http.ResponseWriter) {
			map[bool]func(http.ResponseWriter){true: cut, false: whole}[n < 3](w)
		}},
		"always cut off": {serve: func(n int, w http.ResponseWriter) { cut(w) }, want: "EOF"},
		"errors first": {serve: func(n int, w http.ResponseWriter) {
			if n < 4 {
				w.WriteHeader(503)
			} else {
				whole(w)
			}
		}},
		"always errors": {serve: func(n int, w http.ResponseWriter) { w.WriteHeader(500) }, want: "500"},
		"not there": {serve: func(n int, w http.ResponseWriter) {
			if n > 1 {
				t.Error("asked again")
			}
			w.WriteHeader(404)
		}, want: "404"},
		"wrong once": {serve: func(n int, w http.ResponseWriter) {
			if n == 1 {
				fmt.Fprint(w, "x")
			} else {
				whole(w)
			}
		}, file: File{SHA256: digestOf(content)}},
		"always wrong": {serve: func(n int, w http.ResponseWriter) {
			if n > wrongAttempts {
				t.Error("asked too often")
			}
			fmt.Fprint(w, "x")
		}, file: File{SHA256: digestOf(content)}, want: "SHA-256"},
		"wrong size": {serve: func(n int, w http.ResponseWriter) { whole(w) }, file: File{Size: 3}, want: "should have 3"},
		"hangs":      {serve: func(n int, w http.ResponseWriter) { w.(http.Flusher).Flush(); hang() }, want: "nothing arrived for 1s"},
		"hangs midway": {serve: func(n int, w http.ResponseWriter) {
			fmt.Fprint(w, content)
			w.(http.Flusher).Flush()
			if n == 1 {
				hang()
			}
		}},
		"more than asked": {serve: func(n int, w http.ResponseWriter) {
			w.Header().Set("Transfer-Encoding", "chunked")
			whole(w)
			w.(http.Flusher).Flush()
			whole(w)
		}, file: File{Size: int64(len(content))}, want: "44 bytes arrived"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			c.file.URI = server(t, c.serve)
			f := fetcher()
			if strings.HasPrefix(name, "hangs") {
				f.Idle = idle
			}
			digest, err := f.To(context.Background(), root, "f", c.file)
			names, _ := os.ReadDir(dir)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || len(names) > 0 {
					t.Errorf("error %v, want %q; files %v", err, c.want, names)
				}
				return
			}
			data, _ := os.ReadFile(filepath.Join(dir, "f"))
			if err != nil || string(data) != content || digest != digestOf(content) || len(names) != 1 {
				t.Errorf("error %v, digest %s, content %q, files %v", err, digest, data, names)
			}
		})
	}
}

func TestBytesAreBounded(t *testing.T) {
	uri := server(t, func(n int, w http.ResponseWriter) { fmt.Fprint(w, content) })
	if _, err := fetcher().Bytes(context.Background(), File{URI: uri}, 5); !errors.Is(err, bucket.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}

func TestUnwritableDirectory(t *testing.T) {
	_, err := fetcher().Resources(context.Background(), "/proc/nowhere", []release.Resource{{Name: "a", Kind: release.KindFile, URI: "/etc/hosts"}}, DefaultLimits)
	if err == nil || !strings.Contains(err.Error(), "sql-driver.work-dir") {
		t.Errorf("error %v", err)
	}
}

func TestFullDisk(t *testing.T) {
	root, err := os.OpenRoot("/dev")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	full, err := root.OpenFile("full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full on this system")
	}
	defer full.Close()
	_, err = fetcher().stream(context.Background(), File{URI: "/etc/hosts"}, 1<<20, full)
	if err == nil || !final(err) || !strings.Contains(err.Error(), "no space") {
		t.Errorf("error %v", err)
	}
}

func TestManyDriversShareADirectory(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source.jar")
	if err := os.WriteFile(source, []byte(strings.Repeat(content, 100_000)), 0o644); err != nil {
		t.Fatal(err)
	}
	list := []release.Resource{{Name: "a.jar", Kind: release.KindJar, URI: source, SHA256: digestOf(strings.Repeat(content, 100_000))}, {Name: "b.jar", Kind: release.KindJar, URI: source}}
	done := make(chan error)
	for range 8 {
		go func() {
			paths, err := fetcher().Resources(context.Background(), filepath.Join(dir, "work"), list, DefaultLimits)
			if data, _ := os.ReadFile(paths["a.jar"]); err == nil && len(data) != 100_000*len(content) {
				err = errors.New("a.jar is not whole")
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	// Harm is noticed and mended.
	paths, _ := fetcher().Resources(context.Background(), filepath.Join(dir, "work"), list, DefaultLimits)
	if err := os.WriteFile(paths["a.jar"], []byte("harmed"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := fetcher().Resources(context.Background(), filepath.Join(dir, "work"), list, DefaultLimits); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(paths["a.jar"]); len(data) != 100_000*len(content) {
		t.Error("a.jar stayed harmed")
	}
}

func TestLocalPath(t *testing.T) {
	for uri, want := range map[string]string{
		"/a/b": "/a/b", "a/b": "a/b", "file:/a": "/a", "file:///a": "/a", "file:////a": "/a", "file://host/a": "", "s3://b/k": "", "file:a": "",
	} {
		if got := LocalPath(uri); got != want {
			t.Errorf("%s: %q, want %q", uri, got, want)
		}
	}
}
