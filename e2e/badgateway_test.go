package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// TestNoGateway gives apply the address of something else. The golden file has
// what it says; nothing is recorded and nothing launched.
func TestNoGateway(t *testing.T) {
	home := flinktest.Home(t)
	flink := func(version string) http.HandlerFunc {
		m := http.NewServeMux()
		m.HandleFunc("/v1/info", answer(200, "application/json", fmt.Sprintf(`{"productName":"Apache Flink","version":%q}`, version)))
		m.HandleFunc("/v1/api_versions", answer(200, "application/json", `{"versions":["V1"]}`))
		m.HandleFunc("/", answer(500, "application/json", `{"errors":["Internal server error."]}`))
		return m.ServeHTTP
	}
	end := make(chan struct{})
	silent := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-end:
		}
	}
	cases := []struct {
		what    string
		answers http.HandlerFunc
	}{
		{"a web page", answer(200, "text/html", "<!doctype html><html><head><title>Welcome to nginx!</title></head></html>")},
		{"a login page", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.invalid/", http.StatusFound)
		}},
		{"not found", answer(404, "text/plain", "404 page not found")},
		{"no right", answer(401, "text/plain", "who are you?")},
		{"forbidden", answer(403, "text/html", "<html>Forbidden</html>")},
		{"a proxy without its backend", answer(502, "text/html", "<html><body>Bad Gateway</body></html>")},
		{"another program", answer(200, "application/json", `{"status":"ok"}`)},
		{"a JobManager", answer(200, "application/json", `{"refresh-interval":3000,"flink-version":"2.3.0","features":{"web-submit":true}}`)},
		{"another database", answer(200, "application/json", `{"productName":"Trino","version":"440"}`)},
		{"a list", answer(200, "application/json", `[]`)},
		{"JSON that is cut off", answer(200, "application/json", `{"productName":"Apache Flink","vers`)},
		{"binary", answer(200, "application/json", "\x00\x1b[2J\xff\xfe\x7f")},
		{"an endless page", endless},
		{"an old Flink", flink("1.16.3")},
		{"no version", flink("")},
		{"it hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"it says nothing", silent},
		{"nobody listens", nil},
	}
	said := make([]string, len(cases))
	var wg sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i, c := range cases {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "good.yaml"), []byte("flink-version: 2.3\n"+endlessJob), 0o644))
		url := "http://" + closedPort(t)
		if c.answers != nil {
			s := httptest.NewServer(c.answers)
			t.Cleanup(s.Close)
			url = s.URL
		}
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			began := time.Now()
			r := refuseWith(t, dir, []string{"FLINK_HOME=" + home}, "apply", "good.yaml", "--gateway", url)
			want := 1
			if strings.Contains(r.stderr, "flink-version: ") { // manifest and gateway differ, and either may be wrong
				want = 2
			}
			if r.code != want || r.stdout != "" || !strings.Contains(r.stderr, url) {
				t.Errorf("%s: exit %d\n%s%s", c.what, r.code, r.stdout, r.stderr)
			}
			readable(t, c.what, r.stderr)
			said[i] = fmt.Sprintf("== %s\n%s", c.what, strings.ReplaceAll(withoutAddresses(r.stderr), dir, "DIR"))
			if took := time.Since(began); took > 2*definite {
				t.Errorf("%s: took %v", c.what, took)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".flink-sql/store/journal/*")); left != nil {
				t.Errorf("%s: it began %v", c.what, left)
			}
		})
	}
	wg.Wait()
	close(end)
	golden(t, "gateways", strings.Join(said, ""))
}

func answer(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	block := strings.Repeat("x", 1<<16)
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, block); err != nil {
			return
		}
	}
}
