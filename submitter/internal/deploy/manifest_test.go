package deploy

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	_ "gocloud.dev/blob/s3blob"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/journal"
)

// healthy is the entry of a deployment that is about to write its manifest.
func healthy(number uint64, manifest string) *journal.Entry {
	return &journal.Entry{
		Version: journal.EntryVersion, Number: number, Name: "orders", Action: journal.Note, Phase: journal.Healthy,
		Holder: journal.NewHolder(), Manifest: manifest, Settings: &journal.Settings{},
	}
}

// deploying is a deployment that holds the job.
func deploying(t *testing.T, b *bucket.Bucket, e *journal.Entry) *deployment {
	t.Helper()
	hold, err := journal.New(b).Take(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hold.Release)
	return &deployment{Deployer: &Deployer{Bucket: b}, hold: hold}
}

// TestStaleManifest pauses the writer of a manifest after each request that it makes of a
// real S3 server, and has another deployment write a newer one meanwhile.
func TestStaleManifest(t *testing.T) {
	s := flinktest.S3(t)
	for _, e := range s.Env() {
		k, v, _ := strings.Cut(e, "=")
		t.Setenv(k, v)
	}
	for name, c := range map[string]struct {
		before string // what is there
		after  string // of one request the method, with the key's end
	}{
		"before it looks":                   {"old", ""},
		"after it looked":                   {"old", "HEAD /orders.yaml"},
		"after its heartbeat":               {"old", "PUT /heartbeat"},
		"after it was told to go on":        {"old", "GET /test"},
		"there was none, before it looks":   {"", ""},
		"there was none, after it looked":   {"", "HEAD /orders.yaml"},
		"there was none, told to go on":     {"", "GET /test"},
		"the newer is as the one before it": {"new", "GET /test"},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := flinktest.S3Fault(t, s.Endpoint)
			prefix := "&prefix=" + strings.NewReplacer(" ", "-", ",", "").Replace(name) + "/"
			through, beside := openURL(t, s.BucketURL(proxy.URL)+prefix), openURL(t, s.BucketURL(s.Endpoint)+prefix)
			first := healthy(1, c.before)
			d := deploying(t, beside, first)
			if err := d.writeManifest(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			stale := healthy(2, "stale")
			paused := deploying(t, through, stale)
			overtake := func() {
				newer := healthy(3, "new")
				if err := deploying(t, beside, newer).writeManifest(t.Context(), newer); err != nil {
					t.Error(err)
				}
			}
			if method, end, ok := strings.Cut(c.after, " "); ok {
				proxy.Add(flinktest.Fault{Times: 1, Then: overtake, Match: func(r *http.Request) bool {
					return r.Method == method && strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), end)
				}})
			} else {
				overtake()
			}
			if err := paused.writeManifest(t.Context(), stale); !errors.Is(err, journal.ErrTaken) && !errors.Is(err, journal.ErrLost) {
				t.Errorf("the writer that was overtaken: %v", err)
			}
			data, err := beside.Read(t.Context(), ManifestKey("orders"), 1000)
			if err != nil || string(data) != "# journal entry 3\nnew" {
				t.Errorf("there is %q, %v", data, err)
			}
		})
	}
}

// TestManifestThatOthersChange: somebody who holds nothing changed it; the deployment's
// own is what counts.
func TestManifestThatOthersChange(t *testing.T) {
	b := openURL(t, "file://"+t.TempDir())
	for _, before := range []string{"by hand", "# journal entry 99\nof a journal that was lost"} {
		if err := b.Write(t.Context(), ManifestKey("orders"), []byte(before)); err != nil {
			t.Fatal(err)
		}
		newest, err := journal.New(b).Newest(t.Context(), "orders")
		if err != nil {
			t.Fatal(err)
		}
		e := healthy(1, "mine")
		if newest != nil {
			e.Number = newest.Number + 1
		}
		if err := deploying(t, b, e).writeManifest(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if data, err := b.Read(t.Context(), ManifestKey("orders"), 1000); err != nil || !strings.HasSuffix(string(data), "\nmine") {
			t.Errorf("there is %q, %v", data, err)
		}
	}
}

func openURL(t *testing.T, url string) *bucket.Bucket {
	t.Helper()
	b, err := bucket.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}
