package resource_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/resource"
)

// hello is the SHA-256 of "hello".
const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

func TestFetch(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("a.jar", []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.jar", "linked.jar"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", "loop"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo("fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	f := &resource.Fetcher{
		Dir: filepath.Join(dir, "fetched"),
		Artifact: func(_ context.Context, coordinates string) (string, string, error) {
			if coordinates != "g:a:1" {
				return "", "", errors.New("no such artifact")
			}
			return filepath.Join(dir, "a.jar"), hello, nil
		},
		Open: func(_ context.Context, uri string, _ resource.Ask) (resource.Answer, error) {
			unknown := resource.Version{Size: -1}
			switch uri {
			case "s3://b/x/hello.txt":
				return resource.Answer{Body: io.NopCloser(strings.NewReader("hello")), Version: unknown}, nil
			case "https://h/cut.txt":
				return resource.Answer{Body: io.NopCloser(io.MultiReader(strings.NewReader("hel"), iotest.ErrReader(errors.New("connection reset")))), Version: unknown}, nil
			}
			return resource.Answer{}, errors.New("access denied")
		},
	}
	for from, c := range map[string]struct {
		resource manifest.Resource
		name     string
		problem  string
	}{
		"a.jar":                               {name: "a.jar"},
		"linked.jar":                          {name: "linked.jar"},
		"file://" + dir + "/a.jar":            {name: "a.jar"},
		"maven:g:a:1":                         {name: "a.jar"},
		"s3://b/x/hello.txt":                  {name: "hello.txt"},
		"./a.jar":                             {resource: manifest.Resource{Name: "other.jar", SHA256: strings.ToUpper(hello)}, name: "other.jar"},
		"../" + filepath.Base(dir) + "/a.jar": {resource: manifest.Resource{SHA256: strings.Repeat("0", 64)}, problem: "someone replaced it, or the manifest is out of date"},
		"nowhere.jar":                         {problem: "no such file"},
		"loop":                                {problem: "too many levels of symbolic links"},
		"fifo":                                {problem: "is not a file"},
		".":                                   {problem: "is not a file"},
		"maven:g:b:1":                         {problem: "no such artifact"},
		"s3://b/denied":                       {problem: "access denied"},
		"https://h/cut.txt":                   {problem: "connection reset"},
	} {
		r := c.resource
		r.From, r.Kind, r.At = from, "file", manifest.Position{File: "m.yaml", Line: 7}
		got, err := f.Fetch(t.Context(), r)
		if c.problem != "" {
			if err == nil || !strings.Contains(err.Error(), c.problem) || !strings.HasPrefix(err.Error(), "m.yaml:7: resources: ") {
				t.Errorf("%s: %v", from, err)
			}
			continue
		}
		if err != nil || got.Name != c.name || got.SHA256 != hello || got.Size != 5 || !filepath.IsAbs(got.Path) {
			t.Errorf("%s: %+v, %v", from, got, err)
		}
	}
}
