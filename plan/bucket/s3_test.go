package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/bucket"
)

// faulty is the shared S3 server behind a proxy that spoils requests.
func faulty(t *testing.T) (*bucket.Bucket, *flinktest.FaultProxy) {
	t.Helper()
	proxy := flinktest.S3Fault(t, s3(t).Endpoint)
	return open(t, s3URL(t, proxy.URL)), proxy
}

// operations are all that can be done to the object k, which is there.
func operations(b *bucket.Bucket) map[string]func() error {
	return map[string]func() error{
		"Read":   func() error { _, err := b.Read(ctx, "k", 100); return err },
		"Stat":   func() error { _, err := b.Stat(ctx, "k"); return err },
		"Exists": func() error { _, err := b.Exists(ctx, "k"); return err },
		"Write":  func() error { return b.Write(ctx, "k", []byte("content")) },
		"Upload": func() error {
			return b.UploadFrom(ctx, "k", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("content")), nil })
		},
		"Create":   func() error { return b.Create(ctx, "k", []byte("content")) },
		"List":     func() error { _, err := b.List(ctx, ""); return err },
		"ListDirs": func() error { _, err := b.ListDirs(ctx, ""); return err },
		"Delete":   func() error { return b.Delete(ctx, "other") },
		"Open": func() error {
			r, _, err := b.Open(ctx, "k")
			if err == nil {
				r.Close()
			}
			return err
		},
		"Prove": func() error { return b.Prove(ctx) },
	}
}

func TestLostReplyIsNoConflict(t *testing.T) {
	b, proxy := faulty(t)
	proxy.Add(flinktest.Fault{Match: flinktest.Key(http.MethodPut, "/k"), Times: 1, DropReply: true})
	if err := b.Create(ctx, "k", []byte("mine")); err != nil {
		t.Fatal(err)
	}
	proxy.Clear()
	proxy.Add(flinktest.Fault{Match: flinktest.Key(http.MethodPut, "/k"), Times: 1, DropReply: true})
	if err := b.Create(ctx, "k", []byte("theirs")); !errors.Is(err, bucket.ErrExist) {
		t.Fatalf("a rival's object: %v", err)
	}
	if got, err := b.Read(ctx, "k", 10); err != nil || string(got) != "mine" {
		t.Errorf("%q, %v", got, err)
	}
}

// Racing writers may both be told to try again although nothing was written.
func TestConflictWithoutAWinnerIsTriedAgain(t *testing.T) {
	b, proxy := faulty(t)
	proxy.Add(flinktest.Fault{Match: flinktest.Key(http.MethodPut, "/k"), Times: 2, Status: http.StatusConflict, Code: "ConditionalRequestConflict"})
	if err := b.Create(ctx, "k", []byte("mine")); err != nil {
		t.Fatal(err)
	}
	proxy.Add(flinktest.Fault{Match: flinktest.Key(http.MethodPut, "/k"), Status: http.StatusConflict, Code: "ConditionalRequestConflict"})
	if err := b.Create(ctx, "k", []byte("theirs")); !errors.Is(err, bucket.ErrExist) {
		t.Errorf("with a winner: %v", err)
	}
}

