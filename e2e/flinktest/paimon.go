package flinktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Maven coordinates of Paimon for Flink, and of the Hadoop classes that it needs.
var paimonJars = []string{
	"org.apache.paimon:paimon-flink-2.1:1.3.0",
	"org.apache.flink:flink-shaded-hadoop-2-uber:2.8.3-10.0",
}

// Paimon returns the jars that a Paimon catalog needs: a catalog of files, which
// outlives every session. They are fetched once, from Maven Central.
func Paimon(t testing.TB) []string {
	t.Helper()
	var files []string
	for _, coordinates := range paimonJars {
		files = append(files, mavenJar(t, coordinates))
	}
	return files
}

// mavenJar is one artifact, without what it depends on.
func mavenJar(t testing.TB, coordinates string) string {
	t.Helper()
	parts := strings.Split(coordinates, ":")
	name := parts[1] + "-" + parts[2] + ".jar"
	dir, err := cached("maven-"+name, func(path string) error {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		return run(exec.Command("mvn", "-q", "-B", "dependency:copy", "-Dartifact="+coordinates, "-DoutputDirectory="+path))
	})
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}
