package dist

import (
	"archive/zip"
	"bytes"
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
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func containsAll(s string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}

func sha(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

type zipEntry struct {
	name string
	mode os.FileMode
	data string
}

func zipOf(t *testing.T, entries ...zipEntry) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(e.mode)
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// registry is a package index and a Maven repository that can misbehave.
type registry struct {
	*httptest.Server
	files map[string][]byte // path → content
	// fault may answer instead; it returns whether it did.
	fault func(w http.ResponseWriter, r *http.Request, n int64) bool
	gets  atomic.Int64 // of files
}

func newRegistry(t *testing.T) *registry {
	r := &registry{files: map[string][]byte{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if project, ok := strings.CutPrefix(req.URL.Path, "/simple/"); ok {
			fmt.Fprintf(w, "<html><body>")
			for name := range r.files {
				if strings.HasPrefix(name, "/"+strings.TrimSuffix(project, "/")+"/") {
					fmt.Fprintf(w, `<a data-x="1&gt;2" href="../..%s#sha256=00">x</a>`, name)
				}
			}
			return
		}
		n := r.gets.Add(1)
		if r.fault != nil && r.fault(w, req, n) {
			return
		}
		data, ok := r.files[req.URL.Path]
		if !ok {
			http.NotFound(w, req)
			return
		}
		http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(data))
	}))
	t.Cleanup(r.Close)
	return r
}

// small is a registry with a distribution of a few bytes, and the options that
// install it.
func small(t *testing.T) (*registry, Options) {
	t.Helper()
	r := newRegistry(t)
	scripts := zipOf(t,
		zipEntry{"pyflink/bin/", 0o755 | os.ModeDir, ""},
		zipEntry{"pyflink/bin/standalone-job.sh", 0o755, "#!/bin/sh\n"},
		zipEntry{"pyflink/conf/config.yaml", 0o644, "a: b\n"},
		zipEntry{"pyflink/table/api.py", 0o644, "not wanted"})
	jars := zipOf(t,
		zipEntry{"pyflink/lib/flink-dist-9.9.jar", 0o664, strings.Repeat("dist", 300_000)},
		zipEntry{"pyflink/plugins/gpu/discover.sh", 0o775, "#!/bin/sh\n"})
	gateway := []byte("gateway")
	r.files["/flink/flink-9.9.whl"] = scripts
	r.files["/libs/libs-9.9.whl"] = jars
	r.files["/m2/org/f/gw/9.9/gw-9.9.jar"] = gateway
	home := t.TempDir()
	writeFile(t, filepath.Join(home, ".m2", "settings.xml"), `<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0"><mirrors>
		<mirror><id>m</id><mirrorOf>central</mirrorOf><url>`+r.URL+`/m2/</url></mirror></mirrors></settings>`)
	env := map[string]string{"HOME": home, "PIP_INDEX_URL": r.URL + "/simple", "PIP_CONFIG_FILE": os.DevNull}
	return r, Options{
		Version:  "9.9",
		CacheDir: t.TempDir(),
		Env:      func(k string) string { return env[k] },
		parts: []part{
			{name: "scripts", sha256: sha(scripts), size: int64(len(scripts)), python: "flink", file: "flink-9.9.whl", take: under("bin/", "conf/")},
			{name: "jars", sha256: sha(jars), size: int64(len(jars)), python: "libs", file: "libs-9.9.whl", take: under("lib/", "plugins/")},
			{name: "gateway", sha256: sha(gateway), size: int64(len(gateway)), maven: "org.f:gw:9.9", place: "opt/flink-sql-gateway-9.9.jar"},
		},
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func impatient(t *testing.T) {
	t.Helper()
	old := patientFetcher
	patientFetcher = fetcher{idle: time.Second, attempts: 3, pause: time.Millisecond}
	t.Cleanup(func() { patientFetcher = old })
}

// nothingHalfDone fails if the cache holds anything that looks installed.
func nothingHalfDone(t *testing.T, o Options) {
	t.Helper()
	if _, err := Find(context.Background(), o); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("Find after a failed installation: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(o.CacheDir, ".flink-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestInstall(t *testing.T) {
	impatient(t)
	once := func(fault http.HandlerFunc) func(*testing.T, *registry) {
		return func(_ *testing.T, r *registry) {
			r.fault = func(w http.ResponseWriter, req *http.Request, n int64) bool {
				if n == 2 {
					fault(w, req)
				}
				return n == 2
			}
		}
	}
	always := func(fault http.HandlerFunc) func(*testing.T, *registry) {
		return func(_ *testing.T, r *registry) {
			r.fault = func(w http.ResponseWriter, req *http.Request, _ int64) bool { fault(w, req); return true }
		}
	}
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Write(make([]byte, 500))
	}
	hang := func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Write([]byte("x"))
		w.(http.Flusher).Flush()
		<-req.Context().Done()
	}
	for _, tc := range []struct {
		name string
		set  func(*testing.T, *registry)
		want []string // in the error; none: it works
	}{
		{"well", func(*testing.T, *registry) {}, nil},
		{"500 once", once(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }), nil},
		{"cut off once", once(half), nil},
		{"silent once", once(hang), nil},
		{"429 once", once(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }), nil},
		{"500 for ever", always(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }), []string{"scripts", "500 Internal Server Error"}},
		{"403", always(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }), []string{"403 Forbidden", "check the user and password"}},
		{"wrong bytes", func(_ *testing.T, r *registry) {
			r.files["/libs/libs-9.9.whl"] = bytes.Repeat([]byte("x"), len(r.files["/libs/libs-9.9.whl"]))
		}, []string{"jars", "sha256", "not the expected"}},
		{"too many bytes", func(_ *testing.T, r *registry) {
			r.files["/libs/libs-9.9.whl"] = append(r.files["/libs/libs-9.9.whl"], 'x')
		}, []string{"sends more than"}},
		{"not there", func(_ *testing.T, r *registry) { delete(r.files, "/flink/flink-9.9.whl") }, []string{"flink-9.9.whl is not listed"}},
		{"redirected", func(_ *testing.T, r *registry) {
			moved := newRegistry(t)
			moved.files = r.files
			r.fault = func(w http.ResponseWriter, req *http.Request, _ int64) bool {
				http.Redirect(w, req, moved.URL+req.URL.Path, http.StatusFound)
				return true
			}
		}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, o := small(t)
			tc.set(t, r)
			home, err := Ensure(context.Background(), o)
			if tc.want != nil {
				if err == nil || !containsAll(err.Error(), tc.want...) {
					t.Errorf("error %v, want %q in it", err, tc.want)
				}
				nothingHalfDone(t, o)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			found, err := Find(context.Background(), o)
			if err != nil || found != home {
				t.Errorf("Find: %+v, %v", found, err)
			}
			for file, mode := range map[string]os.FileMode{"bin/standalone-job.sh": 0o755, "plugins/gpu/discover.sh": 0o755, "lib/flink-dist-9.9.jar": 0o644, "opt/flink-sql-gateway-9.9.jar": 0o644} {
				info, err := os.Stat(filepath.Join(home.Dir, file))
				if err != nil || info.Mode().Perm() != mode {
					t.Errorf("%s: %v, %v", file, info, err)
				}
			}
			if _, err := os.Stat(filepath.Join(home.Dir, "table")); err == nil {
				t.Error("unwanted files were unpacked")
			}
		})
	}
}

