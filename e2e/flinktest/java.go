package flinktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Jar compiles Java sources, given by their file names, against the distribution
// and returns a jar of the classes. A class of Flink's Table API is a UDF. What is no
// source, a file of META-INF/services, say, goes into the jar as it is.
func Jar(t testing.TB, sources map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	classes := filepath.Join(dir, "classes")
	args := []string{"-nowarn", "-d", classes, "-cp", filepath.Join(Home(t), "lib", "*")}
	for name, source := range sources {
		path := filepath.Join(dir, name)
		isSource := strings.HasSuffix(name, ".java")
		if !isSource {
			path = filepath.Join(classes, name)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		if isSource {
			args = append(args, path)
		}
	}
	jar := filepath.Join(dir, strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-"))+".jar")
	for _, cmd := range []*exec.Cmd{exec.Command("javac", args...), exec.Command("jar", "cf", jar, "-C", classes, ".")} {
		if err := run(cmd); err != nil {
			t.Fatalf("%v; a JDK is needed for this test", err)
		}
	}
	return jar
}
