package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// maxIdle keeps a connection for each of many sessions that compile at once.
	maxIdle = 64
	// retries of an exchange that got no answer; with the waits between them about
	// a second: enough for a proxy's hiccup, not for a restart, which ends all
	// sessions anyway.
	retries    = 4
	firstRetry = 100 * time.Millisecond
)

func newTransport(opts Options) (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = maxIdle
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if opts.CAFile != "" {
		pem, err := os.ReadFile(opts.CAFile)
		if err != nil {
			return nil, fmt.Errorf("CA file: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("CA file %s holds no certificate in PEM form", opts.CAFile)
		}
	}
	if opts.CertFile != "" || opts.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(opts.CertFile, opts.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	t.TLSClientConfig = config
	return t, nil
}

// retry repeats once while it fails for want of an answer. What may not be done
// twice is repeated only if it never reached the gateway.
func retry(ctx context.Context, once func() (int64, error), safe bool) (int64, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = firstRetry
	n, err := backoff.Retry(ctx, func() (int64, error) {
		n, err := once()
		var e *Error
		if err == nil || errors.As(err, &e) && e.Kind == Unavailable && !e.final && (safe || isDial(err)) {
			return n, err
		}
		return 0, backoff.Permanent(err)
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(retries))
	var permanent *backoff.PermanentError
	if errors.As(err, &permanent) {
		err = permanent.Err
	}
	return n, err
}

// isDial reports whether the connection was never made.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
