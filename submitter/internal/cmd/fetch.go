package cmd

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/resource"
)

// maxRemoteText bounds SQL and YAML that is read from a bucket.
const maxRemoteText = 1 << 20

func lookupEnv(name string) (string, bool) { return os.LookupEnv(name) }

// files brings a job's resources to this machine.
func (p *place) files(ctx context.Context, job *manifest.Job) ([]resource.File, error) {
	f, err := p.fetcher()
	if err != nil {
		return nil, err
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

// cacheVariable bounds the cache of what was fetched from URLs.
const cacheVariable = "SUBMITTER_RESOURCE_CACHE"

// newFetcher is the one of a command.
func newFetcher(dir string) (*resource.Fetcher, error) {
	size, err := sizeFrom(resource.MaxSizeVariable)
	if err != nil {
		return nil, err
	}
	cache, err := sizeFrom(cacheVariable)
	if err != nil {
		return nil, err
	}
	return &resource.Fetcher{
		Artifact: func(ctx context.Context, coordinates string) (string, string, error) {
			return dist.Artifact(ctx, dist.Options{}, coordinates)
		},
		Dir:     filepath.Join(dir, localDir, "resources"),
		MaxSize: size, MaxCache: cache,
	}, nil
}

// sizeFrom reads a size out of the environment; 0: it is not set.
func sizeFrom(variable string) (int64, error) {
	text := getenv(variable)
	if text == "" {
		return 0, nil
	}
	size, err := manifest.ParseMemory(text)
	if err == nil && size == 0 {
		err = errors.New("it has to be more than 0")
	}
	if err != nil {
		return 0, usagef("%s: %v", variable, err)
	}
	return size, nil
}

// readRemote reads SQL or YAML behind a URL.
func readRemote(ctx context.Context, uri string) ([]byte, error) {
	return resource.Read(ctx, uri, maxRemoteText)
}
