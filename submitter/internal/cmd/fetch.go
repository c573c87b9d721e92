package cmd

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/resource"
)

// maxRemoteText bounds SQL and YAML that is read from a bucket.
const maxRemoteText = 1 << 20

// httpTimeout bounds the wait for a web server's first answer.
const httpTimeout = 30 * time.Second

func lookupEnv(name string) (string, bool) { return os.LookupEnv(name) }

// files brings a job's resources to this machine.
func (p *place) files(ctx context.Context, job *manifest.Job) ([]resource.File, error) {
	f := resource.Fetcher{
		Artifact: func(ctx context.Context, coordinates string) (string, string, error) {
			return dist.Artifact(ctx, dist.Options{}, coordinates)
		},
		Open: openRemote,
		Dir:  filepath.Join(p.dir, localDir, "resources"),
	}
	var all []resource.File
	for _, r := range job.Resources {
		file, err := f.Fetch(ctx, r)
		if err != nil {
			return nil, err
		}
		all = append(all, file)
	}
	return all, nil
}

// library gives Flink's own jars for jobs that run on this machine; those in images are
// not seen from here.
func (p *place) library() func(*manifest.Job) *resource.Library {
	own := resource.NewLibrary(filepath.Join(p.flinkHome, "lib"))
	return func(job *manifest.Job) *resource.Library {
		if p.targets.kind(p.targets.name(job)) != localKind || p.flinkHome == "" {
			return nil
		}
		return own
	}
}

// readRemote reads SQL or YAML behind s3:// and other bucket URIs. Where the
// bucket is, other than in its provider's cloud, is said as the provider's own
// tools know it: AWS_ENDPOINT_URL and so on.
func readRemote(ctx context.Context, uri string) ([]byte, error) {
	in, err := openRemote(ctx, uri)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxRemoteText+1))
	if err == nil && len(data) > maxRemoteText {
		err = fmt.Errorf("%s is larger than %d bytes", uri, maxRemoteText)
	}
	return data, err
}

func openRemote(ctx context.Context, uri string) (io.ReadCloser, error) {
	if strings.HasPrefix(uri, "http://") || strings.HasPrefix(uri, "https://") {
		return openHTTP(ctx, uri)
	}
	return bucket.OpenURI(ctx, uri, nil)
}

func openHTTP(ctx context.Context, uri string) (io.ReadCloser, error) {
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: httpTimeout}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("%s answers %s", uri, resp.Status)
	}
	return resp.Body, nil
}
