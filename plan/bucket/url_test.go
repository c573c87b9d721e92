package bucket_test

import (
	"fmt"
	"strings"
	"testing"

	"flink-sql-driver/plan/bucket"
)

func TestOpenRefuses(t *testing.T) {
	t.Setenv("AZURE_STORAGE_ACCOUNT", "")
	for url, want := range map[string]string{
		"":                                  "no scheme",
		"/tmp/x":                            "a directory is written file:///tmp/x",
		"tmp/x":                             "no scheme",
		"ftp://x":                           `unknown scheme "ftp"`,
		"s3a://b":                           "the scheme is s3 here",
		"abfss://c@a.dfs.core.windows.net/": "the scheme is azblob here",
		"file://tmp/x":                      "three slashes and its absolute path: file:///tmp/x",
		"file:tmp":                          "absolute",
		"file:///tmp/%00":                   "NUL",
		"file:///tmp?x=y":                   `unknown parameter "x"`,
		"file:///dev/null":                  "not a directory",
		"file:///dev/null/x":                "not a directory",
		"file:///proc/new":                  "",
		"s3://":                             "name of the bucket is missing",
		"s3://b/some/path":                  "write s3://b?prefix=some/path/",
		"s3://b/some/path/?region=r":        "write s3://b?prefix=some/path/",
		"gs://b/x":                          "write gs://b?prefix=x/",
		"s3://b?prefix=../x":                `".."`,
		"s3://b?prefix=/x":                  "empty element",
		"s3://key:secret@b":                 "credentials do not belong",
		"s3://b?endpoint=http://k:s@h":      "credentials do not belong",
		"s3://b?endpoint=ftp://h":           "not an http or https URL",
		"s3://b?use_path_style=maybe":       "neither true nor false",
		"s3://b?nonsense=1&region=r":        `"nonsense"`,
		"azblob://c":                        "AZURE_STORAGE_ACCOUNT",
		"s3://b%":                           "URL",
		"http://[":                          "URL",
	} {
		b, err := bucket.Open(ctx, url)
		if err == nil {
			b.Close()
			t.Errorf("opened %q", url)
		} else if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%q): %v\nwant %q in it", url, err, want)
		}
	}
}

func TestWhatFlinkCallsIt(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AZURE_STORAGE_ACCOUNT", "acc")
	t.Setenv("AZURE_STORAGE_KEY", "a2V5")
	dir := t.TempDir()
	for url, want := range map[string][2]string{
		"file://" + dir:                       {"file://" + dir + "/k/x", "map[]"},
		"file://" + dir + "/a%20b/?prefix=c/": {"file://" + dir + "/a b/c/k/x", "map[]"},
		"mem://?prefix=p/":                    {"mem:///p/k/x", "map[]"},
		"s3://b?region=eu-west-1":             {"s3://b/k/x", "map[s3.endpoint.region:eu-west-1 s3.region:eu-west-1]"},
		"s3://b?prefix=p&region=r":            {"s3://b/p/k/x", "map[s3.endpoint.region:r s3.region:r]"},
		"s3://b?prefix=p/q/&endpoint=http://127.0.0.1:1": {"s3://b/p/q/k/x",
			"map[s3.endpoint:http://127.0.0.1:1 s3.endpoint.region:us-east-1 s3.path-style-access:true s3.region:us-east-1]"},
		"s3://b?endpoint=minio:9000&use_path_style=false&region=x": {"s3://b/k/x",
			"map[s3.endpoint:https://minio:9000 s3.endpoint.region:x s3.path-style-access:false s3.region:x]"},
		"gs://b?prefix=p/":     {"gs://b/p/k/x", "map[]"},
		"azblob://c?prefix=p/": {"abfss://c@acc.dfs.core.windows.net/p/k/x", "map[]"},
	} {
		b, err := bucket.Open(ctx, url)
		if err != nil {
			t.Errorf("Open(%q): %v", url, err)
			continue
		}
		if got := b.URI("k/x"); got != want[0] {
			t.Errorf("%s: URI %s, want %s", url, got, want[0])
		}
		if got := fmt.Sprint(b.FlinkOptions()); got != want[1] {
			t.Errorf("%s: options %s, want %s", url, got, want[1])
		}
		if b.URL() != url {
			t.Errorf("URL %s, want %s", b.URL(), url)
		}
		b.Close()
	}
}

func TestParseURI(t *testing.T) {
	options := map[string]string{"s3.endpoint": "http://h:1", "s3.path.style.access": "TRUE", "s3.region": "r", "s3.secret-key": "hidden"}
	for _, c := range []struct {
		uri     string
		options map[string]string
		url     string
		key     string
	}{
		{"s3://b/p/k.json", nil, "s3://b", "p/k.json"},
		{"s3a://b/p/k", options, "s3://b?endpoint=http%3A%2F%2Fh%3A1&region=r&use_path_style=true", "p/k"},
		{"s3n://b/k", map[string]string{"fs.s3a.endpoint.region": "x", "s3a.path-style-access": "false"}, "s3://b?region=x&use_path_style=false", "k"},
		{"gs://b/p/k", options, "gs://b", "p/k"},
		{"abfss://c@acc.dfs.core.windows.net/k", nil, "azblob://c?storage_account=acc", "k"},
		{"abfs://c@acc.dfs.core.chinacloudapi.cn/k", nil, "azblob://c?domain=blob.core.chinacloudapi.cn&storage_account=acc", "k"},
		{"/a/b c/k%20.json", nil, "file:///a/b%20c", "k%20.json"},
		{"file:///a/b/k", nil, "file:///a/b", "k"},
		{"file:/a/b/k", nil, "file:///a/b", "k"},
		{"/k", nil, "file:///", "k"},
	} {
		url, key, err := bucket.ParseURI(c.uri, c.options)
		if err != nil || url != c.url || key != c.key {
			t.Errorf("ParseURI(%q) = %q, %q, %v\nwant %q, %q", c.uri, url, key, err, c.url, c.key)
		}
	}
	for _, uri := range []string{
		"", "/", "/a/", "file://", "file:///", "file://host/a", "s3://", "s3://b", "s3://b/", "s3:///k", "s3://b//k", "s3://b/../k",
		"s3://k:s@b/x", "hdfs://n/x", "http://h/x", "abfss://acc/x", "abfss://c@/x", "s3://b/a\x00b", "a:b://c",
	} {
		if url, key, err := bucket.ParseURI(uri, nil); err == nil {
			t.Errorf("ParseURI(%q) = %q, %q", uri, url, key)
		}
	}
}

func FuzzParseURI(f *testing.F) {
	for _, s := range []string{"s3://b/p/k", "abfss://c@a.dfs.core.windows.net/k", "/a/b", "file:///a", "a:b", "%zz", "s3://b/\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		url, key, err := bucket.ParseURI(uri, nil)
		if err != nil {
			return
		}
		if url == "" || key == "" || strings.HasPrefix(key, "/") || strings.Contains(key, "//") {
			t.Errorf("ParseURI(%q) = %q, %q", uri, url, key)
		}
	})
}
