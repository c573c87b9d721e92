package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(answer(200, `{"productName":"Apache Flink","version":"2.3.0"}`))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	defer server.Close()
	dir := t.TempDir()
	ca, cert, key := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(t, ca, "CERTIFICATE", server.Certificate().Raw)
	write(t, cert, "CERTIFICATE", server.Certificate().Raw)
	der, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, key, "PRIVATE KEY", der)

	for name, tt := range map[string]struct {
		opts Options
		ok   bool
	}{
		"unknown CA":            {Options{CertFile: cert, KeyFile: key}, false},
		"no client certificate": {Options{CAFile: ca}, false},
		"both":                  {Options{CAFile: ca, CertFile: cert, KeyFile: key}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(server.URL, tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Info(t.Context())
			if tt.ok && err != nil || !tt.ok && !Is(err, Auth) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func write(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
