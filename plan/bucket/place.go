package bucket

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"strconv"
	"strings"
)

const (
	schemeFile  = "file"
	schemeMem   = "mem"
	schemeS3    = "s3"
	schemeGS    = "gs"
	schemeAzure = "azblob"
)

// defaultRegion is what servers other than Amazon's take when they care at all;
// without any region no request can be signed.
const defaultRegion = "us-east-1"

// defaultAzureDomain ends the host names of Azure's Data Lake endpoint.
const defaultAzureDomain = "core.windows.net"

// place is a bucket URL taken apart.
type place struct {
	url    string // as given
	uri    string // Flink's, without the slash at the end
	scheme string
	dir    string // file only: absolute path
	bucket string // all but file and mem
	query  url.Values
}

// parsePlace checks a bucket URL without touching the bucket.
func parsePlace(raw string) (place, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return place{}, fmt.Errorf("bucket URL: %w", withoutURL(err))
	}
	if u.User != nil && u.Scheme != "abfss" {
		return place{}, errors.New("bucket URL: credentials do not belong in it; they are taken from the environment and the usual files")
	}
	shown := u.Redacted()
	p := place{url: raw, scheme: u.Scheme, bucket: u.Host, query: u.Query()}
	prefix, err := takePrefix(p.query)
	if err != nil {
		return place{}, fmt.Errorf("bucket URL %s: %w", shown, err)
	}
	switch u.Scheme {
	case schemeFile:
		err = p.file(u, prefix)
	case schemeMem:
		p.uri = strings.TrimSuffix("mem:///"+prefix, "/")
	case schemeS3:
		err = p.s3(u, prefix)
	case schemeGS:
		err = p.container(u)
		p.uri = strings.TrimSuffix("gs://"+u.Host+"/"+prefix, "/")
	case schemeAzure:
		err = p.azure(u, prefix)
	default:
		err = unknownScheme(raw, u.Scheme)
	}
	if err != nil {
		return place{}, fmt.Errorf("bucket URL %s: %w", shown, err)
	}
	if prefix != "" {
		p.query.Set("prefix", prefix)
	}
	return p, nil
}

// takePrefix removes the prefix from q and returns it with a slash at its end.
func takePrefix(q url.Values) (string, error) {
	prefix := q.Get("prefix")
	q.Del("prefix")
	if prefix == "" {
		return "", nil
	}
	prefix = strings.TrimSuffix(prefix, "/")
	if err := checkKey(prefix); err != nil {
		return "", fmt.Errorf("prefix %q: %w", prefix, err)
	}
	return prefix + "/", nil
}

func (p *place) file(u *url.URL, prefix string) error {
	if u.Host != "" && u.Host != "localhost" {
		return fmt.Errorf("a directory is written with three slashes and its absolute path: file:///%s%s", u.Host, u.Path)
	}
	if !strings.HasPrefix(u.Path, "/") {
		return errors.New("the path of a directory is absolute: file:///path/to/dir")
	}
	if strings.ContainsRune(u.Path, 0) {
		return errors.New("the path has a NUL character")
	}
	for name := range p.query {
		switch name {
		case "create_dir", "no_tmp_dir", "metadata": // gocloud's; always so here
		default:
			return fmt.Errorf("unknown parameter %q", name)
		}
	}
	p.dir = path.Join(u.Path, prefix)
	p.uri = strings.TrimSuffix("file://"+p.dir, "/")
	return nil
}

func (p *place) container(u *url.URL) error {
	if u.Host == "" {
		return fmt.Errorf("the name of the bucket is missing: %s://bucket", u.Scheme)
	}
	if rest := strings.Trim(u.Path, "/"); rest != "" {
		return fmt.Errorf("a path is not part of a bucket's URL; write %s://%s?prefix=%s/", u.Scheme, u.Host, rest)
	}
	return nil
}

