package bucket

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// Flink's options of its S3 file systems, in all spellings, most specific first.
// Each has the prefixes of flinkPrefixes.
var (
	flinkEndpoint  = []string{"endpoint", "endpoint.value"}
	flinkRegion    = []string{"region", "endpoint.region"}
	flinkPathStyle = []string{"path-style-access", "path.style.access"}
	flinkPrefixes  = []string{"s3.", "s3a.", "fs.s3a.", "presto.s3."}
)

// ParseURI turns what Flink calls an object into a URL that Open takes and a key
// in that bucket. It knows s3, s3a, s3n, gs, abfs and abfss URIs, file URIs and
// plain paths, for which the bucket is the directory that holds the file.
// options are Flink's; those that say how S3 is reached are taken over.
//
// Like Flink's Path it takes a URI literally: %20 is three characters.
func ParseURI(uri string, options map[string]string) (bucketURL, key string, err error) {
	scheme, rest, found := strings.Cut(uri, "://")
	if !found {
		if scheme, rest, found = strings.Cut(uri, ":"); !found || strings.Contains(scheme, "/") || scheme != schemeFile {
			scheme, rest = schemeFile, uri
		}
	}
	if scheme == schemeFile {
		return parseFile(uri, rest)
	}
	authority, key, _ := strings.Cut(rest, "/")
	if err := checkKey(key); err != nil {
		return "", "", fmt.Errorf("%s: %w", uri, err)
	}
	u := url.URL{Scheme: scheme, Host: authority}
	switch scheme {
	case "s3", "s3a", "s3n":
		u.Scheme = schemeS3
		u.RawQuery = s3Query(options).Encode()
	case schemeGS:
	case "abfs", "abfss", "wasb", "wasbs":
		if err := azureURL(&u, authority); err != nil {
			return "", "", fmt.Errorf("%s: %w", uri, err)
		}
	default:
		return "", "", fmt.Errorf("%s: unknown scheme %q; there are file, s3, gs and abfss", uri, scheme)
	}
	if _, err := parsePlace(u.String()); err != nil {
		return "", "", fmt.Errorf("%s: %w", uri, err)
	}
	return u.String(), key, nil
}

func parseFile(uri, path string) (bucketURL, key string, err error) {
	// file://host/path does not exist for Flink; file:////path and file:path do.
	if strings.HasPrefix(uri, "file://") && !strings.HasPrefix(path, "/") {
		return "", "", fmt.Errorf("%s: a file is written file:///path", uri)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", uri, err)
	}
	key = filepath.Base(abs)
	if path == "" || strings.HasSuffix(path, "/") || checkKey(key) != nil {
		return "", "", fmt.Errorf("%s: this is not the name of a file", uri)
	}
	u := url.URL{Scheme: schemeFile, Path: filepath.Dir(abs)}
	return u.String(), key, nil
}

// azureURL splits container@account.dfs.core.windows.net.
func azureURL(u *url.URL, authority string) error {
	container, host, found := strings.Cut(authority, "@")
	account, domain, _ := strings.Cut(host, ".")
	if !found || container == "" || account == "" {
		return fmt.Errorf("it is written abfss://container@account.dfs.%s/path", defaultAzureDomain)
	}
	u.Scheme, u.Host = schemeAzure, container
	q := url.Values{"storage_account": {account}}
	domain = strings.TrimPrefix(strings.TrimPrefix(domain, "dfs."), "blob.")
	if domain != "" && domain != defaultAzureDomain {
		q.Set("domain", "blob."+domain)
	}
	u.RawQuery = q.Encode()
	return nil
}

func s3Query(options map[string]string) url.Values {
	q := url.Values{}
	if v := flinkOption(options, flinkEndpoint); v != "" {
		q.Set("endpoint", v)
	}
	if v := flinkOption(options, flinkRegion); v != "" {
		q.Set("region", v)
	}
	if v := flinkOption(options, flinkPathStyle); v != "" {
		q.Set("use_path_style", strings.ToLower(v))
	}
	return q
}

func flinkOption(options map[string]string, names []string) string {
	for _, prefix := range flinkPrefixes {
		for _, name := range names {
			if v := strings.TrimSpace(options[prefix+name]); v != "" {
				return v
			}
		}
	}
	return ""
}
