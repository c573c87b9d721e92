package resource

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/plan/release"
)

// makeJar writes a jar with Maven coordinates, artifact to version, and factories.
func makeJar(t *testing.T, dir, name string, poms map[string]string, factories ...string) File {
	t.Helper()
	file := filepath.Join(dir, name)
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	put := func(name, text string) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for artifact, version := range poms {
		put("META-INF/maven/g/"+artifact+"/pom.properties", "# made\nversion="+version+"\ngroupId=g\nartifactId="+artifact+"\n")
	}
	if factories != nil {
		put(factoryList, "# license\n"+strings.Join(factories, "\n"))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return File{Name: name, Kind: release.KindJar, Path: file, SHA256: name}
}

// TestTwins: one artifact or one connector twice, by coordinates, by name, by class, among
// the job's own jars and against Flink's.
func TestTwins(t *testing.T) {
	kafka := "org.apache.flink.KafkaFactory"
	for name, c := range map[string]struct {
		make func(dir string) (own []File, library []File)
		want int
	}{
		"coordinates": {func(dir string) ([]File, []File) {
			return []File{makeJar(t, dir, "a.jar", map[string]string{"udf": "1"}), makeJar(t, dir, "b.jar", map[string]string{"udf": "2"})}, nil
		}, 1},
		"names": {func(dir string) ([]File, []File) {
			return []File{makeJar(t, dir, "udf-1.0.jar", nil), makeJar(t, dir, "udf-1.1-SNAPSHOT.jar", nil)}, nil
		}, 1},
		"a jar of many": {func(dir string) ([]File, []File) {
			return []File{makeJar(t, dir, "fat-1.jar", map[string]string{"fat": "1", "guava": "9"}), makeJar(t, dir, "wide-2.jar", map[string]string{"wide": "2", "guava": "8"})}, nil
		}, 0},
		"one connector": {func(dir string) ([]File, []File) {
			return []File{makeJar(t, dir, "flink-connector-kafka-4.jar", nil, kafka), makeJar(t, dir, "flink-sql-connector-kafka-3.jar", nil, "x.Y", kafka)}, nil
		}, 1},
		"Flink's own": {func(dir string) ([]File, []File) {
			return []File{makeJar(t, dir, "flink-csv-2.2.0.jar", nil)}, []File{makeJar(t, dir, "flink-csv-2.3.0.jar", nil)}
		}, 1},
		"a connector of Flink's": {func(dir string) ([]File, []File) {
			return []File{makeJar(t, dir, "mine.jar", nil, kafka)}, []File{makeJar(t, dir, "kafka.jar", nil, kafka)}
		}, 1},
		"the same content": {func(dir string) ([]File, []File) {
			a, b := makeJar(t, dir, "udf-1.jar", nil), makeJar(t, dir, "udf-2.jar", nil)
			b.SHA256 = a.SHA256
			return []File{a, b}, nil
		}, 0},
		"others": {func(dir string) ([]File, []File) {
			return []File{makeJar(t, dir, "udf-1.jar", nil, "a.B"), makeJar(t, dir, "udf-more-1.jar", nil, "a.C")}, []File{makeJar(t, dir, "dist-1.jar", nil)}
		}, 0},
		"no jar": {func(dir string) ([]File, []File) {
			bad := filepath.Join(dir, "bad-1.jar")
			if err := os.WriteFile(bad, []byte("no zip"), 0o600); err != nil {
				t.Fatal(err)
			}
			return []File{{Name: "bad-1.jar", Kind: release.KindJar, Path: bad}, {Name: "x-1.txt", Kind: release.KindFile, Path: bad}}, nil
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			own, library := c.make(t.TempDir())
			var l *Library
			if library != nil {
				dir := t.TempDir()
				for _, f := range library {
					if err := os.Rename(f.Path, filepath.Join(dir, f.Name)); err != nil {
						t.Fatal(err)
					}
				}
				l = NewLibrary(dir)
			}
			got := Twins(own, l)
			if len(got) != c.want {
				t.Errorf("%q, want %d", got, c.want)
			}
			for _, text := range got {
				if !strings.Contains(text, own[0].Name) {
					t.Errorf("%q does not name %s", text, own[0].Name)
				}
			}
		})
	}
}
