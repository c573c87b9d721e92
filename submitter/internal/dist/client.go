package dist

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// The registries' answers are waited for this long; a body may take any time as
// long as bytes keep arriving (fetcher.idle).
const (
	handshakeTimeout = 30 * time.Second
	headerTimeout    = time.Minute
)

// newClient makes an HTTP client with a registry's own certificates and proxy;
// either may be empty, then the environment's hold.
func newClient(env func(string) string, cert, proxy string) (*http.Client, error) {
	roots, err := rootsFrom(env, cert)
	if err != nil {
		return nil, err
	}
	either := func(names ...string) string {
		for _, n := range names {
			if v := env(n); v != "" {
				return v
			}
		}
		return ""
	}
	config := httpproxy.Config{
		HTTPProxy:  either("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: either("HTTPS_PROXY", "https_proxy"),
		NoProxy:    either("NO_PROXY", "no_proxy"),
	}
	if proxy != "" {
		config.HTTPProxy, config.HTTPSProxy = proxy, proxy
	}
	proxyFor := config.ProxyFunc()
	return &http.Client{Transport: &http.Transport{
		Proxy:                 func(r *http.Request) (*url.URL, error) { return proxyFor(r.URL) },
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   handshakeTimeout,
		ResponseHeaderTimeout: headerTimeout,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true, // the bytes are hashed as they are stored
	}}, nil
}

// rootsFrom reads certificates from the registry's own setting, else from the
// first variable that is set. nil means the system's, which Go also takes from
// SSL_CERT_FILE and SSL_CERT_DIR.
func rootsFrom(env func(string) string, cert string) (*x509.CertPool, error) {
	from := "pip's cert setting"
	for _, name := range []string{"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"} {
		if cert == "" {
			cert, from = env(name), name
		}
	}
	if cert == "" {
		return nil, nil
	}
	files := []string{cert}
	if info, err := os.Stat(cert); err == nil && info.IsDir() {
		files, _ = filepath.Glob(filepath.Join(escapeGlob(cert), "*"))
	}
	pool := x509.NewCertPool()
	found := false
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil && len(files) == 1 {
			return nil, fmt.Errorf("certificates (%s): %w", from, err)
		}
		found = pool.AppendCertsFromPEM(data) || found
	}
	if !found {
		return nil, fmt.Errorf("certificates (%s): %s holds none in PEM form", from, cert)
	}
	return pool, nil
}

// redacted is an address without its password, for messages.
func redacted(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "an address that cannot be parsed"
	}
	u.RawQuery = ""
	return u.Redacted()
}
