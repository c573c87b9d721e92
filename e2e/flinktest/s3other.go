package flinktest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// OtherS3 is how an S3 server differs from the one behind it.
type OtherS3 struct {
	// Careless about conditions: If-None-Match is not heeded, as by servers that do
	// not know it.
	Careless bool
	// Skew is how far its clock is ahead. Like S3 it refuses what was signed more than
	// 15 minutes off, and tells its own time.
	Skew time.Duration
	// Silent about its time, so that a client cannot follow its clock.
	Silent bool
}

// S3Other is a proxy that stands for a server of another make. It signs requests
// anew as the owner, so credentials are not checked.
func S3Other(t testing.TB, s *S3Server, o OtherS3) (endpoint string) {
	t.Helper()
	to, err := url.Parse(s.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { o.rewrite(s, to, r) },
		ModifyResponse: o.answer,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if signed, err := time.Parse(amzTime, r.Header.Get("X-Amz-Date")); err == nil && time.Now().Add(o.Skew).Sub(signed).Abs() > allowedSkew {
			o.refuse(w, r)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

const (
	amzTime     = "20060102T150405Z"
	allowedSkew = 15 * time.Minute
)

func (o OtherS3) rewrite(s *S3Server, to *url.URL, r *httputil.ProxyRequest) {
	r.SetURL(to)
	r.Out.Header.Del("Expect")
	r.Out.Header.Del("Authorization")
	if o.Careless {
		r.Out.Header.Del("If-None-Match")
	}
	owner, err := s.Retrieve(r.Out.Context())
	if err == nil {
		r.Out.Header.Del("X-Forwarded-For")
		err = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).SignHTTP(
			r.Out.Context(), owner, r.Out, r.In.Header.Get("X-Amz-Content-Sha256"), "s3", s.Region, time.Now())
	}
	if err != nil {
		panic(err) // of a test's own proxy
	}
}

func (o OtherS3) refuse(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // so that the client reads the answer and not a reset
	o.tellTime(w.Header())
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>RequestTimeTooSkewed</Code>`+
		`<Message>The difference between the request time and the current time is too large.</Message></Error>`)
}

// tellTime sets the server's own time.
func (o OtherS3) tellTime(h http.Header) {
	if o.Silent {
		h["Date"] = nil
		return
	}
	h.Set("Date", time.Now().Add(o.Skew).UTC().Format(http.TimeFormat))
}

var listedTime = regexp.MustCompile(`<LastModified>[^<]*</LastModified>`)

// answer puts what the server says of times into its own.
func (o OtherS3) answer(r *http.Response) error {
	o.tellTime(r.Header)
	if m, err := http.ParseTime(r.Header.Get("Last-Modified")); err == nil {
		r.Header.Set("Last-Modified", m.Add(o.Skew).Format(http.TimeFormat))
	}
	if r.Request.Method != http.MethodGet || !r.Request.URL.Query().Has("list-type") {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	body = listedTime.ReplaceAllFunc(body, func(b []byte) []byte {
		const begin, end = len("<LastModified>"), len("</LastModified>")
		m, err := time.Parse(time.RFC3339, string(b[begin:len(b)-end]))
		if err != nil {
			return b
		}
		return []byte("<LastModified>" + m.Add(o.Skew).Format(time.RFC3339) + "</LastModified>")
	})
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	r.ContentLength = int64(len(body))
	return nil
}
