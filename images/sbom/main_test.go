package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// file is one file of an image.
type file struct {
	name string
	mode int64
	data []byte
}

func archive(t *testing.T, files ...file) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.data)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &out
}

func jarOf(t *testing.T, entries map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, text := range entries {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const status = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u14
Description: C library
 Version: of something else

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
`

func TestInventory(t *testing.T) {
	inner := jarOf(t, map[string]string{"META-INF/NOTICE": "bundles\n- com.ibm.icu:icu4j:67.1\n"})
	outer := jarOf(t, map[string]string{
		"META-INF/maven/org.x/y/pom.properties": "#made\ngroupId=org.x\nartifactId=y\nversion=3\n",
		"flink-table-planner.jar":               string(inner),
		"a/Class.class":                         "",
	})
	parts, err := inventory(archive(t,
		file{"./var/lib/dpkg/status", 0o644, []byte(status)},
		file{"opt/flink/lib/flink-table-planner-loader-2.3.0.jar", 0o644, outer},
		file{"opt/other.jar", 0o644, jarOf(t, nil)},
		file{"bin/script", 0o755, bytes.Repeat([]byte("#"), minProgram+1)},
	))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range parts {
		got = append(got, p.PackageURL)
	}
	want := []string{
		"pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64", "pkg:maven/com.ibm.icu/icu4j@67.1",
		"pkg:maven/org.apache.flink/flink-table-planner", "pkg:maven/org.apache.flink/flink-table-planner-loader@2.3.0",
		"pkg:maven/org.x/y@3", "pkg:maven/other",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestDocumentOfAProgram(t *testing.T) {
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run("x/driver", "v1", archive(t, file{"usr/local/bin/driver", 0o755, self}), &out); err != nil {
		t.Fatal(err)
	}
	var document struct {
		BOMFormat string
		Metadata  struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ PURL string }
	}
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if document.BOMFormat != "CycloneDX" || document.Metadata.Component.Name != "x/driver" || document.Metadata.Component.Version != "v1" {
		t.Errorf("%+v", document)
	}
	for _, prefix := range []string{"pkg:golang/std@go1", "pkg:golang/github.com/CycloneDX/cyclonedx-go@v"} {
		if !strings.Contains(out.String(), prefix) {
			t.Errorf("no %s… in the document", prefix)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		files *bytes.Buffer
		want  string
	}{
		"not an archive":     {bytes.NewBufferString(strings.Repeat("x", 1024)), "tar"},
		"nothing known":      {archive(t, file{"etc/passwd", 0o644, nil}), "nothing known in it"},
		"a jar that is none": {archive(t, file{"lib/a.jar", 0o644, []byte("half")}), "/lib/a.jar: zip"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run("x", "v", c.files, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %s", err, c.want)
			}
		})
	}
}
