package resource_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"flink-sql-driver/submitter/internal/resource"
)

// packed makes a jar of names and contents, in their order.
func packed(t *testing.T, at time.Time, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: entries[i], Modified: at, Method: zip.Deflate})
		if err == nil {
			_, err = w.Write([]byte(entries[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSameJar(t *testing.T) {
	now, later := time.Unix(1_700_000_000, 0), time.Unix(1_800_000_000, 0)
	file := filepath.Join(t.TempDir(), "my.jar")
	if err := os.WriteFile(file, packed(t, now, "META-INF/MANIFEST.MF", "1", "a/A.class", "x", "b.txt", "y"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		other []byte
		same  bool
		fails bool
	}{
		"packed later, in another order":  {other: packed(t, later, "a/", "", "b.txt", "y", "a/A.class", "x", "META-INF/MANIFEST.MF", "2", "META-INF/maven/g/a/pom.properties", "#today"), same: true},
		"another class":                   {other: packed(t, now, "META-INF/MANIFEST.MF", "1", "a/A.class", "z", "b.txt", "y")},
		"another name":                    {other: packed(t, now, "META-INF/MANIFEST.MF", "1", "a/B.class", "x", "b.txt", "y")},
		"a class more":                    {other: packed(t, now, "META-INF/MANIFEST.MF", "1", "a/A.class", "x", "b.txt", "y", "c", "")},
		"a class less":                    {other: packed(t, now, "a/A.class", "x")},
		"classes for several Javas":       {other: packed(t, now, "META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nMulti-Release: true\r\n", "a/A.class", "x", "b.txt", "y")},
		"a service":                       {other: packed(t, now, "a/A.class", "x", "b.txt", "y", "META-INF/services/s", "a.A")},
		"names and contents that move up": {other: packed(t, now, "a/A.class", "y", "b.txt", "x")},
		"no jar":                          {other: []byte("no jar"), fails: true},
		"cut off":                         {other: packed(t, now, "a/A.class", "x", "b.txt", "y")[:60], fails: true},
	} {
		same, err := resource.SameJar(file, bytes.NewReader(c.other))
		if same != c.same || (err != nil) != c.fails {
			t.Errorf("%s: %v, %v", name, same, err)
		}
	}
	if _, err := resource.SameJar(filepath.Join(t.TempDir(), "none.jar"), bytes.NewReader(packed(t, now))); err == nil {
		t.Error("a jar that is not there has a content")
	}
}
