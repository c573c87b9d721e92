package release_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/release"
)

var (
	update = flag.Bool("update", false, "write testdata/*")
	ctx    = context.Background()
)

func open(t *testing.T) (*bucket.Bucket, string) {
	t.Helper()
	dir := t.TempDir()
	b, err := bucket.Open(ctx, "file://"+dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b, dir
}

func digest(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

func payload(name string, content string) release.Payload {
	return release.Payload{
		Name: name, Kind: release.KindJar, SHA256: digest([]byte(content)), Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

func orders() release.Release {
	return release.Release{
		Name: "orders",
		Plan: []byte(`{"edges":[],"flinkVersion":"2.3","nodes":[]}`),
		Config: release.Config{
			Init:    []string{"CREATE TEMPORARY FUNCTION f AS 'x.F<>&'"},
			Session: map[string]string{"pipeline.name": "orders", "s3.secret-key": "${secret:S3}"},
			Secrets: []string{"S3"},
		},
		Resources: []release.Payload{payload("udf.jar", "a jar"), payload("connector 1.0.jar", "another")},
	}
}

func publish(t *testing.T, b *bucket.Bucket, r release.Release) release.Published {
	t.Helper()
	p, err := release.Publish(ctx, b, r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPublishAndOpen(t *testing.T) {
	b, _ := open(t)
	described, err := release.Describe(b, orders())
	if err != nil {
		t.Fatal(err)
	}
	if l, _ := b.List(ctx, ""); len(l) != 0 {
		t.Errorf("Describe wrote %v", l)
	}
	p := publish(t, b, orders())
	if p.Digest != described.Digest || p.ConfigSHA256 != described.ConfigSHA256 {
		t.Errorf("described as %+v, published as %+v", described, p)
	}
	again := orders()
	again.Config = described.Config
	if other, err := release.Describe(b, again); err != nil || other.Digest != p.Digest {
		t.Errorf("a release whose config is complete already has another digest: %+v, %v", other, err)
	}
	c, err := release.Open(ctx, b, "orders", p.Digest)
	if err != nil || c.Session["pipeline.name"] != "orders" || len(c.Resources) != 2 || c.Run.Plan.Size != int64(len(orders().Plan)) {
		t.Errorf("%+v, %v", c, err)
	}
	if c.Resources[0].URI != b.URI("resources/sha256/"+digest([]byte("a jar"))+"/udf.jar") {
		t.Errorf("resource %+v", c.Resources[0])
	}
	if plan, err := release.ReadPlan(ctx, b, "orders", p.Digest); err != nil || !bytes.Equal(plan, orders().Plan) {
		t.Errorf("plan %s, %v", plan, err)
	}
	if err := release.Verify(ctx, b, "orders", p.Digest); err != nil {
		t.Error(err)
	}
	config, err := b.Read(ctx, "releases/orders/"+p.Digest+"/config.json", 1<<20)
	if err != nil || digest(config) != p.ConfigSHA256 {
		t.Errorf("config.json: %v", err)
	}
	golden(t, "config.json", bytes.ReplaceAll(config, []byte(b.URI("")), []byte("s3://bucket/prefix/")))
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
	if _, err := release.DecodeConfig(want); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// The digest was computed apart from this code, with Python's hashlib, from the
// package comment.
func TestDigestVector(t *testing.T) {
	b, err := bucket.Open(ctx, "file:///tmp")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	p, err := release.Describe(b, release.Release{Name: "n", Plan: []byte("plan")})
	if err != nil {
		t.Fatal(err)
	}
	if want := "00524221312ce711458bfbed209dee37ad37fa9e11a77828315965abfb132ea1"; p.Digest != want {
		t.Errorf("digest %s, want %s (config.json has %s)", p.Digest, want, p.ConfigSHA256)
	}
}

func TestEverythingChangesTheDigest(t *testing.T) {
	b, _ := open(t)
	seen := map[string]string{}
	for name, change := range map[string]func(*release.Release){
		"nothing":  func(*release.Release) {},
		"plan":     func(r *release.Release) { r.Plan = append(r.Plan, ' ') },
		"session":  func(r *release.Release) { r.Config.Session = map[string]string{"a": "b"} },
		"init":     func(r *release.Release) { r.Config.Init = nil },
		"secrets":  func(r *release.Release) { r.Config.Secrets = nil },
		"resource": func(r *release.Release) { r.Resources[0] = payload("udf.jar", "b jar") },
		"name":     func(r *release.Release) { r.Resources[0].Name = "u.jar" },
		"kind":     func(r *release.Release) { r.Resources[0].Kind = release.KindFile },
		"order":    func(r *release.Release) { r.Resources[0], r.Resources[1] = r.Resources[1], r.Resources[0] },
	} {
		r := orders()
		change(&r)
		p, err := release.Describe(b, r)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[p.Digest]; ok {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[p.Digest] = name
	}
}

func TestPublishIsResumable(t *testing.T) {
	b, dir := open(t)
	broken := orders()
	broken.Resources[1].Open = func() (io.ReadCloser, error) { return nil, errors.New("unplugged") }
	if _, err := release.Publish(ctx, b, broken); err == nil || !strings.Contains(err.Error(), "connector 1.0.jar: unplugged") {
		t.Fatalf("%v", err)
	}
	described, _ := release.Describe(b, orders())
	if _, err := release.Open(ctx, b, "orders", described.Digest); !errors.Is(err, release.ErrIncomplete) {
		t.Errorf("half a release: %v", err)
	}
	opened := 0
	counting := orders()
	for i := range counting.Resources {
		read := counting.Resources[i].Open
		counting.Resources[i].Open = func() (io.ReadCloser, error) { opened++; return read() }
	}
	publish(t, b, counting)
	if opened != 1 {
		t.Errorf("the second try uploaded %d resources, want the missing one", opened)
	}
	before := times(t, dir)
	publish(t, b, counting)
	if after := times(t, dir); opened != 1 || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("publishing again wrote something: %v, then %v", before, after)
	}
	old := time.Now().Add(-25 * time.Hour)
	for file := range before {
		if err := os.Chtimes(file, old, old); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, b, counting)
	for file, at := range times(t, dir) {
		if at.Before(time.Now().Add(-time.Hour)) {
			t.Errorf("%s is as old as before", file)
		}
	}
	if opened != 3 {
		t.Errorf("of two old resources %d were uploaded again", opened-1)
	}
	if l, _ := b.List(ctx, "staging/"); len(l) != 0 {
		t.Errorf("left behind: %v", l)
	}
}

func times(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	found := map[string]time.Time{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			found[path] = info.ModTime()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWrongContentIsNeverPublished(t *testing.T) {
	for name, content := range map[string]string{"other": "A jar", "short": "a ja", "long": "a jar!", "empty": ""} {
		b, _ := open(t)
		r := orders()
		r.Resources[0].Open = payload("udf.jar", content).Open
		if _, err := release.Publish(ctx, b, r); !errors.Is(err, release.ErrCorrupt) || !strings.Contains(err.Error(), "resource udf.jar") {
			t.Errorf("%s: %v", name, err)
		}
		if l, _ := b.List(ctx, ""); len(l) != 0 {
			t.Errorf("%s: left behind: %v", name, l)
		}
	}
}

func TestDamageIsDetected(t *testing.T) {
	jar := "resources/sha256/" + digest([]byte("a jar")) + "/udf.jar"
	for name, c := range map[string]struct {
		key     string
		content string // "-": deleted
		want    error
	}{
		"plan changed":       {"plan.json", "{}", release.ErrCorrupt},
		"plan gone":          {"plan.json", "-", release.ErrIncomplete},
		"config changed":     {"config.json", `{"version":1,"run":{"plan":{}}}`, release.ErrCorrupt},
		"config cut off":     {"config.json", `{"version":1,`, release.ErrCorrupt},
		"config empty":       {"config.json", "", release.ErrCorrupt},
		"config gone":        {"config.json", "-", release.ErrIncomplete},
		"resource changed":   {jar, "b jar", release.ErrCorrupt},
		"resource cut off":   {jar, "a ja", release.ErrCorrupt},
		"resource prolonged": {jar, "a jar!", release.ErrCorrupt},
		"resource gone":      {jar, "-", release.ErrIncomplete},
	} {
		b, _ := open(t)
		p := publish(t, b, orders())
		key := c.key
		if key != jar {
			key = "releases/orders/" + p.Digest + "/" + key
		}
		var err error
		if c.content == "-" {
			err = b.Delete(ctx, key)
		} else {
			err = b.Write(ctx, key, []byte(c.content))
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := release.Verify(ctx, b, "orders", p.Digest); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		publish(t, b, orders())
		if err := release.Verify(ctx, b, "orders", p.Digest); err != nil {
			t.Errorf("%s: publishing again does not mend it: %v", name, err)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	b, _ := open(t)
	for name, change := range map[string]func(*release.Release){
		"no name":          func(r *release.Release) { r.Name = "" },
		"a path as name":   func(r *release.Release) { r.Name = "../x" },
		"no plan":          func(r *release.Release) { r.Plan = nil },
		"resource path":    func(r *release.Release) { r.Resources[0].Name = "../../etc/passwd" },
		"resource slash":   func(r *release.Release) { r.Resources[0].Name = "a/b.jar" },
		"resource dots":    func(r *release.Release) { r.Resources[0].Name = ".." },
		"resource twice":   func(r *release.Release) { r.Resources[0].Name = r.Resources[1].Name },
		"resource kind":    func(r *release.Release) { r.Resources[0].Kind = "zip" },
		"resource digest":  func(r *release.Release) { r.Resources[0].SHA256 = "../x" },
		"no digest":        func(r *release.Release) { r.Resources[0].SHA256 = "" },
		"resource size":    func(r *release.Release) { r.Resources[0].Size = -1 },
		"a secret in init": func(r *release.Release) { r.Config.Init = []string{"SET 'a' = '${secret:B}'"} },
		"a secret's name":  func(r *release.Release) { r.Config.Secrets = []string{"a/b"} },
	} {
		r := orders()
		change(&r)
		if _, err := release.Publish(ctx, b, r); err == nil {
			t.Errorf("%s: it was published", name)
		}
	}
	for _, ref := range [][2]string{{"", strings.Repeat("0", 64)}, {"a", "x"}, {"../a", strings.Repeat("0", 64)}} {
		if _, err := release.Open(ctx, b, ref[0], ref[1]); err == nil || errors.Is(err, release.ErrIncomplete) {
			t.Errorf("Open(%q): %v", ref, err)
		}
	}
	for text, want := range map[string]string{
		``:                                  "empty",
		`{"version":2,"run":{},"later":{}}`: "version 2, but this program reads version 1: use a newer one",
		`{"version":1}`:                     "run has 0 of plan, script and python",
		`{"version":1,"run":{"plan":{},"script":{}}}`:                             "run has 2",
		`{"version":1,"run":{"plan":{}},"more":1}`:                                `unknown field "more"`,
		`{"version":1,"run":{"plan":{"sha256":"X"}}}`:                             "not 64 lower-case hex digits",
		`{"version":1,"run":{"plan":{}},"resources":[{"name":"a"}]}`:              `resource "a": its kind ""`,
		`{"version":1,"run":{"plan":{}},"resources":[{"name":"a","kind":"jar"}]}`: "no uri",
		`{"version":1,"run":{"plan":{}},"session":{"a":1}}`:                       "session is a number",
	} {
		if c, err := release.DecodeConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want %q", text, c, err, want)
		}
	}
}

func TestSecretNames(t *testing.T) {
	got := release.SecretNames([]byte(`a ${secret:B} ${secret:A}${secret:B} ${resource:C} ${secret:} ${secret:"x"} $secret:D`))
	if fmt.Sprintf("%q", got) != `["" "A" "B"]` {
		t.Errorf("%q", got)
	}
}

func FuzzDecodeConfig(f *testing.F) {
	f.Add([]byte(`{"version":1,"run":{"plan":{"sha256":"","size":1}},"resources":[{"name":"a","kind":"jar","uri":"u"}],"session":{"a":"b"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := release.DecodeConfig(data)
		if err != nil {
			return
		}
		again, err := release.EncodeConfig(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := release.DecodeConfig(again); err != nil {
			t.Fatal(err)
		}
	})
}