func TestServerErrorsAreRiddenOut(t *testing.T) {
	for name := range operations(nil) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, proxy := faulty(t)
			if err := b.Write(ctx, "k", []byte("content")); err != nil {
				t.Fatal(err)
			}
			// One more than the AWS SDK rides out by itself.
			proxy.Add(flinktest.Fault{Times: 2, Status: http.StatusInternalServerError, Code: "InternalError"})
			proxy.Add(flinktest.Fault{Times: 1, DropReply: true})
			proxy.Add(flinktest.Fault{Times: 1, Delay: 100 * time.Millisecond})
			if err := operations(b)[name](); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBrokenDownload(t *testing.T) {
	b, proxy := faulty(t)
	content := bytes.Repeat([]byte("x"), 100_000)
	if err := b.Write(ctx, "k", content); err != nil {
		t.Fatal(err)
	}
	proxy.Add(flinktest.Fault{Match: flinktest.Key(http.MethodGet, "/k"), Times: 2, Truncate: 70_000})
	if got, err := b.Read(ctx, "k", 100_000); err != nil || !bytes.Equal(got, content) {
		t.Errorf("Read: %d bytes, %v", len(got), err)
	}
	proxy.Add(flinktest.Fault{Match: flinktest.Key(http.MethodGet, "/k"), Truncate: 70_000})
	r, size, err := b.Open(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := io.Copy(io.Discard, r); err == nil || !strings.Contains(err.Error(), b.URI("k")) {
		t.Errorf("%d of %d bytes, %v", n, size, err)
	}
}

func TestNoSuchBucket(t *testing.T) {
	for name := range operations(nil) {
		b := open(t, "s3://no-such-bucket?endpoint="+s3(t).Endpoint)
		err := operations(b)[name]()
		if !errors.Is(err, bucket.ErrNoBucket) || errors.Is(err, bucket.ErrNotExist) || !strings.Contains(err.Error(), "create it, or check its name") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongCredentials(t *testing.T) {
	proxy := flinktest.S3Fault(t, s3(t).Endpoint)
	for name, c := range map[string]struct{ key, secret, want string }{
		"secret": {s3(t).AccessKey, "wrong-secret-1234", "check AWS_SECRET_ACCESS_KEY"},
		"key":    {"nobody", s3(t).SecretKey, "the access key is unknown there"},
		"none":   {"", "", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", c.key)
			t.Setenv("AWS_SECRET_ACCESS_KEY", c.secret)
			b := open(t, "s3://test?endpoint="+proxy.URL)
			for op, do := range operations(b) {
				if op == "Stat" || op == "Exists" || op == "Delete" {
					continue // S3 answers HEAD without a reason
				}
				before := len(proxy.Requests())
				err := do()
				if !errors.Is(err, bucket.ErrDenied) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %v", op, err)
				}
				if strings.Contains(err.Error(), "wrong-secret") || strings.Contains(err.Error(), s3(t).SecretKey) {
					t.Errorf("%s shows a secret: %v", op, err)
				}
				most := 1
				if op == "Prove" {
					most = 8 // which it sends at once
				}
				if asked := proxy.Requests()[before:]; len(asked) > most {
					t.Errorf("%s: asked %d times what nobody will grant: %q", op, len(asked), asked)
				}
			}
			if _, err := b.Stat(ctx, "k"); err == nil || errors.Is(err, bucket.ErrNotExist) {
				t.Errorf("Stat: %v", err)
			}
		})
	}
}

func TestWrongRegion(t *testing.T) {
	b := open(t, "s3://test?region=eu-west-1&endpoint="+s3(t).Endpoint)
	if _, err := b.List(ctx, ""); err == nil || !strings.Contains(err.Error(), "?region=") {
		t.Errorf("%v", err)
	}
}

func TestUnreachable(t *testing.T) {
	const limit = 15 * time.Second
	s3(t) // sets credentials
	closed, err := flinktest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	for name, url := range map[string]string{
		"refused": "http://127.0.0.1:" + strconv.Itoa(closed),
		"no host": "http://no-such-host.invalid",
		// Its TCP connections come about, but TLS never does.
		"silent": "https://" + silent(t),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for op := range operations(nil) {
				t.Run(op, func(t *testing.T) {
					t.Parallel()
					b := open(t, "s3://test?endpoint="+url)
					if op != "Read" && op != "Prove" { // those wait in earnest
						bucket.SetPatience(b, time.Second, time.Minute)
					}
					begin := time.Now()
					err := operations(b)[op]()
					if !errors.Is(err, bucket.ErrUnreachable) || !strings.Contains(err.Error(), "check the endpoint") {
						t.Errorf("%v", err)
					}
					if took := time.Since(begin); took > limit {
						t.Errorf("it took %s", took)
					}
				})
			}
		})
	}
}

func TestServerThatFallsSilent(t *testing.T) {
	s3(t)
	b := open(t, "s3://test?endpoint=http://"+silent(t))
	bucket.SetPatience(b, 10*time.Second, 300*time.Millisecond)
	for name, do := range operations(b) {
		if err := do(); err == nil || !strings.Contains(err.Error(), "stopped answering") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := b.Read(ctx, "k", 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's own deadline: %v", err)
	}
}

// A slow source is not a silent store.
func TestSlowSource(t *testing.T) {
	t.Parallel()
	b := open(t, s3URL(t, s3(t).Endpoint))
	const silence = 5 * time.Second
	bucket.SetPatience(b, 10*time.Second, silence)
	slow := io.MultiReader(strings.NewReader("a"), call(func() { time.Sleep(silence + time.Second) }), strings.NewReader("b"))
	if err := b.Upload(ctx, "slow", slow); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Read(ctx, "slow", 10); err != nil || string(got) != "ab" {
		t.Errorf("%q, %v", got, err)
	}
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// silent is the address of a server that takes connections and never answers.
func silent(t *testing.T) string {
	l := listener(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
		}
	}()
	return l.Addr().String()
}
