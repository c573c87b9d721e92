package resource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/redact"
)

// Version tells two contents behind one URI apart, as far as the server says. The zero
// Version is none.
type Version struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"lastModified,omitempty"`
	Size         int64  `json:"size"` // of the whole; -1: not said
}

// known reports whether two equal Versions are of the same bytes. A weak ETag is not
// that exact.
func (v Version) known() bool {
	return v.LastModified != "" || v.ETag != "" && !strings.HasPrefix(v.ETag, "W/")
}

// same reports whether both are known to be of the same bytes.
func (v Version) same(o Version) bool {
	return v.known() && v.ETag == o.ETag && v.LastModified == o.LastModified &&
		(v.Size == o.Size || v.Size < 0 || o.Size < 0)
}

// Ask is what is wanted of an object.
type Ask struct {
	From int64   // the first byte that is wanted
	Have Version // what is here already, in part if From > 0
}

// Answer is an object, or the rest of it.
type Answer struct {
	Body    io.ReadCloser // nil: what is here already is the newest
	From    int64         // the position of Body's first byte: that asked for, or 0
	Version Version
}

// headerTimeout bounds the wait for a web server's first answer.
const headerTimeout = 30 * time.Second

// Open asks for an object behind http, https or what bucket.ParseURI knows. Where a
// bucket is, other than in its provider's cloud, is taken from where the provider's
// own tools look for it: AWS_ENDPOINT_URL and so on.
func Open(ctx context.Context, uri string, ask Ask) (Answer, error) {
	if s := strings.ToLower(uri); strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		return openHTTP(ctx, uri, ask)
	}
	return openObject(ctx, uri, ask)
}

// openHTTP keeps no connection: what is downloaded is few and large.
func openHTTP(ctx context.Context, uri string, ask Ask) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return Answer{}, permanent{errors.New("not a URL that can be parsed")}
	}
	if ask.Have.known() {
		condition(req.Header, ask)
	}
	client := http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: headerTimeout, TLSHandshakeTimeout: headerTimeout,
		DisableCompression: true, // the bytes are digested as they are stored
		DisableKeepAlives:  true,
	}}
	resp, err := client.Do(req)
	if err != nil {
		return Answer{}, withoutAddress(err)
	}
	a, err := readAnswer(resp, ask)
	if err != nil || a.Body == nil {
		resp.Body.Close()
	}
	return a, err
}

// condition asks for the rest of what is here in part, or for what has changed.
func condition(h http.Header, ask Ask) {
	if ask.From == 0 {
		set(h, "If-None-Match", ask.Have.ETag)
		set(h, "If-Modified-Since", ask.Have.LastModified)
		return
	}
	h.Set("Range", fmt.Sprintf("bytes=%d-", ask.From))
	if ask.Have.ETag != "" {
		h.Set("If-Range", ask.Have.ETag)
	} else {
		h.Set("If-Range", ask.Have.LastModified)
	}
}

func set(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

func readAnswer(resp *http.Response, ask Ask) (Answer, error) {
	v := versionOf(resp)
	switch code := resp.StatusCode; {
	case code == http.StatusOK && ask.From == 0 && ask.Have.Size == v.Size && ask.Have.same(v):
		return Answer{Version: v}, nil // a server that does not know conditions
	case code == http.StatusOK:
		return Answer{Body: resp.Body, Version: v}, nil
	case code == http.StatusNotModified && ask.From == 0 && ask.Have.known():
		return Answer{Version: ask.Have}, nil
	case code == http.StatusPartialContent && ask.From > 0:
		var whole bool
		if v.Size, whole = rangeOf(resp, ask.From); whole && ask.Have.same(v) {
			return Answer{Body: resp.Body, From: ask.From, Version: v}, nil
		}
		return Answer{}, errChanged
	case code == http.StatusRequestedRangeNotSatisfiable && ask.From > 0:
		return Answer{}, errChanged
	case code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout:
		return Answer{}, fmt.Errorf("the server answered %s", resp.Status)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return Answer{}, permanent{fmt.Errorf("the server answered %s; a signed URL may have expired", resp.Status)}
	default:
		return Answer{}, permanent{fmt.Errorf("the server answered %s", resp.Status)}
	}
}

// versionOf reads what a server says of the content. A time of change counts only if
// the answer is younger: within one second the content may change twice.
func versionOf(resp *http.Response) Version {
	v := Version{ETag: resp.Header.Get("ETag"), Size: resp.ContentLength}
	changed, err := http.ParseTime(resp.Header.Get("Last-Modified"))
	now, dateErr := http.ParseTime(resp.Header.Get("Date"))
	if err == nil && dateErr == nil && now.Sub(changed) >= time.Second {
		v.LastModified = resp.Header.Get("Last-Modified")
	}
	return v
}

// rangeOf reads the size of the whole from Content-Range; not ok if the part is not
// all that follows from a position on.
func rangeOf(resp *http.Response, from int64) (size int64, ok bool) {
	part, total, found := strings.Cut(strings.TrimPrefix(resp.Header.Get("Content-Range"), "bytes "), "/")
	size, err := strconv.ParseInt(total, 10, 64)
	if !found || err != nil {
		return -1, false
	}
	return size, part == fmt.Sprintf("%d-%d", from, size-1)
}

// withoutAddress takes addresses out of an error of net/http: the caller names what
// was asked for, and a redirect may lead to a signed one.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if text := redact.URLs(err.Error()); text != err.Error() || strings.Contains(text, "Location") {
		text, _, _ = strings.Cut(text, "Location header")
		return errors.New(strings.TrimSpace(text))
	}
	return err
}

// openObject reads from a bucket. The object is looked at before and after, since
// neither says what changed in between.
func openObject(ctx context.Context, uri string, ask Ask) (Answer, error) {
	b, key, err := bucket.At(ctx, uri, nil)
	if err != nil {
		return Answer{}, permanent{err}
	}
	a, err := readObject(ctx, b, key, ask)
	if a.Body == nil {
		err = errors.Join(err, b.Close())
	}
	return a, err
}

func readObject(ctx context.Context, b *bucket.Bucket, key string, ask Ask) (Answer, error) {
	o, err := b.Stat(ctx, key)
	if err != nil {
		return Answer{}, permanent{err} // the bucket has tried again itself
	}
	v := Version{ETag: o.Version, Size: o.Size}
	same := ask.Have.same(v)
	switch {
	case same && ask.From == 0:
		return Answer{Version: v}, nil
	case !same:
		ask.From = 0
	}
	body, size, err := b.OpenAt(ctx, key, ask.From)
	if err != nil {
		return Answer{}, permanent{err}
	}
	if size != o.Size {
		return Answer{}, errors.Join(errChanged, body.Close())
	}
	return Answer{Body: &object{body, ctx, b, key, v}, From: ask.From, Version: v}, nil
}

// object is the content of an object that must stay the same until its end.
type object struct {
	io.ReadCloser
	ctx     context.Context // of the request that the bytes belong to
	store   *bucket.Bucket
	key     string
	version Version
}

func (r *object) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != io.EOF {
		return n, err
	}
	o, err := r.store.Stat(r.ctx, r.key)
	if err != nil {
		return n, err
	}
	if o.Size != r.version.Size || o.Version != r.version.ETag {
		return n, errChanged
	}
	return n, io.EOF
}

func (r *object) Close() error { return errors.Join(r.ReadCloser.Close(), r.store.Close()) }
