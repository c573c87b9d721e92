//go:build linux

package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLastCause(t *testing.T) {
	const (
		at    = "2026-11-21 12:00:00,001 "
		noise = at + "INFO  o.a.f.Blob [] - Stopped\n"
		job   = at + "INFO  o.a.f.Dispatcher [] - Job 00 reached terminal state FAILED.\n"
		trace = "org.apache.flink.runtime.JobException: Recovery is suppressed\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: no room\n\tat a.B.c(B.java:1)\n"
	)
	for name, c := range map[string]struct{ log, want string }{
		"empty":          {"", ""},
		"nothing wrong":  {noise, ""},
		"job failed":     {noise + job + trace + noise, "no room"},
		"noise with one": {job + trace + at + "WARN x\njava.lang.E: closing\nCaused by: a.B: closed\n", "no room"},
		"no job":         {noise + at + "ERROR x\n" + trace + noise, "no room"},
		"cut off":        {job + "org.apache.flink.runtime.JobExc", "JobExc"},
		"long ago":       {job + trace + strings.Repeat(noise, causeTail/len(noise)+1), ""},
	} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "log"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "log", logFile(roleJobManager)), []byte(c.log), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := lastCause(dir); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	dir := t.TempDir()
	if got := lastCause(dir); got != "" {
		t.Errorf("no log: %q", got)
	}
	write(t, filepath.Join(dir, "log", outFile(roleJobManager)), "driver: handing over\nError: Could not create the Java Virtual Machine.\n")
	if got := lastCause(dir); !strings.Contains(got, "Java Virtual Machine") {
		t.Errorf("a JVM that did not start: %q", got)
	}
	const story = "driver: claimed launch 10 (3 ms)\ndriver: handing over to java (0 ms)\n"
	for out, want := range map[string]string{story: "", story + "Killed\n": "Killed"} {
		write(t, filepath.Join(dir, "log", outFile(roleJobManager)), out)
		if got := lastCause(dir); got != want {
			t.Errorf("%q: %q, want %q", out, got, want)
		}
	}
}