func TestInstallGoesOnAfterInterruption(t *testing.T) {
	impatient(t)
	r, o := small(t)
	whole := r.files["/libs/libs-9.9.whl"]
	ctx, cancel := context.WithCancel(context.Background())
	const sent = 1000
	part := partial(filepath.Join(o.CacheDir, "downloads", "libs-9.9.whl"))
	r.fault = func(w http.ResponseWriter, req *http.Request, n int64) bool {
		if !strings.HasPrefix(req.URL.Path, "/libs/") || n > 2 {
			return false
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
		w.Write(whole[:sent])
		w.(http.Flusher).Flush()
		for fileSize(part) < sent && req.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
		<-req.Context().Done()
		return true
	}
	if _, err := Ensure(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	nothingHalfDone(t, o)
	var ranges []string
	r.fault = func(_ http.ResponseWriter, req *http.Request, _ int64) bool {
		ranges = append(ranges, req.Header.Get("Range"))
		return false
	}
	if _, err := Ensure(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	if len(ranges) == 0 || ranges[0] != "bytes=1000-" {
		t.Errorf("asked for %q, want the rest only", ranges)
	}
}

func TestInstallThrowsAwayABadBeginning(t *testing.T) {
	impatient(t)
	_, o := small(t)
	writeFile(t, filepath.Join(o.CacheDir, "downloads", "libs-9.9.whl.part"), "an older file of that name")
	writeFile(t, filepath.Join(o.CacheDir, ".flink-9.9-killed", "lib", "x"), "half")
	if _, err := Ensure(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(o.CacheDir, ".flink-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestInstallTwiceAtOnce(t *testing.T) {
	r, o := small(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := Ensure(context.Background(), o); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := r.gets.Load(); n != 3 {
		t.Errorf("%d downloads of 3 packages", n)
	}
}

func TestDamagedCacheIsRepaired(t *testing.T) {
	_, o := small(t)
	home, err := Ensure(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(home.Dir, "conf", "config.yaml"), "changed by the user")
	if _, err := Find(context.Background(), o); err != nil {
		t.Errorf("a changed configuration: %v", err)
	}
	if err := os.Truncate(filepath.Join(home.Dir, "lib", "flink-dist-9.9.jar"), 5); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(context.Background(), o); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("a truncated jar: %v", err)
	}
	if _, err := Ensure(context.Background(), o); err != nil {
		t.Fatal(err)
	}
}

func TestFlinkHome(t *testing.T) {
	_, o := small(t)
	cached, err := Ensure(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), "a [b] *")
	if err := os.CopyFS(own, os.DirFS(cached.Dir)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, home, want, note string
	}{
		{"the wanted version", own, own, ""},
		{"nothing there", filepath.Join(own, "nowhere"), cached.Dir, "no lib/flink-dist"},
		{"not set", "", cached.Dir, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := o
			o.Home = tc.home
			got, err := Find(context.Background(), o)
			if err != nil || got.Dir != tc.want || (tc.note == "") != (got.Note == "") || !strings.Contains(got.Note, tc.note) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	o.Home, o.Version = own, "9.8"
	if got, err := Find(context.Background(), o); err == nil || !strings.Contains(got.Note, "is Flink 9.9, not 9.8") {
		t.Errorf("another version: %+v, %v", got, err)
	}
}

func TestUnpackRefuses(t *testing.T) {
	for _, tc := range []struct {
		name  string
		entry zipEntry
		want  string
	}{
		{"a way out", zipEntry{"pyflink/lib/../../../etc/x", 0o644, "x"}, "would leave"},
		{"a link", zipEntry{"pyflink/lib/x", 0o777 | os.ModeSymlink, "/etc/passwd"}, "neither a file nor a directory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a.zip")
			writeFile(t, file, string(zipOf(t, tc.entry)))
			err := unpack(context.Background(), file, t.TempDir(), under("lib/"))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "no.zip")
	writeFile(t, file, "this is no zip")
	if err := unpack(context.Background(), file, t.TempDir(), under("lib/")); err == nil {
		t.Error("a file that is no zip was unpacked")
	}
}
