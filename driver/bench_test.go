package main

import (
	"context"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/driver/internal/localize"
	"flink-sql-driver/plan/release"
)

const (
	starts   = 20
	jarTurns = 5
)

// BenchmarkExecToExec is what the driver adds to a start of Flink: from its own
// exec to that of java, and to the end of a program in java's place that ends at
// once, with a plan of 1 MiB, a driver config and a decision on local storage.
func BenchmarkExecToExec(b *testing.B) {
	const bound = 50
	w := newWorld(b)
	padding := strings.Repeat(`{"id":2,"type":"stream-exec-calc_1","description":"`+strings.Repeat("x", 1000)+`"},`, 1000)
	text := `{"flinkVersion":"2.3","nodes":[` + padding + `{"id":1}],"edges":[]}`
	plan := w.file("p.json", text, 0o644)
	config := w.file("c.json", `{"version":1,"run":{"plan":{"sha256":"`+digestOf(text)+`"}},"session":{"a":"b"}}`, 0o644)
	w.file("store/journal/orders/00000000000000000007.json", `{"version":1,"number":7,"name":"orders","phase":"decided","launch":{"number":3}}`, 0o644)
	w.file("store/launches/orders/3/decision.json", goDecision, 0o644)
	b.Cleanup(func() { os.RemoveAll(w.private()) })
	program, err := os.ReadFile("/bin/true")
	if err != nil {
		b.Fatal(err)
	}
	w.file("java/bin/java", string(program), 0o755)
	var wall, cpu []float64
	for b.Loop() {
		for range starts {
			os.Remove(filepath.Join(w.dir, "store/launches/orders/3/claim.json"))
			cmd := w.command(context.Background(), "standalone-job", "-D", planOption(plan), "-D", configOption(config+"#sha256="+digestOf(w.text("c.json"))),
				"-D", optJobID+"="+testJobID, "-D", optLaunch+"=file://"+w.dir+"/store/launches/orders/3/")
			begin := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			wall = append(wall, milliseconds(time.Since(begin)))
			cpu = append(cpu, milliseconds(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()))
		}
	}
	b.ReportMetric(0, "ns/op") // of no meaning here: an operation is all turns
	b.ReportMetric(median(wall), "ms")
	b.ReportMetric(bound, "bound")
	b.ReportMetric(median(cpu), "ms-CPU")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// BenchmarkJar compares bringing a large jar here, hashed and verified, with cp
// and sha256sum of the same file on the same disk. The two take turns.
func BenchmarkJar(b *testing.B) {
	const size, bound = 256 << 20, 0.8
	dir := b.TempDir()
	source := filepath.Join(dir, "big.jar")
	f, err := os.Create(source)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.CopyN(f, rand.Reader, size); err != nil {
		b.Fatal(err)
	}
	// Else writing it back goes on while it is copied.
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	f.Close()
	sources := &localize.Sources{}
	fetcher := &localize.Fetcher{Open: sources.Open}
	var ours, theirs []float64
	for b.Loop() {
		for range jarTurns {
			work := filepath.Join(dir, "work")
			begin := time.Now()
			_, err := fetcher.Resources(context.Background(), work, []release.Resource{{Name: "big.jar", Kind: release.KindJar, URI: source}}, localize.DefaultLimits)
			if err != nil {
				b.Fatal(err)
			}
			ours = append(ours, time.Since(begin).Seconds())
			os.RemoveAll(work)
			begin = time.Now()
			if out, err := exec.Command("sh", "-c", "cp '"+source+"' '"+source+".copy' && sha256sum '"+source+".copy'").CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			theirs = append(theirs, time.Since(begin).Seconds())
			os.Remove(source + ".copy")
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ours), "s-ours")
	b.ReportMetric(median(theirs), "s-theirs")
	b.ReportMetric(median(theirs)/median(ours), "speed-ratio")
	b.ReportMetric(bound, "bound")
}