func (p *place) s3(u *url.URL, prefix string) error {
	if err := p.container(u); err != nil {
		return err
	}
	if style := p.query.Get("s3ForcePathStyle"); style != "" {
		p.query.Set("use_path_style", style)
		p.query.Del("s3ForcePathStyle")
	}
	if endpoint := p.query.Get("endpoint"); endpoint != "" {
		if err := p.endpoint(endpoint); err != nil {
			return err
		}
	}
	if style := p.query.Get("use_path_style"); style != "" {
		if _, err := strconv.ParseBool(style); err != nil {
			return fmt.Errorf("use_path_style=%s: neither true nor false", style)
		}
	}
	p.uri = strings.TrimSuffix("s3://"+u.Host+"/"+prefix, "/")
	return nil
}

// endpoint fills in what a server of one's own nearly always needs.
func (p *place) endpoint(endpoint string) error {
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	e, err := url.Parse(endpoint)
	if err != nil || e.Host == "" || (e.Scheme != "http" && e.Scheme != "https") {
		return errors.New("endpoint is not an http or https URL")
	}
	if e.User != nil {
		return errors.New("credentials do not belong in the endpoint; they are taken from the environment and the usual files")
	}
	p.query.Set("endpoint", endpoint)
	if p.query.Get("use_path_style") == "" {
		p.query.Set("use_path_style", "true")
	}
	return nil
}

func (p *place) azure(u *url.URL, prefix string) error {
	if err := p.container(u); err != nil {
		return err
	}
	account := p.query.Get("storage_account")
	if account == "" {
		account = environment("AZURE_STORAGE_ACCOUNT")
	}
	if account == "" {
		return errors.New("the storage account is missing; set AZURE_STORAGE_ACCOUNT or add ?storage_account=NAME")
	}
	domain := strings.TrimPrefix(p.query.Get("domain"), "blob.")
	if domain == "" {
		domain = defaultAzureDomain
	}
	p.uri = strings.TrimSuffix(fmt.Sprintf("abfss://%s@%s.dfs.%s/%s", u.Host, account, domain, prefix), "/")
	return nil
}

// openURL is what gocloud gets: every default made explicit.
func (p place) openURL() string {
	q := p.query
	if p.scheme == schemeS3 && q.Get("region") == "" && q.Get("endpoint") != "" && environmentRegion() == "" {
		q = maps.Clone(q)
		q.Set("region", defaultRegion)
	}
	u := url.URL{Scheme: p.scheme, Host: p.bucket, RawQuery: q.Encode()}
	return u.String()
}

func (p place) flinkOptions() map[string]string {
	options := map[string]string{}
	if p.scheme != schemeS3 {
		return options
	}
	region := p.query.Get("region")
	if endpoint := p.query.Get("endpoint"); endpoint != "" {
		options["s3.endpoint"] = endpoint
		if region == "" {
			region = environmentRegion()
		}
		if region == "" {
			region = defaultRegion
		}
	}
	if style, err := strconv.ParseBool(p.query.Get("use_path_style")); err == nil {
		// This spelling is read by all three of Flink's S3 file systems.
		options["s3.path-style-access"] = strconv.FormatBool(style)
	}
	if region != "" {
		options["s3.region"] = region          // flink-s3-fs-native
		options["s3.endpoint.region"] = region // flink-s3-fs-hadoop
	}
	return options
}

func unknownScheme(raw, scheme string) error {
	if scheme == "" {
		if strings.HasPrefix(raw, "/") {
			return fmt.Errorf("a directory is written file://%s", raw)
		}
		return errors.New("it has no scheme; there are file, s3, gs, azblob and mem")
	}
	switch scheme {
	case "s3a", "s3n":
		return errors.New("the scheme is s3 here; Flink's options choose its file system")
	case "abfs", "abfss", "wasb", "wasbs":
		return errors.New("the scheme is azblob here: azblob://container?storage_account=NAME")
	}
	return fmt.Errorf("unknown scheme %q; there are file, s3, gs, azblob and mem", scheme)
}

// withoutURL drops the URL that net/url repeats: it may be long or private.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// unknownParameter is the name, in quotes, that gocloud.dev found in a URL and does
// not know; it has no error type for that.
func unknownParameter(err error) string {
	if err == nil {
		return ""
	}
	_, name, _ := strings.Cut(err.Error(), "unknown query parameter ")
	return name
}
