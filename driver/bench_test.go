package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"context"
	"crypto/rand"
	"io"

	"flink-sql-driver/driver/internal/localize"
	"flink-sql-driver/plan/release"
)

// BenchmarkExecToExec is what the driver adds to a start of Flink: from its own
// exec to that of java, with a plan of 1 MiB, a driver config and a decision on
// local storage. At most 50 ms are allowed.
func BenchmarkExecToExec(b *testing.B) {
	w := newWorld(b)
	padding := strings.Repeat(`{"id":2,"type":"stream-exec-calc_1","description":"`+strings.Repeat("x", 1000)+`"},`, 1000)
	text := `{"flinkVersion":"2.3","nodes":[` + padding + `{"id":1}],"edges":[]}`
	plan := w.file("p.json", text, 0o644)
	config := w.file("c.json", `{"version":1,"run":{"plan":{"sha256":"`+digestOf(text)+`"}},"session":{"a":"b"}}`, 0o644)
	w.file("store/journal/orders/00000000000000000007.json", `{"version":1,"number":7,"name":"orders","phase":"decided","launch":{"number":3}}`, 0o644)
	w.file("store/launches/orders/3/decision.json", goDecision, 0o644)
	b.Cleanup(func() { os.RemoveAll(w.private()) })
	// A program that ends at once, so that the time is the driver's.
	program, err := os.ReadFile("/bin/true")
	if err != nil {
		b.Fatal(err)
	}
	w.file("java/bin/java", string(program), 0o755)
	var worst, cpu time.Duration
	for b.Loop() {
		os.Remove(filepath.Join(w.dir, "store/launches/orders/3/claim.json"))
		begin := time.Now()
		cmd := w.command(context.Background(), "standalone-job", "-D", planOption(plan), "-D", configOption(config+"#sha256="+digestOf(w.text("c.json"))),
			"-D", optJobID+"="+testJobID, "-D", optLaunch+"=file://"+w.dir+"/store/launches/orders/3/")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		worst = max(worst, time.Since(begin))
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
}

// BenchmarkJar compares bringing a large jar here, hashed and verified, with cp
// and sha256sum of the same file: x-of-cp is how many times as fast it is.
func BenchmarkJar(b *testing.B) {
	dir := b.TempDir()
	source := filepath.Join(dir, "big.jar")
	f, err := os.Create(source)
	if err != nil {
		b.Fatal(err)
	}
	const size = 256 << 20
	if _, err := io.CopyN(f, rand.Reader, size); err != nil {
		b.Fatal(err)
	}
	f.Close()
	b.SetBytes(size)
	sources := &localize.Sources{}
	fetcher := &localize.Fetcher{Open: sources.Open}
	var ours, theirs time.Duration
	for b.Loop() {
		work := filepath.Join(dir, "work")
		begin := time.Now()
		_, err := fetcher.Resources(context.Background(), work, []release.Resource{{Name: "big.jar", Kind: release.KindJar, URI: source}}, localize.DefaultLimits)
		if err != nil {
			b.Fatal(err)
		}
		ours += time.Since(begin)
		os.RemoveAll(work)
		begin = time.Now()
		if out, err := exec.Command("sh", "-c", "cp '"+source+"' '"+source+".copy' && sha256sum '"+source+".copy'").CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		theirs += time.Since(begin)
		os.Remove(source + ".copy")
	}
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "x-of-cp")
}
