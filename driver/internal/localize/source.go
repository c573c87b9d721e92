package localize

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	"flink-sql-driver/plan/bucket"
)

// Sources opens objects by the URIs that Flink has for them: paths, file:, the
// clouds' schemes, and http: and https: besides.
type Sources struct {
	// Options are Flink's; those about S3 say how to reach it.
	Options map[string]string

	mu   sync.Mutex
	open map[string]*bucket.Bucket
}

// Open implements Fetcher.Open.
func (s *Sources) Open(ctx context.Context, uri string) (io.ReadCloser, int64, error) {
	switch path := LocalPath(uri); {
	case path != "":
		return openFile(path)
	case strings.HasPrefix(uri, "http://"), strings.HasPrefix(uri, "https://"):
		return openHTTP(ctx, uri)
	}
	url, key, err := bucket.ParseURI(uri, s.Options)
	if err != nil {
		return nil, 0, localError{err}
	}
	b, err := s.Bucket(ctx, url)
	if err != nil {
		return nil, 0, err
	}
	return b.Open(ctx, key)
}

// Bucket opens a bucket, each URL once.
func (s *Sources) Bucket(ctx context.Context, url string) (*bucket.Bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.open[url]; b != nil {
		return b, nil
	}
	b, err := bucket.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	if s.open == nil {
		s.open = map[string]*bucket.Bucket{}
	}
	s.open[url] = b
	return b, nil
}

// LocalPath returns the path that a file URI or a plain path names; nothing for
// other URIs.
func LocalPath(uri string) string {
	if rest, ok := strings.CutPrefix(uri, "file:"); ok {
		if !strings.HasPrefix(rest, "/") {
			return ""
		}
		if strings.HasPrefix(rest, "//") && !strings.HasPrefix(rest, "///") {
			return "" // file://host/path, which Flink does not know
		}
		return "/" + strings.TrimLeft(rest, "/")
	}
	if strings.Contains(uri, "://") {
		return ""
	}
	return uri
}

func openFile(path string) (io.ReadCloser, int64, error) {
	info, err := os.Stat(path) // before open, which would wait for ever on a pipe
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, localError{fmt.Errorf("%s is not a regular file", path)}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func openHTTP(ctx context.Context, uri string) (io.ReadCloser, int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, 0, localError{fmt.Errorf("%s is not an address", uri)}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, resp.ContentLength, nil
	}
	resp.Body.Close()
	err = fmt.Errorf("GET %s: the server answers %s", uri, resp.Status)
	if resp.StatusCode/100 == 4 && resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusRequestTimeout {
		err = localError{err}
	}
	return nil, 0, err
}
